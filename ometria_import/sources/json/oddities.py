"""What decoders of JSON pass over or call by no name: repeated keys and halves of characters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ometria_import.problems import Finding, shorten
from ometria_import.problems.catalogue import BAD_TEXT, REPEATED_KEY

_KEY_END, _SPACED_KEY_END = b'":', b'" :'
_HIDDEN_KEY_ENDS = (b"  :", b"\t:", b"\n:", b"\r:")
"""White space before a colon that `_key_ends` would miss."""
_WRITTEN_OTHERWISE = (b"\\u0022", b"\\u003a", b"\\u003A")
"""Quotes and colons of texts that become ends of keys, for the counting, when written anew."""
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode
_BLANK, _QUOTE, _COLON = b' ":'
_SURROGATE = re.compile("[\ud800-\udfff]")


def repeated_keys(raws: Sequence[bytes], objects: Sequence[dict[str, Any]]) -> dict[int, Finding]:
    """The objects in which a key stands twice, at whatever depth.

    The decoder keeps the last of two members and says nothing. So the places where a key can end
    are counted in the texts of all objects and in those of what is left of them, which is quick.
    Only where they differ each object is looked at, and where it has more of them than members
    it is decoded once more by a slower decoder that tells.

    Args:
        raws: The text of each object, well-formed, as UTF-8.
        objects: The decoded value of each.

    Returns:
        The findings, by the object's number in the sequence.
    """
    found: dict[int, Finding] = {}
    if not _may_repeat_in(b",".join(raws), objects):
        return found
    for number, (raw, value) in enumerate(zip(raws, objects, strict=True)):
        is_clear = _key_ends(raw) == _members(value) and not _holds_one(raw, _HIDDEN_KEY_ENDS)
        if not is_clear and (place := _first_repeated(raw)):
            found[number] = Finding(REPEATED_KEY, f"the key {shorten(place)} occurs twice in it")
    return found


def may_repeat(text: bytes, objects: Sequence[dict[str, Any]], members: int) -> bool:
    """Whether a key may occur twice in one of some objects, so that each must be checked.

    Args:
        text: The text of all objects, well-formed, as UTF-8.
        objects: The decoded value of each.
        members: How many members they have, with those of all objects within them.
    """
    import numpy as np  # here, as it is slow to import and opening needs none of it

    codes = np.frombuffer(text, np.uint8)
    before = codes[np.flatnonzero(codes == _COLON) - 1]
    # A colon follows each key: with no more colons than members, no key was dropped.
    if not (before <= _BLANK).any() and np.count_nonzero(before == _QUOTE) == members:
        return False
    return _may_repeat_in(text, objects)


def _may_repeat_in(text: bytes, objects: Sequence[dict[str, Any]]) -> bool:
    """The same, found by encoding all objects again."""
    if _holds_one(text, _HIDDEN_KEY_ENDS) or _holds_one(text, _WRITTEN_OTHERWISE):
        return True
    try:
        return _key_ends(text) != _key_ends(_ENCODE(objects))
    except (ValueError, OverflowError):
        return True  # a number that is too long to be written


def _key_ends(text: bytes) -> int:
    spaced = text.count(_SPACED_KEY_END) if b" :" in text else 0
    return text.count(_KEY_END) + spaced


def _holds_one(text: bytes, parts: Sequence[bytes]) -> bool:
    # Most texts lack the first byte already, and single bytes are found much faster.
    return any(part[:1] in text and part in text for part in parts)


def _members(value: dict[str, Any] | list[Any]) -> int:
    """All members of an object, or of those in a list, and of the objects within them."""
    count = len(value) if isinstance(value, dict) else 0
    for inner in value.values() if isinstance(value, dict) else value:
        if inner.__class__ is dict or inner.__class__ is list:
            count += _members(inner)
    return count


class _Repeating(dict[str, Any]):
    """An object in which a key stands twice."""

    key = ""


def _first_repeated(raw: bytes) -> str:
    """Where a key stands twice, such as `lineitems[0].quantity`; empty where none does."""
    value = json.loads(raw, object_pairs_hook=_with_repeated, parse_int=str, parse_float=str)
    places = (f"{path}{own.key}" for path, own in _walk(value, "") if isinstance(own, _Repeating))
    return next(places, "")


def _with_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    repeating = _Repeating(value)
    seen: set[str] = set()
    for key, inner in pairs:
        if key in seen:
            repeating.key = repeating.key or key
        elif isinstance(inner, dict | list):
            repeating[key] = inner
        seen.add(key)
    return repeating


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value within one, with what leads to its members, from the outside to the inside."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, f"{path}{key}." if isinstance(inner, dict) else f"{path}{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            dot = "." if isinstance(inner, dict) else ""
            yield from _walk(inner, f"{path}[{number}]{dot}")


def find_lone_surrogate(raw: bytes) -> Finding | None:
    r"""The half of a character in a text, such as `\ud83d` without what belongs to it.

    JSON allows to write it, no other text can hold it, and the push API takes none.
    """
    try:
        value = json.loads(raw, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    for path, inner in _walk(value, ""):
        texts = (
            [inner] if isinstance(inner, str) else list(inner) if isinstance(inner, dict) else []
        )
        for text in texts:
            if half := _SURROGATE.search(text):
                code = f"\\u{ord(half[0]):04x}"
                where = shorten(path.rstrip(".")) or "a key"
                return Finding(
                    BAD_TEXT,
                    f"{where} contains {code}, which is half of a surrogate pair and "
                    "not valid text",
                )
    return None
