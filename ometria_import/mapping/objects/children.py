"""Elements that belong to others of their array: the variant that was sold of a product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ometria_import.mapping.expressions.model import CHILDREN
from ometria_import.mapping.model import Children
from ometria_import.mapping.objects.elements import ElementRows, own_rows
from ometria_import.problems import Finding, catalogue, shorten

if TYPE_CHECKING:
    from ometria_import.mapping.objects.elements import ObjectRows

Orphan = tuple[int, str, Finding]
"""A row of an element that stays alone, the parent that it names, and why it has none."""

_NOBODY = frozenset({"", "0"})
"""Many systems number from 1, and say 0 for nothing."""


def with_children(found: ElementRows, names: Children) -> tuple[ElementRows, list[Orphan]]:
    """The elements without those that belong to others, which now have them in an array.

    Args:
        found: All elements of the array.
        names: The keys by which they name each other.

    Returns:
        The elements that are left, and those whose parent is not among them.
    """
    import numpy as np

    level = found.levels[0]
    rows = found.row_of.tolist()
    ids, parents = (_texts(found, f"{level.prefix}.{key}") for key in (names.id, names.parent))
    place_of: dict[tuple[int, str], int] = {}
    for place, key in enumerate(zip(rows, ids, strict=True)):
        place_of.setdefault(key, place)
    owner_of: dict[int, int] = {}
    orphans: list[Orphan] = []
    for place, parent in enumerate(parents):
        if parent in _NOBODY:
            continue
        owner = place_of.get((rows[place], parent))
        if owner is None:
            message = f"its parent {shorten(parent)} is not in the same list, so it stays an item"
            orphans.append((rows[place], parent, Finding(catalogue.WITHOUT_PARENT, message)))
        else:
            owner_of[place] = owner
    for place in _in_circles(owner_of):
        message = "it belongs to itself by way of its parents, so it stays an item"
        finding = Finding(catalogue.WITHOUT_PARENT, message)
        orphans.append((rows[place], parents[place], finding))
        del owner_of[place]
    if not owner_of:
        return found, orphans
    owners = set(owner_of.values())
    elements = [
        {**each, CHILDREN: []} if place in owners else each
        for place, each in enumerate(found.objects)
    ]
    for place, owner in owner_of.items():
        elements[owner][CHILDREN].append(elements[place])
    left = np.array([place for place in range(found.length) if place not in owner_of], np.int64)
    base: ObjectRows | ElementRows = found.base
    while isinstance(base, ElementRows):
        base = base.base
    own = own_rows(base, level.prefix, [elements[place] for place in left.tolist()])
    outer = (each.taken(left) for each in found.levels[1:])
    levels = (replace(level, elements=own, index=None), *outer)
    return ElementRows(found.base, found.row_of[left], levels, found.misfits), orphans


def _texts(found: ElementRows, name: str) -> list[str]:
    texts = found.column(name)
    return [""] * found.length if texts is None else [each.strip() for each in texts.to_pylist()]


def _in_circles(owner_of: dict[int, int]) -> Iterator[int]:
    """The elements that one comes to again when going from parent to parent."""
    seen: set[int] = set()
    circles: list[int] = []
    for start in owner_of:
        way: dict[int, None] = {}
        place = start
        while place in owner_of and place not in seen and place not in way:
            way[place] = None
            place = owner_of[place]
        if place in way:
            circles += list(way)[list(way).index(place) :]
        seen.update(way)
    return iter(circles)
