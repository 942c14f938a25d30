"""What a package sets off in a live account, counted from its bodies.

The counts are gathered in one pass and kept beside the package, so that asking again costs
nothing. Who is told of them, and what must be allowed by name, is not decided here.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from ometria_import.choices import Danger, ObjectType
from ometria_import.errors import PackageError
from ometria_import.home import private_file
from ometria_import.package import Batch, Package

YOUNG = timedelta(days=3)
"""Orders younger than this are told of. Source: design.md, "Live is not staging"."""

_FORMAT = 2
_MARGIN = timedelta(days=2)
"""Orders up to this much older are kept apart too, should the clock be set back meanwhile."""
_FAR = timedelta(days=30)
"""Orders that lie further in the future are counted as one moment."""
_MINUTE_S = 60
_DAY_S = 86_400
_COUNTS = ("opted_in", "opted_out", "welcome_campaigns", "sms_optins", "forced_optins")
_SMS_COLLECTION = "optin:sms"
_DAYS = re.compile(rb'"timestamp"\s*:\s*"(\d{4}-\d\d-\d\d)')


class _Contact(msgspec.Struct):
    """The few fields of a contact that set anything off; whatever they hold is read."""

    collection: Any = msgspec.field(name="@collection", default=None)
    marketing_optin: Any = None
    timestamp_subscribed: Any = None
    force_optin: Any = msgspec.field(name="@force_optin", default=None)


class _Order(msgspec.Struct):
    timestamp: Any = None


_CONTACTS = msgspec.json.Decoder(list[_Contact])
_ORDERS = msgspec.json.Decoder(list[_Order])


@dataclass(frozen=True, slots=True)
class Effects:
    """How many records of a package set off what, once they are in a live account."""

    opted_in: int = 0
    opted_out: int = 0
    welcome_campaigns: int = 0
    """Contacts that are opted in and have `timestamp_subscribed`."""
    sms_optins: int = 0
    """Contacts of the collection `optin:sms`."""
    forced_optins: int = 0
    """Contacts with `@force_optin`."""
    order_minutes: Mapping[int, int] = field(default_factory=dict)
    """Of orders that were young when they were counted: how many there are in each minute,
    counted from 1970 on. Later fewer of them are young, and no others."""

    def young_orders(self, now: datetime) -> int:
        """How many orders are younger than three days, or lie in the future."""
        first = (now - YOUNG).timestamp() / _MINUTE_S
        return sum(count for minute, count in self.order_minutes.items() if minute > first)

    @property
    def dangers(self) -> dict[Danger, int]:
        """Contacts by what must be named before they go live; only those that there are."""
        counts = {
            Danger.WELCOME_CAMPAIGNS: self.welcome_campaigns,
            Danger.FORCE_OPTIN: self.forced_optins,
            Danger.SMS_OPTIN: self.sms_optins,
        }
        return {danger: count for danger, count in counts.items() if count}

    def as_json(self, now: datetime) -> dict[str, int]:
        """For `--json`."""
        return {
            "opted_in": self.opted_in,
            "opted_out": self.opted_out,
            "welcome_campaigns": self.welcome_campaigns,
            "sms_optins": self.sms_optins,
            "forced_optins": self.forced_optins,
            "young_orders": self.young_orders(now),
        }


def effects_of(package: Package, now: datetime) -> Effects:
    """What a package sets off; counted once, and read from beside the package after that.

    Counting takes about two seconds per million records. What was counted by a clock that said
    quite another time is counted again: other orders were young then.

    Raises:
        PackageError: the package is damaged.
    """
    path = effects_path(package.path)
    kept = _read(path, package.content_hash, now)
    if kept is not None:
        return kept
    counted = _count(package, now)
    _keep(path, package.content_hash, counted, now)
    return counted


def effects_path(package: Path) -> Path:
    """Where the counts of a package are kept."""
    return package.with_suffix(".effects.json")


def _count(package: Package, now: datetime) -> Effects:
    sums: Counter[str] = Counter()
    minutes: Counter[int] = Counter()
    for batch in package.batches(ObjectType.CONTACT):
        sums.update(_count_contacts(_decoded(_CONTACTS, batch)))
    since = (now - YOUNG - _MARGIN).astimezone(UTC)
    latest = int((now + _FAR).timestamp()) // _MINUTE_S
    # A day is written in the time's own zone, up to 14 hours off.
    first_day = f"{since - timedelta(days=1):%Y-%m-%d}".encode()
    for batch in package.batches(ObjectType.ORDER):
        if max(_DAYS.findall(batch.body), default=b"") < first_day:
            continue
        for moment in _moments(batch):
            if moment >= since:
                minutes[min(int(moment.timestamp()) // _MINUTE_S, latest)] += 1
    return Effects(**sums, order_minutes=MappingProxyType(dict(minutes)))


def _count_contacts(contacts: list[_Contact]) -> dict[str, int]:
    # Lists that are counted as a whole: a loop of Python's for each contact takes twice as long.
    states = [contact.marketing_optin for contact in contacts]
    opted_in = [each for each in contacts if each.marketing_optin == "EXPLICITLY_OPTEDIN"]
    collections = [each.collection for each in contacts if isinstance(each.collection, str)]
    by_text = filter(_is_sms_optin, set(collections))
    return {
        "opted_in": len(opted_in),
        "opted_out": states.count("EXPLICITLY_OPTEDOUT"),
        "welcome_campaigns": len([each for each in opted_in if each.timestamp_subscribed]),
        "forced_optins": len([each for each in contacts if each.force_optin]),
        "sms_optins": sum(map(collections.count, by_text)),
    }


def _moments(batch: Batch) -> Iterator[datetime]:
    for order in _decoded(_ORDERS, batch):
        try:
            moment = datetime.fromisoformat(str(order.timestamp))
        except ValueError:
            continue
        yield moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _decoded(decoder: Any, batch: Batch) -> list[Any]:
    try:
        records: list[Any] = decoder.decode(batch.body)
    except msgspec.MsgspecError:
        raise PackageError(
            f"batch {batch.number} of the package is not what it says it is",
            hint="Nothing of the package can be trusted. Push the source files once more.",
        ) from None
    return records


def _is_sms_optin(collection: str) -> bool:
    return collection.strip().lower() == _SMS_COLLECTION


def _read(path: Path, content_hash: str, now: datetime) -> Effects | None:
    """The counts that are kept; None where there are none that can be trusted."""
    try:
        said = json.loads(path.read_bytes())
        counts, day = said["counts"], int(said["day"])
        if said["seal"] != _seal(content_hash, counts, day):
            return None
        if not -_MARGIN < timedelta(days=_day(now) - day) < _FAR - YOUNG:
            return None
        minutes = {int(minute): int(count) for minute, count in counts.pop("order_minutes")}
        return Effects(**counts, order_minutes=MappingProxyType(minutes))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _keep(path: Path, content_hash: str, effects: Effects, now: datetime) -> None:
    counts = {name: getattr(effects, name) for name in _COUNTS}
    counts["order_minutes"] = sorted(effects.order_minutes.items())
    said = {"counts": counts, "day": _day(now), "seal": _seal(content_hash, counts, _day(now))}
    unfinished = path.with_suffix(f".{os.getpid()}")
    # Whoever cannot keep them counts again the next time.
    with suppress(OSError):
        private_file(unfinished).write_text(json.dumps(said))
        unfinished.replace(path)


def _day(moment: datetime) -> int:
    """Whole days since 1970."""
    return int(moment.timestamp()) // _DAY_S


def _seal(content_hash: str, counts: Mapping[str, Any], day: int) -> str:
    """A hash of what must not change unseen, when bytes on the disk do."""
    text = json.dumps([_FORMAT, content_hash, counts, day], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
