"""Measure everything that the project promises: `make bench`, or `python -m benchmarks`.

Prints tables. `--quick` takes small files, `--only` some cases (`speeds` stands for all that
measure what work costs), and `--before` measures another installation in turn with this one.
`--write` puts the tables that were measured whole into `benchmarks/README.md`, unless the machine
is busy.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.delivering import pace_case
from benchmarks.drafting.case import drafting_case
from benchmarks.generate import FOLDER
from benchmarks.giving import changed_case
from benchmarks.preparing import Scale, nest_case, preset_case, scattered_case
from benchmarks.processes import BenchmarkError
from benchmarks.rates import rate_case
from benchmarks.speeds.bench import Bench, Figure, installations
from benchmarks.speeds.memory import large_memory_peaks, memory_peaks
from benchmarks.speeds.rows import (
    files_speed,
    json_speed,
    problems_speed,
    usual_speed,
    wide_speed,
    workbook_speed,
)
from benchmarks.speeds.sending import requests_speed, resume_speed
from benchmarks.speeds.starting import start_speed
from benchmarks.speeds.whole import contacts_speed, dirty_speed, orders_speed
from benchmarks.table import Row, figure_lines, machine, plain_table, row_lines, write_page
from benchmarks.verifying import verify_case

SPEEDS: Mapping[str, Callable[[Bench], Iterator[Figure]]] = {
    "dirty": dirty_speed,
    "contacts": contacts_speed,
    "orders": orders_speed,
    "usual": usual_speed,
    "problems": problems_speed,
    "wide": wide_speed,
    "xlsx": workbook_speed,
    "files": files_speed,
    "json": json_speed,
    "memory": memory_peaks,
    "start": start_speed,
    "requests": requests_speed,
    "resume": resume_speed,
}
LONG_SPEEDS = {"memory-10m": large_memory_peaks}
"""Only when they are asked for."""
CASES: Mapping[str, Callable[[Scale, Path], Iterator[Row]]] = {
    "scattered": scattered_case,
    "nest": nest_case,
    "preset": preset_case,
    "changed": changed_case,
    "drafting": drafting_case,
    "pace": pace_case,
    "rate": rate_case,
    "verify": verify_case,
}
_GROUP = "speeds"
_MOST_LOAD = 1.5


def main() -> int:
    """Run the cases that were asked for; 1 where a program did not do its work."""
    options = _options()
    part = 20 if options.quick else 1
    scale = Scale(
        contacts=1_000_000 // part,
        orders=400_000 // part,
        scattered_orders=2_000_000 // part,
        many_contacts=5_000_000 // part,
        bulk_orders=1_428_572 // part,
        window_s=15 if options.quick else 120,
        repeats=options.repeats,
    )
    figures: list[Figure] = []
    rows: list[Row] = []
    has_failed = False
    FOLDER.mkdir(exist_ok=True)
    speeds = {**SPEEDS, **LONG_SPEEDS}
    sides = installations(options.before)
    for name in options.only:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
                if name in speeds:
                    bench = Bench(sides, Path(folder), options.repeats, part)
                    figures += speeds[name](bench)
                else:
                    rows += CASES[name](scale, Path(folder))
        except BenchmarkError as error:
            print(f"error: {name}: {error}", file=sys.stderr)
            has_failed = True
    print(machine())
    for title, lines, group in (
        (_GROUP, figure_lines(figures) if figures else [], SPEEDS),
        ("measured", row_lines(rows) if rows else [], CASES),
    ):
        if lines:
            print(f"\n{plain_table(lines)}")
        if options.write and not has_failed and set(group) <= set(options.only):
            write_page(title, lines, options.repeats)
    return 1 if has_failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the rows")
    parser.add_argument("--only", help="cases, with commas between them; or speeds")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each (default 3)")
    parser.add_argument("--before", metavar="EXECUTABLE", help="another installation's program")
    parser.add_argument("--write", action="store_true", help="update benchmarks/README.md")
    options = parser.parse_args()
    said = options.only.split(",") if options.only else [*SPEEDS, *CASES]
    options.only = [
        name for each in said for name in ([*SPEEDS] if each == _GROUP else [each.strip()])
    ]
    known = {*SPEEDS, *LONG_SPEEDS, *CASES}
    if unknown := [name for name in options.only if name not in known]:
        parser.error(f"no such case: {unknown[0]}; there are {', '.join(sorted(known))}")
    is_whole = any(set(group) <= set(options.only) for group in (SPEEDS, CASES))
    if options.write and (options.quick or not is_whole):
        parser.error("--write is for all cases of a table at full size")
    load = os.getloadavg()[0]
    if options.write and load > _MOST_LOAD:
        parser.error(
            f"the load of this machine is {load:.1f}, and figures that others' work distorts are "
            f"not written: wait until it is under {_MOST_LOAD}"
        )
    return options


if __name__ == "__main__":
    sys.exit(main())
