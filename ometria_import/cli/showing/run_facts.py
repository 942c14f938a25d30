"""When a run was, how fast it went, and the revenue of its orders, as `show` tells them."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime
from typing import Any

from ometria_import.actions.calling.run import Run
from ometria_import.actions.calling.words import counted, local_moment
from ometria_import.cli.showing.screen import Screen, duration
from ometria_import.config.home import RunFolder
from ometria_import.delivery import (
    RunInfo,
    RunState,
    RunSummary,
    load_request,
)
from ometria_import.errors import PackageError
from ometria_import.options.sending_hours import local_time
from ometria_import.package import (
    Package,
    Revenue,
    revenue_of,
    revenue_of_sums,
)


def show_times(screen: Screen, info: RunInfo, summary: RunSummary) -> None:
    """Print when a run began and ended, and how many requests a second that makes."""
    screen.fact("Begun", local_moment(info.created_at))
    if info.state is RunState.RUNNING:
        return
    seconds = seconds_of(info)
    rate = requests_per_s(info, summary)
    speed = f", {rate:,.1f} requests/s" if rate is not None else ""
    paused_s = summary.paused_total_s
    paused = f" ({duration(paused_s)} of it waiting for its hours)" if paused_s else ""
    took = f"after {duration(seconds)}{paused}{speed}"
    screen.fact("Ended", f"{local_moment(info.updated_at)}, {took}")


def requests_per_s(info: RunInfo, summary: RunSummary) -> float | None:
    """The average rate over the whole run, without the waits for its hours.

    None if nothing was sent.
    """
    seconds = seconds_of(info) - summary.paused_total_s
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
        screen.fact(
            "Revenue",
            f"{each.revenue:,f} {currency} of {counted(each.orders, 'order')}{invalid}",
        )


def revenue_in(run: Run) -> dict[str, Revenue]:
    """Orders and revenue of a run's package by currency; empty where nobody can tell."""
    with suppress(KeyError, TypeError, AttributeError, ArithmeticError, ValueError):
        # A file that is damaged says what makes no sense; the package can still be counted.
        if (known := revenue_of_sums(run.sums)) is not None:
            return known
    try:
        return revenue_of(run.package) if isinstance(run.package, Package) else {}
    except PackageError:
        return {}


def is_open(info: RunInfo) -> bool:
    """Whether there is something left to send."""
    return not (info.is_finished or info.is_dry_run)


def seconds_of(info: RunInfo) -> float:
    """How long a run took from its beginning to its end, with what lay between two sessions."""
    return (info.updated_at - info.created_at).total_seconds()


def state_of(info: RunInfo, waits_until: str = "") -> str:
    """What became of a run, or what it does now, in a few words.

    Args:
        info: The run.
        waits_until: When its hours begin, as `ListedRun` says it; empty if it does not wait.
    """
    if info.is_unsent:
        return "not sent"
    if info.is_dry_run:
        return "dry run"
    return waiting_words(waits_until) if waits_until else str(info.state)


def waiting_words(until: str) -> str:
    """The words for a run that waits for its hours, such as `waiting until 01:00 CET`."""
    return f"waiting until {local_time(datetime.fromisoformat(until).timestamp(), time.time())}"


def info_json(folder: RunFolder, info: RunInfo, waits_until: str = "") -> dict[str, Any]:
    """What `--json` says of a run wherever it is named."""
    return {
        "run": folder.id,
        "account": info.account,
        "state": info.state,
        "waits_until": waits_until or None,
        "dry_run": info.is_dry_run and not info.is_unsent,
        "created_at": info.created_at.isoformat(),
        "ended_at": None if info.state is RunState.RUNNING else info.updated_at.isoformat(),
        "duration_s": None if info.state is RunState.RUNNING else round(seconds_of(info), 3),
        "retry_of": info.retry_of or None,
        "promotes": load_request(folder).promotes or None,
        "pseudonymised": load_request(folder).is_pseudonymised,
    }
