"""What a push is checked for before it is answered; whether a record is valid comes later."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn

from ometria_import.emulator.validation.rules import OBJECT_TYPES, Key, key_of

MAX_RECORDS = 100
MAX_RECORD_BYTES = 60_000
MAX_BODY_BYTES = 10_000_000
"""Assumption: a body that no 100 records can fill is refused with 413, unread."""

_BLANKS = re.compile(r"[ \t\n\r]*")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class RefusedError(Exception):
    """A request that is answered with an error; its message goes into the answer."""

    def __init__(self, status: HTTPStatus, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class ReceivedRecord:
    """One record of a push."""

    key: Key
    body: bytes
    """Its JSON to the byte, as it stood in the request."""


def read_push(content_type: str, body: bytes) -> list[ReceivedRecord]:
    """Split a push into its records.

    Assumptions: another content type is refused with 415, an empty array with 400, and the
    size of a record is that of its text in the body.

    Raises:
        RefusedError: the whole request is refused.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise RefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json"
        )
    if len(body) > MAX_BODY_BYTES:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Payload invalid: too large")
    try:
        elements = list(_split_array(body.decode("utf-8")))
    except (ValueError, RecursionError):
        _refuse("not a JSON array in UTF-8")
    if not 1 <= len(elements) <= MAX_RECORDS:
        _refuse(f"{len(elements)} records; a push must have between 1 and {MAX_RECORDS}")
    records = [_received(value, text) for value, text in elements]
    if len({record.key.object_type for record in records}) > 1:
        _refuse("the records are of more than one @type")
    if any(len(record.body) > MAX_RECORD_BYTES for record in records):
        _refuse("Record is too large")
    return records


def _refuse(reason: str) -> NoReturn:
    raise RefusedError(HTTPStatus.BAD_REQUEST, f"Payload invalid: {reason}")


def _received(value: Any, text: str) -> ReceivedRecord:
    if not isinstance(value, dict):
        _refuse("an element of the array is not an object")
    if value.get("@type") not in OBJECT_TYPES:
        _refuse("a record's @type is missing or not known")
    if _SURROGATE.search(text) and not _is_encodable(value):
        _refuse("not a JSON array in UTF-8")
    return ReceivedRecord(key_of(value), text.encode())


def _is_encodable(value: Any) -> bool:
    """Whether all escaped surrogates come in pairs; a lone one is no character."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _split_array(text: str) -> Iterator[tuple[Any, str]]:
    """Every element of an array with its own text.

    Raises:
        ValueError: the text is no JSON array.
    """
    position = _expect("[", text, _skip_blanks(text, 0))
    if text.startswith("]", position):
        _expect_end(text, position + 1)
        return
    while True:
        value, end = _DECODER.raw_decode(text, position)
        yield value, text[position:end]
        position = _skip_blanks(text, end)
        if text.startswith("]", position):
            return _expect_end(text, position + 1)
        position = _expect(",", text, position)


def _skip_blanks(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position


def _expect(character: str, text: str, position: int) -> int:
    if not text.startswith(character, position):
        raise ValueError(f"no {character} at {position}")
    return _skip_blanks(text, position + 1)


def _expect_end(text: str, position: int) -> None:
    if _skip_blanks(text, position) != len(text):
        raise ValueError(f"more after the array at {position}")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number that no float can hold")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant)
