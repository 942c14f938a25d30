"""How the files of a run were read, kept beside its reject files.

Rejects that come back are read in the same way wherever they were copied to: each row names its
run, and the run's folder holds what was said and decided when its file was read.
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

from ometria_import.config.home import READING_FILE, private_file
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.reading_options import reading_options
from ometria_import.prepare.inputs.opened import Input, ItemInput
from ometria_import.prepare.inputs.table_mappings import options_for
from ometria_import.prepare.options import PrepareOptions
from ometria_import.schema import ObjectType
from ometria_import.schema.field_types import Conventions

_KEPT = [each for each in reading_options() if each.about.is_of_rejects]
_MAPPING = "mapping"
"""The option that is written in a way of its own."""


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """How the source of one reject file was read."""

    columns: tuple[str, ...]
    """Of the source itself; empty for objects."""
    object_type: ObjectType
    items: str
    options_items: str
    """Name of the options that it holds, as `SourceArgument.options` has it."""
    options: PrepareOptions

    def argument(self, argument: SourceArgument) -> SourceArgument:
        """A file with what the record knows of it; what the user says of it wins."""
        if argument.object_type is not None:
            return argument
        return SourceArgument(argument.path, self.object_type, self.items, self.options_items)

    def under(self, said: PrepareOptions, argument: SourceArgument) -> PrepareOptions:
        """The options of the record, where the user says nothing else.

        The mapping of a run's records is written down with its files of items, too, which were
        not read by it.
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
    """Write down how the sources of reject files were read, with the mappings as they are.

    Args:
        folder: Of the run or check.
        paths: The reject files, by the number of their source.
        inputs: All sources; the first one has the number 1.
        arguments: As the user named them.
        options: What the user said.
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
            "columns": list(header),
            "object_type": each.object_type,
            "items": argument.items,
            "options_items": argument.options,
            "options": _written(own),
            "mapping": _kept_mapping(folder, own.mapping, mappings),
            "decided": _decided(each, inputs, own),
        }
    # Escaped, because names of files need not be text.
    text = json.dumps({"files": told}, indent=1)
    private_file(folder / READING_FILE).write_text(text, "utf-8")


def load_reading(folder: Path) -> dict[str, ReadingRecord]:
    """What a run's folder says of each of its reject files; nothing where it cannot be read."""
    try:
        told = json.loads((folder / READING_FILE).read_bytes())
        return {str(name): _record(each, folder) for name, each in told["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, msgspec.ValidationError):
        return {}


def _argument_of(each: Input, arguments: Sequence[SourceArgument]) -> SourceArgument:
    """The argument that an input was opened from: one file may be named with two types."""
    of_file = [one for one in arguments if one.path == each.source.path]
    fits = [
        one
        for one in of_file
        if one.object_type in (None, each.object_type)
        and bool(one.items) is isinstance(each, ItemInput)
    ]
    return (fits or of_file or [SourceArgument(each.source.path, None)])[0]


def _written(options: PrepareOptions) -> dict[str, Any]:
    return {
        each.name: _plain(getattr(options, each.name)) for each in _KEPT if each.name != _MAPPING
    }


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


def _kept_mapping(folder: Path, mapping: str | Path | None, kept: dict[Path, str]) -> Any:
    """A preset's name, or a copy in the folder: the file may be changed or gone by then."""
    if mapping is None:
        return None
    path = Path(mapping)
    if not path.is_file():
        return {"preset": str(mapping)}
    if path not in kept:
        kept[path] = f"mapping-{len(kept) + 1}.toml"
        shutil.copyfile(path, private_file(folder / kept[path]))
    return {"file": kept[path]}


def _decided(each: Input, inputs: Sequence[Input], options: PrepareOptions) -> dict[str, Any]:
    """What the whole columns of the source said, or those of an earlier run."""
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
        path: {"date_order": each.date_order, "decimal_sign": each.decimal_sign}
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
    )
