"""How numbers and texts are written on the page."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from ometria_import.options.counting import size_words
from ometria_import.problems import shorten

_NONE = "\u2013"
_MINUTE_S, _HOUR_S = 60, 3_600
_CHARS = 90


def number(value: float | None) -> str:
    """`12,264`; a dash where nobody knows."""
    return _NONE if value is None else f"{value:,}"


def money(value: str | None) -> str:
    """`105,420.52`, exact to the last digit; a dash where nobody knows."""
    if value is None:
        return _NONE
    try:
        return f"{Decimal(value):,f}"
    except InvalidOperation:
        return short(value)


def share(part: float | None, whole: float | None) -> str:
    """`97.4 %`; only what is all of it is 100 %, and only what is nothing is 0 %."""
    if part is None or not whole:
        return _NONE
    if part in (0, whole):
        return "100 %" if part else "0 %"
    percent = min(max(100 * part / whole, 0.1), 99.9)
    return f"{percent:.1f} %"


def short(text: object, limit: int = _CHARS) -> str:
    """A text of somebody else's: cut, and with its control characters made visible."""
    shown = shorten(str(text), limit)
    # What becomes visible is longer than it was.
    return shown if len(shown) <= limit + 1 else f"{shown[:limit]}…"


def time(text: str | None) -> str:
    """`2026-03-01 12:30:05 UTC`."""
    if text is None:
        return _NONE
    try:
        moment = datetime.fromisoformat(text)
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment.tzinfo else short(text)
    except (ValueError, OverflowError):
        return short(text)


def duration(seconds: float | None) -> str:
    """`45 s`, `12 min 5 s`, `3 h 28 min`."""
    if seconds is None:
        return _NONE
    whole = max(round(seconds), 0)
    hours, minutes = whole // _HOUR_S, whole % _HOUR_S // _MINUTE_S
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % _MINUTE_S} s" if minutes else f"{whole} s"


def size(count: int | None) -> str:
    """`1.2 MB`."""
    return _NONE if count is None else size_words(count)


def name(text: str) -> str:
    """`custom_event` as people write it."""
    return text.replace("_", " ")


def compact(value: float) -> str:
    """`12k`, for axes."""
    for limit, unit in ((10**9, "bn"), (10**6, "M"), (10**3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g} {unit}"
    return f"{value:.3g}"
