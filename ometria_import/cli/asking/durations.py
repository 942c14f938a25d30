"""Durations as people type them: `90m`, `12h`, `3d`, or plain seconds."""

from __future__ import annotations

import re
from datetime import timedelta

import typer

from ometria_import.options.sending_hours import SendingHours

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?) ?([smhdw]?)", re.ASCII)
_UNIT_S = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LONGEST = timedelta(days=36_500)


def parse_duration(text: str | timedelta) -> timedelta:
    """Read a duration; one that is read already stays.

    Raises:
        BadParameter: it is none, or longer than a hundred years.
    """
    if isinstance(text, timedelta):
        return text
    found = _DURATION.fullmatch(text.strip().lower())
    seconds = float(found[1]) * _UNIT_S[found[2]] if found else -1.0
    if not 0 <= seconds <= _LONGEST.total_seconds():
        message = f"{text!r} is not a duration such as 90m, 12h, 3d or 2w"
        raise typer.BadParameter(message)
    return timedelta(seconds=seconds)


def parse_age(text: str | timedelta) -> timedelta:
    """Read how old something is; without a unit it would be seconds, and days are meant.

    Raises:
        BadParameter: it is no duration, or a bare number.
    """
    age = parse_duration(text)
    if age and isinstance(text, str) and text.strip()[-1].isdigit():
        message = f"{text!r} has no unit: write {text.strip()}d for days, or use h, m or s"
        raise typer.BadParameter(message)
    return age


def parse_between(text: str | SendingHours) -> SendingHours:
    """Read the hours in which a run may send.

    Raises:
        BadParameter: the text is not two times of the day.
    """
    if isinstance(text, SendingHours):
        return text
    try:
        return SendingHours.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
