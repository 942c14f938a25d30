"""The `[[sources]]` of a settings file: what is read where the command line names no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ometria_import.config.settings_file import refuse_unknown, table_of
from ometria_import.errors import UsageError

_TEXTS = (
    "path",
    "object_type",
    "mapping",
    "encoding",
    "delimiter",
    "sheet",
    "escape",
    "timezone",
    "country",
    "date_order",
    "decimal_sign",
    "returns",
    "without_email",
)


_LISTS = ("null", "keep_word")


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One source as the file tells of it; empty is what the file does not say."""

    where: str
    """The file and the number of the source, for messages."""
    path: Path
    """A file, a folder or a pattern, within the folder of the settings file."""
    object_type: str = ""
    mapping: str = ""
    """A preset's name, or the path of a mapping file."""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    escape: str = ""
    timezone: str = ""
    country: str = ""
    date_order: str = ""
    decimal_sign: str = ""
    returns: str = ""
    without_email: str = ""
    null: tuple[str, ...] = ()
    """Words that stand for no value."""
    keep_word: tuple[str, ...] = ()
    """Words that are values although they stand for none elsewhere."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What the mapping asks for."""


def read_sources(value: object, file: Path) -> tuple[SourceSettings, ...]:
    """Check what a settings file says of sources; whether they exist is seen when they are read.

    Raises:
        UsageError: something in it is not understood.
    """
    if not isinstance(value, list):
        raise UsageError(
            f"{file}: sources is a list of sections", hint="Write [[sources]], in two brackets."
        )
    return tuple(_source(each, number, file) for number, each in enumerate(value, 1))


def _source(value: object, number: int, file: Path) -> SourceSettings:
    where = f"{file}: [[sources]] number {number}"
    table = table_of(value, where, "sources")
    refuse_unknown(table, (*_TEXTS, *_LISTS, "settings"), where, "setting")
    texts = {name: _text(table, name, where) for name in _TEXTS}
    path = texts.pop("path")
    if not path:
        raise UsageError(f"{where}: path is missing", hint='Say path = "orders.csv".')
    mapping = texts["mapping"]
    if mapping.endswith(".toml"):
        texts["mapping"] = str(file.parent / mapping)
    own = table_of(table.get("settings", {}), where, "sources.settings")
    settings = {name: _text(own, name, where) for name in own}
    null, keep_word = (_words(table, name, where) for name in _LISTS)
    return SourceSettings(
        where, file.parent / path, **texts, null=null, keep_word=keep_word, settings=settings
    )


def _words(table: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = table.get(name, [])
    if isinstance(value, str) or not isinstance(value, list):
        raise UsageError(
            f"{where}: {name} is not a list of words", hint=f'Write {name} = ["-", "n/a"].'
        )
    if not all(isinstance(word, str) and word.strip() for word in value):
        raise UsageError(
            f"{where}: {name} holds what is no word", hint="Put each of its words in quotes."
        )
    return tuple(value)


def _text(table: Mapping[str, Any], name: str, where: str) -> str:
    value = table.get(name, "")
    if not isinstance(value, str):
        raise UsageError(f"{where}: {name} is not a text", hint="Put it in quotes.")
    if "\0" in value:
        raise UsageError(f"{where}: {name} holds a NUL", hint="No path or word has one.")
    return value.strip()
