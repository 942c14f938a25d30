"""What a comparison of consent found, as it is shown, kept and read again."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from ometria_import.config.home import Home
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.consent.people import Compared, Says
from ometria_import.errors import ExitCode

_DECODER_VERSION = 1


class State(StrEnum):
    """How a person stands on one side."""

    IN = "in"
    OUT = "out"
    NONE = "none"
    """Known, and nothing is specified."""
    ABSENT = "absent"
    """Not known to the account at all."""


def in_files(says: Says) -> State:
    """What the files come to: a forced opt-in beats an opt-out, which beats an opt-in."""
    if says & Says.FORCED_IN:
        return State.IN
    return in_account(says)


def in_account(says: Says) -> State:
    """What the account comes to: one opt-out is enough."""
    if says & Says.OUT:
        return State.OUT
    if says & (Says.IN | Says.FORCED_IN):
        return State.IN
    return State.NONE if says else State.ABSENT


def is_danger(ours: Says, theirs: Says, *, is_newer: bool) -> bool:
    """Whether somebody would be opted in again who has left since, as far as anybody knows."""
    return in_files(ours) is State.IN and in_account(theirs) is State.OUT and not is_newer


@dataclass(slots=True)
class Matrix:
    """How many people stand how in the files and in the account, for one channel."""

    cells: dict[str, dict[str, int]] = field(default_factory=dict)
    """By the state in the files, then by that in the account."""
    danger: int = 0
    came_back: int = 0
    """People who are out in the account, and opted in later than that in the files."""
    contradictory: int = 0
    """People whom the files have both in and out."""
    forced: int = 0
    """Of those in danger, how many have `@force_optin`."""

    def add(self, some: Compared) -> None:
        """Count people with the same states."""
        ours, theirs = in_files(some.ours), in_account(some.theirs)
        row = self.cells.setdefault(str(ours), {})
        row[str(theirs)] = row.get(str(theirs), 0) + some.people
        if some.ours & Says.OUT and some.ours & (Says.IN | Says.FORCED_IN):
            self.contradictory += some.people
        if is_danger(some.ours, some.theirs, is_newer=some.is_newer):
            self.danger += some.people
            self.forced += some.people if some.ours & Says.FORCED_IN else 0
        elif ours is State.IN and theirs is State.OUT:
            self.came_back += some.people

    def people(self, ours: State, theirs: State) -> int:
        """How many stand so."""
        return self.cells.get(str(ours), {}).get(str(theirs), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDiff:
    """One comparison of a package's contacts with an account."""

    account: str
    base_url: str
    package: str
    """Its content hash."""
    run: str = ""
    """Whose package it is; empty where files were prepared."""
    at: datetime
    """When the first answer came: what the account says may have changed since."""
    since: datetime
    """From when on it was asked who left."""
    sample: int | None
    """How many people were to be looked up; None for everybody."""
    is_only_askers: bool = False
    """Whether only people whom the files opt in were looked up; nobody else can be in danger."""
    is_lost: bool = False
    """Whether the account changed so much meanwhile that some people may have been missed."""
    people: int
    looked: int
    undated: int
    opt_outs: int
    """How many opt-outs the account told of since then."""
    channels: dict[str, Matrix]
    doubts: tuple[str, ...] = ()
    danger_file: str = ""
    summary_file: str = ""
    version: int = _DECODER_VERSION

    @property
    def danger(self) -> int:
        """People who would be opted in again, for each channel that says so."""
        return sum(each.danger for each in self.channels.values())

    @property
    def exit_code(self) -> ExitCode:
        """What the command tells the shell."""
        return ExitCode.REJECTS if self.danger else ExitCode.OK

    def as_json(self) -> dict[str, Any]:
        """For `--json` and for the file."""
        return {
            **asdict(self),
            "at": self.at.isoformat(),
            "since": self.since.isoformat(),
            "danger": self.danger,
            "exit_code": int(self.exit_code),
        }


_DECODER = msgspec.json.Decoder(ConsentDiff)


def save_diff(folder: Path, diff: ConsentDiff) -> ConsentDiff:
    """Keep what was found; a reader finds all of it or nothing.

    Raises:
        TemporaryFailureError: the disk fails.
    """
    path = folder / "summary.json"
    kept = replace(diff, summary_file=str(path))
    with storage_errors(path):
        begun = private_file(path.with_suffix(".new"))
        with begun.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(kept.as_json())))
            file.flush()
            os.fsync(file.fileno())
        begun.replace(path)
    return kept


def newest_diff(
    home: Home, account: str, package: str, now: datetime, younger_than: timedelta
) -> ConsentDiff | None:
    """The newest comparison of a package with an account, if it is young enough."""
    return next(diffs_of(home, account, frozenset({package}), now, younger_than), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the comparisons of a package with an account prove."""

    proof: ConsentDiff | None = None
    """The newest one in which everybody whom the files opt in was looked up."""
    contrary: ConsentDiff | None = None
    """The newest one that found a danger, if it is no older than the proof."""

    @property
    def is_clean(self) -> bool:
        """Whether it is proven that nobody is opted in again."""
        return self.proof is not None and self.contrary is None and not self.proof.doubts


def standing_of(diffs: Iterable[ConsentDiff], base_url: str) -> Standing:
    """Judge by comparisons, newest first, with the account at an address."""
    contrary = None
    for each in diffs:
        if each.base_url != base_url:
            continue
        if contrary is None and each.danger:
            contrary = each
        if each.sample is None:
            return Standing(each, contrary)
    return Standing(None, contrary)


def diffs_of(
    home: Home,
    account: str,
    packages: Container[str],
    now: datetime,
    younger_than: timedelta,
) -> Iterator[ConsentDiff]:
    """The comparisons of packages with an account that are young enough, newest first.

    A file that cannot be read proves nothing and is passed over.
    """
    for folder in home.consent_diffs():
        try:
            found = _DECODER.decode((folder / "summary.json").read_bytes())
        except (OSError, msgspec.MsgspecError):
            continue
        is_meant = found.account == account and found.package in packages
        if is_meant and timedelta(0) <= now - found.at < younger_than:
            yield found
