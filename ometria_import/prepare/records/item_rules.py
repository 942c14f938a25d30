"""Which items of a record are left out, and why.

Each rule returns what it found; the second marks the items in their level, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow.compute as pc

from ometria_import.prepare.records.assembled import Found, Level, Rows
from ometria_import.problems import catalogue
from ometria_import.schema import Field, Items


def incomplete_items(inner: Level, member: Items, values: Mapping[str, Any]) -> list[Found]:
    """Say what the items lack that are bad already.

    Args:
        inner: The level of the items.
        member: What they are.
        values: Normalised columns by full path.
    """
    required = [m.name for m in member.members if isinstance(m, Field) and m.required]

    def has(name: str, entry: int) -> bool:
        column = values.get(f"{inner.prefix}{name}")
        return column is not None and column[entry].is_valid

    found = []
    for entry in np.flatnonzero(inner.is_bad).tolist():
        absent = [name for name in required if not has(name, entry)]
        if member.one_of and not any(has(name, entry) for name in member.one_of):
            absent.append(" or ".join(member.one_of))
        message = f"the {member.singular} has no usable {' and no '.join(absent)}; it was dropped"
        found.append(_dropped(inner, entry, inner.prefix.removesuffix("."), message))
    return found


def out_of_place_items(
    inner: Level, member: Items, flags: Any, parents: Rows, *, is_silent: bool
) -> list[Found]:
    """Drop the items of records that have none of their kind.

    Args:
        inner: The level of the items.
        member: What they are.
        flags: The column of the records that says so with `true`.
        parents: The record of each item.
        is_silent: Whether nothing is said of it.
    """
    is_set = pc.fill_null(pc.equal(flags, "true"), fill_value=False)
    out_of_place = is_set.to_numpy(zero_copy_only=False)[parents] & ~inner.is_bad
    inner.is_bad |= out_of_place
    if is_silent:
        return []
    message = (
        f"a record with {member.not_if} has no {member.name}; the {member.singular} was dropped"
    )
    entries = np.flatnonzero(out_of_place).tolist()
    return [_dropped(inner, entry, member.name, message) for entry in entries]


def _dropped(inner: Level, entry: int, path: str, message: str) -> Found:
    return Found(int(inner.rows[entry]), f"W{catalogue.PART_DROPPED}", path, "", message)
