"""Finding out what an account holds: all of a package's records, or a few of them at random."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from ometria_import.given.keys import body_of, fingerprints_of, key_of, keys_of_type
from ometria_import.given.store import Given
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch, Package
from ometria_import.package.bodies import decoded, records_of
from ometria_import.verification.comparing import compare
from ometria_import.verification.reading import AccountReads, Listing, NotReadableError
from ometria_import.verification.records.sent import SentRecords

UNREADABLE = frozenset({ObjectType.CUSTOM_EVENT})
"""Object types that no path of the API shows."""
_TRIES = 20
"""How many records are looked at for each that is wanted: some are not certain, or are newer."""

_RECORD = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class _Name(msgspec.Struct):
    id: str
    collection: str = msgspec.field(name="@collection", default="")


_NAMES = msgspec.json.Decoder(list[_Name])


class Found(NamedTuple):
    """What was read back of one list."""

    listing: Listing
    records: int
    """Of the package."""
    same: int
    """Of them, how many the account holds as the package has them."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A record that is looked at, to see whether the store is right."""

    listing: Listing
    record_id: str
    sent: dict[str, Any]


@dataclass(slots=True)
class SpotCheck:
    """What an account shows of records that it was given."""

    same: int = 0
    missing: int = 0
    differs: int = 0
    unreadable: int = 0
    reason: str = ""
    """Why some could not be read; empty where all could."""


async def read_back(package: Package, name: str, store: Given, reads: AccountReads) -> list[Found]:
    """Read an account's lists, and take as given what is the same in them as in a package.

    Of the object types of the package everything else counts as never given, custom events too,
    as nothing shows them. An object type changes in the store at once, when its lists were read.

    Args:
        package: What the account is compared with.
        name: Under which the store notes it: that of a run, and when.
        store: Of the account, which must be held.
        reads: Reads the account.

    Raises:
        NotReadableError: the account does not show a list; its object type stays as it was.
        PackageError: the package is damaged.
    """
    found: list[Found] = []
    with closing(sqlite3.connect("")) as places:
        lists = _note_places(package, places)
        sent = SentRecords(package)
        for object_type in package.record_counts():
            for listing in (each for each in lists if each.object_type is object_type):
                same = 0
                async for page in reads.pages(listing):
                    same += sum(_is_same(each, listing, places, sent) for each in page.records)
                found.append(Found(listing, lists[listing], same))
            rows = places.execute(
                "SELECT key, body FROM place WHERE key BETWEEN ? AND ? AND body IS NOT NULL"
                " ORDER BY key",
                keys_of_type(object_type),
            )
            store.rebuild(name, object_type, rows)
    return found


def spot_checked(
    packages: Sequence[Package], store: Given, wanted: int, draw: random.Random
) -> list[Spot]:
    """Draw records at random that the account has for certain, as its store knows.

    Args:
        packages: Those of runs that the store knows.
        store: Of the account.
        wanted: How many; there are fewer where packages are gone, or later runs sent the records.
        draw: Draws them.

    Raises:
        PackageError: a package or the store is damaged.
    """
    found: dict[bytes, Spot] = {}
    sizes = [
        (package, number)
        for package in packages
        for number, object_type, _ in package.sizes()
        if object_type not in UNREADABLE
    ]
    for _ in range(_TRIES * wanted if sizes else 0):
        package, number = draw.choice(sizes)
        batch = package.batch(number)
        prints, names, records = fingerprints_of(batch), decoded(batch, _NAMES), records_of(batch)
        place = draw.randrange(len(records))
        key = prints.keys[place]
        line = store.lines([key]).get(key)
        if line is not None and line.is_certain and line.body == prints.bodies[place]:
            listing = _listing(batch, names[place])
            found[key] = Spot(listing, names[place].id, _RECORD.decode(records[place]))
        if len(found) == wanted:
            break
    return list(found.values())


async def check_spots(spots: Sequence[Spot], reads: AccountReads) -> SpotCheck:
    """Read such records, and compare the account with what it was given."""
    check = SpotCheck()
    for spot in spots:
        try:
            record = await reads.one(spot.listing, spot.record_id)
        except NotReadableError as error:
            check.unreadable += 1
            check.reason = error.message
            continue
        if record is None:
            check.missing += 1
        elif compare(spot.listing.object_type, spot.sent, record).is_same:
            check.same += 1
        else:
            check.differs += 1
    return check


def _note_places(package: Package, database: sqlite3.Connection) -> dict[Listing, int]:
    """Note where each record of a package stands; returns how many each list has."""
    database.execute(
        "CREATE TABLE place (key BLOB PRIMARY KEY, batch INTEGER, position INTEGER, body BLOB)"
        " WITHOUT ROWID"
    )
    lists: Counter[Listing] = Counter()
    for batch in package.batches():
        if batch.object_type in UNREADABLE:
            continue
        rows = []
        for position, name in enumerate(decoded(batch, _NAMES)):
            lists[_listing(batch, name)] += 1
            key = key_of(batch.object_type, name.id, name.collection)
            rows.append((key, batch.number, position))
        database.executemany("INSERT OR REPLACE INTO place VALUES (?, ?, ?, NULL)", rows)
    return lists


def _listing(batch: Batch, name: _Name) -> Listing:
    is_contact = batch.object_type is ObjectType.CONTACT
    return Listing(batch.object_type, name.collection if is_contact else "")


def _is_same(
    record: Mapping[str, Any], listing: Listing, places: sqlite3.Connection, sent: SentRecords
) -> bool:
    """Whether a record is in the package, and just so; then note it."""
    key = key_of(listing.object_type, str(record.get("id", "")), listing.collection)
    rows = places.execute("SELECT batch, position FROM place WHERE key = ?", (key,)).fetchall()
    for batch, position in rows:
        is_same = compare(listing.object_type, sent.record(batch, position), record).is_same
        body = body_of(sent.body(batch, position)) if is_same else None
        places.execute("UPDATE place SET body = ? WHERE key = ?", (body, key))
        return is_same
    return False
