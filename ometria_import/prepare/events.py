"""Events that preparing emits to its subscriber while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ometria_import.problems.log import ProblemGroup
from ometria_import.schema import ObjectType


@dataclass(frozen=True, slots=True)
class SourceCopying:
    """How much of a file of another machine was copied to this one so far; 0 as it begins."""

    path: str
    bytes_copied: int
    size_bytes: int | None
    """None where that machine does not say it."""
    is_over: bool = False
    """Whether this is the last of it: the file is copied, or cannot be."""


@dataclass(frozen=True, slots=True)
class SourcesNamed:
    """Sources are looked at, to see what each of them is."""

    count: int


@dataclass(frozen=True, slots=True)
class SourceOpened:
    """A source was recognised; reading starts after the last source was recognised."""

    number: int
    """1-based, in the order of reading."""
    path: str
    description: str
    """Format, encoding, delimiter and compression, as detected or given."""
    object_type: ObjectType
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SourceProgress:
    """Progress: how much of a source's file was read so far."""

    number: int
    bytes_read: int
    rows: int
    rejected: int
    problems: Mapping[str, int] = field(default_factory=dict)
    """What was found in all sources so far, by code."""


@dataclass(frozen=True, slots=True)
class SourceDone:
    """A source was read to its end."""

    number: int
    rows: int
    records: int
    rejected: int


@dataclass(frozen=True, slots=True)
class PackingStarted:
    """Every source is read; the package is being written."""

    records: int


@dataclass(frozen=True, slots=True)
class PreparingInterrupted:
    """Preparing was interrupted; what had been found is in the files."""

    rows: int
    rejected: int
    groups: tuple[ProblemGroup, ...]
    problems_path: Path


PrepareEvent = (
    SourceCopying
    | SourcesNamed
    | SourceOpened
    | SourceProgress
    | SourceDone
    | PackingStarted
    | PreparingInterrupted
)
PrepareListener = Callable[[PrepareEvent], None]
