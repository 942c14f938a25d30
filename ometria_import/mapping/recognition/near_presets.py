"""Which presets a file nearly fits, so that people see what speaks for them and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.presets import presets
from ometria_import.mapping.secret_names import is_secret
from ometria_import.mapping.targets import REJECT_COLUMNS
from ometria_import.schema import ObjectType

_MOST = 3
_FEWEST_FOUND = 2
"""One name in common is no nearness."""


@dataclass(frozen=True, slots=True)
class NearPreset:
    """A preset that a header nearly fits."""

    name: str
    found: int
    lacks: str
    """In words, what the header would need, too."""


def near_presets(
    header: Iterable[str], object_type: ObjectType | None = None
) -> tuple[NearPreset, ...]:
    """The presets that a header has more names of than it lacks, the nearest first.

    Args:
        header: The names of a table's columns that no preset knows.
        object_type: What the user says the table holds, if they do.
    """
    columns = [name for name in header if name not in REJECT_COLUMNS and not is_secret(name)]
    fitting = [each for each in presets() if object_type in {None, each.object_type}]
    near = [found for each in fitting if (found := _near(each, columns)) is not None]
    return tuple(sorted(near, key=lambda each: -each.found)[:_MOST])


def _near(preset: MappingFile, columns: list[str]) -> NearPreset | None:
    anchors = preset.anchors
    if anchors is None:
        return None
    names = HeaderNames(columns, preset.columns.aliases)
    has = names.has_like
    lacking = [name for name in anchors.all if not has(name)]
    others = [name for name in anchors.any if not has(name)]
    found = len(anchors.all) - len(lacking) + len(anchors.any) - len(others)
    wanted = anchors.at_least - (len(anchors.any) - len(others)) if anchors.any else 0
    missing = len(lacking) + max(wanted, 0)
    if found < _FEWEST_FOUND or missing >= found:
        return None
    lacks = [f"'{name}'" for name in lacking]
    if wanted > 0:
        quoted = ", ".join(f"'{name}'" for name in others)
        lacks.append(f"{wanted if wanted > 1 else 'one'} of {quoted}")
    return NearPreset(preset.name, found, " and ".join(lacks)) if lacks else None


def near_words(near: Iterable[NearPreset]) -> str:
    """A sentence about them, or nothing."""
    said = "; ".join(f"{each.name} (it lacks {each.lacks})" for each in near)
    return f" Near, but not certain: {said}. If it is one of these, say --mapping NAME." * bool(
        said
    )
