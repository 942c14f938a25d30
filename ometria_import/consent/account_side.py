"""What an account says of the consent of people: who left, and how everybody stands now."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

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
    moved_key,
    profile_key,
)
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package
from ometria_import.verification.reading import PAGE_SIZE, AccountReads, Listing

WINDOW = timedelta(days=1)
"""The first window, and the longest one whose answer may be of any size."""
_LONGEST = timedelta(days=256)
_SHORTEST = timedelta(seconds=2)
_ROUND = 10
"""An answer of so many records, or of a multiple, may have been cut: no paging is documented."""
_MORE = 2
"""How many times as many people may be looked up as the files opt in, because they share ids."""
_FEW = 25
"""After an answer of fewer records, the next window is longer."""
_MANY = 100
"""If a window of more than a day has so many records, its halves are asked for instead."""


@dataclass(frozen=True, slots=True)
class LeaversRead:
    """The opt-outs up to a moment were read."""

    since: datetime
    until: datetime
    end: datetime
    opt_outs: int


@dataclass(frozen=True, slots=True)
class PeopleRead:
    """How many people or contacts of the account were read."""

    path: str
    count: int


Progress: TypeAlias = LeaversRead | PeopleRead


def ignore_progress(_: Progress) -> None:
    """A subscriber that ignores all."""


@dataclass(slots=True)
class Reading:
    """One reading of an account; what it could not be sure of stands in `doubts`."""

    reads: AccountReads
    people: People
    doubts: list[str] = field(default_factory=list)
    on_progress: Callable[[Progress], None] = ignore_progress

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
        # The next window is on top.
        waiting: list[tuple[datetime, datetime]] = []
        seen: set[str] = set()
        count, length, reached = 0, WINDOW, since
        while waiting or reached < until:
            if not waiting:
                waiting.append((reached, min(reached + length, until)))
            begin, end = waiting.pop()
            found = await self.reads.unsubscribes(begin, end)
            is_round = bool(found) and len(found) % _ROUND == 0
            if is_round or (len(found) >= _MANY and end - begin > WINDOW):
                length = WINDOW
                if end - begin >= _SHORTEST:
                    middle = begin + (end - begin) / 2
                    middle = max(middle.replace(microsecond=0), begin)
                    waiting += [(middle, end), (begin, middle)]
                    continue
                self.doubts.append(
                    f"{len(found)} opt-outs came for the second of {begin:%Y-%m-%d %H:%M:%S} UTC, "
                    "and there may be more of them that the account did not show"
                )
            elif not waiting:
                longer = 4 * length if not found else 2 * length if len(found) < _FEW else WINDOW
                length = min(longer, _LONGEST)
            for event in found:
                if repr(event) not in seen:
                    count += 1
                    yield event
            border = end.timestamp()
            seen = {repr(each) for each in found if seconds_of(each.get("timestamp")) == border}
            reached = max(reached, end)
            self.on_progress(LeaversRead(since, end, until, count))

    async def everybody(self, collections: Iterable[str]) -> None:
        """Read all profiles, and all contacts of some collections for their text messages."""
        count = 0
        async for page in self.reads.profile_pages():
            for profile in page.records:
                self._note_profile(profile)
            count += len(page.records)
            self.on_progress(PeopleRead("/profiles", count))
        for collection in collections:
            count, listing = 0, Listing(ObjectType.CONTACT, collection)
            async for page in self.reads.pages(listing):
                for record in page.records:
                    self._note_listing(collection, record, ())
                count += len(page.records)
                self.on_progress(PeopleRead(listing.path, count))
        self.people.note_looked()

    async def askers(self, package: Package, collections: Iterable[str]) -> bool:
        """Look up those whom the files opt in, one by one if that takes fewer requests.

        Returns:
            Whether only they were looked up, and not everybody.
        """
        asking = self.people.asking()
        # For each of them a profile, and for text messages a contact as well.
        most = (2 if collections else 1) * asking
        if await self.reads.has_profiles(most * PAGE_SIZE + 1):
            askers = self.people.askers(_MORE * asking)
            if askers is not None and await self._one_by_one(package, askers):
                await self.moved(package)
                return True
        await self.everybody(collections)
        await self.moved(package)
        return False

    async def moved(self, package: Package) -> None:
        """Look for people with unknown emails by their contacts, which may have had another one."""
        if not self.people.is_stranger():
            return
        places: Counter[str] = Counter()
        for contact, _ in contacts_of(package):
            if self.people.is_stranger(contact.person):
                key = moved_key(contact.collection, contact.record_id)
                self.people.alias(key, (contact.person,))
                places[contact.collection] += 1
        for collection, number in places.items():
            listing = Listing(ObjectType.CONTACT, collection)
            if await self.reads.has(listing, number * PAGE_SIZE + 1):
                async for record in self._contacts(package, listing):
                    await self._note_moved(collection, record)
                continue
            count = 0
            async for page in self.reads.pages(listing):
                for record in page.records:
                    await self._note_moved(collection, record)
                count += len(page.records)
                self.on_progress(PeopleRead(listing.path, count))

    async def _contacts(
        self, package: Package, listing: Listing
    ) -> AsyncIterator[Mapping[str, Any]]:
        """The contacts of one collection that somebody is looked for by, one by one."""
        for contact, _ in contacts_of(package):
            key = moved_key(contact.collection, contact.record_id)
            if contact.collection == listing.collection and self.people.people_of((key,)):
                record = await self.reads.one(listing, contact.record_id)
                if record is not None:
                    yield record

    async def _note_moved(self, collection: str, record: Mapping[str, Any]) -> None:
        people = self.people.people_of((moved_key(collection, str(record.get("id"))),))
        if not people:
            return
        self.people.note(people, "email", Told(email_state(record.get("marketing_optin"))))
        address = record.get("email")
        if isinstance(address, str) and address:
            profile = await self.reads.profile(address)
            if profile is not None:
                self._note_profile(profile, people)

    async def _one_by_one(self, package: Package, wanted: set[bytes]) -> bool:
        """Look some people up; False if the account may know one in a way it cannot be asked.

        It can be asked by email only. Somebody whose customer id does not come with their email
        may be known by that id under another email.
        """
        known: dict[bytes, set[bytes] | None] = {}
        for contact, _ in contacts_of(package):
            person = contact.person
            if person not in wanted:
                continue
            if contact.address and person not in known:
                known[person] = await self._keys_at(contact.address, person)
                self.on_progress(PeopleRead("/profiles?email=", len(known)))
            if contact.customer_id:
                keys = known.get(person, set())
                if keys is not None and customer_key(contact.customer_id) not in keys:
                    return False
            if contact.sms is not NOTHING or not contact.address:
                listing = Listing(ObjectType.CONTACT, contact.collection)
                record = await self.reads.one(listing, contact.record_id)
                if record is not None:
                    self._note_listing(contact.collection, record, (person,))
        self.people.note_looked(wanted)
        return True

    async def _keys_at(self, address: str, person: bytes) -> set[bytes] | None:
        """What a person is known by besides an email; None for anybody who has opted out."""
        profile = await self.reads.profile(address)
        if profile is None:
            return set()
        told = self._note_profile(profile, (person,))
        return None if told & Says.OUT else set(_keys_of(profile))

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

    def _note_profile(self, profile: Mapping[str, Any], known: Iterable[bytes] = ()) -> Says:
        """Note what a profile says of each person of the files who has one of its identities.

        Returns:
            What it says of emails.
        """
        keys = _keys_of(profile)
        says = email_state(profile.get("marketing_optin"))
        people = self.people.people_of(keys) | set(known)
        if not people:
            return says
        self.people.meet(keys)
        own = profile_key(str(profile.get("id")))
        self.people.alias(own, people)
        gone = self.people.gone([*keys, own])
        self.people.note(people, "email", Told(says))
        for channel, at in gone.items():
            self.people.note(people, channel, Told(Says.OUT, at))
        return says

    def _note_listing(
        self, collection: str, record: Mapping[str, Any], known: Iterable[bytes]
    ) -> None:
        keys = [listing_key(collection, str(record.get("id")))]
        if isinstance(address := record.get("email"), str) and address:
            keys.append(email_key(address))
        people = self.people.people_of(keys) | set(known)
        if nameless := self.people.without_name(people):
            told = Told(email_state(record.get("marketing_optin")))
            self.people.note(nameless, "email", told)
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
