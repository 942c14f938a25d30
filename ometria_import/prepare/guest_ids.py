"""Customer ids that name nobody: shops write `0` or `guest` into orders without an account.

Sent, they would make one customer of many people. That an id is one shows in its many email
addresses only when all orders are read, so it is taken out of the records when these are packed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.across.columns import OrderColumns
from ometria_import.prepare.across.known import is_among
from ometria_import.prepare.scatter import PARTITIONS, Scatter
from ometria_import.problems import Origin, Problem, catalogue, shorten
from ometria_import.schema import ObjectType
from ometria_import.sources import RowChunk

Numbers = npt.NDArray[np.int64]

FIELD = "customer.id"
_ID, _EMAIL, _PLACE = _COLUMNS = ("id", "email", "place")
_WORDS = (
    *("guest", "guests", "gast", "invite", "invit\u00e9", "invitado", "ospite", "convidado"),
    *("anonymous", "anonym", "anonyme", "anon", "unknown", "unbekannt", "inconnu"),
    *("guest user", "guest_user", "guest-user", "guest checkout", "not logged in"),
    *("n/a", "na", "none", "null", "-", "-1"),
)
"""What shops are known to write."""
_OF_A_WORD, _OF_ANY = 2, 5
"""From how many different email addresses on an id names nobody: a known word, and any other. A
customer changes the address now and then."""
_AHEAD = (b',"lineitems":[', b',"properties":{')
"""Where they stand, the customer of the order itself has been passed."""


@dataclass(frozen=True, slots=True)
class GuestId:
    """An id of many people."""

    id: str
    emails: int
    orders: int
    source: int
    line: int
    """Of the first order that has it."""

    def problem(self, paths: Sequence[str]) -> Problem:
        """What is told of it; `paths` are the sources by their number less one."""
        shown = shorten(self.id)
        return Problem(
            f"W{catalogue.GUEST_ID}",
            Origin(paths[self.source - 1], self.line),
            FIELD,
            shown,
            f"{self.orders:,} orders of {self.emails:,} different email addresses have the "
            f"customer id '{shown}', so it was left out of them: say --null {FIELD}={shown}",
            str(ObjectType.ORDER),
            self.orders,
        )


class GuestIds:
    """Looks for such ids among the orders of all sources, in flat memory."""

    def __init__(self, folder: Path, kept: frozenset[str]) -> None:
        """Make room for what will be collected.

        Args:
            folder: Takes a temporary file.
            kept: Ids that are one customer's, whatever they look like.
        """
        self._folder = folder
        self._kept = kept
        self._stack = ExitStack()
        self._scatter: Scatter | None = None

    def close(self) -> None:
        """Remove the temporary file."""
        self._stack.close()

    def add(self, orders: OrderColumns, first_number: int, source: int, lines: Numbers) -> None:
        """Take the next orders.

        Args:
            orders: Their columns.
            first_number: The number of the first among all orders.
            source: The number of their source.
            lines: The line of each.
        """
        if orders.customer_ids is None or orders.customer_emails is None:
            return
        has_both = pc.and_(pc.is_valid(orders.customer_ids), pc.is_valid(orders.customer_emails))
        ids = orders.customer_ids.filter(has_both)
        if not len(ids):
            return
        if self._scatter is None:
            self._scatter = Scatter(self._folder, _COLUMNS)
            self._stack.callback(self._scatter.close)
        rows = np.flatnonzero(has_both.to_numpy(zero_copy_only=False))
        places = pc.binary_join_element_wise(str(source), pa.array(lines[rows]).cast("string"), ":")
        columns = [ids, pc.utf8_lower(orders.customer_emails.filter(has_both)), places]
        table = pa.table(columns, names=list(_COLUMNS))
        self._scatter.add(RowChunk(table, first_number + rows, ()), ids)

    def found(self, unsent: Numbers) -> list[GuestId]:
        """The ids of many people, in the order of their first places.

        Args:
            unsent: The numbers of orders that stay out of the package, sorted.
        """
        if self._scatter is None:
            return []
        self._scatter.write()
        guests = [
            guest
            for partition in filter(self._scatter.count, range(PARTITIONS))
            for guest in _guests_of(self._rows(self._scatter, partition, unsent))
            if guest.id not in self._kept
        ]
        return sorted(guests, key=lambda guest: (guest.source, guest.line))

    def _rows(self, scatter: Scatter, partition: int, unsent: Numbers) -> Any:
        tables = [scatter.no_rows().table]
        for chunk, _ in scatter.pieces(partition):
            tables.append(chunk.table.filter(pa.array(~is_among(chunk.lines, unsent))))
        return pa.concat_tables(tables)


def _guests_of(orders: Any) -> Iterator[GuestId]:
    """The ids of many people among some orders that have all orders of their ids."""
    counts = orders.group_by(_ID, use_threads=False).aggregate(
        [(_EMAIL, "count_distinct"), (_EMAIL, "count"), (_PLACE, "first")]
    )
    emails = counts.column(f"{_EMAIL}_count_distinct")
    is_word = pc.or_(
        pc.is_in(pc.utf8_lower(counts.column(_ID)), value_set=pa.array(_WORDS, pa.string())),
        pc.match_substring_regex(counts.column(_ID), "^0+$"),
    )
    is_guest = pc.or_(
        pc.greater_equal(emails, _OF_ANY),
        pc.and_(is_word, pc.greater_equal(emails, _OF_A_WORD)),
    )
    for row in counts.filter(is_guest).to_pylist():
        source, line = row[f"{_PLACE}_first"].split(":")
        addresses, number = row[f"{_EMAIL}_count_distinct"], row[f"{_EMAIL}_count"]
        yield GuestId(row[_ID], addresses, number, int(source), int(line))


class GuestEraser:
    """Takes ids out of the customers of encoded orders."""

    def __init__(self, ids: Sequence[str]) -> None:
        beginnings = [
            b',"customer":{"id":%b' % json.dumps(each, ensure_ascii=False).encode() for each in ids
        ]
        kept = len(b',"customer":{')
        self._needles = [
            *((each + b",", kept) for each in beginnings),
            *((each + b"}", 0) for each in beginnings),
        ]
        """What is looked for, and how much of it stays."""

    def erased(self, data: memoryview, ends: Numbers) -> tuple[memoryview, Numbers]:
        """The same records without the ids.

        Args:
            data: Encoded records.
            ends: The byte after each.
        """
        raw = bytes(data)
        cuts = sorted(
            (position + kept, position + len(needle))
            for needle, kept in self._needles
            for position in self._places(raw, needle, ends)
        )
        if not cuts:
            return data, ends
        parts, done = [], 0
        for begin, end in cuts:
            parts.append(raw[done:begin])
            done = end
        removed = np.cumsum([end - begin for begin, end in cuts])
        before = np.searchsorted([end for _, end in cuts], ends, side="right")
        moved = ends - np.concatenate(([0], removed))[before]
        return memoryview(b"".join((*parts, raw[done:]))), moved

    @staticmethod
    def _places(raw: bytes, needle: bytes, ends: Numbers) -> Iterator[int]:
        """Where the needle stands for the customer of a record, and in no custom field of it."""
        position = raw.find(needle)
        while position >= 0:
            record = int(np.searchsorted(ends, position, side="right"))
            begin = int(ends[record - 1]) if record else 0
            if all(raw.find(each, begin, position) < 0 for each in _AHEAD):
                yield position
            position = raw.find(needle, position + 1)
