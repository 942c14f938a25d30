"""A scenario that is being played: which of its faults a request meets, and which states last."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ometria_import.emulator.limits import Clock
from ometria_import.emulator.scenarios.faults import (
    Ending,
    Endpoint,
    Fault,
    Latency,
    LateRefusal,
    Moment,
    OtherAnswer,
    Refuse,
    Reset,
    Spell,
    StaleAnswer,
)
from ometria_import.emulator.scenarios.scenario import Scenario

_Kind = TypeVar("_Kind", bound=Fault)


@dataclass(frozen=True, slots=True)
class Met:
    """The faults that one request meets, in the scenario's order."""

    faults: tuple[Fault, ...] = ()
    labels: tuple[str, ...] = ()

    def first(self, kind: type[_Kind]) -> _Kind | None:
        """The first fault of a kind."""
        return next(iter(self.each(kind)), None)

    def holds(self, fault: Fault) -> bool:
        """Whether it is this very fault; another with the same words is not."""
        return any(each is fault for each in self.faults)

    def each(self, kind: type[_Kind]) -> list[_Kind]:
        """All faults of a kind."""
        return [fault for fault in self.faults if isinstance(fault, kind)]

    @property
    def ending(self) -> Ending | None:
        """How the connection ends without an answer; None where there is one."""
        if self.first(Refuse):
            return Reset(moment=Moment.BODY)
        return self.first(Ending)


@dataclass(slots=True)
class _Progress:
    """How far one fault of a scenario has come."""

    chance: random.Random
    seen: int = 0
    """Requests that were counted."""
    applied: int = 0
    records_seen: int = 0
    records_applied: int = 0
    spell_ends_s: float | None = None
    """For a spell that a request began."""


@dataclass(slots=True)
class Script:
    """Not for use from several threads; the emulator's own calls it."""

    scenario: Scenario
    clock: Clock
    chance: random.Random = field(init=False)
    """The luck of everything that has none of its own."""
    started_s: float = field(init=False)
    _progress: list[_Progress] = field(init=False)

    def __post_init__(self) -> None:
        self.started_s = self.clock()
        self.chance = random.Random(self.scenario.seed)  # noqa: S311 -- a script's
        self._progress = [
            # One stream each, so that a fault more or less does not change the others' luck.
            _Progress(random.Random(f"{self.scenario.seed}/{position}"))  # noqa: S311 -- a script
            for position, _ in enumerate(self.scenario.fault)
        ]

    @property
    def has_spells(self) -> bool:
        """Whether something in it goes by the clock and not by requests."""
        return any(isinstance(fault, Spell) for fault in self.scenario.fault)

    def counts(self) -> list[dict[str, Any]]:
        """What each fault has come to, in the scenario's order."""
        return [
            {
                "name": self.scenario.label(position),
                "do": str(fault.__struct_config__.tag),
                "requests_seen": progress.seen,
                "applied": progress.applied,
                "records": progress.records_applied,
            }
            for position, (fault, progress) in enumerate(self._pairs())
        ]

    def meet(self, endpoint: Endpoint, account: str | None, body: bytes | None = None) -> Met:
        """Choose what a request meets; `body` is None before it was read.

        Each fault counts a request once: those that need no body before it is read, all others
        afterwards.
        """
        now_s = self.clock() - self.started_s
        faults: list[Fault] = []
        labels: list[str] = []
        is_decided = False
        for position, (fault, progress) in enumerate(self._pairs()):
            is_at_head = isinstance(fault, Ending) and fault.moment is Moment.HEAD
            if is_at_head is not (body is None):
                continue
            decides = isinstance(fault, OtherAnswer | StaleAnswer | Ending | Refuse)
            if not _concerns(fault, endpoint, account, body):
                continue
            if not _counts_in(fault, progress, now_s) or (decides and is_decided):
                continue
            if fault.probability < 1 and progress.chance.random() >= fault.probability:
                continue
            if isinstance(fault, Spell) and not self._begin(fault, progress, now_s):
                continue
            is_decided = is_decided or decides
            progress.applied += 1
            faults.append(fault)
            labels.append(self.scenario.label(position))
        return Met(tuple(faults), tuple(labels))

    def spells(self) -> list[Spell]:
        """The states that hold now, in the scenario's order."""
        now_s = self.clock() - self.started_s
        return [
            fault
            for fault, progress in self._pairs()
            if isinstance(fault, Spell) and _holds(fault, progress, now_s)
        ]

    def late_refusal(self, met: Met, record_id: str | None, body: bytes) -> LateRefusal | None:
        """The late refusal that one accepted record of a request is due, if any."""
        for fault, progress in self._pairs():
            if not isinstance(fault, LateRefusal) or not met.holds(fault):
                continue
            if fault.record_id and record_id not in fault.ids:
                continue
            if fault.record_text.encode() not in body:
                continue
            progress.records_seen += 1
            is_spent = fault.times is not None and progress.records_applied >= fault.times
            if is_spent or progress.records_seen % fault.every_record:
                continue
            if fault.share < 1 and progress.chance.random() >= fault.share:
                continue
            progress.records_applied += 1
            return fault
        return None

    def latency_s(self, met: Met) -> float:
        """Seconds that the answer waits beyond the emulator's own latency."""
        return sum(
            fault.seconds + progress.chance.uniform(fault.least_s, fault.most_s)
            for fault, progress in self._pairs()
            if isinstance(fault, Latency) and met.holds(fault)
        )

    def _begin(self, fault: Spell, progress: _Progress, now_s: float) -> bool:
        """Start a spell that needs a request; one that goes by the clock needs none."""
        if not fault.is_about_requests:
            return False
        lasts_s = fault.for_s if fault.for_s is not None else float("inf")
        progress.spell_ends_s = now_s + lasts_s
        if fault.until_s is not None:
            progress.spell_ends_s = fault.until_s
        return True

    def _pairs(self) -> list[tuple[Fault, _Progress]]:
        return list(zip(self.scenario.fault, self._progress, strict=True))


def _concerns(fault: Fault, endpoint: Endpoint, account: str | None, body: bytes | None) -> bool:
    if fault.on not in (endpoint, Endpoint.ANY) or fault.account not in (None, account):
        return False
    if fault.record_text and fault.record_text.encode() not in (body or b""):
        return False
    return not fault.record_id or not fault.ids.isdisjoint(_ids_in(body or b""))


def _ids_in(body: bytes) -> set[str]:
    try:
        records = json.loads(body)
    except (ValueError, RecursionError):
        return set()
    if not isinstance(records, list):
        return set()
    found = (record.get("id") for record in records if isinstance(record, dict))
    return {each for each in found if isinstance(each, str)}


def _counts_in(fault: Fault, progress: _Progress, now_s: float) -> bool:
    """Count a request, and say whether its number and its time are among the fault's."""
    progress.seen += 1
    number = progress.seen
    is_late_refusal = isinstance(fault, LateRefusal)
    return (
        (not fault.numbers or number in fault.numbers)
        and fault.from_request <= number
        and (fault.to_request is None or number <= fault.to_request)
        and number % fault.every == 0
        and fault.from_s <= now_s
        and (fault.until_s is None or now_s < fault.until_s)
        and (is_late_refusal or fault.times is None or progress.applied < fault.times)
    )


def _holds(fault: Spell, progress: _Progress, now_s: float) -> bool:
    if fault.is_about_requests:
        return progress.spell_ends_s is not None and now_s < progress.spell_ends_s
    lasts_s = fault.for_s if fault.for_s is not None else float("inf")
    until_s = fault.until_s if fault.until_s is not None else fault.from_s + lasts_s
    return fault.from_s <= now_s < until_s
