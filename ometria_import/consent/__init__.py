"""What files and an account say of people's consent, side by side."""

from ometria_import.consent.asking import Part, parse_part
from ometria_import.consent.diff import Wishes, diff_consent
from ometria_import.consent.summary import (
    ConsentDiff,
    Matrix,
    State,
    newest_diff,
    save_diff,
)

__all__ = [
    "ConsentDiff",
    "Matrix",
    "Part",
    "State",
    "Wishes",
    "diff_consent",
    "newest_diff",
    "parse_part",
    "save_diff",
]
