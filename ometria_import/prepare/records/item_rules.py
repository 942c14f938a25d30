"""Which items of a record are left out, and why."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow.compute as pc

from ometria_import.prepare.records.assembled import Level
from ometria_import.problems import catalogue
from ometria_import.schema import Field, Items
from ometria_import.sources.arrays import Rows, Texts, mask_of


def tell_of_incomplete_items(inner: Level, member: Items, values: Mapping[str, Texts]) -> None:
    """Say what the items lack that are bad already.

    Args:
        inner: The level of the items.
        member: What they are.
        values: Normalised columns by full path.
    """
    required = [m.name for m in member.members if isinstance(m, Field) and m.required]

    def has(name: str, entry: int) -> bool:
        column = values.get(f"{inner.prefix}{name}")
        return column is not None and column[entry].as_py() is not None

    def message(entry: int) -> str:
        absent = [name for name in required if not has(name, entry)]
        if member.one_of and not any(has(name, entry) for name in member.one_of):
            absent.append(" or ".join(member.one_of))
        return f"the {member.singular} has no usable {' and no '.join(absent)}; it was dropped"

    path = inner.prefix.removesuffix(".")
    inner.report(inner.is_bad, catalogue.PART_DROPPED, path, message)


def drop_out_of_place_items(
    inner: Level, member: Items, flags: Texts, parents: Rows, *, is_silent: bool
) -> None:
    """Drop the items of records that have none of their kind.

    Args:
        inner: The level of the items.
        member: What they are.
        flags: The column of the records that says so with `true`.
        parents: The record of each item.
        is_silent: Whether nothing is said of it.
    """
    out_of_place = mask_of(pc.equal(flags, "true"))[parents] & ~inner.is_bad
    inner.is_bad |= out_of_place
    if not is_silent:
        message = (
            f"a record with {member.not_if} has no {member.name}; the {member.singular} was dropped"
        )
        inner.report(out_of_place, catalogue.PART_DROPPED, member.name, message)
