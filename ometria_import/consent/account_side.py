"""What an account says of the consent of people: who left, and how everybody stands now."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ometria_import.consent.file_side import contacts_of, email_state, seconds_of, sms_of
from ometria_import.consent.people import (
    CHANNELS,
    NOTHING,
    People,
    Says,
    Told,
    customer_key,
    email_key,
    listing_key,
    profile_key,
)
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package
from ometria_import.verification.reading import AccountReads, Listing

WINDOW = timedelta(days=1)
_SHORTEST = timedelta(seconds=2)
_ROUND = 10
"""An answer of so many records, or of a multiple, may have been cut: no paging is documented."""


@dataclass(slots=True)
class Reading:
    """One reading of an account; what it could not be sure of stands in `doubts`."""

    reads: AccountReads
    people: People
    doubts: list[str] = field(default_factory=list)

    async def leavers(self, since: datetime, until: datetime) -> int:
        """Read who opted out in a time, and by how many opt-outs."""
        count = 0
        async for event in self._events(since, until):
            count += 1
            address, profile = event.get("email_address"), event.get("profile_id")
            keys = [email_key(address)] if isinstance(address, str) and address else []
            if isinstance(profile, str | int):
                keys.append(profile_key(str(profile)))
            # Whatever else a type is called, it ends emails; only stop words are about messages.
            is_sms = str(event.get("type")).startswith("stopword_")
            at = seconds_of(event.get("timestamp"))
            self.people.add_gone(keys, CHANNELS[is_sms], at)
        return count

    async def _events(self, since: datetime, until: datetime) -> AsyncIterator[Mapping[str, Any]]:
        """The opt-outs of a time, by windows; those of the second between two come with both."""
        # The last window is on top.
        waiting: list[tuple[datetime, datetime]] = []
        begin = since
        while begin < until:
            waiting.append((begin, min(begin + WINDOW, until)))
            begin += WINDOW
        waiting.reverse()
        seen: set[str] = set()
        while waiting:
            begin, end = waiting.pop()
            found = await self.reads.unsubscribes(begin, end)
            if found and len(found) % _ROUND == 0:
                if end - begin >= _SHORTEST:
                    middle = begin + (end - begin) / 2
                    middle = max(middle.replace(microsecond=0), begin)
                    waiting += [(middle, end), (begin, middle)]
                    continue
                self.doubts.append(
                    f"{len(found)} opt-outs came for the second of {begin:%Y-%m-%d %H:%M:%S} UTC, "
                    "and there may be more of them that the account did not show"
                )
            for event in found:
                if repr(event) not in seen:
                    yield event
            border = end.timestamp()
            seen = {repr(each) for each in found if seconds_of(each.get("timestamp")) == border}

    async def everybody(self, collections: Iterable[str]) -> None:
        """Read all profiles, and all contacts of some collections for their text messages."""
        async for page in self.reads.profile_pages():
            for profile in page.records:
                self._note_profile(profile)
        for collection in collections:
            listing = Listing(ObjectType.CONTACT, collection)
            async for page in self.reads.pages(listing):
                for record in page.records:
                    self._note_listing(collection, record, ())
        self.people.note_looked()

    async def some(self, package: Package, drawn: set[bytes]) -> None:
        """Read the profiles of some people of the files, and their contacts."""
        left = set(drawn)
        for contact, _ in contacts_of(package):
            person = contact.person
            if person not in drawn:
                continue
            if person in left and contact.address:
                left.discard(person)
                profile = await self.reads.profile(contact.address)
                if profile is not None:
                    self._note_profile(profile, (person,))
                self.people.note_looked((person,))
            if contact.sms is not NOTHING:
                listing = Listing(ObjectType.CONTACT, contact.collection)
                record = await self.reads.one(listing, contact.record_id)
                if record is not None:
                    self._note_listing(contact.collection, record, (person,))

    def _note_profile(self, profile: Mapping[str, Any], known: Iterable[bytes] = ()) -> None:
        """Note what a profile says of each person of the files who has one of its identities."""
        keys = _keys_of(profile)
        people = self.people.people_of(keys) | set(known)
        if not people:
            return
        gone = self.people.gone([*keys, profile_key(str(profile.get("id")))])
        self.people.note(people, "email", Told(email_state(profile.get("marketing_optin"))))
        for channel, at in gone.items():
            self.people.note(people, channel, Told(Says.OUT, at))

    def _note_listing(
        self, collection: str, record: Mapping[str, Any], known: Iterable[bytes]
    ) -> None:
        keys = [listing_key(collection, str(record.get("id")))]
        if isinstance(address := record.get("email"), str) and address:
            keys.append(email_key(address))
        people = self.people.people_of(keys) | set(known)
        told = sms_of(record.get("channels"))
        if told.says is not Says.OUT:
            # A time counts only with an opt-out: it is what an opt-in must be newer than.
            told = Told(told.says)
        self.people.note(people, "sms", told)


def _keys_of(profile: Mapping[str, Any]) -> list[bytes]:
    """What people of the files may be known by, of a profile's fields and all of its identities."""
    emails, customers = {profile.get("email")}, {profile.get("customer_id")}
    identities = profile.get("identities")
    for each in identities if isinstance(identities, list) else ():
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            if each.get("type") == "email":
                emails.add(each["id"])
            elif each.get("type") == "customer_id":
                customers.add(each["id"])
    keys = [email_key(each) for each in emails if isinstance(each, str) and each]
    return keys + [customer_key(each) for each in customers if isinstance(each, str) and each]
