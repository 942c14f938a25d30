"""Changes of a stored record that no rule excuses, at any place of it."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.verification.planted.records import OPTINS, Record

_UNCHANGED = frozenset({"@type", "@collection", "id", "@merge", "@force_optin"})
"""Keys, and what only tells the account how to store a record."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")
_EMPTY: tuple[Any, ...] = (None, "", [], {})

Place = tuple[str | int, ...]


def plant(record: Record, chance: random.Random) -> tuple[Record, str]:
    """A copy of a record with one change that is one for certain, and what it is."""
    changed = copy.deepcopy(record)
    place, value = chance.choice(list(_places(changed)))
    holder: Any = changed
    for step in place[:-1]:
        holder = holder[step]
    options = _others(place, value, chance)
    what = chance.choice([*options, "gone"])
    if what == "gone":
        del holder[place[-1]]
    else:
        holder[place[-1]] = options[what]
    return changed, f"{'.'.join(map(str, place))} {what}"


def _places(value: Any, above: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every place of a record that has a value, those that hold others among them."""
    if above and value not in _EMPTY:
        yield above, value
    steps: Iterator[tuple[str | int, Any]]
    if isinstance(value, dict):
        steps = iter(value.items())
    elif isinstance(value, list):
        steps = iter(enumerate(value))
    else:
        return
    for step, inner in steps:
        if above or step not in _UNCHANGED:
            yield from _places(inner, (*above, step))


def _others(place: Place, value: Any, chance: random.Random) -> dict[str, Any]:
    """What else could stand there, by name."""
    name = next(step for step in reversed(place) if isinstance(step, str))
    found: dict[str, Any] = {"null": None}
    match value:
        case bool():
            found["other"] = not value
        case int() | float():
            found |= {
                "more": value + 1,
                "less": value - 1,
                "text": f"9{value}",
                "cent": value + 0.01,
            }
        case str() if name == "marketing_optin":
            found |= {each: each for each in OPTINS if each != value}
        case str() if _TIME.fullmatch(value):
            found |= _other_times(value)
        case str():
            found |= {"longer": f"{value}x", "other": f"Q{chance.getrandbits(32)}", "empty": ""}
        case list() if name == "lineitems":
            found["one more"] = [*value, value[0]]
    return found


def _other_times(text: str) -> dict[str, Any]:
    is_day = "T" not in text
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    steps: dict[str, Callable[[datetime], datetime]] = {
        "a day later": lambda each: each + timedelta(days=1),
        "a year earlier": lambda each: each.replace(year=each.year - 1, day=1),
    }
    if not is_day:
        steps |= {
            "an hour later": lambda each: each + timedelta(hours=1),
            "a second earlier": lambda each: each - timedelta(seconds=1),
        }
    others = {what: step(moment) for what, step in steps.items()}
    if is_day:
        return {what: f"{each:%Y-%m-%d}" for what, each in others.items()}
    return {what: each.isoformat().replace("+00:00", "Z") for what, each in others.items()}
