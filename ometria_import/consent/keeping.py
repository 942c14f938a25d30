"""Leaving opt-ins out of a package that the account contradicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from ometria_import.config import Account
from ometria_import.config.home import Home
from ometria_import.config.storage import storage_errors
from ometria_import.consent.account_side import Progress
from ometria_import.consent.diff import DANGER_COLUMNS, Wishes, compare, row_of, write_rows
from ometria_import.consent.file_side import (
    Contact,
    add_contacts,
    contact_of,
    contacts_of,
    is_of_sms,
)
from ometria_import.consent.people import RAISING, People, Says, Verdict
from ometria_import.consent.summary import ConsentDiff, State, in_account, in_files
from ometria_import.delivery import StopSignal
from ometria_import.errors import TemporaryFailureError
from ometria_import.options.choices import ConsentRule, ObjectType
from ometria_import.package import Package, derive
from ometria_import.verification.reading import ReadEvent

REASONS = MappingProxyType(
    {
        ConsentRule.KEEP: "without opt-ins of who has opted out in the account",
        ConsentRule.LOWER: "without opt-ins of who is not opted in in the account",
    }
)
"""Why a package was made of another one."""
COLUMNS = (*DANGER_COLUMNS[:-1], "left_out")
_FIELDS = ("marketing_optin", "@force_optin", "timestamp_subscribed")
"""All that an opt-in to emails consists of. Without `marketing_optin`, the time would still move
the date that the account has."""
_RECORD = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A package without opt-ins that the account contradicts."""

    package: Package
    asking: int
    """How many people the files opt in, or may take an opt-out from."""
    people: dict[str, int]
    """For how many of them something was left out, by channel."""
    list_file: str = ""
    """The contacts that something was left out of."""
    diff: ConsentDiff | None = None
    """What was compared; None where nobody had to be asked about."""


def contacts_asking(package: Package) -> int:
    """How many contacts of a package opt somebody in, or may take an opt-out away.

    Raises:
        PackageError: it is damaged.
    """
    return sum(
        bool((contact.email.says | contact.sms.says) & RAISING)
        for contact, _ in contacts_of(package)
    )


def keep_consent(
    package: Package,
    account: Account,
    home: Home,
    rule: ConsentRule,
    list_file: Path,
    *,
    give_up_after_s: float,
    on_event: Callable[[ReadEvent | Progress], None],
    stop: StopSignal,
) -> Kept:
    """Ask an account about those whom a package opts in, and leave out what must not go there.

    Args:
        package: What would be sent.
        account: Where to.
        home: Keeps the comparison, and the new package.
        rule: What is left out.
        list_file: Where the contacts go that something is left out of.
        give_up_after_s: For how long a request that fails in a temporary way is made again.
        on_event: Is told what goes on.
        stop: Ends it early.

    Raises:
        NotReadableError: the account does not show what is needed.
        TemporaryFailureError: the account or the disk fails, or the account changed too much
            while it was read.
        InterruptedRunError: it was stopped.
        PackageError: the package is damaged.
    """
    with storage_errors(home.root), People() as people:
        found = add_contacts(package, people)
        asking = people.asking()
        if not asking:
            return Kept(package=Package(package.path), asking=0, people={})
        wishes = Wishes(give_up_after_s=give_up_after_s, is_only_askers=True, needs_time=False)
        diff = compare(package, people, found, account, home, wishes, "", on_event, stop)
        if diff.is_lost:
            raise TemporaryFailureError(
                f"{account.name} changed so much while it was read that not everybody may have "
                "been seen, so nobody knows who has opted out",
                hint="Run the same command again when less is going on there.",
            )
        keeping = _Keeping(people, rule)
        rows = keeping.rows(package)
        first = next(rows, None)
        if first is None:
            return Kept(package=Package(package.path), asking=asking, people={}, diff=diff)
        write_rows(list_file, COLUMNS, _after(first, rows))
        return Kept(
            package=derive(package, home.packages, keeping.change, REASONS[rule]),
            asking=asking,
            people=people.held(),
            list_file=str(list_file),
            diff=diff,
        )


def _after(first: Sequence[object], rows: Iterator[Sequence[object]]) -> Iterator[Sequence[object]]:
    yield first
    yield from rows


@dataclass(frozen=True, slots=True)
class _Keeping:
    """Decides contact by contact, the same for the list as for the package."""

    people: People
    rule: ConsentRule

    def rows(self, package: Package) -> Iterator[Sequence[object]]:
        """The contacts that something is left out of."""
        sources = {each.number: each.path for each in package.sources()}
        for contact, (source, line) in contacts_of(package):
            for channel, found in self.held(contact):
                self.people.hold(contact.person, channel)
                what = _left_out(contact, channel)
                place = (sources.get(source, ""), line)
                yield (*row_of(contact, channel, found, place), what)

    def change(self, object_type: ObjectType, records: Sequence[bytes]) -> Sequence[bytes | None]:
        """What becomes of the records of a batch."""
        if object_type is not ObjectType.CONTACT:
            return records
        return [self._changed(record) for record in records]

    def _changed(self, record: bytes) -> bytes | None:
        contact = contact_of(record)
        channels = [channel for channel, _ in self.held(contact)]
        if not channels:
            return record
        if "sms" in channels and is_of_sms(contact.collection):
            return None
        fields: dict[str, Any] = _RECORD.decode(record)
        for name in _FIELDS if "email" in channels else ():
            fields.pop(name, None)
        if "sms" in channels:
            # All that a contact says of channels is about text messages.
            fields.pop("channels", None)
        return msgspec.json.encode(fields)

    def held(self, contact: Contact) -> Iterator[tuple[str, Verdict]]:
        """The channels whose opt-in in the contact is not sent, with what both sides say."""
        for channel, own in contact.channels():
            if not own.says & RAISING:
                continue
            found = self.people.verdict(contact.person, channel)
            if found is not None and self._is_held(own.says, found):
                yield channel, found

    def _is_held(self, says: Says, found: Verdict) -> bool:
        theirs = in_account(found.theirs.says)
        if self.rule is ConsentRule.LOWER:
            if says is Says.BLANK:
                return theirs is State.OUT
            # People who are in need no force, which would outlast what they choose later.
            return theirs is not State.IN or says is Says.FORCED_IN
        came_back = in_files(found.ours.says) is State.IN and found.is_newer
        return theirs is State.OUT and not came_back


def _left_out(contact: Contact, channel: str) -> str:
    if channel == "email":
        return " ".join(_FIELDS)
    return "the contact" if is_of_sms(contact.collection) else "channels.sms"
