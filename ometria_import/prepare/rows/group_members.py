"""Records that single rows of a group make, beside the record of the group: its variants."""

from __future__ import annotations

import numpy as np

from ometria_import.mapping.binding.merging import merged_cells
from ometria_import.mapping.cells import ItemCells
from ometria_import.prepare.records.assembled import Assembled
from ometria_import.prepare.rows.grouping import Grouped, Mask
from ometria_import.problems import catalogue


def with_members(grouped: Grouped, members: ItemCells) -> Grouped:
    """Put members among the records of groups: behind that of their own, in the rows' order.

    They take no row from it: every row still belongs to the record of its group.
    """
    groups = len(grouped.starts)
    starts = np.concatenate([grouped.starts, members.rows])
    group_of = np.concatenate([np.arange(groups), grouped.record_of_row[members.rows]])
    is_member = np.arange(len(starts)) >= groups
    order = np.lexsort((starts, is_member, group_of))
    place_of = np.empty(len(order), np.int64)
    place_of[order] = np.arange(len(order))
    rows = [grouped.starts, members.rows]
    cells = merged_cells([grouped.cells, members.cells], rows, order)
    cells.findings = grouped.cells.findings
    return Grouped(
        cells,
        starts[order],
        place_of[grouped.record_of_row],
        grouped.differences,
        group_of[order],
    )


def reject_without_own_row(
    assembled: Assembled, grouped: Grouped, is_own: Mask, reason: str
) -> None:
    """Reject records all of whose rows only say more of a record that is not there.

    Args:
        assembled: The records, which are changed.
        grouped: Which rows make them up.
        is_own: The rows of which each record needs one.
        reason: Why it is none without.
    """
    of_rows = np.unique(grouped.record_of_row)
    lone = np.setdiff1d(of_rows, grouped.record_of_row[is_own])
    if not len(lone):
        return
    level = assembled.level
    rows = set(grouped.starts[lone].tolist())
    # What such a record lacks stands in the row that is not there: it is said once.
    level.found[:] = [
        each for each in level.found if each.row not in rows or each.code != f"E{catalogue.MISSING}"
    ]
    is_lone = np.isin(np.arange(len(level.rows)), lone)
    level.report(is_lone, catalogue.NO_OWN_ROW, "", reason, is_error=True)


def reject_whole_groups(is_rejected: Mask, grouped: Grouped) -> None:
    """Reject all records of a group where one of them is.

    Their rows are the same, and only all of them together can be mended and pushed again.
    """
    if grouped.group_of is not None and is_rejected.any():
        is_rejected |= np.isin(grouped.group_of, grouped.group_of[is_rejected])
