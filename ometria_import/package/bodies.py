"""A request's body and the records in it, to the byte."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from ometria_import.errors import PackageError
from ometria_import.package.model import Batch

T = TypeVar("T")
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


def decoded(batch: Batch, decoder: msgspec.json.Decoder[list[T]]) -> list[T]:
    """Read what a decoder wants to know of each record of a batch.

    Raises:
        PackageError: the body is not an array of as many such records as the batch says.
    """
    try:
        records = decoder.decode(batch.body)
    except msgspec.MsgspecError:
        records = []
    if len(records) != batch.records:
        raise PackageError(
            f"batch {batch.number} of the package does not match its checksum",
            hint="Nothing in the package can be trusted. Push the source files again.",
        )
    return records


def records_of(batch: Batch) -> list[bytes]:
    """Cut a body into its records, each exactly as it would be sent.

    Raises:
        PackageError: the body is not an array of as many records as the batch says.
    """
    return [bytes(record) for record in decoded(batch, _ARRAY)]


def bodies_in(batch: Batch) -> list[msgspec.Raw]:
    """The same without copying, for callers that look at all records of a batch and keep few.

    Raises:
        PackageError: the body is not an array of as many records as the batch says.
    """
    return decoded(batch, _ARRAY)


def lines_of(batch: Batch) -> bytes:
    """A body's records, each on a line of its own, exactly as they would be sent.

    Raises:
        PackageError: the body is not an array of as many records as the batch says.
    """
    if not batch.records:
        return b""
    # Within a text of JSON a quote has a backslash before it, so this is between two objects.
    # It may stand deeper in a record, too; then there are more of them than borders.
    begin = b'{"@type":"%s"' % batch.object_type.encode()
    border = b"}," + begin
    if batch.body.startswith(b"[" + begin) and batch.body.count(border) == batch.records - 1:
        return batch.body[1:-1].replace(border, b"}\n" + begin) + b"\n"
    return b"\n".join(records_of(batch)) + b"\n"


def part_of(batch: Batch, records: Sequence[bytes]) -> Batch:
    """Make a batch of some of a batch's records, under the same number."""
    body = b"[" + b",".join(records) + b"]"
    sha256 = hashlib.sha256(body).hexdigest()
    return Batch(batch.number, batch.object_type, len(records), body, sha256)
