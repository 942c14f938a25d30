"""The tables and values of a verification's database."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from urllib.parse import unquote

from ometria_import.options.choices import ObjectType
from ometria_import.verification.reading import Listing
from ometria_import.verification.summary import How

FORMAT_VERSION = 1
TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tally (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE list (
    number INTEGER PRIMARY KEY, object_type TEXT NOT NULL, collection TEXT NOT NULL,
    population INTEGER NOT NULL, in_account INTEGER, how TEXT NOT NULL, reason TEXT NOT NULL,
    is_paged INTEGER NOT NULL, refused TEXT NOT NULL DEFAULT '',
    next_offset INTEGER NOT NULL DEFAULT 0, is_paged_through INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE stratum (
    number INTEGER PRIMARY KEY, list INTEGER NOT NULL REFERENCES list,
    source INTEGER NOT NULL, population INTEGER NOT NULL, at_risk INTEGER NOT NULL
);
CREATE TABLE record (
    number INTEGER PRIMARY KEY, list INTEGER NOT NULL, id TEXT NOT NULL,
    batch INTEGER NOT NULL, position INTEGER NOT NULL, stratum INTEGER NOT NULL,
    risks INTEGER NOT NULL, is_even INTEGER NOT NULL, outcome INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE difference (
    record INTEGER NOT NULL, field TEXT NOT NULL, sent TEXT NOT NULL, found TEXT NOT NULL,
    rule TEXT NOT NULL
);
CREATE TABLE extra (
    list INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (list, id)
) WITHOUT ROWID;
"""
INDEXES = """
CREATE INDEX record_id ON record (list, id);
CREATE INDEX record_open ON record (list, outcome, number);
"""


class Result(IntEnum):
    """What is known of a record that is to be read."""

    UNREAD = 0
    SAME = 1
    DIFFERS = 2
    MISSING = 3
    NOT_YET = 4
    """Missing or different, but so soon after it was sent that it proves nothing."""


@dataclass(frozen=True, slots=True)
class PlannedList:
    """A list of the account, and how it is read."""

    number: int
    object_type: ObjectType
    collection: str
    population: int
    """Records of the run that should be found in it, and were asked for."""
    in_account: int | None
    """Records that it holds; None where they could not be counted."""
    how: How
    reason: str
    is_paged: bool
    """Whether it is read by pages; else record by record."""
    refused: str = ""
    """Why the account does not show it; empty where it does."""
    next_offset: int = 0
    is_paged_through: bool = False
    """Whether all pages were read once."""

    @property
    def listing(self) -> Listing:
        """The list as it is read; custom events have none."""
        return Listing(self.object_type, self.collection)

    @property
    def name(self) -> str:
        """`contacts/default`, as people read it; empty for custom events."""
        if self.object_type is ObjectType.CUSTOM_EVENT:
            return ""
        return unquote(self.listing.path.removeprefix("/"))


@dataclass(frozen=True, slots=True)
class Stratum:
    """The records of one source file in one list."""

    number: int
    list_number: int
    source: int
    population: int
    at_risk: int
    """How many of them are read because they are at risk, and not by chance."""

    @property
    def drawn_from(self) -> int:
        """How many records the sample is drawn from."""
        return self.population - self.at_risk


@dataclass(frozen=True, slots=True)
class Planned:
    """A record that is to be read."""

    list_number: int
    record_id: str
    batch: int
    position: int
    stratum: int
    risks: int = 0
    """The bits of its `risk.Risk`s."""
    is_even: bool = False
    """Whether it is one of those that represent the whole population."""


@dataclass(frozen=True, slots=True)
class Known:
    """A record that is to be read, and what is known of it."""

    number: int
    record_id: str
    batch: int
    position: int
    result: Result
