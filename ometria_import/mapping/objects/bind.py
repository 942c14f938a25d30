"""Binding a mapping file to a JSON file, with everything that can be refused then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from ometria_import.errors import MappingError
from ometria_import.mapping.binding.bind import settings_for
from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.binding.uses import uses
from ometria_import.mapping.expressions.model import CHILDREN, ELEMENTS, FILE_NAME, NUMBER
from ometria_import.mapping.file.arrays import check_elements
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.objects.mapped import ObjectMapping
from ometria_import.mapping.objects.rows import Objects, names_of
from ometria_import.options.choices import Unmapped
from ometria_import.options.did_you_mean import nearest
from ometria_import.schema import ObjectType
from ometria_import.sources.file.names import own_name
from ometria_import.toml import Keys


def bind_objects(
    path: Path,
    file: MappingFile,
    settings: Mapping[str, str],
    objects: Objects,
    *,
    name: str = "",
) -> ObjectMapping:
    """Bind a mapping file to the objects of a JSON file.

    Args:
        path: The source, for messages.
        file: The mapping.
        settings: The user's settings, which may include those of other mappings.
        objects: The first of the file's objects.
        name: The file's own name, where that of the source is another.

    Raises:
        MappingError: the export cannot do.
        MissingSettingsError: settings are missing.
    """
    if file.refusal is not None:
        raise MappingError(f"{path}: {file.refusal.reason}", hint=file.refusal.instead)
    check_elements(file)
    if file.columns.unmapped is Unmapped.ERROR:
        section = Section(file.place, file.text, {}, ("columns",))
        raise section.error(
            "JSON has keys that this mapping does not name in any number, so that they cannot be "
            "refused here",
            "unmapped",
            hint="Use --unmapped error for a file that must not have any.",
        )
    header = HeaderNames(names_of(objects), file.columns.aliases)
    given = {**settings, FILE_NAME: name or own_name(path)}
    return ObjectMapping(file, settings_for(file, given, header, path))


class ExactNames(HeaderNames):
    """The names in JSON, where every letter counts."""

    def __init__(self, names: Iterable[str], aliases: Mapping[str, tuple[str, ...]]) -> None:
        """Take names as objects have them."""
        names = tuple(names)
        super().__init__(names, aliases)
        self._exact, self._aliases = frozenset(names), aliases

    def has(self, name: str) -> bool:
        """Whether some object has it, or a member of its family."""
        if NUMBER in name:
            return super().has(name)
        return any(each in self._exact for each in (name, *self._aliases.get(name, ())))


def _near(lacking: str, seen: Collection[str], used: Collection[str]) -> str:
    """What a name that no object has was probably meant to be: a key that the mapping passes over.

    Only the key that is not there is compared, since what leads to it is the same.
    """
    owner = ""
    for segment in lacking.split("."):
        key = segment.removesuffix(ELEMENTS)
        if f"{owner}{key}" in seen:
            owner += f"{segment}."
            continue
        beside = (
            name.removeprefix(owner)
            for name in seen
            if name.startswith(owner)
            and not any(f"{each}.".startswith((f"{name}.", f"{name}{ELEMENTS}")) for each in used)
        )
        if near := nearest(key, [name for name in beside if "." not in name]):
            return f"{owner}{near}{lacking.removeprefix(f'{owner}{key}')}"
        break
    return ""


def asks_for_rows(file: MappingFile) -> bool:
    """Whether a mapping puts rows together, or makes items or members of them."""
    return bool(
        file.group_by
        or (file.members and not file.members.each)
        or file.lookups
        or any(not each.each for each in file.items)
    )


def is_for_tables(file: MappingFile, objects: Objects) -> bool:
    """Whether a mapping asks for what only tables have, or knows none of the names in objects."""
    if asks_for_rows(file):
        return True
    anchors = file.anchors
    if file.is_for_objects or anchors is None or anchors.where:
        return False
    names = set(names_of(objects))
    return names.isdisjoint((*anchors.all, *anchors.any))


def refuse_misspelt(
    path: Path, mapping: ObjectMapping, types: Iterable[ObjectType], chunks: Iterable[Objects]
) -> None:
    """Refuse a name that no object has, where one is near that the mapping does not use.

    JSON leaves out keys without a value, so a name may be right that no object has.

    Args:
        path: The source, for messages.
        mapping: The mapping of the source.
        types: The object types that the file holds.
        chunks: All of its objects; they are read until all names were there.

    Raises:
        MappingError: such a name is there, with file, line and what was probably meant.
    """
    file = mapping.file
    if file.columns.may_lack:
        return
    records = [each for each in mapping.records if each.object_type in types]
    seen: dict[str, None] = {}
    names = ExactNames((), {})
    for objects in chunks:
        seen.update(dict.fromkeys(names_of(objects)))
        for record in records:
            seen.update(dict.fromkeys(_names_of_children(record, [*seen])))
        names = ExactNames(seen, file.columns.aliases)
        if not any(True for each in records for _ in _lacking(each, names)):
            return
    used = {
        name for record in records for use in uses(record, names) for name in use.what.columns()
    }
    for name, keys in (each for record in records for each in _lacking(record, names)):
        if near := _near(name, seen, used):
            raise Section(file.place, file.text, {}, keys).error(
                f"no object of {path} has '{name}' (did you mean '{near}'?)",
                near=name,
                hint='Set missing = "allow" under [columns] if the file may lack them.',
            )


def _names_of_children(record: MappingFile, seen: Collection[str]) -> Iterator[str]:
    """Elements that belong to others have the same names, behind those of their parents."""
    for item in record.items:
        start = f"{item.each}{ELEMENTS}."
        for name in seen if item.children else ():
            if name.startswith(start) and f"{CHILDREN}{ELEMENTS}" not in name:
                yield f"{start}{CHILDREN}{ELEMENTS}.{name.removeprefix(start)}"


def _lacking(record: MappingFile, names: HeaderNames) -> Iterator[tuple[str, Keys]]:
    """The names that a mapping needs and no object has, with where it says them."""
    for use in uses(record, names):
        yield from ((name, use.keys) for name in use.what.lacking(use.has))
