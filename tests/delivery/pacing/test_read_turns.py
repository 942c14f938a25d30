"""Readers of one account, in virtual time: they share its rate, and a push's list goes first."""

from __future__ import annotations

import asyncio
import itertools
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ometria_import.config.home import Home
from ometria_import.delivery.pacing.read_turns import ReadTurns
from tests.delivery.building import account
from tests.delivery.virtual_time import VIRTUAL_CLOCK, now, run

TO = replace(account("http://127.0.0.1:1/v2"), reads_per_s=4)


async def take(turns: ReadTurns, count: int, every_s: float = 0.0) -> list[float]:
    taken = []
    for _ in range(count):
        taken.append(await turns.acquire())
        await asyncio.sleep(every_s)
    return taken


def test_readers_share_the_rate(tmp_path: Path) -> None:
    home = Home(tmp_path)

    async def read() -> list[float]:
        readers = [ReadTurns(home, TO, VIRTUAL_CLOCK) for _ in range(3)]
        taken = await asyncio.gather(*(take(each, 20) for each in readers))
        return sorted(at for each in taken for at in each)

    taken = run(read())

    assert taken[-1] - taken[0] == pytest.approx(59 / 4, abs=0.3)
    assert all(later - sooner >= 0.12 for sooner, later in itertools.pairwise(taken))


def test_the_list_of_a_running_push_waits_for_nobody(tmp_path: Path) -> None:
    home = Home(tmp_path)

    async def read() -> float:
        watch = ReadTurns(home, TO, VIRTUAL_CLOCK, is_first=True)
        others = [ReadTurns(home, TO, VIRTUAL_CLOCK) for _ in range(5)]
        background = [asyncio.create_task(take(each, 1_000)) for each in others]
        longest = 0.0
        for _ in range(50):
            asked = now()
            longest = max(longest, await watch.acquire() - asked)
            await asyncio.sleep(0.27)
        assert not any(each.done() for each in background)
        for each in background:
            each.cancel()
        return longest

    assert run(read()) <= 0.26


def test_what_the_list_of_a_push_leaves_is_used(tmp_path: Path) -> None:
    home = Home(tmp_path)

    async def read() -> float:
        watch = ReadTurns(home, TO, VIRTUAL_CLOCK, is_first=True)
        listing = asyncio.create_task(take(watch, 100, every_s=0.5))
        began = now()
        await take(ReadTurns(home, TO, VIRTUAL_CLOCK), 40)
        listing.cancel()
        return now() - began

    # The list takes some two of four turns a second.
    assert 18 <= run(read()) <= 24


def test_a_wait_is_kept_by_all(tmp_path: Path) -> None:
    home = Home(tmp_path)

    async def read() -> list[float]:
        first, second = (
            ReadTurns(home, TO, VIRTUAL_CLOCK, is_first=each) for each in (True, False)
        )
        began = now()
        first.pause(30)
        second.pause(10)
        return [await each.acquire() - began for each in (second, first)]

    assert run(read()) == pytest.approx([30, 30.25], abs=0.13)


@pytest.mark.parametrize("content", [b"", b"x", struct.pack("<dd", 1e9, 1e9), b"\xff" * 40])
def test_a_file_of_another_time_holds_nobody_up(tmp_path: Path, content: bytes) -> None:
    home = Home(tmp_path)
    turns = ReadTurns(home, TO, VIRTUAL_CLOCK)
    (home.locks / "staging.reads").write_bytes(content)

    assert run(turns.acquire()) == pytest.approx(1000.3)


PROCESS = """
import asyncio, sys, time
from dataclasses import replace
from pathlib import Path
from ometria_import.config.home import Home
from ometria_import.delivery.pacing.limiter import Clock
from ometria_import.delivery.pacing.read_turns import ReadTurns
from tests.delivery.building import account

async def read():
    turns = ReadTurns(Home(Path(sys.argv[1])), replace(account("x"), reads_per_s=100), Clock())
    print(*[await turns.acquire() for _ in range(30)])

asyncio.run(read())
"""


def test_processes_share_the_rate(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROCESS, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate(timeout=60)[0] for process in processes]

    taken = sorted(float(each) for text in told for each in text.split())

    assert len(taken) == 60
    for number in range(len(taken) - 20):
        assert taken[number + 20] - taken[number] >= 0.18
