"""The gate that a promotion passed, kept in its run's folder before its first request.

What is known of the staging run is kept along: it may be pruned before somebody asks for a
statement.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

import msgspec

from ometria_import.config.home import RunFolder, RunId
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import PackageError
from ometria_import.options.choices import Danger
from ometria_import.promotion.gate import GateLine

_FILE = "gate.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What a statement says of a run."""

    run: RunId
    base_url: str
    began_at: datetime
    ended_at: datetime
    tool_version: str
    counts: dict[str, dict[str, int]]
    """By object type: `records`, `accepted`, `refused`, `skipped`, `unclear`, `rejected_later`."""
    problems: dict[str, int]
    """What the API said, by code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What a statement says of a file that the records came from; not its name."""

    object_type: str
    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationFacts:
    """What a statement says of a verification."""

    verification: RunId
    ended_at: datetime
    verdict: str
    sentence: str
    statement: str
    confidence: float
    bound: float | None
    seed: str
    accepted_rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedGate:
    """A gate whose every line was open."""

    passed_at: datetime
    lines: tuple[GateLine, ...]
    package: str
    """The hash of its content."""
    records: dict[str, int]
    sha256: dict[str, str]
    sources: tuple[SourceFacts, ...]
    prepared: dict[str, int]
    """Rows and records that preparing counted."""
    problems: dict[str, int]
    """What preparing found, by code."""
    staging: RunFacts
    account_fingerprint: str
    """Of live's key."""
    allowed: tuple[Danger, ...]
    verification: VerificationFacts | None


def save_gate(run: RunFolder, gate: PassedGate) -> None:
    """Write a passed gate into its run's folder; durable when it returns."""
    path = run.path / _FILE
    unfinished = path.with_suffix(".unfinished")
    with storage_errors(path), private_file(unfinished).open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(gate), indent=1))
        file.flush()
        os.fsync(file.fileno())
        unfinished.replace(path)


def load_gate(run: RunFolder) -> PassedGate:
    """Read the gate that a run passed.

    Raises:
        PackageError: it cannot be read, or the run promotes none.
    """
    path = run.path / _FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=PassedGate)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise PackageError(
            f"{path} is missing or damaged, so nobody can tell which gate run {run.id} has passed",
            hint=f"Nothing can be attested of it. `ometria-import resume {run.id}` finishes it if "
            "it is unfinished.",
        ) from None
