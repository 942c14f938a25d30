"""Lines about reading an account back."""

from __future__ import annotations

from msgspec import Struct

from ometria_import.cli.lines.shapes.line import Line
from ometria_import.options.choices import ObjectType
from ometria_import.verification.summary import How


class CountingRecords(Line):
    """The records of the run are counted, then those of the account."""


class ListCounted(Line):
    """How many records a list of the account holds, and how many of the run should be in it."""

    name: str
    in_account: int
    population: int


class ListRefused(Line):
    """The account does not show a list."""

    name: str
    reason: str


class PlannedList(Struct, forbid_unknown_fields=True):
    """How a list of the account is read."""

    name: str
    object_type: ObjectType
    population: int
    in_account: int | None
    how: How
    is_paged: bool


class ReadingPlanned(Line):
    """How each list is read, and about how many requests and seconds that takes."""

    lists: list[PlannedList]
    requests: int
    seconds: float
    is_resumed: bool


class RecordsRead(Line):
    """How much of a list is read, and how many records of all lists were wrong; a few a second."""

    name: str
    done: int
    total: int
    wrong: int


class ListRead(Line):
    """A list is read."""

    name: str


class Settling(Line):
    """Records are missing so soon after the run that they are read again later."""

    records: int
    wait_s: float


class ReadRetried(Line):
    """A read failed temporarily and is made again after a wait."""

    path: str
    attempt: int
    reason: str
    wait_s: float


class AnswersSlow(Line):
    """Answers take so long that the account's rate cannot be used."""

    latency_s: float
    reads_per_s: float


class PageShifted(Line):
    """Records came or went while a list was read, and the place in it was found again."""

    path: str
    offset: int


class PlaceLost(Line):
    """So many records left a list while it was read that others in it may have been missed."""

    path: str
    offset: int


class RunVerified(Line):
    """A verification ended, whether or not all was read."""

    account: str
    verification: str
    report: str | None
