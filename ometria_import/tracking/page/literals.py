"""Values that a script writes down as they are; whatever is computed stays unknown.

Nothing of a page is ever run.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias


class Computed(Enum):
    """A value that only the running script knows."""

    COMPUTED = "computed"


COMPUTED = Computed.COMPUTED


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written."""

    text: str


Value: TypeAlias = "str | Number | bool | Computed | list[Value] | dict[str, Value] | None"

_CALL_CHARS, _DATA_CHARS = 20_000, 500_000
"""What is looked at of one call or assignment."""
_DEPTH = 20
_MOST_ARGUMENTS = 4
_COMMENT = re.compile(
    r"""(?P<kept>'(?:[^'\\\n]|\\[\s\S])*+'?|"(?:[^"\\\n]|\\[\s\S])*+"?)"""
    r"|/\*[\s\S]*?(?:\*/|\Z)"
    r"|(?<![^\s;{}(),])//[^\n]*+"
)
_SPACE = re.compile(r"\s*+")
_STRING = re.compile(
    r"""'((?:[^'\\\n]|\\[\s\S])*+)'|"((?:[^"\\\n]|\\[\s\S])*+)"|`((?:[^`\\$]|\\[\s\S])*+)`"""
)
_QUOTED = re.compile(rf"{_STRING.pattern}|`(?:[^`\\]|\\[\s\S])*+`")
"""A text, be it one that is put together."""
_NUMBER = re.compile(r"-?\d++(?:\.\d++)?+(?![\w.])")
_WORD = re.compile(r"(?:true|false|null|undefined)\b")
_KEY = re.compile(r"[\w$]++")
_PLAIN = re.compile(r"""[^'"`(\[{)\]},]++""")
_WORDS: MappingProxyType[str, bool | None] = MappingProxyType(
    {"true": True, "false": False, "null": None, "undefined": None}
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))")
_HALVES, _NO_CHARACTER = range(0xD800, 0xE000), "\ufffd"
_CONTROLS = MappingProxyType({"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""})


def without_comments(script: str) -> str:
    """A script with blanks for its comments, as long as it was and with the same lines.

    Two slashes count as a comment only where no value can stand, since addresses have them, too.
    """
    return _COMMENT.sub(
        lambda found: found[0] if found["kept"] else re.sub(r"[^\n]", " ", found[0]), script
    )


def arguments_at(text: str, start: int) -> tuple[Value, ...]:
    """The arguments of a call whose bracket opens before `start`.

    Where the script breaks off, what would follow is computed as well.
    """
    reader = _Reader(text, start, _CALL_CHARS)
    try:
        found = reader.members(")", 0)
    except _CutError:
        return (*reader.read, *[COMPUTED] * _MOST_ARGUMENTS)
    return tuple(found)


def value_at(text: str, start: int) -> Value:
    """The object, array or text that begins at a place; computed if it is none."""
    reader = _Reader(text, start, _DATA_CHARS)
    try:
        return reader.value(0, is_alone=True)
    except _CutError:
        return COMPUTED


class _CutError(Exception):
    """The text ends before the value does, or is nested too deep."""


class _Reader:
    def __init__(self, text: str, start: int, most: int) -> None:
        self._text = text
        self._at = start
        self._end = min(len(text), start + most)
        self.read: list[Value] = []
        """The outermost values that were read before the text was cut."""

    def members(self, closing: str, depth: int) -> list[Value]:
        found: list[Value] = self.read if depth == 0 else []
        while (char := self._next()) != closing:
            if char == ",":
                self._at += 1
                continue
            before = self._at
            found.append(self.value(depth + 1))
            if self._at == before:
                # A bracket of another kind: this is no script that anybody could run.
                raise _CutError
        self._at += 1
        return found

    def value(self, depth: int, *, is_alone: bool = False) -> Value:
        if depth > _DEPTH:
            raise _CutError
        found = self._literal(self._next(), depth)
        if found is not COMPUTED and (is_alone or self._next() in ",)]}"):
            return found
        self._skip()
        return COMPUTED

    def _literal(self, char: str, depth: int) -> Value:
        if char == "{":
            return self._object(depth)
        if char == "[":
            self._at += 1
            return self.members("]", max(depth, 1))
        for pattern in (_STRING, _NUMBER, _WORD):
            if found := pattern.match(self._text, self._at, self._end):
                self._at = found.end()
                if pattern is _STRING:
                    return unescaped(next((each for each in found.groups() if each), ""))
                return Number(found[0]) if pattern is _NUMBER else _WORDS[found[0]]
        return COMPUTED

    def _object(self, depth: int) -> Value:
        self._at += 1
        found: dict[str, Value] = {}
        while (char := self._next()) != "}":
            if char == ",":
                self._at += 1
                continue
            string = _STRING.match(self._text, self._at, self._end)
            name = string or _KEY.match(self._text, self._at, self._end)
            if name is None:
                before = self._at
                self._skip()
                if self._at == before:
                    raise _CutError
                continue
            self._at = name.end()
            words = next(filter(None, string.groups()), "") if string else name[0]
            if self._next() == ":":
                self._at += 1
                found[unescaped(words)] = self.value(depth + 1)
            else:
                # `{pid}` is short for `{pid: pid}`.
                found[words] = COMPUTED
                self._skip()
        self._at += 1
        return found

    def _next(self) -> str:
        """The next character that is no blank."""
        space = _SPACE.match(self._text, self._at, self._end)
        self._at = space.end() if space else self._at
        if self._at >= self._end:
            raise _CutError
        return self._text[self._at]

    def _skip(self) -> None:
        """Go to the end of an expression."""
        depth = 0
        while True:
            plain = _PLAIN.match(self._text, self._at, self._end)
            self._at = plain.end() if plain else self._at
            if self._at >= self._end:
                raise _CutError
            char = self._text[self._at]
            if depth == 0 and char in ",)]}":
                return
            if char in "'\"`":
                text = _QUOTED.match(self._text, self._at, self._end)
                if text is None:
                    raise _CutError
                self._at = text.end()
                continue
            depth += (char in "([{") - (char in ")]}")
            self._at += 1


def unescaped(text: str) -> str:
    """A text as the script means it."""
    return _ESCAPE.sub(_meant, text) if "\\" in text else text


def _meant(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits is None:
        return _CONTROLS.get(found[4], found[4])
    number = int(digits, 16)
    # Halves of surrogate pairs are no characters, and no text with them could be written.
    is_half = number in _HALVES
    return _NO_CHARACTER if is_half or number > sys.maxunicode else chr(number)
