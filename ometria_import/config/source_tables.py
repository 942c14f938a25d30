"""The tables `[[sources]]` of the settings file: read, checked, and made into sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from ometria_import.config.source import SourceSettings
from ometria_import.options.reading_options import ReadingOptions, reading_options
from ometria_import.options.remote_path import UrlError, as_path, is_url, scheme_of
from ometria_import.toml import ContradictionError, Table


def _refuse_odd_texts(source: msgspec.Struct) -> None:
    """Refuse blank words, and texts with a NUL, which no path and no word has.

    Raises:
        ContradictionError: there is one.
    """
    for key, value in msgspec.structs.asdict(source).items():
        if isinstance(value, bool):
            continue
        texts = list(value.values()) if isinstance(value, dict) else value
        if isinstance(texts, tuple) and not all(word.strip() for word in texts):
            raise ContradictionError(f"'{key}' holds a blank word", key)
        if texts is not None and any("\0" in text for text in texts):
            raise ContradictionError(f"'{key}' holds a NUL, and no path or word has one", key)


_OPTIONS = [each for each in reading_options() if each.about.is_of_source]
_KINDS = {"mapping": str | None, "settings": dict[str, str]}
"""Types of options that a file cannot hold as they are."""
SourceTable = msgspec.defstruct(
    "SourceTable",
    [
        ("path", str),
        ("object_type", str, ""),
        ("complete", bool, False),
        *((each.name, _KINDS.get(each.name, each.kind), each.default) for each in _OPTIONS),
    ],
    namespace={"__post_init__": _refuse_odd_texts},
    frozen=True,
    forbid_unknown_fields=True,
)
"""One of `[[sources]]`."""


def read_source(said: Any, table: Table, file: Path) -> SourceSettings:
    """One source, whose paths start at the folder of the settings file.

    Args:
        said: A `SourceTable`, which mypy cannot see the fields of.
        table: The same, for the lines in messages.
        file: The settings file.

    Raises:
        TomlError: its address is one that no file can have.
    """
    options: dict[str, Any] = {each.name: getattr(said, each.name) for each in _OPTIONS}
    options["settings"] = {name: text.strip() for name, text in said.settings.items()}
    if said.mapping is not None and (scheme := scheme_of(said.mapping)):
        raise table.error(
            f"mappings are files of this machine, and {scheme}:// names one of another"
            f"{table.where}",
            "mapping",
            hint="Copy the mapping file here, and give its path.",
        )
    if said.mapping is not None and said.mapping.endswith(".toml"):
        options["mapping"] = str(file.parent / said.mapping)
    where = f"{file}:{table.line()}, [[sources]] number {int(table.keys[-1]) + 1}"
    try:
        path = as_path(said.path) if is_url(said.path) else file.parent / said.path
    except UrlError as error:
        raise table.error(f"{error}{table.where}", "path", hint=error.hint) from None
    return SourceSettings(
        where, path, said.object_type, ReadingOptions(**options), is_complete=said.complete
    )


def without_blanks(table: Table) -> Table:
    """The same file without the blank texts in `[[sources]]`, which say nothing."""
    sources = table.values.get("sources")
    if not isinstance(sources, list):
        return table
    trimmed = [
        {
            key: value.strip() if isinstance(value, str) else value
            for key, value in source.items()
            if not isinstance(value, str) or value.strip()
        }
        if isinstance(source, dict)
        else source
        for source in sources
    ]
    return replace(table, values={**table.values, "sources": trimmed})
