"""Numbers and effects in words, for messages wherever they are read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ometria_import.options import counting, moments
from ometria_import.options.choices import Danger
from ometria_import.options.sending_hours import SendingHours, local_time

if TYPE_CHECKING:
    from ometria_import.package import Effects

counted = counting.counted
local_moment = moments.local_moment
_WORDS = {
    Danger.WELCOME_CAMPAIGNS: "would trigger a welcome campaign (opted in, with "
    "timestamp_subscribed)",
    Danger.FORCE_OPTIN: "would override the preference centre (@force_optin)",
    Danger.SMS_OPTIN: "would get a double-opt-in text message (collection optin:sms)",
    Danger.DOUBLE_OPTIN_SMS: "would count as having confirmed text messages elsewhere"
    " (collection double_optin:sms)",
}
_INSTEAD = {
    Danger.WELCOME_CAMPAIGNS: "have the welcome campaigns paused in Ometria until the import is"
    " over",
    Danger.FORCE_OPTIN: "leave @force_optin out of the mapping",
    Danger.SMS_OPTIN: "map @collection to another name",
    Danger.DOUBLE_OPTIN_SMS: "map @collection to another name for everybody whose confirmation"
    " you cannot prove",
}
_OUTSIDE = (
    " outside the collections optin:sms and double_optin:sms: an account with SMS double opt-in"
    " ignores that"
)


def hours_words(hours: SendingHours, seconds: float) -> str:
    """When a run may send and when it will be done, as words that follow a number.

    Empty if it may always send.
    """
    if hours.is_always:
        return ""
    now = time.time()
    forecast = hours.forecast(now, seconds)
    if forecast is None:
        return f", only {hours.words}: that takes more than ten years"
    days = counting.counted(forecast.days, hours.day_word)
    return f", only {hours.words}: {days}, until about {local_time(forecast.ends_at, now)}"


def visible(text: str) -> str:
    """Make control characters visible, line breaks and all; a copy of the rest stays the same."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def effect_lines(effects: Effects, now: datetime) -> list[str]:
    """One line for everything that there is; none where nothing is set off."""
    recent, future = effects.recent_events(now), effects.future_events(now)
    counts = [
        (effects.opted_in, "contact", "would be opted in"),
        (effects.opted_out, "contact", "would be opted out"),
        *((count, "contact", _WORDS[danger]) for danger, count in effects.dangers.items()),
        (
            effects.undated_optins,
            "opt-in",
            "without timestamp_subscribed: Ometria would use the time of the import",
        ),
        (
            effects.undated_optouts,
            "opt-out",
            "without timestamp_unsubscribed: Ometria would use the time of the import",
        ),
        (
            effects.sms_ignored,
            "contact",
            f"would opt in to text messages{_OUTSIDE}",
        ),
        (effects.young_orders(now), "order", "younger than three days"),
        (
            recent,
            "custom event",
            f"younger than four hours would enter automations at once{_limit(recent)}",
        ),
        (
            future,
            "custom event",
            f"in the future would enter automations when due{_limit(future)}",
        ),
    ]
    return [f"{counted(count, what)} {words}" for count, what, words in counts if count]


def _limit(events: int) -> str:
    # Here, as the package's modules take longer to import than `--help` takes to show.
    from ometria_import.package import FLOW_ENTRIES

    if events <= FLOW_ENTRIES:
        return ""
    return f"; only {FLOW_ENTRIES:,} contacts can enter at a time, and Ometria ignores the rest"


def danger_words(dangers: Mapping[Danger, int]) -> str:
    """What would happen, with the counts."""
    return "; ".join(f"{counted(count, 'contact')} {_WORDS[one]}" for one, count in dangers.items())


def way_out(dangers: Mapping[Danger, int]) -> str:
    """The flags that let it through, and the changes of mapping that make them unnecessary."""
    flags = " ".join(f"--allow {danger}" for danger in dangers)
    changes = "; ".join(_INSTEAD[danger] for danger in dangers)
    return f"If this is what you want, add {flags}. If not: {changes}."
