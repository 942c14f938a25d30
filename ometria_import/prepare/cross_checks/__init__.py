"""Checks across files: what joins to what, totals against their lines, and an overview."""

from ometria_import.prepare.cross_checks.model import (
    CrossCheckReport,
    Join,
    LineTotals,
    Orphan,
    Sales,
)

__all__ = ["CrossCheckReport", "Join", "LineTotals", "Orphan", "Sales"]
