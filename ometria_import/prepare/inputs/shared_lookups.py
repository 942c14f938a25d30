"""Lookups across files: an export in several parts has the naming row in any of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ometria_import.mapping.binding.rows import Lookups
from ometria_import.prepare.inputs.opened import Input, TableInput
from ometria_import.prepare.options import PrepareOptions


def share_lookups(records: Iterable[tuple[Input, PrepareOptions]]) -> None:
    """Let tables of one mapping find rows in each other; those of the own file count first.

    Files with other settings may be of another shop, with the same numbers for other things.
    """
    groups: list[tuple[tuple[str, object], list[Lookups]]] = []
    for each, options in records:
        if not isinstance(each, TableInput) or not each.mapping.file.lookups:
            continue
        key = (each.mapping.file.text, dict(options.settings))
        known = next((group for own, group in groups if own == key), None)
        if known is None:
            groups.append((key, [each.mapping.lookups]))
        else:
            known.append(each.mapping.lookups)
    for _, group in groups:
        _share(group)


def _share(group: Sequence[Lookups]) -> None:
    if len(group) > 1:
        common = Lookups.common(group)
        for each in group:
            each.others = common
