"""What a report is made of: all that a run, its package and its verification keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypeVar

import msgspec

from ometria_import.checklist import Step
from ometria_import.config.home import RunFolder
from ometria_import.delivery import RunInfo, RunRequest, RunSummary
from ometria_import.errors import PackageError
from ometria_import.package import Effects, Package
from ometria_import.verification import LoadSummary, Summary

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Checked:
    """What the verifications of a run say together."""

    shown: Summary | None = None
    """The newest finished one of the whole run, else the newest finished one of a part of it."""
    contrary: tuple[Summary, ...] = ()
    """Newer ones that found differences, be they of a part or not finished."""
    is_unfinished_since: bool = False
    """Whether the newest of all has not finished."""

    @classmethod
    def of(cls, verifications: Iterable[Summary], info: RunInfo) -> Self:
        """Choose from all verifications of a run, newest first."""
        own = [
            each
            for each in verifications
            if (each.package, each.account) == (info.content_hash, info.account)
        ]
        finished = [each for each in own if each.is_finished]
        whole = [each for each in finished if each.asked.is_whole_run]
        shown = next(iter(whole or finished), None)
        newer = own if shown is None else own[: own.index(shown)]
        contrary = tuple(each for each in newer if each.total("differs") + each.total("missing"))
        return cls(shown, contrary, bool(own) and not own[0].is_finished)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What is known of one run."""

    folder: RunFolder
    prepared_in: RunFolder
    """Where preparing wrote: the folder of the staging run that this one promotes, or its own."""
    info: RunInfo
    delivered: RunSummary
    package: Package | PackageError
    """Or what is wrong with it."""
    sums: Mapping[str, Any]
    """The totals of preparing, as they are on the disk: any of them may be missing or damaged."""
    request: RunRequest
    effects: Effects | None
    """None where the package is damaged."""
    effect_lines: tuple[str, ...]
    """The same in words."""
    checked: Checked
    load: LoadSummary | None
    """The proof of load, that of the verification if it has one; None where there is none."""
    with_examples: bool = False
    way_live: tuple[Step, ...] = ()

    @property
    def verification(self) -> Summary | None:
        """The verification that is shown."""
        return self.checked.shown

    def told(self, name: str, kind: type[T]) -> T | None:
        """One of the totals of preparing; None where it is missing or makes no sense."""
        return read_as(self.sums.get(name), kind)


def read_as(told: object, kind: type[T]) -> T | None:
    """What a file says, if it is of a kind; None where it is not."""
    try:
        return None if told is None else msgspec.convert(told, kind, strict=False)
    except (msgspec.ValidationError, TypeError, ValueError, ArithmeticError):
        return None


def utc(moment: datetime) -> str:
    """A time, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
