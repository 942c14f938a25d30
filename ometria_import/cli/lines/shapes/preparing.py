"""Lines about reading files, and what is ready to be sent."""

from __future__ import annotations

from ometria_import.cli.lines.shapes.line import Line
from ometria_import.options.choices import ObjectType


class SourceCopying(Line):
    """How much of a file of another machine was copied so far; a few a second, and 0 at first."""

    path: str
    bytes_copied: int
    size_bytes: int | None
    is_over: bool
    """Whether this is the last of it: the file is copied, or cannot be."""


class SourcesNamed(Line):
    """Files are looked at, to see what each of them is."""

    count: int


class SourceOpened(Line):
    """A source was recognised; reading starts once all of them are."""

    number: int
    path: str
    format: str
    object_type: ObjectType
    size_bytes: int


class SourceProgress(Line):
    """How much of a source was read so far; a few a second."""

    number: int
    bytes_read: int
    rows: int
    rejected: int
    problems: dict[str, int]
    """What was found in all sources so far, by code."""


class SourceDone(Line):
    """A source was read to its end."""

    number: int
    rows: int
    records: int
    rejected: int


class PackingStarted(Line):
    """Every source is read; the records are being packed."""

    records: int


class PreparingInterrupted(Line):
    """Preparing was interrupted; a check keeps what was found until then."""

    rows: int
    rejected: int
    problems: dict[str, int]


class Prepared(Line):
    """Everything is read and checked, with the counts that `--json` has under the same names."""

    records: dict[ObjectType, int]
    rejected: int
    rejected_of: dict[ObjectType, int]
    superseded: int
    held_back: int
    merged: int
    repeated: int
    earlier_states: int
    problems: dict[str, int]
    problems_file: str
    reject_files: list[str]
    seen_in: str | None


class Noted(Line):
    """Something that was decided or found, in words for people."""

    text: str


class TooManyRejected(Line):
    """More was rejected than `--max-rejects` allows: nothing is sent."""

    run: str
    rejected: int


class NothingToSend(Line):
    """No record is left to send; where everything was rejected, the reason says so."""

    run: str
    reason: str


class EffectsCounted(Line):
    """What the records would trigger in a live account, or null for a damaged package."""

    account: str
    effects: dict[str, int] | None


class Rehearsed(Line):
    """A dry run wrote what would be sent, and how many seconds that would take."""

    run: str
    batches: int
    records: int
    seconds: float
    bodies: list[str]
