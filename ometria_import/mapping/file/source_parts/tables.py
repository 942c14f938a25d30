"""Small tables of a mapping: what words stand for, in the mapping itself or in a file beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from ometria_import.errors import InterruptedRunError, MappingError, OmetriaImportError
from ometria_import.mapping.expressions.origins import Braced, cut_braces
from ometria_import.mapping.expressions.steps import Words
from ometria_import.mapping.file.place import Section, load_text, load_values
from ometria_import.mapping.file.source_parts.steps import read_words
from ometria_import.options.did_you_mean import did_you_mean, plain
from ometria_import.sources import JsonSource
from ometria_import.sources.opening import open_any_source

Column = list[str]
Content = TypeVar("Content")
ReadBraced = Callable[[Section, str], Braced]

_WITH_FILES = ("tables", "rates")
_MOST_ROWS = 1_000_000


def read_tables(root: Section, braced: ReadBraced) -> dict[str, Words]:
    """The `[tables.NAME]` of a mapping file.

    Args:
        root: The mapping file.
        braced: Reads a text that may have settings in braces.
    """
    return {each.keys[-1]: _table(each, braced) for each in root.section("tables").tables()}


def _table(section: Section, braced: ReadBraced) -> Words:
    section.only("values", "file", "from", "to")
    if ("values" in section.values) == ("file" in section.values):
        raise section.error("a table needs either 'values' or 'file'")
    if "values" in section.values:
        words = read_words(section.section("values"))
        for key in ("from", "to"):
            if key in section.values:
                raise section.error(f"'{key}' names a column, and there is no 'file'", key)
        return lambda _: words
    source, target = section.text_of("from"), section.text_of("to")

    def load(path: Path) -> dict[str, str]:
        found: dict[str, str] = {}
        _, columns = read_columns(section, path, (source, target))
        for word, value in zip(*columns, strict=True):
            key = word.casefold()
            if key and value and found.setdefault(key, value) != value:
                raise section.error(f"{path} says '{found[key]}' and '{value}' of '{word}'", "file")
        return found

    return of_file(section, braced, load)


def of_file(
    section: Section, braced: ReadBraced, load: Callable[[Path], Content]
) -> Callable[[Mapping[str, str]], Content]:
    """What a file beside the mapping says, which is read once.

    Args:
        section: The table that names it under `file`.
        braced: Reads a text that may have settings in braces.
        load: Reads the file.
    """
    name = braced(section, "file")
    load_once = cache(load)

    def loaded(settings: Mapping[str, str]) -> Content:
        filled = name.filled(settings)
        if not filled:
            missing = next(each for each in name.names if not settings.get(each))
            raise section.error(
                f"the name of the file needs the setting {missing}",
                "file",
                hint=f"Add --set {missing}=…",
            )
        return load_once(_beside(section.place, filled))

    if not name.names:
        loaded({})
    return loaded


def read_columns(
    section: Section, path: Path, names: tuple[str, ...]
) -> tuple[list[int], list[Column]]:
    """The lines and the trimmed cells of some columns of a small file.

    Raises:
        MappingError: it cannot be read, has a damaged row, or lacks a column.
    """
    try:
        source = open_any_source(path)
        if isinstance(source, JsonSource):
            raise section.error(f"{path} must be a table, such as CSV", "file")
        header = {plain(column): column for column in source.header}
        columns = [header.get(plain(name), "") for name in names]
        if "" in columns:
            lacking = names[columns.index("")]
            near = did_you_mean(lacking, source.header)
            raise section.error(f"{path} has no column '{lacking}'{near}", near=lacking)
        lines: list[int] = []
        found: list[Column] = [[] for _ in names]
        for chunk in source.chunks():
            for reject in chunk.rejects:
                message = reject.findings[0].finding.message
                raise section.error(f"{path}, line {reject.line}: {message}", "file")
            lines += chunk.lines.tolist()
            if len(lines) > _MOST_ROWS:
                message = f"{path} has over {_MOST_ROWS:,} rows, far too many: is it another file?"
                raise section.error(message, "file")
            for values, column in zip(found, columns, strict=True):
                values += [text.strip() for text in chunk.table.column(column).to_pylist()]
    except MappingError:
        raise
    except InterruptedRunError:
        raise
    except OmetriaImportError as error:
        raise section.error(str(error), "file", hint=error.hint or "") from None
    return lines, found


def files_beside(mapping: Path, settings: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """The files that a mapping reads, each with the name under which a copy of it finds them.

    A mapping that cannot be read has none; it is refused where it is used.
    """
    try:
        values = load_values(mapping, load_text(mapping))
    except MappingError:
        return
    for kind in _WITH_FILES:
        tables = values.get(kind)
        for table in tables.values() if isinstance(tables, dict) else ():
            name = table.get("file") if isinstance(table, dict) else None
            filled = _filled(name, values, settings) if isinstance(name, str) else ""
            if filled:
                yield _beside(mapping, filled), _kept_suffix(filled)


def _filled(name: str, values: dict[str, Any], given: Mapping[str, str]) -> str:
    """A name with what the user or the mapping says in place of its settings."""
    said = {plain(setting): text for setting, text in given.items() if text}
    braced, declared = cut_braces(name), values.get("settings")
    found = {}
    for setting in braced.names:
        own = declared.get(setting) if isinstance(declared, dict) else None
        default = own.get("default", "") if isinstance(own, dict) else ""
        found[setting] = said.get(plain(setting)) or str(default)
    return braced.filled(found)


def _beside(mapping: Path, name: str) -> Path:
    """A file that is named relative to a mapping, or the one that was kept with a copy of it."""
    kept = mapping.with_name(f"{mapping.stem}{_kept_suffix(name)}")
    return kept if kept.is_file() else mapping.parent / name


def _kept_suffix(name: str) -> str:
    return f"-{hashlib.sha256(name.encode()).hexdigest()[:12]}{Path(name).suffix}"
