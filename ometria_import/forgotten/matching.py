"""Which records of a package are about people on the list.

These are contacts with their email, orders with it as the customer's, and custom events with it as
their identity; and records without an email that have the customer id of such a record, unless
other people of the same package have that id, too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import msgspec

from ometria_import.forgotten.listed import People
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package, select
from ometria_import.package.bodies import decoded

REASON = "without people who asked to be forgotten"
Place: TypeAlias = Mapping[int, frozenset[int]]
"""Positions of records, by the numbers of their batches."""


class _Contact(msgspec.Struct):
    email: Any = None
    customer_id: Any = None


class _Customer(msgspec.Struct):
    email: Any = None
    id: Any = None


class _Order(msgspec.Struct):
    customer: _Customer | None = None


class _Event(msgspec.Struct):
    identity_email: Any = None
    identity_account_id: Any = None


class _Person(NamedTuple):
    """What a record says of the person that it is about."""

    email: str
    customer: str


_CONTACTS = msgspec.json.Decoder(list[_Contact])
_ORDERS = msgspec.json.Decoder(list[_Order])
_EVENTS = msgspec.json.Decoder(list[_Event])
_OF_PEOPLE = frozenset({ObjectType.CONTACT, ObjectType.ORDER, ObjectType.CUSTOM_EVENT})


def records_about(package: Package, people: People) -> Place:
    """Find the records that are about people on the list.

    Memory grows with what is found, not with the package.

    Raises:
        PackageError: the package is damaged.
    """
    found = _Found()
    if not people:
        return {}
    for number, position, person in _people_in(package):
        if person.email and people.has(person.email):
            found.add(number, position, person.customer)
    if found.customers:
        for number, position, person in _people_in(package):
            if person.customer in found.customers:
                found.look_again(number, position, person, people)
    return found.places()


@dataclass(frozen=True, slots=True)
class Named:
    """A record that is left out, by the names that other files have for it."""

    object_type: ObjectType
    collection: str
    id: str
    source: str
    line: int


def named_records(package: Package, places: Place) -> Iterator[Named]:
    """The names that other files have for the records at some places.

    Raises:
        PackageError: the package is damaged.
    """
    paths = {source.number: source.path for source in package.sources()}
    for number, positions in places.items():
        batch, origins = package.batch(number), package.origins(number)
        records = decoded(batch, _NAMES)
        for position in sorted(positions):
            record, (source, line) = records[position], origins[position]
            yield Named(
                batch.object_type,
                str(record.collection or ""),
                str(record.id or ""),
                paths.get(source, ""),
                line,
            )


class _Name(msgspec.Struct):
    id: Any = None
    collection: Any = msgspec.field(name="@collection", default=None)


_NAMES = msgspec.json.Decoder(list[_Name])


def count_records(package: Package, places: Place) -> dict[ObjectType, int]:
    """How many records are at some places, by object type."""
    counts: Counter[ObjectType] = Counter()
    for number, object_type, _ in package.sizes():
        counts[object_type] += len(places.get(number, ()))
    return {object_type: count for object_type, count in counts.items() if count}


def without_records(
    package: Package, folder: Path, places: Place, *, keeps_batches: bool = False
) -> Package:
    """Write the package without the records at some places.

    Args:
        package: The package.
        folder: Where the new one is to live.
        places: What is left out.
        keeps_batches: Whether the remaining records stay in their batches.

    Raises:
        PackageError: the package is damaged.
    """
    marks = (
        [position not in places.get(number, ()) for position in range(size)]
        for number, _, size in package.sizes()
    )
    return select(package, folder, marks, REASON, keeps_batches=keeps_batches)


class _Found:
    """What was found so far."""

    def __init__(self) -> None:
        self.customers: set[str] = set()
        """The ids of people on the list."""
        self._shared: set[str] = set()
        """The ids among them that other people have, too."""
        self._places: dict[int, set[int]] = defaultdict(set)
        self._by_id: list[tuple[int, int, str]] = []

    def add(self, number: int, position: int, customer: str) -> None:
        """Take a record that has the email of somebody on the list."""
        self._places[number].add(position)
        if customer:
            self.customers.add(customer)

    def look_again(self, number: int, position: int, person: _Person, people: People) -> None:
        """Look at a record with the id of somebody on the list."""
        if not person.email:
            self._by_id.append((number, position, person.customer))
        elif not people.has(person.email):
            self._shared.add(person.customer)

    def places(self) -> Place:
        """Where the records are."""
        for number, position, customer in self._by_id:
            if customer not in self._shared:
                self._places[number].add(position)
        return {number: frozenset(each) for number, each in sorted(self._places.items())}


def _people_in(package: Package) -> Iterator[tuple[int, int, _Person]]:
    """Number, position and person of every record that is about somebody."""
    for number, object_type, size in package.sizes():
        if size and object_type in _OF_PEOPLE:
            for position, person in enumerate(_people_of(package, number, object_type)):
                yield number, position, person


def _people_of(package: Package, number: int, object_type: ObjectType) -> Iterator[_Person]:
    batch = package.batch(number)
    if object_type is ObjectType.CONTACT:
        for contact in decoded(batch, _CONTACTS):
            yield _person(contact.email, contact.customer_id)
    elif object_type is ObjectType.ORDER:
        for order in decoded(batch, _ORDERS):
            customer = order.customer or _Customer()
            yield _person(customer.email, customer.id)
    else:
        for event in decoded(batch, _EVENTS):
            yield _person(event.identity_email, event.identity_account_id)


def _person(email: Any, customer: Any) -> _Person:
    return _Person(str(email or ""), str(customer or ""))
