"""Addresses of people on the list, found in any text."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

from ometria_import.forgotten.listed import People

REPLACED = "(forgotten)"
"""What stands in a text where an address was."""
_AT = re.compile(r"@|%40")
_LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}\Z")
_DOMAIN = re.compile(r"[\w.-]{3,255}")
_BEFORE = re.compile(r"\A'+|[!#$%&*/=?^`{|}~]+'?")
"""What may stand within an address and also just before one, as in `to=ann@example.com`; an
apostrophe only where a text begins: O'Neil is somebody else than Neil."""

_REMEMBERED = 16_384


class Addresses:
    """Finds people of the list in texts."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._known: dict[str, bool] = {}

    def are_in(self, text: str) -> bool:
        """Whether the address of anybody is in a text, also where JSON escapes its letters."""
        if self._first(text, 0) is not None:
            return True
        if "\\u" not in text:
            return False
        with suppress(ValueError, RecursionError):
            return self._first(json.dumps(json.loads(text), ensure_ascii=False), 0) is not None
        return False

    def removed_from(self, text: str) -> str:
        """The same text with other words in place of each address."""
        begin = 0
        while found := self._first(text, begin):
            first, last = found
            text = text[:first] + REPLACED + text[last:]
            begin = first + len(REPLACED)
        return text

    def removed_from_json(self, value: Any) -> Any:
        """The same value with other words in place of each address, also in names."""
        match value:
            case str():
                return self.removed_from(value)
            case list():
                return [self.removed_from_json(each) for each in value]
            case dict():
                return {
                    self.removed_from(name): self.removed_from_json(each)
                    for name, each in value.items()
                }
        return value

    def _first(self, text: str, begin: int) -> tuple[int, int] | None:
        """Where the first address of anybody is, from a place on."""
        if "@" not in text and "%40" not in text:
            return None
        for at in _AT.finditer(text, begin):
            local = _LOCAL.search(text, max(at.start() - 64, begin), at.start())
            domain = _DOMAIN.match(text, at.end())
            if local is None or domain is None:
                continue
            name = domain[0].rstrip(".-_")
            starts = [local.start()]
            starts += [local.start() + each.end() for each in _BEFORE.finditer(local[0])]
            for start in starts:
                if start < at.start() and self._is_listed(f"{text[start : at.start()]}@{name}"):
                    return start, at.end() + len(name)
        return None

    def _is_listed(self, address: str) -> bool:
        known = self._known.get(address)
        if known is None:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            known = self._known[address] = self._people.has(address)
        return known
