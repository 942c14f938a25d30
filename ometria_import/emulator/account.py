"""One account's counters, and its queue from which records are validated and stored.

Assumption: who shares an account with a foreign sender shares its rate and its queue.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from ometria_import.emulator.limits import TokenBucket
from ometria_import.emulator.other_sender import OtherSender
from ometria_import.emulator.scenarios.faults import (
    ForeignSender,
    Limits,
    NoReads,
    RevokeKey,
    Spell,
)
from ometria_import.emulator.settings import Settings
from ometria_import.emulator.storage.deletions import Deletion
from ometria_import.emulator.storage.profiles import Profile, profiles_of
from ometria_import.emulator.storage.store import Store, Verdict, WaitingRecord
from ometria_import.emulator.traits import Traits
from ometria_import.emulator.validation.rules import Finding, judge

MAX_CUSTOM_FIELDS = 100
"""Source: "at most 100 custom fields per field type (100 strings, 100 dates, …) and category".
Assumptions: an object type is a category, and a field has the type of its first value; a record
that would bring one more is not valid; those inside line items are not counted."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?", re.ASCII)

_MAX_STEP = 50
"""Records that are validated before requests get their turn again: some 15 ms."""


@dataclass(frozen=True, slots=True)
class LateMark:
    """A record that will be found invalid, once it has left the queue and its time has come."""

    due: float
    """On the account's clock."""
    finding: Finding


@dataclass(frozen=True, slots=True)
class _LateRecord:
    due: float
    waiting: WaitingRecord
    finding: Finding


class Account:
    """`staging` or `live`; nothing is shared between the two but the database's file."""

    def __init__(self, name: str, key: str, settings: Settings) -> None:
        self.name = name
        self.key = key.encode("ascii")
        self.is_revoked = False
        """Whether the key is not known any more."""
        self._settings = settings
        self._clock = settings.clock
        self._own = Limits(
            rate=settings.rate,
            read_rate=settings.read_rate,
            queue=settings.queue,
            drain=settings.drain,
        )
        self._is_revoked_by_hand = False
        self._spells: list[Spell] = []
        self._others: list[OtherSender] = []
        self._other_requests = 0
        self._rates = (settings.rate, settings.read_rate)
        self.pushes = settings.rate_counter(settings.rate)
        self.reads = settings.rate_counter(settings.read_rate)
        per_min = settings.deletion_reads_per_min
        self.deletion_reads = TokenBucket(per_min / 60, per_min)
        self.deletions: list[Deletion] = []
        """Who asked to be forgotten, as the admin told it; until the emulator ends."""
        self.queue_limit = settings.queue
        self._drain = settings.drain
        self._queue: deque[WaitingRecord | None] = deque()  # None: somebody else's
        self._marks: dict[int, LateMark] = {}
        self._late: list[_LateRecord] = []
        self._drained_until = self._clock()
        self._custom_fields: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._profiles: tuple[object, list[Profile]] = (None, [])

    @property
    def waiting(self) -> int:
        """Records without a verdict; one that is no longer counted has been stored or refused."""
        return len(self._queue) + len(self._late)

    @property
    def queue_remaining(self) -> int:
        """Records that still fit; never negative."""
        return max(0, self.queue_limit - len(self._queue))

    @property
    def now(self) -> float:
        """The emulator's clock."""
        return self._clock()

    @property
    def unreadable(self) -> frozenset[str]:
        """What the key may not read, by the words of `faults.NoReads`."""
        spells = [each for each in self._spells if isinstance(each, NoReads)]
        return frozenset(path for each in spells for path in each.paths)

    def profiles(self, store: Store, traits: Traits) -> list[Profile]:
        """Everybody; worked out anew only when something has changed."""
        store.records.release(self.now)
        state = (store.records.changes, traits)
        if self._profiles[0] != state:
            records = store.records.all_of(self.name, ("contact", "order"), self.now)
            found = profiles_of(self.name, records, store.unsubscribes(self.name), traits)
            self._profiles = (state, found)
        return self._profiles[1]

    def state(self) -> dict[str, Any]:
        """What holds now, for whoever looks."""
        rate, read_rate = self._rates
        return {
            "rate": rate,
            "read_rate": read_rate,
            "queue": self.queue_limit,
            "drain": self._drain,
            "is_revoked": self.is_revoked,
            "unreadable": sorted(self.unreadable),
            "queued": len(self._queue),
            "late": len(self._late),
        }

    def set_limits(self, limits: Limits) -> None:
        """Change the limits that are named, for good."""
        self._own = _over(self._own, [limits])
        self._follow()

    def set_revoked(self, *, is_revoked: bool) -> None:
        """Forget the key, or know it again."""
        self._is_revoked_by_hand = is_revoked
        self._follow()

    def cast(self, spells: list[Spell]) -> None:
        """Let exactly these states of a scenario hold; what they changed before goes back."""
        spells = [spell for spell in spells if spell.account in (None, self.name)]
        if spells == self._spells:
            return
        now = self._clock()
        known = {id(traffic.sender): traffic for traffic in self._others}
        self._others = [
            known.get(id(spell)) or OtherSender(spell, now)
            for spell in spells
            if isinstance(spell, ForeignSender)
        ]
        self._other_requests *= bool(self._others)
        self._spells = spells
        self._follow()

    def let_others_send(self) -> bool:
        """Count what somebody else has sent by now; returns whether any record came.

        What is over the rate is sent again and again, so that it does take its part.
        """
        now = self._clock()
        moments = sorted(at for each in self._others for at in each.requests_until(now))
        for position, moment in enumerate([*moments, now]):
            self._other_requests += position < len(moments)
            while self._other_requests and self.pushes.admit(moment) == 0:
                self._other_requests -= 1
        records = sum(each.records_until(now) for each in self._others)
        records = min(records, self.queue_remaining)
        if records:
            self._extend([None] * records)
        return records > 0

    def load(self, store: Store, waiting: Iterable[WaitingRecord]) -> None:
        """Go on with what an earlier emulator left in the database."""
        for object_type, name, value in store.records.custom_fields(self.name):
            self._custom_fields[object_type][name] = _kind_of(value)
        self.enqueue(waiting)

    def enqueue(
        self, records: Iterable[WaitingRecord], marks: Mapping[int, LateMark] | None = None
    ) -> None:
        """Let records wait behind those that wait already; `marks` are by receipt number."""
        self._extend(records)
        self._marks.update(marks or {})

    def seconds_until_room(self, records: int) -> int:
        """When so many more records will fit, in whole seconds of at least one.

        Assumption: the server tells how long its queue will take. Where nothing drains, a
        minute.
        """
        if not self._drain:
            return 60
        return max(1, math.ceil((records - self.queue_remaining) / self._drain))

    def drain(self, store: Store, traits: Traits) -> bool:
        """Validate and store what the drain's pace allows by now; False when that is nothing."""
        now = self._clock()
        due = sorted((each for each in self._late if each.due <= now), key=lambda each: each.due)
        verdicts = [Verdict(each.waiting, (each.finding,)) for each in due]
        allowed = int((now - self._drained_until) * self._drain)
        step = list(islice(self._queue, min(allowed, _MAX_STEP)))
        if step:
            self._drained_until += len(step) / self._drain
        late: list[_LateRecord] = []
        for each in step:
            mark = self._marks.pop(each.receipt, None) if each else None
            if each and mark:
                late.append(_LateRecord(mark.due, each, mark.finding))
            elif each:
                verdicts.append(Verdict(each, self._judge(json.loads(each.body), traits)))
        if verdicts:
            store.settle(verdicts, traits, now)
        self._late = [each for each in self._late if each.due > now] + late
        for _ in step:
            self._queue.popleft()
        return bool(step or verdicts)

    def _extend(self, records: Iterable[WaitingRecord | None]) -> None:
        """An empty queue starts its clock."""
        if not self._queue:
            self._drained_until = self._clock()
        self._queue.extend(records)

    def _follow(self) -> None:
        """Let the own settings and the scenario's states take effect."""
        limits = _over(self._own, [each for each in self._spells if isinstance(each, Limits)])
        rates = (limits.rate or 0, limits.read_rate or 0)
        if rates[0] != self._rates[0]:
            self.pushes = self._settings.rate_counter(rates[0])
        if rates[1] != self._rates[1]:
            self.reads = self._settings.rate_counter(rates[1])
        self._rates = rates
        self.queue_limit = limits.queue or 1
        if limits.drain != self._drain:
            self._drain = limits.drain or 0
            self._drained_until = self._clock()
        is_revoked_by_script = any(isinstance(each, RevokeKey) for each in self._spells)
        self.is_revoked = self._is_revoked_by_hand or is_revoked_by_script

    def _judge(self, record: dict[str, Any], traits: Traits) -> tuple[Finding, ...]:
        findings = judge(record, email_required=traits.email_required)
        if findings:
            return findings
        known = self._custom_fields[record["@type"]]
        fields = record.get("properties", {})
        new = {name: _kind_of(value) for name, value in fields.items() if name not in known}
        if not new:
            return ()
        counts = Counter((*known.values(), *new.values()))
        if any(counts[kind] > MAX_CUSTOM_FIELDS for kind in new.values()):
            return (Finding("too many custom fields", "root > properties"),)
        known.update(new)
        return ()


def _kind_of(value: object) -> str:
    """The type of a custom field, by one of its values."""
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "date" if _DATE.fullmatch(value) else "string"
    return "list" if isinstance(value, list) else "object"


def _over(limits: Limits, changes: list[Limits]) -> Limits:
    """Limits after changes, each of which leaves out what stays."""
    for change in changes:
        named = {
            name: value
            for name in ("rate", "read_rate", "queue", "drain")
            if (value := getattr(change, name)) is not None
        }
        limits = msgspec.structs.replace(limits, **named)
    return limits
