"""The hours of the day in which a run may send, such as `01:00-06:00`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Self

_HOURS = re.compile(r"(\d\d?):(\d\d) ?- ?(\d\d?):(\d\d)", re.ASCII)
_HOUR_MIN, _DAY_MIN = 60, 1440
_MINUTE_S, _DAY_S = 60, 86_400
_ALWAYS = "always"
_EVENING_MIN, _MORNING_MIN = 18 * 60, 6 * 60
_MOST_DAYS = 3660
"""Ten years: nobody waits longer, and a date must not overflow."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """When sending will be over if it is limited to some hours."""

    ends_at: float
    """Seconds since 1970."""
    days: int
    """How many times the hours come round until then."""


@dataclass(frozen=True, slots=True)
class SendingHours:
    """The hours of the wall clock in which a request may be sent.

    What counts is the clock of the machine's zone at each moment. When it is put forward, hours
    that it skips do not come; when it is put back, hours that it repeats come twice.
    """

    begin_min: int = 0
    """In minutes since midnight."""
    end_min: int = 0
    """The first minute in which nothing is sent any more; at the beginning or before it where the
    hours go over midnight."""
    zone: tzinfo | None = None
    """None stands for the zone of the machine."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read hours, or `always` for hours that never end.

        Raises:
            ValueError: the text is neither; the message is meant for whoever wrote it.
        """
        wanted = text.strip().lower()
        if wanted == _ALWAYS:
            return cls()
        found = _HOURS.fullmatch(wanted)
        times = [(int(found[n]), int(found[n + 1])) for n in (1, 3)] if found else []
        minutes = [hour * _HOUR_MIN + minute for hour, minute in times]
        is_time = all(minute < _HOUR_MIN for _, minute in times)
        if not minutes or not is_time or max(minutes) > _DAY_MIN:
            message = f"{text!r} is not hours of a day such as 01:00-06:00 or 22:00-06:00"
            raise ValueError(message)
        begin_min, end_min = (each % _DAY_MIN for each in minutes)
        if begin_min == end_min:
            message = f"{text!r} begins when it ends: write {_ALWAYS} to send at any time"
            raise ValueError(message)
        return cls(begin_min, end_min)

    @property
    def is_always(self) -> bool:
        """Whether a request may be sent at any time."""
        return self.begin_min == self.end_min

    def __str__(self) -> str:
        if self.is_always:
            return _ALWAYS
        return f"{_clock(self.begin_min)}-{_clock(self.end_min)}"

    @property
    def words(self) -> str:
        """In a sentence, as in "only …"."""
        return f"between {_clock(self.begin_min)} and {_clock(self.end_min)}"

    @property
    def day_word(self) -> str:
        """What one of their occurrences is called."""
        is_night = self.begin_min >= _EVENING_MIN or self.begin_min < _MORNING_MIN
        return "night" if is_night else "day"

    def is_open(self, at: float) -> bool:
        """Whether a request may be sent at a moment, in seconds since 1970."""
        now = self._wall_min(at)
        if self.begin_min < self.end_min:
            return self.begin_min <= now < self.end_min
        return self.is_always or now >= self.begin_min or now < self.end_min

    def opens_at(self, at: float) -> float:
        """The moment itself if a request may be sent then, or the next one at which it may."""
        return at if self.is_open(at) else self._changes_at(at)

    def forecast(self, at: float, seconds: float) -> Forecast | None:
        """When a number of seconds of sending will be over; None if that takes over ten years.

        If sending is always allowed, that is when the seconds have passed.
        """
        if self.is_always:
            return Forecast(at + seconds, 1)
        for days in range(1, _MOST_DAYS):
            at = self.opens_at(at)
            closes_at = self._changes_at(at)
            if at + seconds <= closes_at:
                return Forecast(at + seconds, days)
            seconds -= closes_at - at
            at = closes_at
        return None

    def _changes_at(self, at: float) -> float:
        """The next moment at which the hours begin or end."""
        is_open, now = self.is_open(at), self._wall_min(at)
        goal = self.end_min if is_open else self.begin_min
        minute = at // _MINUTE_S
        then = (minute + ((goal - now) % _DAY_MIN or _DAY_MIN)) * _MINUTE_S
        if self._wall_min(then) == goal:
            return then
        # The clock is changed before then, so each minute is checked.
        then = (minute + 1) * _MINUTE_S
        while self.is_open(then) is is_open:
            then += _MINUTE_S
        return then

    def _wall_min(self, at: float) -> int:
        wall = datetime.fromtimestamp(at, self.zone)
        return wall.hour * _HOUR_MIN + wall.minute


ALWAYS = SendingHours()


def local_time(at: float, now: float) -> str:
    """A future moment on the machine's clock, with its zone, and with the day if not today."""
    moment = datetime.fromtimestamp(at).astimezone()
    if moment.date() == datetime.fromtimestamp(now).astimezone().date():
        return f"{moment:%H:%M %Z}"
    return f"{moment:%a %H:%M %Z}" if at - now <= _DAY_S else f"{moment:%a %d %b %H:%M %Z}"


def _clock(minutes: int) -> str:
    return f"{minutes // _HOUR_MIN:02}:{minutes % _HOUR_MIN:02}"
