"""The people of an account: what its contact listings and its orders come to together.

Source: the fields are those of the documentation's example, where what is unset is null.
Assumptions, where it is silent:

- Listings and orders with one email (whatever its case) or one `customer_id` are one person's.
  Phone numbers join nobody. An order that has neither email nor customer id is nobody's.
- Of each field the newest listing that has it decides; an order's names and identifiers fill what
  no listing has. Custom fields merge by name.
- `@force_optin` beats all else, then an unsubscribe that did not come by the API, then the
  listings, of which the trait `opt_out` says how they are read.
- `orders`, `revenue`, `aov` and `total_items` count valid orders, `orders_attempted` all. Revenue
  is in the reporting currency where an order has `totals.base`.
- An id is made of the account and the person's oldest record, so it differs between accounts.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ometria_import.emulator.storage.records import StoredRecord
from ometria_import.emulator.storage.unsubscribes import Unsubscribe, moment_of
from ometria_import.emulator.traits import Traits

_FIELDS = {
    "country": "country_id",
    "customer_id": "customer_id",
    "date_of_birth": "date_of_birth",
    "email": "email",
    "firstname": "firstname",
    "gender": "gender",
    "lastname": "lastname",
    "middlename": "middlename",
    "phone_number": "phone_number",
    "prefix": "prefix",
}
"""A profile's field, and the listing's that it comes from."""
_OUT = "EXPLICITLY_OPTEDOUT"
_STATES = (_OUT, "EXPLICITLY_OPTEDIN", "NOT_SPECIFIED")
"""From the strongest on, where one listing is enough."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One person."""

    body: dict[str, Any]
    emails: frozenset[str]
    """In lower case."""
    update_number: int
    updated_at: float
    """Unix seconds."""

    @property
    def id(self) -> str:
        """Ometria's own."""
        return str(self.body["id"])


@dataclass(frozen=True, slots=True)
class _Part:
    """A contact listing or an order of a person."""

    stored: StoredRecord
    values: dict[str, Any]

    @property
    def is_order(self) -> bool:
        return self.stored.object_type == "order"

    def identifiers(self) -> list[tuple[str, str]]:
        """What makes it the same person's as another."""
        customer = self.values.get("customer") or {}
        found = (
            (customer.get("email"), customer.get("id"))
            if self.is_order
            else (self.values.get("email"), self.values.get("customer_id"))
        )
        pairs = zip(("email", "customer_id"), found, strict=True)
        return [
            (kind, value.lower() if kind == "email" else value) for kind, value in pairs if value
        ]


def profiles_of(
    account: str,
    records: Iterable[StoredRecord],
    unsubscribes: Sequence[Unsubscribe],
    traits: Traits,
) -> list[Profile]:
    """Everybody, by the internal id of their oldest record."""
    parts = [_Part(stored, json.loads(stored.body)) for stored in records]
    left: defaultdict[str, list[Unsubscribe]] = defaultdict(list)
    for event in unsubscribes:
        if event.is_by_email:
            left[event.email_address.lower()].append(event)
    return [_profile(account, person, left, traits) for person in _people(parts)]


def _people(parts: Iterable[_Part]) -> Iterator[list[_Part]]:
    """The parts of each person, joined by what identifies them."""
    leader: dict[tuple[str, str], tuple[str, str]] = {}

    def lead(identifier: tuple[str, str]) -> tuple[str, str]:
        while (above := leader.setdefault(identifier, identifier)) != identifier:
            leader[identifier] = leader[above]
            identifier = leader[identifier]
        return identifier

    known: list[tuple[tuple[str, str], _Part]] = []
    for part in parts:
        identifiers = part.identifiers()
        if not identifiers:
            if part.is_order:
                continue
            identifiers = [("listing", str(part.stored.internal_id))]
        for each in identifiers[1:]:
            leader[lead(each)] = lead(identifiers[0])
        known.append((identifiers[0], part))
    people: defaultdict[tuple[str, str], list[_Part]] = defaultdict(list)
    for identifier, part in known:
        people[lead(identifier)].append(part)
    yield from people.values()


def _profile(
    account: str, parts: list[_Part], left: dict[str, list[Unsubscribe]], traits: Traits
) -> Profile:
    newest_last = sorted(parts, key=lambda part: part.stored.update_number)
    listings = [part.values for part in newest_last if not part.is_order]
    orders = [part.values for part in newest_last if part.is_order]
    body: dict[str, Any] = {"@type": "profile", **dict.fromkeys(_FIELDS)}
    for order in orders:
        customer = order.get("customer") or {}
        body |= {
            {"id": "customer_id"}.get(name, name): value
            for name, value in customer.items()
            if value
        }
    for listing in listings:
        body |= {ours: listing[theirs] for ours, theirs in _FIELDS.items() if theirs in listing}
    if traits.lower_emails and body["email"]:
        body["email"] = body["email"].lower()
    identifiers = dict.fromkeys(each for part in newest_last for each in part.identifiers())
    emails = frozenset(value for kind, value in identifiers if kind == "email")
    events = [event for email in emails for event in left.get(email, ())]
    names = [body[name] for name in ("firstname", "lastname") if body[name]]
    properties: dict[str, Any] = {}
    for listing in listings:
        properties |= listing.get("properties", {})
    body |= {
        "id": _id(account, parts[0].stored.internal_id),
        "name": " ".join(names) or None,
        "suffix": None,
        "identities": [{"id": value, "type": kind} for kind, value in identifiers],
        "marketing_optin": _optin(listings, events, traits),
        "dates": _dates(listings, orders),
        "stats": _stats(orders),
        "properties": properties,
        "seen": False,
        "tags": [],
    }
    return Profile(
        body,
        emails,
        max(part.stored.update_number for part in parts),
        max(part.stored.updated_at for part in parts),
    )


def _id(account: str, internal_id: int) -> str:
    digest = hashlib.sha256(f"{account}/{internal_id}".encode()).hexdigest()
    return f"{digest[:4]}-{digest[4:10]}-{digest[10:16]}"


def _optin(listings: list[dict[str, Any]], events: list[Unsubscribe], traits: Traits) -> str | None:
    stated = [each for each in listings if each.get("marketing_optin")]
    forced = [each for each in stated if each.get("@force_optin")]
    if forced:
        return str(forced[-1]["marketing_optin"])
    if events:
        return _OUT
    if not stated:
        return None
    if traits.opt_out == "newest":
        return str(stated[-1]["marketing_optin"])
    states = {each["marketing_optin"] for each in stated}
    return next(state for state in _STATES if state in states)


def _dates(listings: list[dict[str, Any]], orders: list[dict[str, Any]]) -> dict[str, Any]:
    acquired = _moments(listings, "timestamp_acquired")
    bought = _moments([order for order in orders if _is_valid(order)], "timestamp")
    ordered = _moments(orders, "timestamp")
    moments = {
        "acquired": min(acquired, default=None),
        "first_purchase": min(bought, default=None),
        "first_seen": min(acquired + ordered, default=None),
        "last_purchase": max(bought, default=None),
        "last_seen": max(acquired + ordered, default=None),
    }
    return {
        name: moment and moment.isoformat(timespec="seconds") for name, moment in moments.items()
    }


def _moments(records: list[dict[str, Any]], name: str) -> list[datetime]:
    return [moment_of(record[name]) for record in records if name in record]


def _stats(orders: list[dict[str, Any]]) -> dict[str, Any]:
    valid = [order for order in orders if _is_valid(order)]
    revenue = round(sum(_amount(order) for order in valid), 2)
    items = sum(line.get("quantity", 0) for order in valid for line in order.get("lineitems", ()))
    return {
        "aov": round(revenue / len(valid), 2) if valid else None,
        "orders": len(valid),
        "orders_attempted": len(orders),
        "revenue": revenue,
        "total_items": items,
        "visits": 0,
    }


def _amount(order: dict[str, Any]) -> float:
    base = order.get("totals", {}).get("base", {})
    return float(base.get("grand_total", order["grand_total"]))


def _is_valid(order: dict[str, Any]) -> bool:
    return order.get("is_valid") is not False
