"""Records that single rows of a group make, beside the record of the group: its variants."""

from __future__ import annotations

import numpy as np

from ometria_import.mapping.cells import ItemCells
from ometria_import.mapping.merging import merged_cells
from ometria_import.prepare.grouping import Grouped, Mask


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


def reject_whole_groups(is_rejected: Mask, grouped: Grouped) -> None:
    """Reject all records of a group where one of them is.

    Their rows are the same, and only all of them together can be mended and pushed again.
    """
    if grouped.group_of is not None and is_rejected.any():
        is_rejected |= np.isin(grouped.group_of, grouped.group_of[is_rejected])
