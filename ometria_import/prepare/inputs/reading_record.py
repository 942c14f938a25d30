"""How the files of a run were read, kept beside its reject files.

Resubmitted rejects are read in the same way wherever they were copied to: each row names its run,
and the run's folder holds the options and conventions that its file was read with.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec

from ometria_import.config.home import READING_FILE
from ometria_import.config.storage import private_file
from ometria_import.mapping.file.source_parts.tables import files_beside
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.reading_options import reading_options
from ometria_import.prepare.inputs.opened import Input, ItemInput, mapping_file_of
from ometria_import.prepare.inputs.opening import file_name
from ometria_import.prepare.inputs.table_mappings import options_for
from ometria_import.prepare.options import PrepareOptions
from ometria_import.schema import ObjectType
from ometria_import.schema.field_types import Conventions

_KEPT = [each for each in reading_options() if each.about.is_of_rejects]
_KEYS = ("id", "email")
_MAPPING = "mapping"
"""The one option that is not written to JSON like the others."""


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """How the source of one reject file was read."""

    columns: tuple[str, ...]
    """The columns of the source itself; empty for objects."""
    object_type: ObjectType
    items: str
    options_items: str
    """The name under which `SourceArgument.options` holds these options."""
    options: PrepareOptions
    name: str = ""
    """The name of the source's file, if the mapping asks for it."""

    def argument(self, argument: SourceArgument) -> SourceArgument:
        """The file with the recorded type and options; what the user specified takes precedence."""
        if argument.object_type is not None:
            return replace(argument, name=self.name)
        return SourceArgument(
            argument.path, self.object_type, self.items, self.options_items, self.name
        )

    def under(self, said: PrepareOptions, argument: SourceArgument) -> PrepareOptions:
        """The recorded options, overridden by the user's options.

        The mapping for a run's records is recorded for its item files, too, although they were not
        read with it.
        """
        kept = options_for(argument, self.options)
        return replace(said.over(kept), decided=kept.decided)


def save_reading(
    folder: Path,
    paths: Mapping[int, Path],
    inputs: Sequence[Input],
    arguments: Iterable[SourceArgument],
    options: PrepareOptions,
) -> None:
    """Record how the sources of reject files were read, with copies of their mappings.

    Args:
        folder: The folder of the run or check.
        paths: The reject files, by the number of their source.
        inputs: All sources; the first one has the number 1.
        arguments: The sources as the user named them.
        options: The user's options.
    """
    if not paths:
        return
    said = list(arguments)
    mappings: dict[Path, str] = {}
    told = {}
    for number, path in paths.items():
        each = inputs[number - 1]
        argument = _argument_of(each, said)
        own = options.of(argument)
        header = getattr(each.source, "header", ())
        told[path.name] = {
            "source": str(each.source.path),
            "number": number,
            "keys": _keys_in(each),
            "name": file_name(argument, each.source) if _asks_for_name(each) else "",
            "columns": list(header),
            "object_type": each.object_type,
            "items": argument.items,
            "options_items": argument.options,
            "options": {
                kept.name: _plain(getattr(own, kept.name))
                for kept in _KEPT
                if kept.name != _MAPPING
            },
            "mapping": _kept_mapping(folder, own, mappings),
            "decided": _decided(each, inputs, own),
        }
    # Escaped, because file names need not be valid text.
    text = json.dumps({"files": told}, indent=1)
    private_file(folder / READING_FILE).write_text(text, "utf-8")


def load_reading(folder: Path) -> dict[str, ReadingRecord]:
    """The records of a run's reject files, by file name; empty if they cannot be read."""
    try:
        told = json.loads((folder / READING_FILE).read_bytes())
        return {str(name): _record(each, folder) for name, each in told["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, msgspec.ValidationError):
        return {}


def _argument_of(each: Input, arguments: Sequence[SourceArgument]) -> SourceArgument:
    """The argument that an input was opened from; a file may be named with two types."""
    of_file = [one for one in arguments if one.path == each.source.path]
    fits = [
        one
        for one in of_file
        if one.object_type in (None, each.object_type)
        and bool(one.items) is isinstance(each, ItemInput)
    ]
    return (fits or of_file or [SourceArgument(each.source.path, None)])[0]


def _keys_in(each: Input) -> list[str]:
    """Where the key of a record stands, the most telling first."""
    if isinstance(each, ItemInput):
        return [each.mapping.key_column]
    return [name for path in _KEYS for name in each.columns_of(path)]


def _asks_for_name(each: Input) -> bool:
    file = mapping_file_of(each)
    return file is not None and file.asks_for_name


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(_plain, value))
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _kept_mapping(folder: Path, options: PrepareOptions, kept: dict[Path, str]) -> Any:
    """The preset's name, or a copy of the mapping, as the original may change or be deleted."""
    mapping = options.mapping
    if mapping is None:
        return None
    path = Path(mapping)
    if not path.is_file():
        return {"preset": str(mapping)}
    if path not in kept:
        kept[path] = f"mapping-{len(kept) + 1}.toml"
        shutil.copyfile(path, private_file(folder / kept[path]))
    stem = Path(kept[path]).stem
    for beside, suffix in files_beside(path, options.settings):
        shutil.copyfile(beside, private_file(folder / f"{stem}{suffix}"))
    return {"file": kept[path]}


def _decided(each: Input, inputs: Sequence[Input], options: PrepareOptions) -> dict[str, Any]:
    """The conventions decided from the source's columns, or from those of an earlier run."""
    owners = [
        one
        for one in inputs
        if not isinstance(one, ItemInput)
        and (one is each or (isinstance(each, ItemInput) and one.object_type is each.object_type))
    ]
    found = dict(options.decided)
    for owner in owners:
        found |= owner.preparer.rules.decided()
    return {
        path: {
            "date_order": each.date_order,
            "decimal_sign": each.decimal_sign,
            "gender_letters": each.gender_letters,
        }
        for path, each in found.items()
    }


def _record(told: Mapping[str, Any], folder: Path) -> ReadingRecord:
    said: Mapping[str, Any] = told["options"]
    options: dict[str, Any] = {
        each.name: msgspec.convert(said[each.name], each.kind)
        for each in _KEPT
        if each.name in said
    }
    mapping = told["mapping"]
    if mapping is not None:
        file = mapping.get("file")
        options[_MAPPING] = str(folder / file) if file else str(mapping["preset"])
    options["decided"] = {str(path): Conventions(**each) for path, each in told["decided"].items()}
    return ReadingRecord(
        tuple(map(str, told["columns"])),
        ObjectType(told["object_type"]),
        str(told["items"]),
        str(told["options_items"]),
        PrepareOptions(**options),
        str(told.get("name", "")),
    )
