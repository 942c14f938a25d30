"""Measure everything that the project promises: `make bench`, or `python -m benchmarks`.

Prints a table. `--quick` takes small files, `--only` one case, and `--write` puts the table
of a whole full-size run into `benchmarks/README.md`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.delivering import pace_case, resume_case
from benchmarks.drafting.case import drafting_case
from benchmarks.generate import FOLDER
from benchmarks.giving import changed_case
from benchmarks.preparing import (
    Scale,
    contacts_case,
    memory_case,
    nest_case,
    orders_case,
    preset_case,
    scattered_case,
)
from benchmarks.processes import BenchmarkError
from benchmarks.rates import rate_case
from benchmarks.starting import start_case
from benchmarks.table import Row, machine, plain_table, write_page
from benchmarks.verifying import verify_case

CASES: Mapping[str, Callable[[Scale, Path], Iterator[Row]]] = {
    "start": start_case,
    "contacts": contacts_case,
    "orders": orders_case,
    "scattered": scattered_case,
    "nest": nest_case,
    "preset": preset_case,
    "memory": memory_case,
    "changed": changed_case,
    "drafting": drafting_case,
    "pace": pace_case,
    "rate": rate_case,
    "resume": resume_case,
    "verify": verify_case,
}


def main() -> int:
    """Run the cases that were asked for; 1 where a program did not do its work."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the rows")
    parser.add_argument("--only", choices=CASES, help="one case")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each (default 3)")
    parser.add_argument("--write", action="store_true", help="update benchmarks/README.md")
    options = parser.parse_args()
    if options.write and (options.quick or options.only):
        parser.error("--write is for a run of all cases at full size")
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
    rows: list[Row] = []
    FOLDER.mkdir(exist_ok=True)
    for name in [options.only] if options.only else CASES:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
                rows += CASES[name](scale, Path(folder))
        except BenchmarkError as error:
            print(f"error: {name}: {error}", file=sys.stderr)
            return 1
    print(f"{machine()}\n\n{plain_table(rows)}")
    if options.write:
        write_page(rows, scale.repeats)
    return 0


if __name__ == "__main__":
    sys.exit(main())
