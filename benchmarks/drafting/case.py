"""The bench case of drafts: how many of the right lines they have, by kind and language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.drafting.score import faults_of, score, worst
from benchmarks.drafting.sets import all_sets
from benchmarks.preparing import Scale
from benchmarks.table import Row

_LEAST_TYPES, _LEAST_RIGHT, _MOST_WRONG = 0.95, 0.85, 0.03


def drafting_case(_scale: Scale, _folder: Path) -> Iterator[Row]:
    """Draft a mapping for each table, and compare it with the right one."""
    sums: dict[str, Counter[str]] = {}
    scores = {table.name: (table, score(table)[0]) for table in all_sets()}
    for of in ("kind", "language"):
        for table, counts in scores.values():
            sums.setdefault(getattr(table, of), Counter()).update(counts)
    for kind, counts in sums.items():
        lines = sum(counts[each] for each in ("right", "open", "wrong", "dangerous")) or 1
        right, wrong = counts["right"] / lines, counts["wrong"] / lines
        types = counts["type"] / counts["files"]
        are_met = types >= _LEAST_TYPES and (right >= _LEAST_RIGHT or kind == "nothing")
        yield Row(
            f"drafts: {counts['files']} tables, {kind}",
            f"object type of {counts['type']}, {counts['right']} of {lines} lines right",
            "the right mappings",
            f"{right:.0%} right, {wrong:.0%} wrong, {counts['dangerous']} dangerous",
            "type 95%, right 85%, wrong 3% at most, dangerous 0",
            are_met and wrong <= _MOST_WRONG and not counts["dangerous"],
        )
    faults = {name: faults_of(counts) for name, (_, counts) in scores.items()}
    are_safe = not any(counts["dangerous"] for counts in sums.values())
    yield Row("drafts: the ten worst", worst(faults), "", "", "none is dangerous", are_safe)
