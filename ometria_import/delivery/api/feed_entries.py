"""Entries of `GET push/_errors`, read leniently: only message and path are documented."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Any, Protocol

import msgspec

from ometria_import.problems import shorten

_MESSAGE_CHARS = 500
_PATH_CHARS = 300
_ID_CHARS = 200
_MAX_ENTRIES = 10_000
"""The most entries that are read; going through more would delay requests too long."""
JSON_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""The exceptions that decoding can raise for bytes that are not JSON."""
_LISTS = ("errors", "_errors", "data", "results", "items")
"""Keys under which an object may hold the entries, which are documented as a bare array."""


class UnreadableFeedError(Exception):
    """The answer is not a list of errors; the message says what it is."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One validation error as the account lists it; missing values are empty."""

    message: str
    path: str = ""
    """Such as `root > lineitems > 0 > quantity`."""
    record_id: str = ""
    record_type: str = ""
    request_id: str = ""
    timestamp: str = ""
    """The time as received, because its format is not documented."""
    own_id: str = ""
    """The id of the entry itself."""

    @property
    def is_unique(self) -> bool:
        """Whether two entries with these texts must be one entry that is listed twice.

        Two records of one request with one fault look the same unless the record is named, and
        a record that is sent again looks the same unless there is a time or a request.
        """
        names_occasion = bool(self.request_id or self.timestamp)
        return bool(self.own_id) or (bool(self.record_id) and names_occasion)

    def texts(self) -> tuple[str, ...]:
        """All its values, in the order of the fields."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class FeedReading:
    """One reading of the list, and the fill level of the account's queue if the answer has it."""

    entries: tuple[FeedEntry, ...]
    queue_limit: int | None = None
    queue_remaining: int | None = None

    @property
    def is_drained(self) -> bool | None:
        """Whether no records are waiting for validation; None if the answer does not tell."""
        if self.queue_limit is None or self.queue_remaining is None:
            return None
        return self.queue_remaining >= self.queue_limit


class FeedReadError(Exception):
    """The list could not be read this time; the message says why, without the key."""

    def __init__(self, message: str, status: int = 0, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status; 0 if there was no answer."""
        self.retry_after_s = retry_after_s
        """The `Retry-After` of the answer in seconds."""


class ErrorFeed(Protocol):
    """A source of the list."""

    async def read(self) -> FeedReading:
        """Read the list once.

        Raises:
            FeedReadError: there was no answer, or no list in it.
        """
        ...


def parse_feed(content: bytes, clean: Callable[[str], str] = str) -> list[FeedEntry]:
    """Parse the answer to `GET push/_errors`, keeping its order.

    Args:
        content: The answer's body.
        clean: A function applied to every text before it is shortened.

    Raises:
        UnreadableFeedError: it is not JSON, or not a list of entries.
    """
    try:
        said = msgspec.json.decode(content)
    except JSON_ERRORS:
        raise UnreadableFeedError("it is no JSON") from None
    if isinstance(said, dict):
        said = next((said[name] for name in _LISTS if isinstance(said.get(name), list)), said)
    if not isinstance(said, list):
        raise UnreadableFeedError("it is no list of errors")
    if len(said) > _MAX_ENTRIES:
        raise UnreadableFeedError(f"it lists {len(said):,} errors, where 100 belong")
    try:
        return [_entry(value, clean) for value in said]
    except RecursionError:
        raise UnreadableFeedError("it is nested too deep") from None


def _entry(value: object, clean: Callable[[str], str]) -> FeedEntry:
    if not isinstance(value, dict):
        return FeedEntry(_text(value, clean, _MESSAGE_CHARS))

    def read(names: Sequence[str], length: int = _ID_CHARS) -> str:
        found = next((value[name] for name in names if value.get(name) is not None), "")
        return _text(found, clean, length)

    return FeedEntry(
        message=read(("error_message", "message", "error"), _MESSAGE_CHARS),
        path=read(("error_path", "path", "field"), _PATH_CHARS),
        record_id=read(("record_id", "object_id")),
        record_type=read(("record_type", "object_type", "@type", "type")).lower(),
        request_id=read(("request_id",)),
        timestamp=read(("timestamp", "created_at", "created", "date")),
        own_id=read(("error_id", "id", "_id")),
    )


def _text(value: Any, clean: Callable[[str], str], length: int) -> str:
    """A value as one line; a path may come as a list of its parts."""
    if isinstance(value, list):
        value = " > ".join(part if isinstance(part, str) else str(part) for part in value)
    elif isinstance(value, dict):
        value = msgspec.json.encode(value).decode("utf-8", "replace")
    return shorten(" ".join(clean(str(value)).split()), length)


def id_as_listed(value: object) -> str:
    """The text by which an entry names a record with this id."""
    return _text(value, str, _ID_CHARS)
