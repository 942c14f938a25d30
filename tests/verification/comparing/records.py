"""Records of every object type that have every field, and values that are surely others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from ometria_import.options.choices import ObjectType
from ometria_import.schema import SCHEMAS, Field, Group, Items, Member, Options, Properties
from ometria_import.schema.field_types import FieldTypeName as T

READABLE = (ObjectType.PRODUCT, ObjectType.CONTACT, ObjectType.ORDER)
WRITE_ONLY = ("@merge", "@force_optin", "@add_to_lists", "@remove_from_lists")
CONSENT_TIMES = ("timestamp_subscribed", "timestamp_unsubscribed", "dt_updated")
"""How the times of consents begin."""

Place = tuple[str | int, ...]
"""The way to a value: names of fields and indexes in lists."""

_WORDS = ("Linen shirt", "Größe", "naïve café", "a,b", "été 2024", "Ms", "x" * 40, "日本")
_OPTINS = ("EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "NOT_SPECIFIED")
_FIRST = datetime(2019, 1, 1, tzinfo=UTC)


def record_of(object_type: ObjectType, random: Random, number: int = 0) -> dict[str, Any]:
    """A record with every field of its type."""
    record = {"@type": object_type.value, **_filled(SCHEMAS[object_type].members, random)}
    record["id"] = f"{object_type}-{number}"
    if object_type is ObjectType.CONTACT:
        record["@collection"] = "customers"
    elif object_type is ObjectType.PRODUCT:
        record["is_variant"] = False  # Variants have no listings.
    return record


def _filled(members: tuple[Member, ...], random: Random) -> dict[str, Any]:
    return {member.name: _value(member, random) for member in members}


def _value(member: Member, random: Random) -> Any:
    match member:
        case Field():
            return value_of(member.type, random)
        case Group():
            return _filled(member.members, random)
        case Items():
            count = random.randint(1, 4)
            items = [_filled(member.members, random) for _ in range(count)]
            for index, item in enumerate(items):
                if member.name == "listings":
                    item["store"] = f"store{index}.example.com"
            return items
        case Options():
            return [
                {"type": kind, "id": str(random.randint(1, 99)), "label": random.choice(_WORDS)}
                for kind in ("brand", "colour", "size")
            ]
        case Properties():
            return {
                "tier": "Gold",
                "visits": random.randint(0, 9),
                "vip": random.random() < 0.5,
                "seen": _timestamp(random),
                "tags": ["a", {"b": Decimal("1.5")}],
            }


def value_of(kind: T, random: Random) -> Any:
    """A value in normal form."""
    return _VALUES[kind](random)


def _moment(random: Random) -> datetime:
    return _FIRST + timedelta(seconds=random.randrange(150_000_000))


def _timestamp(random: Random) -> str:
    zone = random.choice(("Z", "+01:00", "-05:30", ".25Z"))
    return f"{_moment(random):%Y-%m-%dT%H:%M:%S}{zone}"


_VALUES: dict[T, Callable[[Random], Any]] = {
    T.TEXT: lambda random: f"{random.choice(_WORDS)} {random.randrange(1000)}",
    T.ID: lambda random: f"A{random.randrange(10**6):06}",
    T.EMAIL: lambda random: f"Ada.{random.randrange(10**6)}@Shop.example.com",
    T.PHONE: lambda random: f"+4420794{random.randrange(10**5):05}",
    T.MONEY: lambda random: Decimal(random.randrange(10**6)) / 100,
    T.NUMBER: lambda random: random.randint(1, 9),
    T.TIMESTAMP: _timestamp,
    T.DATE: lambda random: f"{_moment(random):%Y-%m-%d}",
    T.CURRENCY: lambda random: random.choice(("GBP", "EUR", "USD")),
    T.COUNTRY: lambda random: random.choice(("GB", "FR")),
    T.GENDER: lambda random: random.choice("mfo"),
    T.BOOLEAN: lambda random: random.random() < 0.5,
    T.OPTIN: lambda random: random.choice(_OPTINS),
    T.TIMEZONE: lambda random: random.choice(("Europe/London", "Europe/Paris")),
    T.URL: lambda random: f"https://example.com/p/{random.randrange(10**6)}",
    T.TEXT_LIST: lambda random: [f"s{number}" for number in random.sample(range(9), 3)],
    T.WHOLE_NUMBER_LIST: lambda random: random.sample(range(99), 2),
}


def places_of(value: Any, place: Place = ()) -> Iterator[Place]:
    """The way to every value, and to every object and list, that a record has."""
    if place:
        yield place
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for name, each in items:
        yield from places_of(each, (*place, name))


def at(record: Any, place: Place) -> Any:
    """What stands there."""
    for name in place:
        record = record[name]
    return record


def is_consent_time(place: Place) -> bool:
    return str(place[-1]).startswith(CONSENT_TIMES)


def other_value(value: Any, place: Place, random: Random) -> Any:
    """A value that no rule takes for the same."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | Decimal):
        return value + random.choice((-1, Decimal("0.01"), Decimal("-0.006"), 100))
    if isinstance(value, list):
        return value[1:]
    if isinstance(value, dict):
        return dict(list(value.items())[1:])
    if value[:1] == "2" and value[10:11] == "T":
        steps = [timedelta(seconds=1), timedelta(hours=-1), timedelta(days=30)]
        if is_consent_time(place):
            steps.append(timedelta(milliseconds=-1))
        return (datetime.fromisoformat(value) + random.choice(steps)).isoformat()
    return random.choice((value + "x", value[:-1] or "y", value.swapcase() + "!", "?", 70_707))
