"""Reading the package that is to be promoted: that it is whole, its hashes, and ids in it."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch, Package
from ometria_import.package.bodies import decoded, lines_of


class _Event(msgspec.Struct):
    profile_id: Any = None


class _Contact(msgspec.Struct):
    add: Any = msgspec.field(name="@add_to_lists", default=None)
    remove: Any = msgspec.field(name="@remove_from_lists", default=None)


_EVENTS = msgspec.json.Decoder(list[_Event])
_CONTACTS = msgspec.json.Decoder(list[_Contact])
_LISTS = (b'"@add_to_lists"', b'"@remove_from_lists"')


@dataclass(frozen=True, slots=True)
class Survey:
    """What a package holds, read to its end."""

    records: Mapping[str, int]
    """By object type, in sending order."""
    sha256: Mapping[str, str]
    """Of each object type's records, hexadecimal: each record as it is sent, on a line of its own,
    in sending order. It is the hash of the file that a dry run writes for the type."""
    own_ids: Mapping[str, int]
    """Records by the field in which they have ids that only one account gives."""


def survey(package: Package) -> Survey:
    """Read a package to its end.

    Raises:
        PackageError: it is damaged.
    """
    package.verify()
    hashes: dict[str, Any] = defaultdict(hashlib.sha256)
    own_ids: Counter[str] = Counter()
    for batch in package.batches():
        hashes[str(batch.object_type)].update(lines_of(batch))
        own_ids.update(_own_ids(batch))
    return Survey(
        {str(name): count for name, count in package.record_counts().items()},
        {name: each.hexdigest() for name, each in hashes.items()},
        dict(own_ids),
    )


def _own_ids(batch: Batch) -> dict[str, int]:
    """Count the records with ids of one account; most batches have none and are not decoded."""
    if batch.object_type is ObjectType.CUSTOM_EVENT and b'"profile_id"' in batch.body:
        events = decoded(batch, _EVENTS)
        return {"profile_id": sum(each.profile_id is not None for each in events)}
    if batch.object_type is ObjectType.CONTACT and any(name in batch.body for name in _LISTS):
        contacts = decoded(batch, _CONTACTS)
        return {
            "@add_to_lists": sum(bool(each.add) for each in contacts),
            "@remove_from_lists": sum(bool(each.remove) for each in contacts),
        }
    return {}
