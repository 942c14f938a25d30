"""Whole files of a million rows: beside the baseline, on two cores and on one, and a dirty one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.forms.shop import OPTIONS, shop_customers_file, shop_orders_file
from benchmarks.generate import contacts_file, orders_file
from benchmarks.processes import BenchmarkError
from benchmarks.speeds.bench import ONE_CORE, Bench, Figure, Goal, Medians, Side, module

_CONTACTS, _ORDERS = 1_000_000, 400_000
_BESIDE = ("polars", "duckdb")


def contacts_speed(bench: Bench) -> Iterator[Figure]:
    """Contacts, one for each row."""
    path = contacts_file(bench.rows(_CONTACTS))
    yield from _beside_baseline(bench, "contact", path, (8.0, 5.5, 4.5))


def orders_speed(bench: Bench) -> Iterator[Figure]:
    """Orders of 2.5 rows each."""
    path = orders_file(bench.rows(_ORDERS))
    yield from _beside_baseline(bench, "order", path, (7.0, 5.0, 5.0))


def dirty_speed(bench: Bench) -> Iterator[Figure]:
    """What a shop gives, beside the baseline, and what two engines do of the same work."""
    for name in _BESIDE:
        if find_spec(name) is None:
            raise BenchmarkError(f"{name} is not installed: pip install --editable '.[bench]'")
    count = bench.rows(_ORDERS)
    orders, customers = shop_orders_file(count), shop_customers_file(count)
    sides, others = bench.measured(
        {
            "check": lambda each: each.check(
                f"order={orders}", f"contact={customers}", home=bench.home, options=OPTIONS
            )
        },
        {
            "baseline": module("baseline", "shop", orders, bench.folder / "baseline", customers),
            **{name: module(f"beside.{name}_program", orders, customers) for name in _BESIDE},
        },
    )
    rows = _agreed([side["check"] for side in sides], others["baseline"])
    goal = Goal(None, "{:.2f} × as fast", is_least=True)
    yield _compared(
        f"check: {rows:,} dirty rows of a shop", "check", sides, others["baseline"], goal, rows
    )
    for name in _BESIDE:
        yield _compared(f"the same, beside {name}", "check", sides, others[name], goal, rows)


def _beside_baseline(
    bench: Bench, kind: str, path: Path, goals: tuple[float, float, float]
) -> Iterator[Figure]:
    source = f"{kind}={path}"
    baseline = module("baseline", f"{kind}s", path, bench.folder / "baseline")
    sides, others = bench.measured(
        {
            "check": lambda each: each.check(source, home=bench.home),
            "check on one core": lambda each: [*ONE_CORE, *each.check(source, home=bench.home)],
            "push --dry-run": lambda each: each.dry_run(source, home=bench.home),
        },
        {"check": baseline, "push --dry-run": [*baseline, "--bodies"]},
    )
    rows = _agreed([run for side in sides for run in side.values()], others["check"])
    runs = (("check", "check"), ("check on one core", "check"), ("push --dry-run",) * 2)
    for (name, other), least in zip(runs, goals, strict=True):
        goal = Goal(least, "{:.1f} × as fast", is_least=True)
        what = f"{name}: {rows:,} {kind} rows, beside the baseline"
        yield _compared(what, name, sides, others[other], goal, rows)
    yield Goal(1.7, "{:.2f} × as fast", is_least=True).figure(
        f"check: {rows:,} {kind} rows, two cores beside one",
        [side["check on one core"].seconds / side["check"].seconds for side in sides],
    )


def _compared(
    what: str, name: str, sides: list[Side], other: Medians, goal: Goal, rows: int
) -> Figure:
    runs = [side[name] for side in sides]
    return goal.figure(
        what,
        [other.seconds / run.seconds for run in runs],
        [
            f"{run.seconds:.1f} s beside {other.seconds:.1f} s; {rows / run.cpu_s:,.0f} rows "
            f"per CPU second; {run.peak_mb:.0f} MB"
            for run in runs
        ],
    )


def _agreed(ours: list[Medians], baseline: Medians) -> int:
    """The number of rows; all must have made the same of them, or their times mean nothing.

    Raises:
        BenchmarkError: they differ in what they made of the rows.
    """
    theirs: dict[str, Any] = json.loads(baseline.output)
    expected = (theirs["records"], theirs["rejected"])
    for run in ours:
        told = json.loads(run.output)
        made = (sum(told["records"].values()), told["rejected"])
        if made != expected:
            raise BenchmarkError(f"records and rejects are {made}, the baseline's {expected}")
    return int(theirs["rows"])
