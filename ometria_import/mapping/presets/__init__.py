"""The mappings that ship: TOML files in a folder for each platform, and what is built from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from ometria_import.errors import ContestedSourceError, MappingError
from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.expressions.model import Has
from ometria_import.mapping.file.preset import Preset
from ometria_import.mapping.file.read import load_mapping
from ometria_import.mapping.model import Anchors, MappingFile
from ometria_import.mapping.objects.bind import ExactNames, asks_for_rows
from ometria_import.mapping.objects.mapped import are_known
from ometria_import.mapping.objects.rows import Objects, names_of
from ometria_import.mapping.recognition.object_recognition import are_ometrias
from ometria_import.mapping.secret_names import is_secret
from ometria_import.mapping.shipped import shipped_files
from ometria_import.mapping.targets import REJECT_COLUMNS, type_of
from ometria_import.on_disk import may_be_there
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.options.remote_path import scheme_of
from ometria_import.schema import ObjectType
from ometria_import.sources.file.names import fits_name, own_name

_SUFFIX = ".toml"
_MOST_NEAR = 3
_FEWEST_FOUND = 2
"""One name in common is no nearness."""


@cache
def presets() -> tuple[Preset, ...]:
    """All presets, by name."""
    return tuple(
        Preset(Path("presets") / each.name, each.text, each.values) for each in shipped_files()
    )


def find_mapping(name_or_path: str | Path) -> MappingFile:
    """A preset by its name, or the mapping of a file.

    Raises:
        MappingError: there is neither, or the file is wrong.
    """
    said = str(name_or_path)
    if scheme := scheme_of(said):
        # Not repeated: it may have a password in it.
        raise MappingError(
            f"mappings are files of this machine, and {scheme}:// names one of another",
            hint="Copy the mapping file here, and give its path.",
        )
    for preset in presets():
        if preset.name == said.removesuffix(_SUFFIX) and not may_be_there(Path(said)):
            return preset.file
    path = Path(said)
    if path.suffix == _SUFFIX or may_be_there(path):
        return load_mapping(path)
    raise MappingError(
        f"'{said}' is neither a preset nor a mapping file"
        f"{did_you_mean(said, (each.name for each in presets()))}",
        hint="`ometria-import mapping list` shows the presets; a mapping file ends in .toml.",
    )


def recognise_preset(
    path: Path,
    header: Iterable[str],
    object_type: ObjectType | None = None,
    *,
    items: str | None = None,
    name: str = "",
) -> MappingFile | None:
    """The preset whose anchors a header has; the most anchors win.

    Args:
        path: The source, for messages.
        header: The names of its columns.
        object_type: The object type that the user gave for the table, if any.
        items: Name of the items that the user says it holds; empty where it holds records, None
            where the user does not say.
        name: The file's own name, where that of the source is another; a preset may ask for it.

    Raises:
        ContestedSourceError: two presets fit equally well.
    """
    of_file = name or own_name(path)
    scores = {
        preset.name: (anchors, preset)
        for preset, anchors in _known_by_header(tuple(header), object_type, items)
        if _fits_name(preset, of_file)
    }
    return _best(str(path), scores)


@lru_cache
def _known_by_header(
    header: tuple[str, ...], object_type: ObjectType | None, items: str | None
) -> tuple[tuple[Preset, int], ...]:
    """The presets whose anchors a header has, and how many; whole folders have the same one."""
    columns = [name for name in header if name not in REJECT_COLUMNS and not is_secret(name)]
    return tuple(
        (preset, anchors)
        for preset in presets()
        if object_type in {None, *preset.object_types}
        and items in {None, preset.items_alone}
        and (anchors := _anchors_of_header(preset, columns))
    )


def _best(path: str, scores: Mapping[str, tuple[int, Preset]]) -> MappingFile | None:
    """The preset with the most anchors.

    Raises:
        ContestedSourceError: two have equally many.
    """
    if not scores:
        return None
    most = max(anchors for anchors, _ in scores.values())
    best = [preset for anchors, preset in scores.values() if anchors == most]
    if len(best) > 1:
        names = " and ".join(f"'{preset.name}'" for preset in best)
        raise ContestedSourceError(
            f"{path}: the presets {names} fit equally well",
            hint=f"Choose one, for example with --mapping {best[0].name}, or with "
            f'mapping = "{best[0].name}" under [[sources]] in ometria-import.toml.',
        )
    return best[0].file


def recognise_objects_of(
    objects: Objects,
    shown: str = "",
    object_type: ObjectType | None = None,
    *,
    name: str = "",
) -> MappingFile | None:
    """The preset whose objects the first ones of a file are; the most anchors win.

    Args:
        objects: The first objects of the file.
        shown: The file, for messages.
        object_type: The object type that the user gave for the file, if any.
        name: The file's own name; a preset may ask for it.

    Raises:
        ContestedSourceError: two presets fit equally well.
    """
    if any(type_of(each) for each in objects):
        # Only Ometria's own records say their type so.
        return None
    is_own = are_ometrias(objects)
    names = names_of(objects)
    scores = {
        preset.name: (anchors, preset)
        for preset in presets()
        if preset.has_several or object_type in {None, *preset.object_types}
        # What objects say of themselves is more certain than the names that they have.
        if not is_own or (preset.anchors and preset.anchors.where)
        if (anchors := anchors_in_objects(preset, objects, names, name))
    }
    return _best(shown or "the file", scores)


def anchors_in_objects(
    preset: Preset, objects: Objects, names: Iterable[str], name: str = ""
) -> int:
    """How many of a preset's anchors some objects have; 0 where they are not the preset's.

    Args:
        preset: The preset.
        objects: The first objects of a file.
        names: The names of all their cells.
        name: The file's own name.
    """
    anchors = preset.anchors
    if anchors is None or not fits_name(name, anchors.file):
        return 0
    if preset.nest is not None:
        objects = preset.nest.as_records(objects)
        names = names_of(objects)
    if anchors.where:
        is_known = are_known(anchors, objects)
        if not any(is_known):
            return 0
        names = names_of(each for each, own in zip(objects, is_known, strict=True) if own)
    found = _anchors_in(anchors, ExactNames(names, preset.columns.aliases))
    return found if found and not asks_for_rows(preset.file) else 0


def key_of_inner_objects(objects: Objects) -> str:
    """The key under which the first objects of a file hold those of a preset; blank for none."""
    inner = [
        (key, value) for each in objects for key, value in each.items() if isinstance(value, dict)
    ]
    values = [value for _, value in inner]
    if len({key for each in objects for key in each}) == 1 and len(inner) == len(objects):
        # {"order": {…}}: nothing stands beside what an API was asked for.
        names = names_of(values)
        if any(anchors_in_objects(each, values, names) for each in presets()):
            return inner[0][0] if inner else ""
    wrapped = (each for each in presets() if each.anchors and each.anchors.where and not each.nest)
    known = [_are_of(each, values) for each in wrapped]
    found = (key for number, (key, _) in enumerate(inner) if any(each[number] for each in known))
    return next(found, "")


def _are_of(preset: Preset, objects: Objects) -> list[bool]:
    if preset.anchors is None:
        return [False] * len(objects)
    if preset.nest is not None:
        objects = preset.nest.as_records(objects)
    return are_known(preset.anchors, objects)


def records_of_items(mapping: MappingFile) -> list[MappingFile]:
    """The presets whose records have their items in files that a mapping of items reads."""
    return [each.file for each in presets() if each.lines and each.lines.mapping == mapping.name]


def anchors_found(preset: MappingFile | Preset, header: Iterable[str], name: str) -> int:
    """How many of a preset's anchors a file's name and header have; 0 where it is not for it."""
    return _anchors_of_header(preset, header) if _fits_name(preset, name) else 0


def _fits_name(preset: MappingFile | Preset, name: str) -> bool:
    return preset.anchors is None or fits_name(name, preset.anchors.file)


def _anchors_of_header(preset: MappingFile | Preset, header: Iterable[str]) -> int:
    """The same, whatever the file is called."""
    anchors = preset.anchors
    if anchors is None or anchors.where:
        return 0
    found = _anchors_in(anchors, HeaderNames(header, preset.columns.aliases))
    return found if found and not preset.is_for_objects else 0


def _anchors_in(anchors: Anchors, names: HeaderNames) -> int:
    """How many anchors are among some names; 0 where one is missing or a wrong one is there."""
    if not all(map(names.has_like, anchors.all)) or any(map(names.has_like, anchors.none)):
        return 0
    some = sum(map(names.has_like, anchors.any))
    if anchors.any and some < anchors.at_least:
        return 0
    spelt = {each.casefold() for each in anchors.spelt}
    if not spelt <= {each.strip().casefold() for each in names.own.values()}:
        return 0
    of_anchors = {own for name in (*anchors.all, *anchors.any) for own in names.all_of(name)}
    if anchors.is_alone and not of_anchors.issuperset(names.own.values()):
        return 0
    return len(anchors.all) + some + len(anchors.where) + bool(anchors.file)


def lacking_anchors(mapping: MappingFile, header: Iterable[str]) -> str:
    """The columns by which a mapping's files are known, for people, where a header has none.

    One that has some is a file of the mapping's that lacks the others: the user says so.
    """
    anchors = mapping.anchors
    if anchors is None or anchors.where:
        return ""
    names = HeaderNames(header, mapping.columns.aliases)
    wanted = (*anchors.all, *anchors.any)
    if any(map(names.has_like, wanted)):
        return ""
    return ", ".join(f"'{name}'" for name in wanted)


def near_words(header: Iterable[str], object_type: ObjectType | None = None) -> str:
    """A sentence about the presets that a header has more names of than it lacks, or nothing.

    Args:
        header: The names of a table's columns that no preset knows.
        object_type: The object type that the user gave for the table, if any.
    """
    columns = [name for name in header if name not in REJECT_COLUMNS and not is_secret(name)]
    candidates = (
        (preset, HeaderNames(columns, preset.columns.aliases).has_like)
        for preset in presets()
        if object_type in {None, *preset.object_types}
    )
    return _near(candidates, lambda file: not file.is_for_objects)


def near_words_of_objects(objects: Objects, object_type: ObjectType | None = None) -> str:
    """The same about the first objects of a JSON file."""
    names = names_of(objects)
    candidates = (
        (preset, ExactNames(names, preset.columns.aliases).has_like)
        for preset in presets()
        if object_type in {None, *preset.object_types}
    )
    return _near(candidates, lambda file: bool(file.items_alone) or not asks_for_rows(file))


def _near(candidates: Iterable[tuple[Preset, Has]], may_be: Callable[[MappingFile], bool]) -> str:
    """The words about the presets that have more of their names there than they lack.

    Args:
        candidates: Presets, each with what tells whether a name is there.
        may_be: Whether a preset's mapping is for such a file at all.
    """
    near: list[tuple[int, str]] = []
    for preset, has in candidates:
        anchors = preset.anchors
        if anchors is None or anchors.where:
            continue
        lacking = [name for name in anchors.all if not has(name)]
        others = [name for name in anchors.any if not has(name)]
        of_any = len(anchors.any) - len(others)
        found = len(anchors.all) - len(lacking) + of_any
        wanted = max(anchors.at_least - of_any, 0) if anchors.any else 0
        if found < _FEWEST_FOUND or not 0 < len(lacking) + wanted < found:
            continue
        if not may_be(preset.file):
            continue
        lacks = [f"'{name}'" for name in lacking]
        if wanted:
            quoted = ", ".join(f"'{name}'" for name in others)
            lacks.append(f"{wanted if wanted > 1 else 'one'} of {quoted}")
        near.append((found, f"{preset.name} (it lacks {' and '.join(lacks)})"))
    if not near:
        return ""
    near.sort(key=lambda each: -each[0])
    said = "; ".join(words for _, words in near[:_MOST_NEAR])
    return f" Similar, but not certain: {said}. If it is one of these, add --mapping NAME."
