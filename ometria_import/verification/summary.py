"""The summary of a verification: what `summary.json` holds and `--json` prints.

Reports and promotions read it here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import msgspec

from ometria_import.config.home import RunId
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import ExitCode, PackageError
from ometria_import.options.choices import ObjectType

_OF_ONE = {"come": "comes", "are": "is", "were": "was", "differ": "differs"}
_WITHIN_OF_ONE = ((" come back ", " comes back "), (" were ", " was "), (" their ", " its "))


class Verdict(StrEnum):
    """What a verification found, in one word."""

    SAME = "same"
    """Everything that was read is as it was sent."""
    DIFFERS = "differs"
    """Records differ, are missing, or are in the account without having been sent."""
    NOT_SETTLED = "not_settled"
    """Nothing differs, but the account may not have stored everything yet."""
    NOT_READABLE = "not_readable"
    """Nothing differs, but a type that was asked for cannot be read."""
    INTERRUPTED = "interrupted"
    """It stopped before it had read everything it wanted to read."""


class How(StrEnum):
    """How the records of one list were read."""

    ALL = "all"
    SAMPLE = "sample"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the verification was asked to read."""

    statement: str
    """`all`, or a sample: `3000`, `1%`, `0.1%@95`, `10m`, `part 3/30`."""
    is_default: bool = False
    """Whether the statement is ours, because none was given."""
    types: tuple[ObjectType, ...] = ()
    """Empty for all."""
    source: str = ""
    accepted_rules: tuple[str, ...] = ()
    """Differences that the user accepts as the account's own form."""

    @property
    def is_whole_run(self) -> bool:
        """Whether records of all types and sources of the run were eligible."""
        return not self.types and not self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSummary:
    """The outcome for one list of the account, or for one object type that has no list."""

    object_type: ObjectType
    listing: str
    """`products`, `contacts/default` …; empty where the account has no list of the type."""
    population: int
    """Records of the run that should be found there."""
    read: int
    """How many of these have been read; each is in exactly one of the next four counts."""
    same: int
    differs: int
    missing: int
    not_settled: int
    """Not found, or found as they were before, but so soon that it proves nothing."""
    extra: int | None
    """Records in the account that the run did not send; None where it was not read as a whole."""
    how: How
    reason: str
    """Why it was read in this way, or not at all."""
    bound: float | None
    """With the confidence of the summary, no larger share of the records that were not read
    differs or is missing; None where nothing can be said."""
    in_account: int | None = None
    """Records that the list holds, whoever sent them; None where they were not counted."""
    extra_fields: int = 0
    """Fields in the account that the records do not have, which are no differences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRiskSummary:
    """The outcome for the records that were at risk for one reason, all of which are read."""

    reason: str
    words: str
    records: int
    same: int
    differs: int
    missing: int
    not_settled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSummary:
    """A rule by which values that are written differently are the same."""

    rule: str
    words: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One difference, shortened. The values are personal data."""

    key: str
    sent: str
    found: str
    source: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternSummary:
    """A cause that many differences share."""

    object_type: ObjectType
    field: str
    words: str
    count: int
    of: int
    """Records read that have the field."""
    examples: tuple[Example, ...] = ()
    offered: str | None = None
    """The rule that would explain it, which the user can accept."""

    @property
    def said(self) -> str:
        """The words as they are said of so many records: `comes back at midnight` of one."""
        if self.count != 1:
            return self.words
        verb, space, rest = self.words.partition(" ")
        for several, one in _WITHIN_OF_ONE:
            rest = rest.replace(several, one)
        return _OF_ONE.get(verb, verb) + space + rest


@dataclass(frozen=True, slots=True)
class Sum:
    """Orders and their revenue."""

    orders: int
    revenue: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadStep:
    """Why one sum of a month is smaller or larger than the one before it."""

    step: str
    """`file→sent`, `sent→accepted` or `accepted→found`."""
    cause: str
    orders: int
    """How many fewer the second of the two sums has; negative where it has more."""
    revenue: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadMonth:
    """The orders of one month in one currency, from the file to the account."""

    month: str
    """`2024-01`."""
    currency: str
    """Empty for rejected orders whose currency could not be read."""
    file: Sum | None
    """None where the run did not keep what its files hold, such as one that retries another."""
    sent: Sum
    accepted: Sum
    found: Sum | None
    """None unless all orders were read."""
    steps: tuple[LoadStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSummary:
    """The proof of load: orders and revenue by month and currency.

    Orders that `is_valid` takes out of revenue do not count, as in the overview before sending.
    """

    is_whole: bool
    """Whether all orders were read, so that what was found is exact."""
    read_orders: int
    months: tuple[LoadMonth, ...] = ()
    uncounted: dict[str, int] = field(default_factory=dict)
    """Orders in the files that no month has, by why they were not sent: their time or their total
    could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a verification found."""

    verification: RunId
    run: RunId
    account: str
    package: str
    """The hash of the package's content."""
    tool_version: str
    started_at: datetime
    ended_at: datetime
    verdict: Verdict
    sentence: str
    is_finished: bool
    """Whether everything it wanted to read has been read and has settled."""
    seed: str
    """What the sample was drawn with; with the same seed the same records are drawn."""
    confidence: float
    """In percent, such as 95."""
    bound: float | None
    """As in `TypeSummary`, over all types that were read."""
    asked: Asked
    types: tuple[TypeSummary, ...]
    at_risk: tuple[AtRiskSummary, ...]
    rules: tuple[RuleSummary, ...]
    patterns: tuple[PatternSummary, ...]
    load: LoadSummary | None
    """None where the run has no orders or orders were not asked for."""
    files: dict[str, str]
    """Paths by name: `differs`, `missing`, `extra`, `missing_records`; only those written."""
    exit_code: ExitCode
    notes: tuple[str, ...] = ()
    """What else a reader must know, such as a later run to the same account."""
    unchanged: int = 0
    """Records of its files that the run left out because the account was given them before."""

    def total(self, count: str) -> int:
        """One of the counts of `TypeSummary`, over all types."""
        return sum(getattr(each, count) or 0 for each in self.types)


def read_summary(path: Path) -> Summary:
    """Read a `summary.json`.

    Raises:
        PackageError: it is missing, damaged, or was written by a version that said other things.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Summary)
    except OSError as error:
        raise PackageError(
            f"{path} cannot be read: {error.strerror}",
            hint="Verify the run again.",
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise PackageError(
            f"{path} is damaged or was written by another version of this tool",
            hint="Verify the run again.",
        ) from None


def encode_summary(summary: Summary) -> bytes:
    """A summary as JSON."""
    return msgspec.json.format(msgspec.json.encode(summary), indent=1)


def write_summary(path: Path, summary: Summary) -> None:
    """Write a `summary.json`; whoever reads it sees the old one or the new one."""
    unfinished = path.with_suffix(".unfinished")
    with storage_errors(path):
        private_file(unfinished).write_bytes(encode_summary(summary))
        unfinished.replace(path)
