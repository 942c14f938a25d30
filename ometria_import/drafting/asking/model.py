"""A question about one table, and the keys under which answers are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ometria_import.drafting.columns.profile import Column
from ometria_import.problems import shorten

IN, OUT, NOTHING = "in", "out", "nothing"
"""What a word says of marketing."""
OTHER = "other"
"""Of a column: it speaks of something else."""
GENDERS = {"man": "m", "woman": "f"}
"""What a letter can be, with what Ometria gets."""
NONE = "none"
"""Of columns: it is none of them."""
SUM = "the sum of its lines"
"""Of the total of an order."""
TOTAL = "total"
UNIT = "unit of amounts"
IN_CENTS, IN_WHOLE = "cents", "whole units"
_SHOWN = 5
_LONGEST = 30


@dataclass(frozen=True)
class DraftQuestion:
    """One thing about a table that only a person can say."""

    key: str
    """The same in every run, so that the answer can be kept under it."""
    text: str
    evidence: list[str] = field(default_factory=list)
    """The columns with some of their values, and what Ometria would get."""
    choices: tuple[str, ...] = ()
    default: str = ""
    is_safe: bool = False
    """Whether the default can do no harm."""


def word_key(path: str, column: str, word: str) -> str:
    """The key of what a word says of marketing."""
    return f"{path}: {column}: {word}"


def no_key(path: str, column: str) -> str:
    """The key of what a plain no says of marketing."""
    return f"{path}: {column}: a plain no"


def since_key(path: str, column: str) -> str:
    """The key of whether a date says that somebody agreed."""
    return f"{path}: {column}: a date"


def until_key(path: str, column: str) -> str:
    """The key of whether a date says that somebody left."""
    return f"{path}: {column}: a date of leaving"


def flag_key(path: str, column: str) -> str:
    """The key of which word means yes."""
    return f"{path}: {column}: yes"


def gender_key(column: str, word: str) -> str:
    """The key of whether a letter is a man or a woman."""
    return f"gender: {column}: {word}"


def field_key(path: str) -> str:
    """The key of which column is a field."""
    return f"{path}: column"


def shown(column: Column, most: int = _SHOWN) -> str:
    """A column with some of its values, as evidence."""
    return f"{column.name}: {several(column.distinct, most)}"


def several(texts: Iterable[str], most: int = _SHOWN) -> str:
    """The first of several texts."""
    return ", ".join([shorten(text, _LONGEST) for text in texts][:most])
