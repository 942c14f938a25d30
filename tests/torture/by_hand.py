"""The command line of trials that are played one after the other."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Callable

from tests.torture.launching import Launcher


def play_many(what: str, play: Callable[[int, str, Launcher], tuple[list[str], int]]) -> int:
    """Play as many trials as are wanted; 1 where one broke.

    Args:
        what: What the trials are of, in the plural.
        play: Plays one by its number and seed; returns what broke, and how many were killed.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=20)
    parser.add_argument("--seed", default=secrets.token_hex(4))
    options = parser.parse_args()
    launcher, all_broken, all_killed = Launcher(), 0, 0
    for number in range(1, options.n + 1):
        broken, killed = play(number, options.seed, launcher)
        all_broken += bool(broken)
        all_killed += killed
        for each in broken:
            sys.stdout.write(f"trial {number} of seed {options.seed}: {each}\n")
    sys.stdout.write(f"{options.n} {what}, {all_killed} processes killed, {all_broken} broken\n")
    return int(bool(all_broken))
