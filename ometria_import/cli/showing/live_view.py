"""All that somebody should know before they send to a live account, on one screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ometria_import.actions.calling.caller import LivePush
from ometria_import.actions.calling.words import counted, hours_words
from ometria_import.cli.showing.screen import STRONG, WARNING, Screen, duration
from ometria_import.config import AccountName

_CURRENCIES_SHOWN = 4


def show_live_push(screen: Screen, push: LivePush) -> None:
    """Say on stderr what goes where, how much it is, and what it sets off."""
    account = push.account
    which = "" if account.name == AccountName.LIVE else f" {account.name}"
    screen.tell((f"\nTo the LIVE account{which}", STRONG), f" at {account.base_url}:")
    for name, count in push.records.items():
        screen.tell((counted(count, name.replace("_", " ")), STRONG), indent=2)
    if push.requests:
        words = f"{counted(push.requests, 'request')}, about {duration(push.seconds)}"
        when = hours_words(push.hours, push.seconds)
        screen.tell(f"{words} at {account.rate_per_s:g} a second{when}", indent=2)
    for line in [*_orders(push.sums), *_not_sent(push.sums), *_consent(push.sums)]:
        screen.tell(line, indent=2)
    for line in push.lines():
        screen.tell((line, WARNING), indent=2)
    if not push.is_accepted_on_staging:
        words = "warning: no staging run has accepted exactly these records before"
        screen.tell((words, WARNING))


def _orders(sums: Mapping[str, Any]) -> Iterator[str]:
    """The dates of the orders in the files, and their total."""
    sales = sums.get("across", {}).get("sales", [])
    if not sales:
        return
    periods = sorted({each["period"] for each in sales})
    when = periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
    revenue: dict[str, Decimal] = {}
    for each in sales:
        currency = each["currency"]
        revenue[currency] = revenue.get(currency, Decimal(0)) + Decimal(each["revenue"])
    largest = sorted(revenue.items(), key=lambda each: -each[1])
    shown = [f"{total:,f} {name}" for name, total in largest[:_CURRENCIES_SHOWN]]
    if len(largest) > _CURRENCIES_SHOWN:
        shown.append(f"and {counted(len(largest) - _CURRENCIES_SHOWN, 'more currency')}")
    orders = sum(each["orders"] for each in sales)
    yield f"orders of {when} that count: {orders:,}, {', '.join(shown)}"


def _not_sent(sums: Mapping[str, Any]) -> Iterator[str]:
    """What in the files is not sent."""
    counts = {
        "rejected": sums.get("rejected", 0),
        "held back as too young": sums.get("held_back", 0),
        "superseded by a later state": sums.get("superseded", 0),
    }
    parts = [f"{count:,} {words}" for words, count in counts.items() if count]
    if parts:
        yield f"not sent: {', '.join(parts)}"


def _consent(sums: Mapping[str, Any]) -> Iterator[str]:
    """How many opt-ins are left out because of what the account says."""
    told = sums.get("consent")
    if not told:
        return
    held = sum(told.get("held", {}).values())
    asked = counted(told.get("asked", 0), "person", "people")
    if held:
        yield f"consent: {held:,} of {asked} are left as the account has them ({told['rule']})"
    else:
        yield f"consent: nothing that the files say of {asked} is against the account"
