"""Telling which object type a source holds, without guessing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ometria_import.errors import MappingError, UsageError
from ometria_import.mapping.targets import (
    TargetKind,
    find_target,
    type_of,
)
from ometria_import.options.did_you_mean import plain
from ometria_import.options.remote_path import UrlError, as_path, is_url
from ometria_import.schema import SCHEMAS, ObjectSchema, ObjectType, Options
from ometria_import.sources.file.names import own_name

if TYPE_CHECKING:
    from ometria_import.options.reading_options import ReadingOptions
    from ometria_import.sources import ObjectFile, TableSource

_NAMES = {
    ObjectType.PRODUCT: ("product", "catalog", "catalogue"),
    ObjectType.CONTACT: ("contact", "customer", "subscriber"),
    ObjectType.ORDER: ("order", "sale", "transaction"),
    ObjectType.CUSTOM_EVENT: ("event",),
}


class GivenSource(Protocol):
    """Something that a program gave to be read, such as an open file."""

    @property
    def state(self) -> str:
        """A hash of its content."""
        ...

    @property
    def content(self) -> Path | None:
        """A copy of it on disk; None where it is no file."""
        ...

    def label_of(self, line: int) -> str:
        """What a row's number is called; empty if it has no other name."""
        ...

    def open(self, path: Path, options: ReadingOptions) -> TableSource | ObjectFile:
        """Find out what it is; its rows are read later.

        Args:
            path: The path of the file.
            options: The options for reading it.
        """
        ...


@dataclass(frozen=True, slots=True)
class SourceArgument:
    """One source as the user named it on the command line."""

    path: Path
    object_type: ObjectType | None
    """Said outright as `order=path.csv`, or None."""
    items: str = ""
    """Name of the items that it holds, said as `lineitem=path.csv`; empty for records."""
    options: str = ""
    """Name of the options of these items that it holds, said as `variant_option=path.csv`."""
    name: str = ""
    """What the file is called where its name tells something; empty for its own."""
    given: GivenSource | None = field(default=None, compare=False)
    """What is read where a program gave more than a path; the path is then only its name."""
    opened: TableSource | ObjectFile | None = field(default=None, compare=False, repr=False)
    """The file itself, if it was already opened to see what it holds."""


def parse_source_argument(text: str) -> SourceArgument:
    """Read `path.csv`, `order=path.csv` or, for items in a file of their own, `lineitem=path.csv`.

    Raises:
        UsageError: the part before `=` is no object type and no item, and no such file exists; or
            it is a URL that no file is read from.
    """
    name, sign, rest = text.partition("=")
    if not sign or is_url(text) or Path(text).exists():
        return SourceArgument(source_path(text), None)
    path = source_path(rest)
    singular = plain(name).removesuffix("s")
    for object_type in ObjectType:
        if plain(object_type) == singular:
            return SourceArgument(path, object_type)
        for member in SCHEMAS[object_type].items():
            if plain(member.singular) == singular:
                return SourceArgument(path, object_type, member.name)
            for each in member.members:
                if isinstance(each, Options) and plain(each.singular) == singular:
                    return SourceArgument(path, object_type, member.name, each.name)
    raise UsageError(
        f"'{name}' in '{text}' is not an object type",
        hint=f"Use one of {', '.join(ObjectType)}: order={rest}",
    )


def source_path(text: str) -> Path:
    """A path of this machine, or of another one where it is a URL.

    Raises:
        UsageError: it is a URL that no file is read from.
    """
    try:
        return as_path(text)
    except UrlError as error:
        raise UsageError(str(error), hint=error.hint) from None


def recognise(path: Path, header: Iterable[str], type_name: str = "") -> ObjectType:
    """The object type of a table, from its `@type`, its column names, or its file name.

    Args:
        path: The source's path; only its name is looked at.
        header: Column names.
        type_name: The value of its `@type`, or empty.

    Raises:
        MappingError: the type is not certain.
    """
    if type_name:
        return named_type(path, type_name)
    columns = list(header)
    scores = {name: _score(schema, columns) for name, schema in SCHEMAS.items()}
    whole = [name for name, schema in SCHEMAS.items() if not missing_mandatory(schema, columns)]
    best = max((scores[name] for name in whole), default=0)
    certain = [name for name in whole if scores[name] == best and best > 1]
    if len(certain) == 1:
        return certain[0]
    by_name = types_by_file_name(path)
    if len(by_name) == 1:
        return by_name[0]
    near = max(scores.values())
    nearest = [name for name in SCHEMAS if scores[name] == near and near > 1]
    if len(nearest) == 1 and not by_name:
        return nearest[0]
    said = " or ".join(shlex.quote(f"{name}={path}") for name in ObjectType)
    command = shlex.join(["ometria-import", "mapping", "suggest", str(path)])
    raise MappingError(
        f"{path}: it is not certain which object type this file holds",
        hint=f"Put it before the path: {said}. If its columns do not have Ometria's names, "
        f"`{command} > my.toml` drafts a mapping.",
    )


def named_type(path: Path, type_name: str) -> ObjectType:
    """The object type that an `@type` names.

    Raises:
        MappingError: there is no such type.
    """
    try:
        return ObjectType(type_name.strip().lower())
    except ValueError:
        raise MappingError(
            f"{path}: its @type is '{type_name}', which is not an object type",
            hint=f"The object types are {', '.join(ObjectType)}.",
        ) from None


def _score(schema: ObjectSchema, columns: list[str]) -> int:
    targets = (find_target(schema, column) for column in columns)
    known = {target.path for target in targets if target and target.kind is TargetKind.FIELD}
    return len(known)


def missing_mandatory(schema: ObjectSchema, columns: Iterable[str]) -> list[str]:
    """Mandatory fields of the record itself that no column feeds."""
    found = {target.path for column in columns if (target := find_target(schema, column))}
    return [path for path in schema.mandatory() if path not in found]


def types_by_file_name(path: Path) -> list[ObjectType]:
    """The object types that a file's name says, by the usual words for them."""
    words = plain(re.sub(r"[0-9]+", " ", own_name(path).split(".")[0]))
    return [name for name, stems in _NAMES.items() if any(stem in words for stem in stems)]


def type_of_objects(objects: Iterable[dict[str, Any]]) -> str:
    """What the first JSON object that has an `@type` says."""
    for record in objects:
        said = type_of(record)
        if isinstance(said, str) and said:
            return said
    return ""
