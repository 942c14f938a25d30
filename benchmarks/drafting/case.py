"""The bench case of drafts: how many of the right lines they have, by kind of table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.drafting.score import score
from benchmarks.drafting.sets import all_sets
from benchmarks.preparing import Scale
from benchmarks.table import Row

_LEAST_TYPES, _LEAST_RIGHT, _MOST_WRONG = 0.95, 0.85, 0.03


def drafting_case(_scale: Scale, _folder: Path) -> Iterator[Row]:
    """Draft a mapping for each table, and compare it with the right one."""
    by_kind: dict[str, Counter[str]] = {}
    for table in all_sets():
        counts, _ = score(table)
        by_kind.setdefault(table.kind, Counter()).update(counts)
    for kind, counts in by_kind.items():
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
