"""What the contacts of a package say of consent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from ometria_import.consent.people import (
    NEVER,
    NOTHING,
    People,
    Says,
    Told,
    customer_key,
    email_key,
    listing_key,
)
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package
from ometria_import.package.bodies import decoded


class _Body(msgspec.Struct):
    id: str
    collection: str = msgspec.field(name="@collection", default="")
    email: str = ""
    customer_id: str = ""
    marketing_optin: Any = None
    force_optin: Any = msgspec.field(name="@force_optin", default=None)
    timestamp_acquired: Any = None
    timestamp_subscribed: Any = None
    timestamp_unsubscribed: Any = None
    channels: Any = None


_BODIES = msgspec.json.Decoder(list[_Body])
_ONE = msgspec.json.Decoder(_Body)
_EMAIL_STATES = {
    "EXPLICITLY_OPTEDIN": Says.IN,
    "EXPLICITLY_OPTEDOUT": Says.OUT,
}
OF_SMS = frozenset({"optin:sms", "double_optin:sms"})
"""Collections whose members have opted in to text messages. Source:
reference/ometria-api.md, SMS double opt-in."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact of a package."""

    record_id: str
    collection: str
    address: str
    """The email; empty where it has none."""
    customer_id: str
    email: Told
    sms: Told
    newest_at: float
    """The latest time in it, which its export cannot be older than."""

    def channels(self) -> tuple[tuple[str, Told], ...]:
        """What it says, by channel."""
        return ("email", self.email), ("sms", self.sms)

    @property
    def person(self) -> bytes:
        """The key of the person."""
        if self.address:
            return email_key(self.address)
        return listing_key(self.collection, self.record_id)


def contacts_of(package: Package) -> Iterator[tuple[Contact, tuple[int, int]]]:
    """The contacts of a package, with the number of their source and the line in it.

    Raises:
        PackageError: the package is damaged.
    """
    for batch in package.batches(ObjectType.CONTACT):
        bodies = decoded(batch, _BODIES)
        yield from zip(map(_contact, bodies), package.origins(batch.number), strict=True)


def contact_of(record: bytes) -> Contact:
    """One contact of a package that was read before."""
    return _contact(_ONE.decode(record))


def add_contacts(package: Package, people: People) -> tuple[float, dict[str, None]]:
    """Add all contacts to the people.

    Returns:
        The latest time in any of them that is not in the future, and the collections of those
        who say something of text messages.
    """
    newest, now = NEVER, datetime.now(UTC).timestamp()
    collections: dict[str, None] = {}
    for contact, _ in contacts_of(package):
        aliases = [customer_key(contact.customer_id)] if contact.customer_id else []
        has_name = bool(contact.address or contact.customer_id)
        if contact.sms is not NOTHING or (not has_name and contact.email.says is not Says.NOTHING):
            collections[contact.collection] = None
            aliases.append(listing_key(contact.collection, contact.record_id))
        people.add(contact.person, contact.email, contact.sms, aliases, has_name=has_name)
        if newest < contact.newest_at <= now:
            newest = contact.newest_at
    return newest, collections


def email_state(value: object, forced: object = None) -> Says:
    """What `marketing_optin` says; null says nothing."""
    says = _EMAIL_STATES.get(value, Says.NOTHING) if isinstance(value, str) else Says.NOTHING
    return Says.FORCED_IN if says is Says.IN and forced is True else says


def sms_of(channels: object) -> Told:
    """What `channels` says of text messages."""
    sms = channels.get("sms") if isinstance(channels, dict) else None
    allowed = sms.get("allow_marketing") if isinstance(sms, dict) else None
    if not isinstance(sms, dict) or not isinstance(allowed, bool):
        return NOTHING
    return Told(Says.IN if allowed else Says.OUT, seconds_of(sms.get("dt_updated_marketing")))


def seconds_of(value: object) -> float:
    """A time of the API in Unix seconds; in UTC where it has no zone, `NEVER` where it is none."""
    if not isinstance(value, str):
        return NEVER
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return NEVER


def is_of_sms(collection: str) -> bool:
    """Whether the members of a collection have opted in to text messages."""
    return collection.strip().lower() in OF_SMS


def _contact(body: _Body) -> Contact:
    says = email_state(body.marketing_optin, body.force_optin)
    if says is Says.NOTHING and (body.marketing_optin is not None or body.force_optin is True):
        says = Says.BLANK
    joined = seconds_of(body.timestamp_subscribed)
    sms = sms_of(body.channels)
    if sms is NOTHING and is_of_sms(body.collection):
        sms = Told(Says.IN)
    elif sms is NOTHING and isinstance(body.channels, dict) and "sms" in body.channels:
        sms = Told(Says.BLANK)
    times = (body.timestamp_acquired, body.timestamp_unsubscribed)
    is_in = says in {Says.IN, Says.FORCED_IN}
    return Contact(
        body.id,
        body.collection,
        body.email.strip(),
        body.customer_id,
        Told(says, joined if is_in else NEVER),
        # A time counts only with an opt-in: it is what may be newer than an opt-out.
        Told(sms.says, sms.at if sms.says is Says.IN else NEVER) if sms is not NOTHING else sms,
        max(joined, sms.at, *map(seconds_of, times)),
    )
