"""Checks across files: references, totals against line items, and an overview."""

from ometria_import.prepare.cross_checks.model import (
    CrossCheckReport,
    Join,
    LineTotals,
    Orphan,
    Sales,
    SourceConsents,
)

__all__ = ["CrossCheckReport", "Join", "LineTotals", "Orphan", "Sales", "SourceConsents"]
