"""JSON arrays that are wrapped in an object, as in `{"orders": [...], "count": 2}`.

The outermost object is followed token by token and never decoded before the array is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ometria_import.errors import SourceError
from ometria_import.problems import shorten
from ometria_import.sources.model import BLANKS, MAX_DEPTH

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},:"]', re.DOTALL)

_RECORD_MEMBERS = frozenset({"@type", "id"})
"""An object with one of them is a record itself, whatever lists it has."""
_COLLECTIONS = frozenset(
    {
        *("orders", "products", "customers", "contacts", "subscribers", "users"),
        *("members", "profiles", "transactions", "sales", "events", "custom_events"),
        *("data", "results", "records", "rows", "hits"),
    }
)
"""Names of arrays that no record has."""
_LINKS = frozenset({"links", "_links"})
"""Names of arrays that say where else to go, and nothing of records."""
_ENVELOPES = frozenset({"data", "response", "result", "results", "payload", "body", "export"})
"""Names of objects that stand around arrays, and that no record has."""
_ENVELOPE = re.compile(
    r"(total|count|page|pages|per_?page|limit|offset|size|next|prev|previous|first|last|cursor|"
    r"has_?more|status|success|error|message|version|date|generated|exported|created|shop|store|"
    r"currency)s?(_?(count|page|pages|cursor|at|on|url|link|items|results|records|version))?",
    re.IGNORECASE,
)
"""What is said about a whole export and not about one record."""


_LEVELS = 2
"""How deep an array may lie: in the object, or in an object within it."""


class _Kind(Enum):
    PLAIN = auto()
    OBJECT = auto()
    LIST = auto()
    EMPTY_LIST = auto()
    OBJECTS = auto()


class _Member(NamedTuple):
    name: str
    kind: _Kind
    start: int


class Wrapper(NamedTuple):
    """What stands around an array."""

    name: str
    """Of the member that is the array; with a dot where it lies in an object within."""
    prefix: bytes
    """All before the array, whose text starts with the next byte."""


def find_wrapper(path: Path, text: bytes, *, is_whole: bool) -> Wrapper | None:
    """The wrapper of the one array in a file's beginning, or None where the object is a record.

    The array may stand in an object within the object, as in `{"data": {"orders": [...]}}`.

    Args:
        path: For messages.
        text: As UTF-8, without its mark. It may be cut, as may the file itself.
        is_whole: Whether the file ends with `text`.

    Raises:
        SourceError: several arrays of objects are in it.
    """
    if not text.lstrip(BLANKS).startswith(b"{"):
        return None
    members, end = _members(text)
    if end and text[end:].strip(BLANKS):
        return None
    arrays = _arrays(text, members, _LEVELS)
    if not end and is_whole and not _is_cut_within(arrays, members):
        return None
    if len(arrays) > 1:
        raise _several(path, [each.name for each in arrays])
    return Wrapper(arrays[0].name, text[: arrays[0].start]) if arrays else None


def _is_cut_within(arrays: list[_Member], members: list[_Member]) -> bool:
    """Whether a file ends in the array that it was made for, which then says so itself.

    Otherwise it holds lines, of which the first is damaged.
    """
    if not arrays or arrays[-1] != members[-1]:
        return False
    return arrays[-1].name.lower() in {*_COLLECTIONS, "items"}


def _arrays(text: bytes, members: list[_Member], levels: int) -> list[_Member]:
    """The arrays of an object that may be what it was made for; of none, those one level below."""
    if any(each.name in _RECORD_MEMBERS for each in members):
        return []
    members = [each for each in members if each.name.lower() not in _LINKS]
    arrays = [each for each in members if each.kind is _Kind.OBJECTS]
    if not arrays and levels > 1:
        arrays = [
            _Member(f"{each.name}.{inner.name}", inner.kind, each.start + inner.start)
            for each in members
            if each.kind is _Kind.OBJECT and each.name.lower() in _ENVELOPES
            for inner in _arrays(text[each.start :], _members(text[each.start :])[0], levels - 1)
            if inner.kind is _Kind.OBJECTS
        ]
    arrays = arrays or [each for each in members if each.kind is _Kind.EMPTY_LIST]
    plain = (each.name for each in members if each.kind is _Kind.PLAIN)
    if not all(map(_ENVELOPE.fullmatch, plain)):
        arrays = [each for each in arrays if each.name.lower().partition(".")[0] in _COLLECTIONS]
    return arrays


def check_wrapper_end(path: Path, wrapper: Wrapper, tail: bytes) -> None:
    """Check what follows the array: the end of the object, and no other array.

    Raises:
        SourceError: the object does not end, is no JSON, or holds another array of objects.
    """
    try:
        around = msgspec.json.decode(wrapper.prefix + b"0" + tail)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{path} is not well-formed after the array {shorten(wrapper.name)!r}: {error}",
            hint="The file is truncated or damaged: export or copy it again.",
        ) from error
    others = list(_others(around, wrapper.name.split(".")))
    if others:
        raise _several(path, [wrapper.name, *others])


def _others(around: dict[str, Any], way: list[str]) -> Iterator[str]:
    """Arrays of objects beside the one that was found, on the levels that lead to it."""
    for name, value in around.items():
        is_array = isinstance(value, list) and value and isinstance(value[0], dict)
        if is_array and name.lower() not in _LINKS:
            yield name
    inner = around.get(way[0])
    if len(way) > 1 and isinstance(inner, dict):
        yield from (f"{way[0]}.{name}" for name in _others(inner, way[1:]))


def _several(path: Path, names: list[str]) -> SourceError:
    listed = ", ".join(repr(shorten(name)) for name in names)
    return SourceError(
        f"{path} contains several arrays of objects: {listed}",
        hint="Write each to a file of its own, for example with jq -c '.NAME[]'.",
    )


def _members(text: bytes) -> tuple[list[_Member], int]:
    """The members of the first object, as far as it goes, and where it ends; 0 if it does not."""
    members: list[_Member] = []
    depth, name, is_value = 0, "", False
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark == b'"':
            break  # a text that is cut
        if is_value and depth == 1:
            members.append(_Member(name, _kind_of(text, mark, token.start()), token.start()))
            is_value = False
        if mark in {b"{", b"["}:
            depth += 1
        elif mark in {b"}", b"]"}:
            depth -= 1
        elif depth == 1 and mark == b":":
            is_value = True
        elif depth == 1 and mark != b",":
            name = mark[1:-1].decode("utf-8", "replace")
        if depth == 0:
            return members, token.end()
        if depth > MAX_DEPTH:
            break
    return members, 0


def _kind_of(text: bytes, mark: bytes, start: int) -> _Kind:
    if mark == b"{":
        return _Kind.OBJECT
    if mark != b"[":
        return _Kind.PLAIN
    content = text[start + 1 : start + 1_000].lstrip(BLANKS)
    if content.startswith(b"]"):
        return _Kind.EMPTY_LIST
    return _Kind.OBJECTS if content.startswith(b"{") else _Kind.LIST
