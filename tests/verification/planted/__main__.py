"""`python -m tests.verification.planted 1000`: as many trials as somebody has time for."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path

from tests.verification.planted.trial import planting


def main() -> int:
    """Play the trials and report them; 1 where a change was not found, or one that is none."""
    parser = argparse.ArgumentParser(prog="python -m tests.verification.planted")
    parser.add_argument("trials", type=int, nargs="?", default=100)
    parser.add_argument("--seed", default="", help="of an earlier series")
    options = parser.parse_args()
    seed = options.seed or secrets.token_hex(4)
    began, broken = time.monotonic(), 0

    def say(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory() as folder, planting(Path(folder)) as planter:
        for number in range(1, options.trials + 1):
            for wrong in planter.trial(seed, number):
                broken += 1
                say(f"trial {number}: {wrong}")
            if number % 50 == 0:
                say(f"{number} trials, {broken} wrong")
    took_s = time.monotonic() - began
    say(f"seed {seed}: {options.trials} trials in {took_s:.0f} s, {broken} wrong")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
