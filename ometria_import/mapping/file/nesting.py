"""How a mapping file says that objects name what they belong to."""

from __future__ import annotations

from ometria_import.mapping.file.place import Section
from ometria_import.mapping.objects.nest import Nest


def read_nest(root: Section) -> Nest | None:
    """The table `[nest]`; None where there is none.

    Raises:
        MappingError: it is wrong, or stands beside what only tables have.
    """
    if "nest" not in root.values:
        return None
    section = root.section("nest")
    section.only("parent", "id", "kind", "kinds")
    kinds = section.section("kinds")
    nest = Nest(
        section.text_of("parent"),
        section.text_of("id", "id"),
        section.text_of("kind", ""),
        tuple((name, keys) for name in kinds.values for keys in _keys(kinds, name)),
    )
    if nest.parent == nest.id:
        raise section.error(f"'{nest.id}' cannot be both the id and the parent", "parent")
    if not nest.kind and not nest.kinds:
        raise section.error(
            "nothing says what a part is",
            hint='Set kind = "gid" for ids like gid://shop/LineItem/2, kind = "__typename" for a '
            "key that says it, or name the keys that tell it under [nest.kinds].",
        )
    for name in kinds.values:
        if not all(_keys(kinds, name)):
            raise kinds.error(f"no key tells what is of the kind '{name}'", name)
        if "." in name or "[" in name:
            raise kinds.error(f"'{name}' cannot be the name of an array", name)
    rows = root.section("rows").values
    for key, place in (("group_by", rows), ("lookups", root.values), ("items_of", root.values)):
        if key in place:
            raise section.error(f"'{key}' is for tables, and [nest] puts objects of JSON together")
    return nest


def _keys(kinds: Section, name: str) -> tuple[tuple[str, ...], ...]:
    """The lists of keys, each of which tells a kind; one alone may stand without a list."""
    value = kinds.values[name]
    if isinstance(value, list) and any(isinstance(each, list) for each in value):
        found: tuple[tuple[str, ...], ...] = kinds.value(name, tuple[tuple[str, ...], ...])
        return found
    return (kinds.texts_of(name),)
