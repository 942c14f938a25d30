"""What a package sets off in a live account, counted from its bodies.

The counts are gathered while a package is written, or in one pass later, and kept beside the
package, so that asking again costs nothing. Who is told about them, and what must be allowed by
name, is decided elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from ometria_import.config.storage import private_file
from ometria_import.options.choices import Danger, ObjectType
from ometria_import.package.bodies import decoded
from ometria_import.package.model import Batch
from ometria_import.package.reader import Package

YOUNG = timedelta(days=3)
"""Orders younger than this are told of. Source: design.md, "Live is not staging"."""
RECENT = timedelta(hours=4)
"""Custom events younger than this enter automations. Source: reference/ometria-api.md, "What a
historic backfill can set off"."""
FLOW_ENTRIES = 1_000
"""How many contacts enter one automation at once; Ometria ignores the rest. Source: the same."""

_FORMAT = 3
_MARGIN = timedelta(days=2)
"""Orders and events up to this much older are kept apart too, should the clock be set back."""
_FAR = timedelta(days=30)
"""Orders and events that lie further in the future are counted as one moment."""
_MINUTE_S = 60
_DAY_S = 86_400
_MINUTES = ("order_minutes", "event_minutes")
_AGES = {ObjectType.ORDER: YOUNG, ObjectType.CUSTOM_EVENT: RECENT}
"""The types whose young records are counted by the minute."""
_SMS_OPTIN = "optin:sms"
_DOUBLE_OPTIN_SMS = "double_optin:sms"
_OF_SMS = frozenset({_SMS_OPTIN, _DOUBLE_OPTIN_SMS})
_DAYS = re.compile(rb'"timestamp"\s*:\s*"(\d{4}-\d\d-\d\d)')


class _Contact(msgspec.Struct):
    """The few fields of a contact that set anything off; whatever they hold is read."""

    collection: Any = msgspec.field(name="@collection", default=None)
    marketing_optin: Any = None
    timestamp_subscribed: Any = None
    timestamp_unsubscribed: Any = None
    channels: Any = None
    force_optin: Any = msgspec.field(name="@force_optin", default=None)


class _Moment(msgspec.Struct):
    """Of an order or an event, its time."""

    timestamp: Any = None


_CONTACTS = msgspec.json.Decoder(list[_Contact])
_MOMENTS = msgspec.json.Decoder(list[_Moment])


@dataclass(frozen=True, slots=True)
class Effects:
    """How many records of a package set off what, once they are in a live account."""

    opted_in: int = 0
    opted_out: int = 0
    undated_optins: int = 0
    """Contacts that are opted in without `timestamp_subscribed`: Ometria writes the time of the
    import."""
    undated_optouts: int = 0
    """Contacts that are opted out without `timestamp_unsubscribed`: likewise."""
    welcome_campaigns: int = 0
    """Contacts that are opted in and have `timestamp_subscribed`."""
    forced_optins: int = 0
    """Contacts with `@force_optin`."""
    sms_optins: int = 0
    """Contacts of the collection `optin:sms`."""
    double_optin_sms: int = 0
    """Contacts of the collection `double_optin:sms`."""
    sms_ignored: int = 0
    """Contacts of other collections that allow text messages: an account with SMS double opt-in
    ignores that."""
    order_minutes: Mapping[int, int] = field(default_factory=dict)
    """Of orders that were young when they were counted: how many there are in each minute,
    counted from 1970 on. Later fewer of them are young, and no others."""
    event_minutes: Mapping[int, int] = field(default_factory=dict)
    """Of custom events likewise."""

    def young_orders(self, now: datetime) -> int:
        """How many orders are younger than three days, or lie in the future."""
        return _count_since(self.order_minutes, now - YOUNG)

    def recent_events(self, now: datetime) -> int:
        """How many custom events are younger than four hours, without those in the future."""
        return _count_since(self.event_minutes, now - RECENT) - self.future_events(now)

    def future_events(self, now: datetime) -> int:
        """How many custom events lie in the future."""
        return _count_since(self.event_minutes, now)

    @property
    def dangers(self) -> dict[Danger, int]:
        """Contacts by what must be named before they go live; only those that there are."""
        counts = {
            Danger.WELCOME_CAMPAIGNS: self.welcome_campaigns,
            Danger.FORCE_OPTIN: self.forced_optins,
            Danger.SMS_OPTIN: self.sms_optins,
            Danger.DOUBLE_OPTIN_SMS: self.double_optin_sms,
        }
        return {danger: count for danger, count in counts.items() if count}

    def as_json(self, now: datetime) -> dict[str, int]:
        """For `--json`."""
        counts = {name: getattr(self, name) for name in _COUNTS}
        return {
            **counts,
            "young_orders": self.young_orders(now),
            "recent_events": self.recent_events(now),
            "future_events": self.future_events(now),
        }


_COUNTS = tuple(each.name for each in fields(Effects) if each.name not in _MINUTES)


def effects_of(package: Package, now: datetime) -> Effects:
    """What a package sets off; counted once, and read from beside the package after that.

    Counting takes about two seconds per million records, if it was not done while the package was
    written. Counts that were made when the clock was far off are made again, because other orders
    and events were young then.

    Raises:
        PackageError: the package is damaged.
    """
    path = effects_path(package.path)
    kept = _read(path, package.content_hash, now)
    if kept is not None:
        return kept
    counter = EffectCounter(now)
    for batch in package.batches():
        counter.add(batch)
    counter.keep(path, package.content_hash)
    return counter.effects()


class EffectCounter:
    """Counts what records set off, batch by batch."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._sums: Counter[str] = Counter()
        self._minutes: dict[ObjectType, Counter[int]] = {name: Counter() for name in _AGES}
        self._since = {name: (now - age - _MARGIN).astimezone(UTC) for name, age in _AGES.items()}
        self._latest = int((now + _FAR).timestamp()) // _MINUTE_S

    def add(self, batch: Batch) -> None:
        """Count the records of a batch.

        Raises:
            PackageError: the batch is damaged.
        """
        if batch.object_type is ObjectType.CONTACT:
            self._sums.update(_count_contacts(decoded(batch, _CONTACTS)))
        elif batch.object_type in _AGES:
            self._add_moments(batch)

    def merge(self, other: EffectCounter) -> None:
        """Add what another one counted."""
        self._sums.update(other._sums)
        for name, minutes in self._minutes.items():
            minutes.update(other._minutes[name])

    def effects(self) -> Effects:
        """What all records set off."""
        orders, events = self._minutes[ObjectType.ORDER], self._minutes[ObjectType.CUSTOM_EVENT]
        return Effects(
            **self._sums,
            order_minutes=MappingProxyType(dict(orders)),
            event_minutes=MappingProxyType(dict(events)),
        )

    def keep(self, path: Path, content_hash: str) -> None:
        """Keep the counts for a package's content; a failure to do so does no harm."""
        _keep(path, content_hash, self.effects(), self._now)

    def _add_moments(self, batch: Batch) -> None:
        """Count the young records of a batch by minute."""
        since = self._since[batch.object_type]
        # A day is written in the time's own zone, up to 14 hours off.
        first_day = f"{since - timedelta(days=1):%Y-%m-%d}".encode()
        if max(_DAYS.findall(batch.body), default=b"") < first_day:
            return
        minutes = self._minutes[batch.object_type]
        for record in decoded(batch, _MOMENTS):
            try:
                moment = datetime.fromisoformat(str(record.timestamp))
            except ValueError:
                continue
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            if moment >= since:
                minutes[min(int(moment.timestamp()) // _MINUTE_S, self._latest)] += 1


def effects_path(package: Path) -> Path:
    """Where the counts of a package are kept."""
    return package.with_suffix(".effects.json")


def _count_contacts(contacts: list[_Contact]) -> dict[str, int]:
    # Lists that are counted as a whole: a loop of Python's for each contact takes twice as long.
    opted_in = [each for each in contacts if each.marketing_optin == "EXPLICITLY_OPTEDIN"]
    opted_out = [each for each in contacts if each.marketing_optin == "EXPLICITLY_OPTEDOUT"]
    dated = len([each for each in opted_in if each.timestamp_subscribed])
    # Contacts of one file share a handful of collections.
    by_collection = Counter(str(each.collection) for each in contacts)
    sms = [each for each in contacts if each.channels and _allows_sms(each.channels)]
    return {
        "opted_in": len(opted_in),
        "opted_out": len(opted_out),
        "undated_optins": len(opted_in) - dated,
        "undated_optouts": len([each for each in opted_out if not each.timestamp_unsubscribed]),
        "welcome_campaigns": dated,
        "forced_optins": len([each for each in contacts if each.force_optin]),
        "sms_optins": _count_of(by_collection, _SMS_OPTIN),
        "double_optin_sms": _count_of(by_collection, _DOUBLE_OPTIN_SMS),
        "sms_ignored": len([c for c in sms if str(c.collection).strip().lower() not in _OF_SMS]),
    }


def _count_of(by_collection: Mapping[str, int], name: str) -> int:
    return sum(count for written, count in by_collection.items() if written.strip().lower() == name)


def _allows_sms(channels: Any) -> bool:
    sms = channels.get("sms") if isinstance(channels, dict) else None
    return isinstance(sms, dict) and sms.get("allow_marketing") is True


def _count_since(minutes: Mapping[int, int], since: datetime) -> int:
    first = since.timestamp() / _MINUTE_S
    return sum(count for minute, count in minutes.items() if minute > first)


def _read(path: Path, content_hash: str, now: datetime) -> Effects | None:
    """The counts that are kept; None where there are none that can be trusted."""
    try:
        said = json.loads(path.read_bytes())
        counts, day = said["counts"], int(said["day"])
        if said["seal"] != _seal(content_hash, counts, day):
            return None
        if not -_MARGIN < timedelta(days=_day(now) - day) < _FAR - YOUNG:
            return None
        for name in _MINUTES:
            pairs = {int(minute): int(count) for minute, count in counts[name]}
            counts[name] = MappingProxyType(pairs)
        return Effects(**counts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
        return None
    except RecursionError:
        return None


def _keep(path: Path, content_hash: str, effects: Effects, now: datetime) -> None:
    counts = {name: getattr(effects, name) for name in _COUNTS}
    counts |= {name: sorted(getattr(effects, name).items()) for name in _MINUTES}
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
