"""How much memory files of any kind take, and whether it grows with the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.forms.contacts import contacts_in, ndjson_file, rejected, warned
from benchmarks.forms.values import ZONE
from benchmarks.generate import LINES_PER_ORDER, contacts_file, orders_file
from benchmarks.speeds.bench import Bench, Command, Figure, Goal, Side

_ROWS = 1_000_000
_MANY = 10
_MOST_MB = 320
_GROWTH = 0.05
_ROWS_PER_ORDER = sum(LINES_PER_ORDER) / len(LINES_PER_ORDER)
_OPTIONS = ("--country", "GB", "--timezone", ZONE)

Source = tuple[str, Callable[[int], Path]]
_KINDS: Mapping[str, Source] = {
    "contacts": ("contact", contacts_file),
    "orders": ("order", orders_file),
    "three warnings a row": ("contact", contacts_in(warned)),
    "rejects": ("contact", contacts_in(rejected)),
    "NDJSON": ("contact", ndjson_file),
}
_LARGE = ("contacts", "orders", "rejects")


def memory_peaks(bench: Bench) -> Iterator[Figure]:
    """The peak of `check` on a million rows of each kind, and of a dry run; once each."""
    rows = bench.rows(_ROWS)
    commands: dict[str, Command] = {name: _check(bench, name, rows) for name in _KINDS}
    contacts = contacts_file(rows)
    commands["push --dry-run of contacts"] = lambda each: each.dry_run(
        f"contact={contacts}", home=bench.home
    )
    sides, _ = bench.measured(commands, repeats=1)
    yield _worst(f"peak memory, {rows:,} rows of each kind", sides)


def large_memory_peaks(bench: Bench) -> Iterator[Figure]:
    """The peak on ten million rows, and how it compares with that on one million; once each."""
    few, many = bench.rows(_ROWS), bench.rows(_ROWS) * _MANY
    small, _ = bench.measured({name: _check(bench, name, few) for name in _LARGE}, repeats=1)
    large, _ = bench.measured({name: _check(bench, name, many) for name in _LARGE}, repeats=1)
    yield _worst(f"peak memory, {many:,} rows of each kind", large)
    for name in _LARGE:
        growths = [
            after[name].peak_mb / before[name].peak_mb - 1
            for before, after in zip(small, large, strict=True)
        ]
        yield Goal(_GROWTH, "{:+.0%}").figure(
            f"peak memory, {many:,} rows beside {few:,}: {name}", growths
        )


def _worst(what: str, sides: list[Side]) -> Figure:
    return Goal(_MOST_MB, "{:.0f} MB").figure(
        what,
        [max(run.peak_mb for run in side.values()) for side in sides],
        [", ".join(f"{name} {run.peak_mb:.0f}" for name, run in side.items()) for side in sides],
    )


def _check(bench: Bench, name: str, rows: int) -> Command:
    kind, make = _KINDS[name]
    path = make(int(rows / _ROWS_PER_ORDER) if kind == "order" else rows)
    return lambda each: each.check(f"{kind}={path}", home=bench.home, options=_OPTIONS)
