"""What a row costs in forms that are not plain; start-up, measured with ten rows, is taken off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.forms.contacts import (
    ROWS_OF_A_SMALL_FILE,
    array_file,
    contacts_in,
    ndjson_file,
    plain,
    rejected,
    small_files,
    superseded_file,
    usual,
    warned,
    wide_file,
    workbook_file,
)
from benchmarks.forms.orders import epoch_orders_file, plain_orders_file, usual_orders_file
from benchmarks.forms.values import ZONE
from benchmarks.generate import LINES_PER_ORDER
from benchmarks.speeds.bench import Bench, Command, Figure, Goal

_FEW = 20
"""Of which the time is taken off; not a single one, to take the same way through the program."""
_ROWS = 200_000
_WIDE_ROWS = 50_000
_WORKBOOK_ROWS = 50_000
_FILES = 2_000
_ROWS_PER_ORDER = sum(LINES_PER_ORDER) / len(LINES_PER_ORDER)
_OPTIONS = ("--country", "GB", "--timezone", ZONE)

Maker = Callable[[int], Path]


def usual_speed(bench: Bench) -> Iterator[Figure]:
    """Values in usual forms, beside the same records as Ometria has them."""
    count = bench.rows(_ROWS)
    files: Mapping[str, Maker] = {"plain": contacts_in(plain), "usual": contacts_in(usual)}
    costs = _row_costs(bench, files, count)
    yield _beside_plain(f"check: {count:,} contacts in usual forms", "usual", costs)
    orders: Mapping[str, Maker] = {
        "plain": plain_orders_file,
        "usual": usual_orders_file,
        "epoch": epoch_orders_file,
    }
    count = int(count / _ROWS_PER_ORDER)
    costs = _row_costs(bench, orders, count, "order")
    rows = int(count * _ROWS_PER_ORDER)
    yield _beside_plain(f"check: {rows:,} order rows, 03/04/2024 15:04, 1.234,56 €", "usual", costs)
    yield _beside_plain(f"check: {rows:,} order rows, seconds of Unix", "epoch", costs)


def problems_speed(bench: Bench) -> Iterator[Figure]:
    """Rows each of which costs a problem or three."""
    count = bench.rows(_ROWS)
    files: Mapping[str, Maker] = {
        "three warnings in every row": contacts_in(warned),
        "every row a reject": contacts_in(rejected),
        "nine rows in ten merged into a later one": superseded_file,
    }
    costs = _row_costs(bench, files, count)
    for name in files:
        yield Goal(60_000, "{:,.0f} rows per CPU second", is_least=True).figure(
            f"check: {count:,} contacts, {name}", [1e6 / side[name] for side in costs]
        )


def wide_speed(bench: Bench) -> Iterator[Figure]:
    """Rows of 200 columns."""
    count = bench.rows(_WIDE_ROWS)
    files: Mapping[str, Maker] = {
        "all good": wide_file,
        "all rejected": lambda rows: wide_file(rows, is_rejected=True),
    }
    costs = _row_costs(bench, files, count)
    for name, most in zip(files, (30, 60), strict=True):
        yield Goal(most, "{:.0f} µs a row").figure(
            f"check: {count:,} rows of 200 columns, {name}", [side[name] for side in costs]
        )


def workbook_speed(bench: Bench) -> Iterator[Figure]:
    """A workbook of 12 columns."""
    count = bench.rows(_WORKBOOK_ROWS)
    costs = _row_costs(bench, {"xlsx": workbook_file}, count)
    yield Goal(40, "{:.0f} µs a row").figure(
        f"check: a workbook of {count:,} rows", [side["xlsx"] for side in costs]
    )


def json_speed(bench: Bench) -> Iterator[Figure]:
    """Objects on lines, and in an array."""
    count = bench.rows(_ROWS)
    files: Mapping[str, Maker] = {"NDJSON": ndjson_file, "a JSON array": array_file}
    costs = _row_costs(bench, files, count)
    for name in files:
        yield Goal(8, "{:.1f} µs an object").figure(
            f"check: {count:,} contacts as {name}", [side[name] for side in costs]
        )


def files_speed(bench: Bench) -> Iterator[Figure]:
    """Many small files."""
    count = bench.rows(_FILES)
    folder = small_files(count)
    sides, _ = bench.measured({"check": lambda each: each.check(str(folder), home=bench.home)})
    yield Goal(3, "{:.1f} CPU s").figure(
        f"check: {count:,} files of {ROWS_OF_A_SMALL_FILE} rows",
        [side["check"].cpu_s for side in sides],
    )


def _row_costs(
    bench: Bench, files: Mapping[str, Maker], count: int, kind: str = "contact"
) -> list[Mapping[str, float]]:
    """Microseconds of processors that a row of each file costs, of each installation."""
    commands: dict[str, Command] = {}
    for name, make in files.items():
        commands[name] = _check(bench, kind, make(count))
        commands[f"few {name}"] = _check(bench, kind, make(_FEW))
    sides, _ = bench.measured(commands)
    rows = (count - _FEW) * (_ROWS_PER_ORDER if kind == "order" else 1)
    return [
        {name: 1e6 * (side[name].cpu_s - side[f"few {name}"].cpu_s) / rows for name in files}
        for side in sides
    ]


def _check(bench: Bench, kind: str, path: Path) -> Command:
    return lambda each: each.check(f"{kind}={path}", home=bench.home, options=_OPTIONS)


def _beside_plain(what: str, name: str, costs: Sequence[Mapping[str, float]]) -> Figure:
    return Goal(1.5, "{:.1f} × the plain file").figure(
        what,
        [side[name] / side["plain"] for side in costs],
        [f"{side[name]:.1f} µs a row, plain {side['plain']:.1f}" for side in costs],
    )
