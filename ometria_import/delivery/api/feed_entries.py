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
"""A longer list takes so long to look through that no request would leave meanwhile."""
JSON_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding can raise for bytes that are not JSON."""
_LISTS = ("errors", "_errors", "data", "results", "items")
"""Where an object keeps the entries that the documentation shows as a bare array."""


class UnreadableFeedError(Exception):
    """What came is no list of errors; the message says what it was."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One validation error as the account lists it; what it does not say is empty."""

    message: str
    path: str = ""
    """Such as `root > lineitems > 0 > quantity`."""
    record_id: str = ""
    record_type: str = ""
    request_id: str = ""
    timestamp: str = ""
    """As it came: nothing is known of its form."""
    own_id: str = ""
    """Of the entry itself."""

    @property
    def is_unique(self) -> bool:
        """Whether two entries with these texts can only be one, listed twice.

        Two records of one request with one fault look the same unless the record is named, and
        a record that is sent again looks the same unless there is a time or a request.
        """
        names_occasion = bool(self.request_id or self.timestamp)
        return bool(self.own_id) or (bool(self.record_id) and names_occasion)

    def texts(self) -> tuple[str, ...]:
        """All it says, in the order of the fields."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class FeedReading:
    """The list as it stood, and how full the account's queue is where the answer says so."""

    entries: tuple[FeedEntry, ...]
    queue_limit: int | None = None
    queue_remaining: int | None = None

    @property
    def is_drained(self) -> bool | None:
        """Whether nothing waits to be validated; None where the answer does not say."""
        if self.queue_limit is None or self.queue_remaining is None:
            return None
        return self.queue_remaining >= self.queue_limit


class FeedReadError(Exception):
    """The list could not be read this time; the message says why, without the key."""

    def __init__(self, message: str, status: int = 0, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status; 0 where there was none."""
        self.retry_after_s = retry_after_s
        """The server's own wish, in seconds from its answer."""


class ErrorFeed(Protocol):
    """Where the list comes from."""

    async def read(self) -> FeedReading:
        """Ask once.

        Raises:
            FeedReadError: there is no list in the answer, or no answer.
        """
        ...


def parse_feed(content: bytes, clean: Callable[[str], str] = str) -> list[FeedEntry]:
    """Read the answer to `GET push/_errors`, in its own order.

    Args:
        content: The answer's body.
        clean: What every text goes through before it is shortened.

    Raises:
        UnreadableFeedError: it is no JSON, or no list of entries.
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
