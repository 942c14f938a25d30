"""`make torture N=1000`: trials at random, from a seed with which each can be played again."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from pathlib import Path

from tests.torture.report import label, sums, table
from tests.torture.series import Players, Series
from tests.torture.trial import Verdict


def main() -> int:
    """Run the trials and report them; 1 where one broke."""
    options = _parser().parse_args()
    seed = options.seed or secrets.token_hex(4)
    numbers = [options.trial] if options.trial is not None else range(1, options.n + 1)
    say(f"seed {seed}; again: make torture N={options.n} SEED={seed}")
    began = time.monotonic()
    verdicts = []
    series = Series(seed, fault=options.fault, mutant=options.mutant, keep=options.keep)
    with Players(options.jobs) as players:
        trials = [(series, number) for number in numbers]
        for _, verdict in players.play(trials, options.seconds):
            verdicts.append(verdict)
            tell(series, verdict, options)
            if len(verdicts) % 50 == 0:
                say(f"{len(verdicts)} trials, {sum(bool(each.broken) for each in verdicts)} broken")
    say(f"\n{table(verdicts)}\n\n{sums(verdicts, time.monotonic() - began)}")
    return int(any(verdict.broken for verdict in verdicts))


def tell(series: Series, verdict: Verdict, options: argparse.Namespace) -> None:
    """Say what a trial broke, and how to play it again."""
    if options.verbose and not verdict.broken:
        what = f"{label(verdict)}, {verdict.commands} commands, {verdict.took_s:.2f} s"
        say(f"kept {verdict.number}: {what}")
    if options.trial is not None:
        say(verdict.transcript)
    if not verdict.broken:
        return
    say(f"\nBROKEN trial {verdict.number} ({', '.join(verdict.faults)})")
    for each in verdict.broken:
        say(f"  {each}")
    again = f"make torture SEED={series.seed} TRIAL={verdict.number}"
    say(f"  again: {again}" + (f" FAULT={options.fault!r}" if options.fault else ""))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--n", type=int, default=100, help="trials")
    parser.add_argument("--seed", default="", help="of an earlier series")
    parser.add_argument("--trial", type=int, help="only this one of the series")
    parser.add_argument("--fault", default="", help="only faults whose name holds this")
    parser.add_argument("--mutant", default="", help="a bug to put into the program")
    parser.add_argument("--jobs", type=int, default=2, help="trials side by side")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin none later")
    parser.add_argument("--keep", type=Path, help="where broken trials' folders stay")
    parser.add_argument("--verbose", action="store_true")
    return parser


def say(text: str) -> None:
    """Print at once, so that a long series can be watched."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
