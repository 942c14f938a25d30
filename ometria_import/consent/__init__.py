"""What files and an account say of people's consent, side by side."""

from ometria_import.consent.account_side import LeaversRead, PeopleRead, Progress
from ometria_import.consent.asking import Part, parse_part
from ometria_import.consent.diff import Wishes, diff_consent
from ometria_import.consent.keeping import REASONS, Kept, contacts_asking, keep_consent
from ometria_import.consent.summary import (
    ConsentDiff,
    Matrix,
    Standing,
    State,
    diffs_of,
    newest_diff,
    save_diff,
    standing_of,
)

__all__ = [
    "REASONS",
    "ConsentDiff",
    "Kept",
    "LeaversRead",
    "Matrix",
    "Part",
    "PeopleRead",
    "Progress",
    "Standing",
    "State",
    "Wishes",
    "contacts_asking",
    "diff_consent",
    "diffs_of",
    "keep_consent",
    "newest_diff",
    "parse_part",
    "save_diff",
    "standing_of",
]
