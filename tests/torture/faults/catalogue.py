"""Every fault by name, how often a long run plays it, and which ones a trial combines."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.torture.faults import damage, machine, network
from tests.torture.faults.fault import Fault
from tests.torture.faults.verifying import VERIFYING

Make = Callable[[], Fault]

KILLS: tuple[Make, ...] = (machine.KillAtStep, machine.KillAtMoment)
NETWORK: tuple[Make, ...] = (
    network.rate_in_seconds,
    network.rate_as_date,
    network.rate_absurd,
    network.rate_absent,
    network.queue_scripted,
    network.FullQueue,
    network.server_error,
    network.error_after_storing,
    network.refused,
    network.reset_before,
    network.reset_after,
    network.closed,
    network.endless,
    network.cut,
    network.not_json,
    network.fewer_accepted,
    network.second_answer,
    network.second_answer_over_tls,
    network.stale_answer,
    network.latency,
    network.queue_headers,
    network.stray_answer,
    network.RevokedKey,
    network.Poison,
    network.LateRefusal,
    network.NoNames,
    network.BadCertificate,
)
MACHINE: tuple[Make, ...] = (
    machine.Calm,
    machine.Terminate,
    machine.InterruptOnce,
    machine.InterruptTwice,
    machine.Freeze,
    machine.FullFiles,
    machine.FullFolder,
    damage.TruncatedJournal,
    damage.FlippedJournal,
    damage.LostWal,
    damage.OtherJournal,
    damage.TruncatedPackage,
    damage.FlippedPackage,
    damage.OtherPackage,
    damage.LostPackage,
    machine.ChangedSource,
    machine.LostSource,
    machine.ClockSet,
    machine.TwoAtOnce,
    machine.TwoResumes,
)
SLOW: tuple[Make, ...] = (network.an_hour_of_503,)
BY_NAME: tuple[Make, ...] = (machine.KillAtEveryStep,)
"""Played only where somebody asks for it."""
COMBINED: tuple[Make, ...] = (
    network.rate_in_seconds,
    network.rate_absent,
    network.queue_scripted,
    network.server_error,
    network.error_after_storing,
    network.refused,
    network.reset_before,
    network.reset_after,
    network.closed,
    network.cut,
    network.not_json,
    network.second_answer,
    network.latency,
    network.queue_headers,
    network.RevokedKey,
    machine.KillAtStep,
    machine.KillAtMoment,
    machine.InterruptOnce,
    machine.InterruptTwice,
    machine.Terminate,
    machine.FullFiles,
    machine.ClockSet,
)
"""What can go wrong at once and is still over after a while.

The answer to an earlier request is not among it: a program that was killed before it had written
down an answer cannot know that answer again.
"""

_PATTERN = "KKNMKNMEKNV"
"""Kinds of eleven trials: killed, network, machine, everything at once, verified."""
_SLOW_EVERY = 100


def named(text: str) -> list[Make]:
    """The faults whose name holds a text."""
    return [
        make
        for make in (*KILLS, *NETWORK, *MACHINE, *SLOW, *BY_NAME, *dict.fromkeys(VERIFYING))
        if text.lower() in make().name.lower()
    ]


def is_kill(number: int) -> bool:
    """Whether the n-th trial is about a process that is killed."""
    return _PATTERN[number % len(_PATTERN)] == "K"


def choose(number: int, chance: random.Random, *, has_mounts: bool) -> list[Fault]:
    """The faults of the n-th trial: every fault gets its turn, and combinations are drawn."""
    if number % _SLOW_EVERY == 0:
        return [SLOW[0]()]
    turn, place = divmod(number, len(_PATTERN))
    kind = _PATTERN[place]
    if kind == "E":
        return [make() for make in chance.sample(COMBINED, k=chance.randint(3, 6))]
    if kind == "K":
        kill = KILLS[number % 2]()
        return [kill, chance.choice(COMBINED)()] if chance.random() < 0.3 else [kill]
    among = {"N": NETWORK, "M": MACHINE, "V": VERIFYING}[kind]
    nth = turn * _PATTERN.count(kind) + _PATTERN[:place].count(kind)
    make = among[nth % len(among)]
    if make is machine.FullFolder and not has_mounts:
        make = machine.FullFiles
    return [make()]
