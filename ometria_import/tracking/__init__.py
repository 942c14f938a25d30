"""The tracker on the shop's pages: whose it is, what it sends, and whether it was pushed."""

from ometria_import.tracking.checking import (
    UNREADABLE,
    Asked,
    judge,
    read_pages,
    wanted_of,
)
from ometria_import.tracking.kept import KeptCheck, KeptPage, kept_of, last_check, save_check
from ometria_import.tracking.model import CheckedPage, Mark, Verdict
from ometria_import.tracking.pages import named_pages
from ometria_import.tracking.pushed import Pushed, pushed_to

__all__ = [
    "UNREADABLE",
    "Asked",
    "CheckedPage",
    "KeptCheck",
    "KeptPage",
    "Mark",
    "Pushed",
    "Verdict",
    "judge",
    "kept_of",
    "last_check",
    "named_pages",
    "pushed_to",
    "read_pages",
    "save_check",
    "wanted_of",
]
