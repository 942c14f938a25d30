"""One account's counters, and its queue from which records are validated and stored."""

from __future__ import annotations

import json
import math
from collections import defaultdict, deque
from collections.abc import Iterable
from itertools import islice
from typing import Any

from ometria_import.emulator.rules import Finding, judge
from ometria_import.emulator.settings import Settings
from ometria_import.emulator.store import Store, Verdict, WaitingRecord

MAX_CUSTOM_FIELDS = 100
"""Source: "at most 100 custom fields per type". Assumption: a record that would bring one more
is not valid; those inside line items are not counted."""

_MAX_STEP = 50
"""Records that are validated before requests get their turn again: some 15 ms."""


class Account:
    """`staging` or `live`; nothing is shared between the two but the database's file."""

    def __init__(self, name: str, key: str, settings: Settings) -> None:
        self.name = name
        self.key = key.encode("ascii")
        self.pushes = settings.rate_counter(settings.rate)
        self.reads = settings.rate_counter(settings.read_rate)
        self.queue_limit = settings.queue
        self._drain = settings.drain
        self._clock = settings.clock
        self._waiting: deque[WaitingRecord] = deque()
        self._drained_until = self._clock()
        self._custom_fields: defaultdict[str, set[str]] = defaultdict(set)

    @property
    def waiting(self) -> int:
        """Records in the queue; one that is no longer counted has been stored or refused."""
        return len(self._waiting)

    @property
    def queue_remaining(self) -> int:
        """Records that still fit; never negative."""
        return max(0, self.queue_limit - self.waiting)

    def load(self, store: Store, waiting: Iterable[WaitingRecord]) -> None:
        """Go on with what an earlier emulator left in the database."""
        for object_type, name in store.custom_fields(self.name):
            self._custom_fields[object_type].add(name)
        self.enqueue(waiting)

    def enqueue(self, records: Iterable[WaitingRecord]) -> None:
        """Let records wait behind those that wait already; an empty queue starts its clock."""
        if not self._waiting:
            self._drained_until = self._clock()
        self._waiting.extend(records)

    def seconds_until_room(self, records: int) -> int:
        """When so many more records will fit, in whole seconds of at least one.

        Assumption: the server tells how long its queue will take. Where nothing drains, a
        minute.
        """
        if not self._drain:
            return 60
        return max(1, math.ceil((records - self.queue_remaining) / self._drain))

    def drain(self, store: Store) -> bool:
        """Validate and store what the drain's pace allows by now; False when that is nothing."""
        now = self._clock()
        allowed = int((now - self._drained_until) * self._drain)
        step = list(islice(self._waiting, min(allowed, _MAX_STEP)))
        if not step:
            return False
        self._drained_until += len(step) / self._drain
        store.settle([Verdict(each, self._judge(json.loads(each.body))) for each in step])
        for _ in step:
            self._waiting.popleft()
        return True

    def _judge(self, record: dict[str, Any]) -> tuple[Finding, ...]:
        findings = judge(record)
        if findings:
            return findings
        known = self._custom_fields[record["@type"]]
        names = known.union(record.get("properties", ()))
        if len(names) > max(MAX_CUSTOM_FIELDS, len(known)):
            return (Finding("too many custom fields", "root > properties"),)
        known.update(names)
        return ()
