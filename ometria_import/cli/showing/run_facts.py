"""When a run was, how fast it went, and the revenue of its orders, as `show` tells them."""

from __future__ import annotations

from contextlib import suppress

from ometria_import.cli.one_run import seconds_of
from ometria_import.cli.showing.run_view import RunView
from ometria_import.cli.showing.screen import FAINT, Screen, counted, duration
from ometria_import.delivery import (
    Revenue,
    RunInfo,
    RunState,
    RunSummary,
    revenue_of,
    revenue_of_sums,
)
from ometria_import.errors import PackageError
from ometria_import.package import Package


def show_times(screen: Screen, info: RunInfo, summary: RunSummary) -> None:
    """Print when a run began and ended, and how many requests a second that makes."""
    screen.say(("Begun:   ", FAINT), f"{info.created_at:%Y-%m-%d %H:%M:%S} UTC")
    if info.state is RunState.RUNNING:
        return
    seconds = seconds_of(info)
    rate = requests_per_s(info, summary)
    speed = f", {rate:,.1f} requests/s" if rate is not None else ""
    screen.say(
        ("Ended:   ", FAINT),
        f"{info.updated_at:%Y-%m-%d %H:%M:%S} UTC, after {duration(seconds)}{speed}",
    )


def requests_per_s(info: RunInfo, summary: RunSummary) -> float | None:
    """On average from the run's beginning to its end; None where nothing was sent."""
    seconds = seconds_of(info)
    if info.is_dry_run or info.state is RunState.RUNNING or not summary.requests or seconds <= 0:
        return None
    return summary.requests / seconds


def show_revenue(screen: Screen, revenue: dict[str, Revenue]) -> None:
    """Print a line for each currency."""
    for currency, each in revenue.items():
        invalid = (
            f"; not valid: {each.invalid_revenue:,f} of {counted(each.invalid_orders, 'order')}"
            if each.invalid_orders
            else ""
        )
        screen.say(
            ("Revenue: ", FAINT),
            f"{each.revenue:,f} {currency} of {counted(each.orders, 'order')}{invalid}",
        )


def revenue_in(view: RunView) -> dict[str, Revenue]:
    """Orders and revenue of a run's package by currency; empty where nobody can tell."""
    with suppress(KeyError, TypeError, AttributeError, ArithmeticError, ValueError):
        # A file that is damaged says what makes no sense; the package can still be counted.
        if (known := revenue_of_sums(view.sums)) is not None:
            return known
    try:
        return revenue_of(view.package) if isinstance(view.package, Package) else {}
    except PackageError:
        return {}
