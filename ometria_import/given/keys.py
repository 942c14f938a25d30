"""What is remembered of a record that an account was given: hashes, never what it says."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType

import msgspec

from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch
from ometria_import.package.bodies import bodies_in, decoded

KEY_BYTES = 16
"""The first says the object type, so that the keys of one type stand together."""
BODY_BYTES = 16
NOBODY = hash("")
"""Instead of a number for an email or a customer id, where a record has none."""

TYPE_BYTES = MappingProxyType(
    {
        ObjectType.PRODUCT: b"p",
        ObjectType.CONTACT: b"c",
        ObjectType.ORDER: b"o",
        ObjectType.CUSTOM_EVENT: b"e",
    }
)
_NO_COLLECTION = "default"
"""Assumption: where contacts are that name no collection. Were it wrong, such a contact and one of
that collection with the same id would be sent again each time."""


class _Identity(msgspec.Struct, gc=False):
    id: str
    collection: str = msgspec.field(name="@collection", default="")
    email: str = ""
    customer_id: str = ""


class _Id(msgspec.Struct, gc=False):
    id: str


_IDS = msgspec.json.Decoder(list[_Id])
_IDENTITIES = msgspec.json.Decoder(list[_Identity])


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The hashes of a batch's records, in their order."""

    keys: list[bytes]
    bodies: list[bytes]
    """Of a record's very bytes: whatever changes them makes another one."""
    emails: list[int]
    """Of contacts a number for each email, the same in this process only; else empty."""
    customers: list[int]
    """The same for their customer ids."""


def key_of(object_type: ObjectType, record_id: str, collection: str = "") -> bytes:
    """The hash by which a record is found again: of what makes it the same one in the account."""
    name = record_id
    if object_type is ObjectType.CONTACT:
        name = f"{collection or _NO_COLLECTION}\x1f{record_id}"
    return TYPE_BYTES[object_type] + _digest(name)


def keys_of_type(object_type: ObjectType) -> tuple[bytes, bytes]:
    """The lowest and the highest key that a record of an object type can have."""
    first = TYPE_BYTES[object_type]
    return first, first + b"\xff" * (KEY_BYTES - 1)


def slot_keys(object_type: ObjectType, slot: int, slots: int) -> tuple[bytes, bytes]:
    """The lowest and the highest key of an object type in one of so many equal parts."""
    first = TYPE_BYTES[object_type]
    lowest, after = -(-slot * 256 // slots), -(-(slot + 1) * 256 // slots)
    return first + bytes([lowest]), first + bytes([after - 1]) + b"\xff" * (KEY_BYTES - 2)


def keys_of(batch: Batch) -> list[bytes]:
    """The keys of a batch's records.

    Raises:
        PackageError: the batch is damaged.
    """
    if batch.object_type is ObjectType.CONTACT:
        return _keys_of_contacts(decoded(batch, _IDENTITIES))
    first = TYPE_BYTES[batch.object_type]
    return [first + _digest(each.id) for each in decoded(batch, _IDS)]


def body_of(record: bytes) -> bytes:
    """The hash of a record as it is sent."""
    return blake2b(record, digest_size=BODY_BYTES).digest()


def fingerprints_of(batch: Batch) -> Fingerprints:
    """The hashes of a batch's records.

    Raises:
        PackageError: the batch is damaged.
    """
    bodies = [blake2b(body, digest_size=BODY_BYTES).digest() for body in bodies_in(batch)]
    if batch.object_type is not ObjectType.CONTACT:
        return Fingerprints(keys_of(batch), bodies, [], [])
    contacts = decoded(batch, _IDENTITIES)
    emails = [hash(each.email.strip().lower()) for each in contacts]
    customers = [hash(each.customer_id) for each in contacts]
    return Fingerprints(_keys_of_contacts(contacts), bodies, emails, customers)


def _keys_of_contacts(contacts: list[_Identity]) -> list[bytes]:
    return [
        b"c" + _digest(f"{each.collection or _NO_COLLECTION}\x1f{each.id}") for each in contacts
    ]


def _digest(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=KEY_BYTES - 1).digest()
