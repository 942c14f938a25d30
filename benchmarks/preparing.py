"""`check` on files whose rows lie apart, and through presets, and how its memory grows."""

from __future__ import annotations

import json
import shutil
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.exports.bulk_export import bulk_file, bulk_lines, scattered_bulk_file
from benchmarks.exports.shop_api import api_file, own_objects_file
from benchmarks.exports.shop_export import own_columns_file, shopify_file
from benchmarks.generate import orders_file, scattered_orders_file
from benchmarks.processes import IMPORTER, BenchmarkError, Usage, run_measured
from benchmarks.table import Row

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


def _check(kind: str, path: Path, folder: Path) -> list[str]:
    return [IMPORTER, "check", f"{kind}={path}", "--home", str(folder / "home"), "--json"]


def _ours(command: list[str], folder: Path) -> Usage:
    """Run it as if for the first time."""
    shutil.rmtree(folder / "home", ignore_errors=True)
    return run_measured(command)
