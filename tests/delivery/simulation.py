"""A delivery to a simulated push API in virtual time: what it used, and what was refused.

The emulator's own counters decide about each request when it arrives; the client is the real
one, from the retries down to the limiter. `python -m tests.delivery.simulation [SEEDS [busy]]`
prints a table; `busy` is a machine that does other work besides.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ometria_import.delivery.api.sink import Receipt, RetriableSinkError
from ometria_import.delivery.events import Event
from ometria_import.delivery.pacing.limited_sink import LimitedSink
from ometria_import.delivery.pacing.limiter import Clock, PacedLimiter
from ometria_import.delivery.pacing.retrying import RetryingSink
from ometria_import.emulator.limits import COUNTERS, RateCounter
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch
from tests.delivery.virtual_time import VIRTUAL_CLOCK, now, run

RECORDS = 100
_BODY = b"[" + b",".join([b"{}"] * RECORDS) + b"]"


@dataclass
class Queue:
    """The server's queue."""

    limit: int
    drain_per_s: float
    foreign_per_s: float = 0.0
    """What somebody else puts in, as long as it fits."""
    headers: Callable[[int], tuple[int | None, int | None]] | None = None
    """What answers say instead of the truth, from the true remaining number."""
    drained: float = 0.0
    _waiting: float = 0.0
    _at: float | None = None

    def pass_time(self) -> None:
        """Let in and out what the time since the last call allows."""
        at, self._at = self._at, now()
        if at is None:
            return
        passed_s = now() - at
        self._waiting = min(self._waiting + self.foreign_per_s * passed_s, float(self.limit))
        out = min(self._waiting, self.drain_per_s * passed_s)
        self.drained += out
        self._waiting -= out

    def admits(self, records: int) -> bool:
        """Take records in, if they fit."""
        self.pass_time()
        if self._waiting + records > self.limit:
            return False
        self._waiting += records
        return True

    def told(self) -> tuple[int | None, int | None]:
        """Limit and remaining, as the headers give them."""
        remaining = int(self.limit - self._waiting)
        return self.headers(remaining) if self.headers else (self.limit, remaining)


@dataclass
class Arrival:
    """One request at the server."""

    at: float
    """Seconds since the beginning."""
    status: int
    sent_at: float
    reason: str = ""


@dataclass
class Server:
    """A push API with one account; a `Sink`."""

    counter: RateCounter
    latency_s: float = 0.05
    jitter_s: float = 0.0
    seed: int = 0
    queue: Queue | None = None
    machine: BusyMachine | None = None
    stalls: Sequence[tuple[float, float]] = ()
    """From when to when nothing arrives, in seconds since the beginning; it comes at the end."""
    retry_after: Callable[[float], float | None] = lambda early_s: max(1, math.ceil(early_s))
    arrivals: list[Arrival] = field(default_factory=list)
    told_to_wait: list[tuple[float, float]] = field(default_factory=list)
    """When a 429 reached the client, and until when it asked to wait."""
    in_flight: int = 0
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._began: float | None = None

    async def send(self, batch: Batch) -> Receipt:
        if self._began is None:
            self._began = now()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        sent_at = now() - self._began
        try:
            return await self._answer(batch, sent_at)
        finally:
            self.in_flight -= 1

    async def _answer(self, batch: Batch, sent_at: float) -> Receipt:
        assert self._began is not None
        way_s = self._jitter()
        arrives_at = now() - self._began + way_s
        ends = [end for begin, end in self.stalls if begin <= arrives_at < end]
        await asyncio.sleep(max(ends, default=arrives_at) - arrives_at + way_s)
        too_early_s = self.counter.admit(now())
        reason = "rate" if too_early_s else ""
        if not reason and self.queue and not self.queue.admits(batch.records):
            reason, too_early_s = "queue", 1.0
        status = 429 if reason else 202
        self.arrivals.append(Arrival(now() - self._began, status, sent_at, reason))
        limit, remaining = self.queue.told() if self.queue else (None, None)
        await asyncio.sleep(self.latency_s + self._jitter())
        if not reason:
            return Receipt(
                202, "", batch.records, 0, 0, queue_limit=limit, queue_remaining=remaining
            )
        wait_s = self.retry_after(too_early_s)
        if wait_s is not None:
            self.told_to_wait.append((now() - self._began, now() - self._began + wait_s))
        raise RetriableSinkError(
            "the push API answered 429: Too many requests",
            retry_after_s=wait_s,
            is_throttled=True,
            queue_limit=limit,
            queue_remaining=remaining,
        )

    def _jitter(self) -> float:
        own_s = self._random.expovariate(1 / self.jitter_s) if self.jitter_s else 0.0
        return own_s + (self.machine.way_s() if self.machine else 0.0)

    def used(self, start_s: float, end_s: float, permitted_per_s: float) -> float:
        """Which part of what is permitted was accepted."""
        within = [each for each in self.arrivals if start_s <= each.at < end_s]
        accepted = sum(each.status == 202 for each in within)
        return accepted / (end_s - start_s) / permitted_per_s

    def refused(self, start_s: float, end_s: float, reason: str = "") -> float:
        """Which part of the requests was answered 429."""
        within = [each for each in self.arrivals if start_s <= each.at < end_s]
        count = sum(each.status == 429 and reason in each.reason for each in within)
        return count / max(len(within), 1)


class BusyMachine:
    """Other work: client and server come to their turn late, and now and then nobody does."""

    def __init__(self, seed: int, seconds: float) -> None:
        self._random = random.Random(seed)
        moments = [10 * n + self._random.uniform(0, 10) for n in range(int(seconds / 10))]
        self.stalls = [(at, at + self._random.expovariate(1 / 0.25)) for at in moments]

    async def sleep(self, seconds: float) -> None:
        """Sleep, and wake up late."""
        await asyncio.sleep(seconds + (self._late(0.002, (0.08, 0.04)) if seconds else 0))

    def way_s(self) -> float:
        """What one way takes longer."""
        return self._late(0.003, (0.04, 0.03))

    def _late(self, mean_s: float, more: tuple[float, float]) -> float:
        often, more_s = more
        late_s = self._random.expovariate(1 / mean_s)
        is_more = self._random.random() < often
        return late_s + (self._random.expovariate(1 / more_s) if is_more else 0)


def deliver_for(
    seconds: float,
    server: Server,
    rate_per_s: float = 8,
    changes: Sequence[tuple[float, RateCounter]] = (),
    clock: Clock = VIRTUAL_CLOCK,
) -> list[tuple[float, Event]]:
    """Push without end for so long; returns the events with their moments.

    `changes` are counters that the server goes over to, each at its moment.
    """
    events: list[tuple[float, Event]] = []

    async def deliver() -> None:
        began = now()
        loop = asyncio.get_running_loop()
        for at, counter in changes:
            loop.call_at(began + at, setattr, server, "counter", counter)

        def on_event(event: Event) -> None:
            events.append((now() - began, event))

        limiter = PacedLimiter(rate_per_s, clock, on_event)
        limited = LimitedSink(server, limiter, clock, on_event)
        jitter = random.Random(server.seed).uniform
        sink = RetryingSink(
            limited, give_up_after_s=math.inf, clock=clock, on_event=on_event, jitter=jitter
        )
        under_way: set[asyncio.Task[Receipt]] = set()
        numbers = itertools.count(1)
        while now() - began < seconds:
            while len(under_way) < limiter.in_flight_limit:
                batch = Batch(next(numbers), ObjectType.CONTACT, RECORDS, _BODY, "")
                under_way.add(asyncio.create_task(sink.send(batch)))
            done, under_way = await asyncio.wait(
                under_way, timeout=0.25, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    run(deliver())
    return events


def main() -> None:
    """Print used and refused, after 30 s of finding out, for every way of counting."""
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    for name, make in COUNTERS.items():
        for latency_s, jitter_s in itertools.product((0.05, 1, 5), (0.005, 0.03)):
            servers = [Server(make(8), latency_s, jitter_s, seed) for seed in seeds]
            for server in servers:
                clock = VIRTUAL_CLOCK
                if "busy" in sys.argv:
                    machine = server.machine = BusyMachine(server.seed, 210)
                    server.stalls = machine.stalls
                    clock = replace(VIRTUAL_CLOCK, sleep=machine.sleep)
                deliver_for(210, server, clock=clock)
            used = sorted(server.used(30, 210, 8) for server in servers)
            refused = sorted(server.refused(30, 210) for server in servers)
            middle = len(seeds) // 2
            sys.stdout.write(
                f"{name:15} latency {latency_s:4} s, jitter {jitter_s:5} s: used {used[0]:.1%} "
                f"{used[middle]:.1%} {used[-1]:.1%}, refused {refused[middle]:.2%} "
                f"{refused[-1]:.2%}\n"
            )


if __name__ == "__main__":
    main()
