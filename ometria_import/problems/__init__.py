"""Findings about the data: what a problem is, and the catalogue of their causes."""

from ometria_import.problems.catalogue import CAUSES, Cause, cause_of
from ometria_import.problems.model import (
    Finding,
    Located,
    Origin,
    Problem,
    Reject,
    Severity,
    shorten,
)

__all__ = [
    "CAUSES",
    "Cause",
    "Finding",
    "Located",
    "Origin",
    "Problem",
    "Reject",
    "Severity",
    "cause_of",
    "shorten",
]
