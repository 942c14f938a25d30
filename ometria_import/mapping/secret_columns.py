"""Columns whose values never leave the file: passwords, tokens, card numbers.

They are taken out before any mapping, problem or reject could see them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ometria_import.sources import RowChunk, RowReject, TableSource
from ometria_import.sources.model import Progress
from ometria_import.sources.source_file import OfFile

WITHHELD = "(not shown: the file has columns with secrets)"
"""Stands for the text of a row that could not be cut into its columns."""

_SECRET_WORDS = frozenset(
    ("password", "passwd", "passphrase", "pwd", "cvv", "cvc", "secret", "apikey", "token")
)
_SECRET_PHRASES = (
    ("card", "number"),
    ("cc", "number"),
    ("card", "no"),
    ("card", "security", "code"),
    ("api", "key"),
    ("private", "key"),
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_IN_TEXT = re.compile(
    r"passw|passphrase|\bpwd\b|token|\bcv[vc]2?\b|secret|card.?n(?:umber|o)\b|api.?key",
    re.IGNORECASE,
)

_REMEMBERED = 4_096
_HARMLESS: set[str] = set()
"""Names that were found to be no secrets: the same few keys come again in every object."""


@lru_cache(maxsize=_REMEMBERED)
def is_secret(name: str) -> bool:
    """Whether a column or key of this name holds what must not leave the file."""
    words = [word.lower() for word in _WORD.findall(name)]
    if _SECRET_WORDS & set(words):
        return True
    squeezed = "".join(words)
    if any(word in squeezed for word in ("password", "passwd", "rptoken")):
        return True
    return any(
        tuple(words[start : start + len(phrase)]) == phrase
        for phrase in _SECRET_PHRASES
        for start in range(len(words))
    )


def without_secrets(value: Any) -> Any:
    """A JSON value without the keys that hold secrets, at any depth; changed in place."""
    if isinstance(value, dict):
        if not value.keys() <= _HARMLESS:
            _take_out_secrets(value)
        for inner in value.values():
            if isinstance(inner, dict | list):
                without_secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list):
                without_secrets(inner)
    return value


def _take_out_secrets(value: dict[str, Any]) -> None:
    if len(_HARMLESS) > _REMEMBERED:
        _HARMLESS.clear()
    for key in list(value):
        if is_secret(key):
            del value[key]
        else:
            _HARMLESS.add(key)


def withheld_if_secret(reject: RowReject) -> RowReject:
    """An element that could not be read, without its text where that may hold a secret."""
    if _SECRET_IN_TEXT.search(reject.raw):
        return dataclasses.replace(reject, raw=WITHHELD)
    return reject


class WithoutSecrets(OfFile):
    """A source of rows whose columns with secrets nobody sees."""

    def __init__(self, source: TableSource) -> None:
        super().__init__(source, source.format)
        self._source = source

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns that are left."""
        return tuple(name for name in self._source.header if not is_secret(name))

    def chunks(self, *, progress: Progress | None = None) -> Iterator[RowChunk]:
        """All rows, without the cells of those columns."""
        return map(self._without, self._source.chunks(progress=progress))

    def head(self) -> RowChunk:
        """The first rows, without the cells of those columns."""
        return self._without(self._source.head())

    def _without(self, chunk: RowChunk) -> RowChunk:
        rejects = tuple(dataclasses.replace(each, raw=WITHHELD) for each in chunk.rejects)
        return RowChunk(chunk.table.select(list(self.header)), chunk.lines, rejects)


def hide_secrets(source: TableSource) -> TableSource:
    """The source itself, or one that has no columns with secrets any more."""
    return WithoutSecrets(source) if any(map(is_secret, source.header)) else source
