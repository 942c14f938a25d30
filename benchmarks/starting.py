"""How soon `--help` is there, and what it imports to say so little."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.preparing import Scale
from benchmarks.processes import IMPORTER, run_measured
from benchmarks.table import Row

_GOAL = 3.0
_HEAVY = ("pandas", "pyarrow")
_MIN_REPEATS = 7
"""Short runs scatter more than long ones."""


def start_case(scale: Scale, folder: Path) -> Iterator[Row]:  # noqa: ARG001 -- a case like others
    """`--help` beside the imports that no Typer program can do without."""
    imports = [sys.executable, "-c", "import typer, rich"]
    ours, theirs = [], []
    for _ in range(max(scale.repeats, _MIN_REPEATS)):
        ours.append(run_measured([IMPORTER, "--help"]).seconds)
        theirs.append(run_measured(imports).seconds)
    our_s, their_s = statistics.median(ours), statistics.median(theirs)
    yield Row(
        "--help",
        f"{our_s:.2f} s",
        f"import typer, rich {their_s:.2f} s",
        f"{our_s / their_s:.1f} times as long",
        f"under {_GOAL:.0f}",
        our_s / their_s < _GOAL,
    )
    listed = run_measured([sys.executable, "-X", "importtime", IMPORTER, "--help"]).errors
    modules = {line.rpartition("|")[2].strip().partition(".")[0] for line in listed.splitlines()}
    heavy = [name for name in _HEAVY if name in modules]
    yield Row(
        "--help: modules imported",
        ", ".join(heavy) or "neither pandas nor pyarrow",
        "",
        "",
        "neither pandas nor pyarrow",
        not heavy,
    )
