"""What a series of trials came to, per fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.torture.trial import Verdict

COMBINATION = "several at once, then healed"


def table(verdicts: Iterable[Verdict]) -> str:
    """Trials, kept and broken by fault, as Markdown."""
    trials: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    for verdict in verdicts:
        name = label(verdict)
        trials[name] += 1
        broken[name] += bool(verdict.broken)
    rows = [
        f"| {name} | {trials[name]} | {trials[name] - broken[name]} | {broken[name]} |"
        for name in sorted(trials)
    ]
    total = f"| **all** | {trials.total()} | {trials.total() - broken.total()} | {broken.total()} |"
    return "\n".join(
        ["| fault | trials | kept | broken |", "| --- | --: | --: | --: |", *rows, total]
    )


def label(verdict: Verdict) -> str:
    """The row of a trial: its fault, or that there were several."""
    names = list(dict.fromkeys(verdict.faults))
    if len(names) == 1:
        return names[0]
    return f"{names[0]}, and another" if len(names) == 2 else COMBINATION


def sums(verdicts: list[Verdict], took_s: float) -> str:
    """What is said below the table."""
    kills = sum(verdict.kills > 0 for verdict in verdicts)
    pushes = sum(verdict.steady_pushes for verdict in verdicts)
    limited = sum(verdict.steady_limited for verdict in verdicts)
    commands = sum(verdict.commands for verdict in verdicts)
    return (
        f"{len(verdicts):,} trials in {took_s:,.0f} s, {commands:,} processes; SIGKILL ended one "
        f"in {kills:,} trials. On a steady line {limited} of {pushes:,} requests met a limit."
    )
