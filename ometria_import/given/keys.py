"""What is remembered of a record that an account was given: hashes, never what it says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch
from ometria_import.package.bodies import decoded, lines_of

KEY_BYTES = 16
"""The first says the object type, so that the keys of one type stand together."""
BODY_BYTES = 16
NO_EMAIL = 0

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


class _Identity(msgspec.Struct):
    id: str
    collection: str = msgspec.field(name="@collection", default="")
    email: str = ""


class _Id(msgspec.Struct):
    id: str


_IDS = msgspec.json.Decoder(list[_Id])
_IDENTITIES = msgspec.json.Decoder(list[_Identity])


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The hashes of a batch's records, in their order."""

    keys: list[bytes]
    bodies: list[bytes]
    """Of a record's very bytes: whatever changes them makes another one."""


def key_of(object_type: ObjectType, record_id: str, collection: str = "") -> bytes:
    """The hash by which a record is found again: of what makes it the same one in the account."""
    name = record_id
    if object_type is ObjectType.CONTACT:
        name = f"{collection or _NO_COLLECTION}\x1f{record_id}"
    digest = hashlib.blake2b(name.encode(), digest_size=KEY_BYTES - 1).digest()
    return TYPE_BYTES[object_type] + digest


def keys_of_type(object_type: ObjectType) -> tuple[bytes, bytes]:
    """The lowest and the highest key that a record of an object type can have."""
    first = TYPE_BYTES[object_type]
    return first, first + b"\xff" * (KEY_BYTES - 1)


def keys_of(batch: Batch) -> list[bytes]:
    """The keys of a batch's records.

    Raises:
        PackageError: the batch is damaged.
    """
    kind = batch.object_type
    if kind is ObjectType.CONTACT:
        return [key_of(kind, each.id, each.collection) for each in decoded(batch, _IDENTITIES)]
    return [key_of(kind, each.id) for each in decoded(batch, _IDS)]


def body_of(record: bytes) -> bytes:
    """The hash of a record as it is sent."""
    return hashlib.blake2b(record, digest_size=BODY_BYTES).digest()


def fingerprints_of(batch: Batch) -> Fingerprints:
    """The hashes of a batch's records.

    Raises:
        PackageError: the batch is damaged.
    """
    bodies = [body_of(line) for line in lines_of(batch)[:-1].split(b"\n")]
    return Fingerprints(keys_of(batch), bodies)


def emails_of(batch: Batch) -> list[int]:
    """A number for the email of each contact of a batch, the same for the same person.

    Raises:
        PackageError: the batch is damaged.
    """
    return [_email(each.email) for each in decoded(batch, _IDENTITIES)]


def _email(text: str) -> int:
    name = text.strip().lower()
    if not name:
        return NO_EMAIL
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest())
