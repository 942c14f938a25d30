"""The mappings that there are: the presets, and what a mapping file of the user's own says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ometria_import.errors import MappingError
from ometria_import.mapping.shipped import shipped_files

if TYPE_CHECKING:
    # For types only: a list of the presets must not wait for what reads mappings.
    from ometria_import.mapping.file.preset import Preset
    from ometria_import.mapping.model import MappingFile


@dataclass(frozen=True, slots=True)
class KnownMapping:
    """A preset or a mapping file, as far as a list of them tells."""

    name: str
    title: str
    platform: str
    object_types: tuple[str, ...]
    export: str
    """Where the platform's menus have the right file."""
    refusal: str
    """Why such an export cannot be imported, or empty."""
    text: str
    """The file itself."""


def known_presets() -> list[KnownMapping]:
    """Every preset, sorted by name."""
    built = [
        KnownMapping(
            **{**each.listing, "object_types": tuple(each.listing["object_types"])}, text=each.text
        )
        for each in shipped_files()
        if each.listing is not None
    ]
    if len(built) < len(shipped_files()):
        from ometria_import.mapping.presets import presets

        built = [known_mapping(each) for each in presets()]
    return sorted(built, key=lambda each: each.name)


def named_mapping(name: str) -> KnownMapping:
    """One preset, or a mapping file by its path.

    Raises:
        MappingError: there is neither, or something in the file is wrong; with file and line.
    """
    from ometria_import.mapping.presets import find_mapping

    return known_mapping(find_mapping(name))


def checked_mapping(path: Path) -> KnownMapping:
    """Read a mapping file with every check that needs no source.

    Raises:
        MappingError: it cannot be read, or something in it is wrong; with file and line.
    """
    if not path.is_file():
        raise MappingError(
            f"{path}: there is no such file",
            hint="Check the path; `ometria-import mapping list` shows the presets.",
        )
    from ometria_import.mapping.file.read import load_mapping

    return known_mapping(load_mapping(path))


def known_mapping(file: MappingFile | Preset) -> KnownMapping:
    """What there is to know of a mapping."""
    items, types = file.items_alone, file.object_types
    return KnownMapping(
        file.name,
        file.title,
        file.platform,
        (f"{items} of {types[0]}",) if items else tuple(map(str, types)),
        file.export,
        file.refusal.reason if file.refusal else "",
        file.text,
    )
