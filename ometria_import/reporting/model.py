"""The numbers of a report, as `report.json` keeps them; the page is made from nothing else."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

FORMAT = 1
"""The version of `report.json`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the run, in a sentence."""

    tone: str
    """`good`, `open` (somebody has to look) or `bad`."""
    sentence: str
    details: list[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The run itself."""

    id: str
    account: str
    address: str
    state: str
    reason: str
    started_at: str
    """ISO 8601, UTC, like all times of a report."""
    ended_at: str | None
    seconds: float | None
    tool_version: str
    package: str
    """The SHA-256 of the package's content."""
    package_problem: str = ""
    """Why the package cannot be read; empty where it can."""
    retry_of: str = ""
    promotes: str = ""
    """The staging run whose package this one sent to live."""
    is_pseudonymised: bool = False
    requests: int = 0
    retries: int = 0
    batches: int = 0
    batches_settled: int = 0
    exit_code: int | None = None
    command: str = ""
    """As it was given to the shell; empty where nobody kept it."""
    paused_s: float = 0.0
    """Part of `seconds`: how long the run waited for the hours in which it may send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """From the rows of the files to what the account shows, for one object type."""

    object_type: str
    rows: int | None
    """None where the run does not know, as of one that retries another."""
    made: int | None
    """Records that were made of the rows and not rejected."""
    rejected: int | None
    unchanged: int
    """How many records were made but left out because the account was given them before; no
    verification of this run reads them back."""
    records: int
    """In the package."""
    sent: int
    accepted: int
    refused: int
    unclear: int
    refused_later: int
    to_send: int
    read: int | None = None
    """Read back from the account; None where no verification did so."""
    found: int | None = None
    """As it was sent."""
    differs: int | None = None
    missing: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFate:
    """Where rows ended."""

    name: str
    words: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Orders and what was paid for them."""

    orders: int
    revenue: str
    """A decimal number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Orders of one month or year in one currency, on their way into the account."""

    period: str
    """`2024-03`, `2024`, or empty where the date could not be read."""
    currency: str
    file: Amount | None = None
    sent: Amount | None = None
    accepted: Amount | None = None
    found: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Why a step has fewer orders than the one before it, over all months."""

    step: str
    cause: str
    currency: str
    orders: int
    revenue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The proof of load."""

    periods: list[Period]
    losses: list[Loss] = dataclasses.field(default_factory=list)
    unread_orders: int = 0
    """Orders of the files whose date or total could not be read."""
    read_orders: int | None = None
    """How many orders were read back, where it was not all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """How many references found what they refer to."""

    what: str
    asked: int
    joined: int | None
    """None where the files have nothing to refer to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What became of the cells of one column."""

    source: str
    column: str
    """Empty where the mapping gives the value."""
    field: str
    """Empty where the column was left out."""
    cells: int = 0
    filled: int = 0
    rewritten: int = 0
    dropped: int = 0
    examples: list[str] = dataclasses.field(default_factory=list)
    """Up to three values as they were sent, masked; only where they were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """All problems with one cause in one field."""

    code: str
    title: str
    remedy: str
    object_type: str
    field: str
    count: int
    places: list[str] = dataclasses.field(default_factory=list)
    """The first three lines, by file: `orders.csv: 12, 17`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """The problems of preparing, and those that the account found."""

    causes: list[Problem]
    unreadable: list[str] = dataclasses.field(default_factory=list)
    """Files of problems that are gone or damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConsent:
    """What one source says of marketing."""

    source: str
    opted_in: int
    opted_out: int
    none: int
    suppressed: int
    contradicting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Something that a run may set off in the live account, because somebody said so."""

    danger: str
    by: str = ""
    """The user of the machine; empty where nobody kept it."""
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Consent, and what the package sets off in a live account."""

    states: dict[str, int] | None
    sources: list[SourceConsent]
    effects: list[str] | None
    """Each with its count; None where the package cannot be read."""
    dangers: dict[str, int]
    allowed: list[Allowed]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedType:
    """What was read back of one list of the account."""

    listing: str
    object_type: str
    population: int
    read: int
    same: int
    differs: int
    missing: int
    not_settled: int
    how: str
    reason: str
    bound: float | None
    """The largest share that can be wrong among those that were not read, at the confidence of the
    verification."""
    extra: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A number with the words for it."""

    name: str
    words: str
    count: int
    of: int | None = None
    wrong: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a verification found when it read the account back."""

    id: str
    verdict: str
    sentence: str
    started_at: str
    ended_at: str
    seed: str
    confidence: float
    """In percent."""
    asked: str
    types: list[CheckedType]
    at_risk: list[Named] = dataclasses.field(default_factory=list)
    rules: list[Named] = dataclasses.field(default_factory=list)
    patterns: list[Named] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One source."""

    path: str
    object_type: str
    format: str
    bytes: int | None
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the way live."""

    number: int
    words: str
    mark: str
    """`done`, `open` or `by_hand`."""
    evidence: list[str] = dataclasses.field(default_factory=list)
    by_hand: str = ""
    """What is left for people, even where it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All numbers of one run."""

    format: int = FORMAT
    verdict: Verdict
    run: Run
    chain: list[Chain]
    rows: list[RowFate]
    money: Money | None
    joins: list[Join] | None
    columns: list[Column] | None
    """None where the run's version did not count them."""
    problems: Problems
    consent: Consent
    verification: Verification | None
    inputs: list[Input]
    unknown: list[str]
    """What the report cannot say, in sentences."""
    checklist: list[str]
    way_live: list[Step] = dataclasses.field(default_factory=list)
    """Empty in reports of earlier versions."""
