"""`check` and `push --dry-run` beside the baseline, and how their memory grows."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.exports.bulk_export import bulk_file, bulk_lines, scattered_bulk_file
from benchmarks.exports.shop_api import api_file, own_objects_file
from benchmarks.exports.shop_export import own_columns_file, shopify_file
from benchmarks.generate import contacts_file, orders_file, scattered_orders_file
from benchmarks.processes import IMPORTER, BenchmarkError, Usage, run_measured
from benchmarks.table import Row

_CHECK_GOAL = 5.0
_DRY_RUN_GOAL = 3.0
_MEMORY_GOAL_MB = 400
_GROWTH_GOAL = 0.1
_SCATTERED_MEMORY_GOAL_MB = 600
_SCATTERED_TIME_GOAL = 3.0
_PRESET_TIME_GOAL = 2.0
_NEST_TIME_GOAL = 3.0


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the measurements are."""

    contacts: int
    orders: int
    scattered_orders: int
    """Of 2.5 rows each, in no order at all."""
    many_contacts: int
    """To see whether memory grows with the file."""
    bulk_orders: int
    """Of 3.5 lines each, whose items name their order."""
    window_s: float
    """How long the push is watched."""
    repeats: int


def contacts_case(scale: Scale, folder: Path) -> Iterator[Row]:
    """Speed on contacts, and the memory that it took."""
    path = contacts_file(scale.contacts)
    yield from _beside_baseline("contact", path, scale, folder)


def orders_case(scale: Scale, folder: Path) -> Iterator[Row]:
    """Speed on orders with several rows each."""
    yield from _beside_baseline("order", orders_file(scale.orders), scale, folder)


def memory_case(scale: Scale, folder: Path) -> Iterator[Row]:
    """Peak memory on a file and on one five times as large."""
    few, many = contacts_file(scale.contacts), contacts_file(scale.many_contacts)
    for name, command in (("check", _check), ("push --dry-run", _dry_run)):
        small = _ours(command("contact", few, folder), folder).peak_mb
        large = _ours(command("contact", many, folder), folder).peak_mb
        growth = large / small - 1
        yield Row(
            f"{name}: peak memory, {scale.contacts:,} and {scale.many_contacts:,} contacts",
            f"{small:.0f} MB, {large:.0f} MB",
            "",
            f"{growth:+.0%}",
            f"under {_MEMORY_GOAL_MB} MB, ±{_GROWTH_GOAL:.0%}",
            max(small, large) < _MEMORY_GOAL_MB and abs(growth) <= _GROWTH_GOAL,
        )


def scattered_case(scale: Scale, folder: Path) -> Iterator[Row]:
    """Speed and memory on orders whose rows stand nowhere near each other."""
    ordered, mixed = (
        _ours(_check("order", make(scale.scattered_orders), folder), folder)
        for make in (orders_file, scattered_orders_file)
    )
    outcomes = [json.loads(usage.output) for usage in (ordered, mixed)]
    if outcomes[0]["records"] != outcomes[1]["records"]:
        raise BenchmarkError("rows in another order make other records")
    rows = int(outcomes[1]["rows"]["read"])
    times = mixed.seconds / ordered.seconds
    yield Row(
        f"check: {rows:,} shuffled order rows",
        f"{mixed.seconds:.1f} s, {rows / mixed.seconds:,.0f} rows/s, {mixed.peak_mb:.0f} MB",
        f"ordered {ordered.seconds:.1f} s, {rows / ordered.seconds:,.0f} rows/s, "
        f"{ordered.peak_mb:.0f} MB",
        f"{times:.1f} times as long, {mixed.peak_mb:.0f} MB",
        f"at most {_SCATTERED_TIME_GOAL:.0f}, under {_SCATTERED_MEMORY_GOAL_MB} MB",
        times <= _SCATTERED_TIME_GOAL and mixed.peak_mb < _SCATTERED_MEMORY_GOAL_MB,
    )


def nest_case(scale: Scale, folder: Path) -> Iterator[Row]:
    """Speed and memory on orders and items that stand on lines of their own, in two orders."""
    few, many = scale.bulk_orders // 5, scale.bulk_orders
    small, large = (
        [
            _ours(_check("order", make(orders), folder), folder)
            for make in (bulk_file, scattered_bulk_file)
        ]
        for orders in (few, many)
    )
    for pair in (small, large):
        made = [json.loads(usage.output) for usage in pair]
        if any(made[0][key] != made[1][key] for key in ("rows", "records", "rejected")):
            raise BenchmarkError("lines in another order make other records")
    times = large[1].seconds / large[0].seconds
    lines = bulk_lines(many)
    yield Row(
        f"check: {lines:,} lines of a bulk export, shuffled",
        f"{large[1].seconds:.1f} s, {lines / large[1].seconds:,.0f} lines/s",
        f"items behind their order {large[0].seconds:.1f} s, "
        f"{lines / large[0].seconds:,.0f} lines/s",
        f"{times:.1f} times as long",
        f"at most {_NEST_TIME_GOAL:.0f}",
        times <= _NEST_TIME_GOAL,
    )
    for name, first, second in zip(("in order", "shuffled"), small, large, strict=True):
        growth = second.peak_mb / first.peak_mb - 1
        yield Row(
            f"check: peak memory, {bulk_lines(few):,} and {lines:,} lines of it, {name}",
            f"{first.peak_mb:.0f} MB, {second.peak_mb:.0f} MB",
            "",
            f"{growth:+.0%}",
            f"under {_MEMORY_GOAL_MB} MB, ±{_GROWTH_GOAL:.0%}",
            second.peak_mb < _MEMORY_GOAL_MB and abs(growth) <= _GROWTH_GOAL,
        )


def preset_case(scale: Scale, folder: Path) -> Iterator[Row]:
    """Speed on a shop's orders through a preset, beside the same in Ometria's own shape."""
    export = "rows of a Shopify order export", "own columns"
    yield _through_preset(export, (shopify_file, own_columns_file), scale, folder)
    api = "orders of Shopify's REST API", "own JSON"
    yield _through_preset(api, (api_file, own_objects_file), scale, folder)


def _through_preset(
    words: tuple[str, str],
    files: tuple[Callable[[int], Path], Callable[[int], Path]],
    scale: Scale,
    folder: Path,
) -> Row:
    """What a preset costs.

    Args:
        words: What the preset's file holds, and what the other one has.
        files: Make the file of the preset, and the same orders in Ometria's own shape.
        scale: How many there are.
        folder: For what the program writes.
    """
    usages: tuple[list[Usage], list[Usage]] = ([], [])
    for _ in range(scale.repeats):
        for side, make in zip(usages, files, strict=True):
            side.append(_ours(_check("order", make(scale.orders), folder), folder))
    outcomes = [json.loads(side[0].output) for side in usages]
    if any(outcomes[0][key] != outcomes[1][key] for key in ("rows", "records", "rejected")):
        raise BenchmarkError("the same orders in other columns make other records")
    rows = int(outcomes[0]["rows"]["read"])
    export, own = (statistics.median(usage.seconds for usage in side) for side in usages)
    peaks = [statistics.median(usage.peak_mb for usage in side) for side in usages]
    return Row(
        f"check: {rows:,} {words[0]}",
        f"{export:.1f} s, {rows / export:,.0f} rows/s, {peaks[0]:.0f} MB",
        f"{words[1]} {own:.1f} s, {rows / own:,.0f} rows/s, {peaks[1]:.0f} MB",
        f"{export / own:.1f} times as long",
        f"at most {_PRESET_TIME_GOAL:.0f}",
        export / own <= _PRESET_TIME_GOAL,
    )


def _beside_baseline(kind: str, path: Path, scale: Scale, folder: Path) -> Iterator[Row]:
    runs: dict[str, Callable[[], Usage]] = {
        "check": lambda: _ours(_check(kind, path, folder), folder),
        "dry run": lambda: _ours(_dry_run(kind, path, folder), folder),
        "baseline": lambda: _baseline(kind, path, folder),
        "baseline with bodies": lambda: _baseline(kind, path, folder, "--bodies"),
    }
    # In turn, so that whatever slows the machine slows all of them.
    usages: dict[str, list[Usage]] = {name: [] for name in runs}
    for _ in range(scale.repeats):
        for name, run in runs.items():
            usages[name].append(run())
    outcome = json.loads(usages["baseline"][0].output)
    for name in ("check", "dry run"):
        _require_agreement(json.loads(usages[name][0].output), outcome)
    rows = int(outcome["rows"])
    yield _speed_row(
        f"check: {rows:,} {kind} rows", rows, (usages["check"], usages["baseline"]), _CHECK_GOAL
    )
    yield _speed_row(
        f"push --dry-run: {rows:,} {kind} rows",
        rows,
        (usages["dry run"], usages["baseline with bodies"]),
        _DRY_RUN_GOAL,
    )


def _require_agreement(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Both sides must have done the same work, or their times mean nothing.

    Raises:
        BenchmarkError: they differ in what they made of the rows.
    """
    made = (sum(ours["records"].values()), ours["rejected"])
    expected = (theirs["records"], theirs["rejected"])
    if made != expected:
        raise BenchmarkError(f"records and rejects are {made}, the baseline's {expected}")


def _speed_row(what: str, rows: int, sides: tuple[list[Usage], list[Usage]], goal: float) -> Row:
    ours, theirs = (statistics.median(usage.seconds for usage in side) for side in sides)
    peaks = [statistics.median(usage.peak_mb for usage in side) for side in sides]
    return Row(
        what,
        f"{ours:.1f} s, {rows / ours:,.0f} rows/s, {peaks[0]:.0f} MB",
        f"baseline {theirs:.1f} s, {rows / theirs:,.0f} rows/s, {peaks[1]:.0f} MB",
        f"{theirs / ours:.1f} times as fast",
        f"at least {goal:.0f}",
        theirs / ours >= goal,
    )


def _check(kind: str, path: Path, folder: Path) -> list[str]:
    return [IMPORTER, "check", f"{kind}={path}", "--home", str(folder / "home"), "--json"]


def _dry_run(kind: str, path: Path, folder: Path) -> list[str]:
    return [
        IMPORTER, "push", f"{kind}={path}", "--to", "staging", "--dry-run",
        "--home", str(folder / "home"), "--json",
    ]  # fmt: skip


def _ours(command: list[str], folder: Path) -> Usage:
    """Run it as if for the first time."""
    shutil.rmtree(folder / "home", ignore_errors=True)
    return run_measured(command)


def _baseline(kind: str, path: Path, folder: Path, *options: str) -> Usage:
    module = [sys.executable, "-m", "benchmarks.baseline"]
    return run_measured([*module, f"{kind}s", str(path), str(folder / "baseline"), *options])
