"""Guest ids: customer ids such as `0` or `guest` that shops write for orders without an account.

If they were sent, they would merge many people into one customer. A guest id is recognised by its
many email addresses, which takes all orders, so it is removed only when the records are packed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.prepare.records.shared_columns import OrderColumns
from ometria_import.prepare.rows.key_hashes import hash_texts
from ometria_import.prepare.spill.spill import Spill
from ometria_import.problems import Finding, Located, Problem, catalogue, shorten
from ometria_import.schema import ObjectType
from ometria_import.sources.arrays import Rows, Table, mask_of

FIELD = "customer.id"
_ID, _EMAIL, _PLACE = "id", "email", "place"
_LINE_BITS = 48
"""Enough bits for the lines of a joined table; the source's number is in the bits above."""
_BITS = 6
_WORDS = (
    *("guest", "guests", "gast", "invite", "invit\u00e9", "invitado", "ospite", "convidado"),
    *("anonymous", "anonym", "anonyme", "anon", "unknown", "unbekannt", "inconnu"),
    *("guest user", "guest_user", "guest-user", "guest checkout", "not logged in"),
    *("n/a", "na", "none", "null", "-", "-1"),
)
"""Guest ids that shops are known to write."""
_ZEROS = tuple("0" * length for length in range(1, 13))
_KNOWN = pa.array(
    [*_ZEROS, *{form(word) for word in _WORDS for form in (str.lower, str.upper, str.capitalize)}],
    pa.string(),
)
_OF_ANY = 5
"""Any other id with at least this many email addresses is a guest id. A customer may have a few,
because people change their address now and then."""
_AHEAD = (b',"lineitems":[', b',"properties":{')
"""Keys that come after the order's own customer in the JSON of a record."""


@dataclass(frozen=True, slots=True)
class GuestId:
    """A guest id and how often it occurs."""

    id: str
    emails: int
    orders: int
    source: int
    line: int
    """The line of the first order with this id."""

    def located(self) -> Located:
        """The notice about this id."""
        shown = shorten(self.id)
        message = (
            f"'{shown}' names nobody, so it was left out (orders: {self.orders:,}, email "
            f"addresses: {self.emails:,}); use --null {FIELD}={shown}"
        )
        finding = Finding(catalogue.GUEST_ID, message)
        return Located(self.line, FIELD, self.id, finding, times=self.orders)


class GuestIds:
    """Finds guest ids among the orders of all sources, in constant memory."""

    def __init__(self, folder: Path, kept: frozenset[str], paths: Sequence[str]) -> None:
        """Set up the collection.

        Args:
            folder: The folder for a temporary file.
            kept: Ids that the user says are real customers, whatever they look like.
            paths: The paths of the sources, in the order of their numbers.
        """
        self._kept = kept
        self._paths = paths
        self._spill = Spill(folder, _BITS)
        self.found: list[GuestId] = []
        """The guest ids in order of first appearance, available once they were reported."""

    def close(self) -> None:
        """Remove the temporary file."""
        self._spill.close()

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Add the next orders."""
        orders = chunk.shared
        if not isinstance(orders, OrderColumns):
            return
        if orders.customer_ids is None or orders.customer_emails is None:
            return
        has_id = pc.is_valid(orders.customer_ids)
        ids = orders.customer_ids.filter(has_id)
        if not len(ids):
            return
        emails = pc.fill_null(orders.customer_emails, "").filter(has_id)
        places = chunk.lines[mask_of(has_id)] + (source.number << _LINE_BITS)
        table = pa.table([ids, emails, places], names=[_ID, _EMAIL, _PLACE])
        self._spill.add(table, hash_texts(ids))

    def problems(self) -> Iterator[Problem]:
        """Find the guest ids and report each; no orders may be added afterwards."""
        candidates = [
            _with_several_emails(pa.concat_tables(self._spill.part(number)).combine_chunks())
            for number in np.flatnonzero(self._spill.counts).tolist()
        ]
        guests = _guests_of(pa.concat_tables(candidates)) if candidates else iter(())
        found = [guest for guest in guests if guest.id not in self._kept]
        self.found = sorted(found, key=lambda guest: (guest.source, guest.line))
        for each in self.found:
            path = self._paths[each.source - 1]
            yield each.located().problem(path, str(ObjectType.ORDER))


def _with_several_emails(orders: Table) -> Table:
    """The orders whose id is a known guest id or has more than one email address.

    Nearly all ids have only one. Hashes are compared, as counting texts takes four times as long.
    """
    ids, emails = (hash_texts(orders.column(name).combine_chunks()) for name in (_ID, _EMAIL))
    # Sorted by id, the addresses of one id are adjacent. They differ if the smallest of their
    # hashes is not the largest.
    order = np.argsort(ids)
    starts = np.flatnonzero(np.diff(ids[order], prepend=~ids[order[:1]]))
    least = np.minimum.reduceat(emails[order], starts)
    most = np.maximum.reduceat(emails[order], starts)
    is_of_several = np.zeros(len(ids), np.bool_)
    is_of_several[order] = np.repeat(least != most, np.diff(np.append(starts, len(ids))))
    is_known = pc.is_in(orders.column(_ID), value_set=_KNOWN).to_numpy()
    return orders.filter(is_of_several | is_known)


def _guests_of(orders: Table) -> Iterator[GuestId]:
    """The guest ids among some orders, which must include all orders of an id or none."""
    has_email = pc.if_else(pc.equal(orders.column(_EMAIL), ""), None, orders.column(_EMAIL))
    orders = orders.set_column(orders.column_names.index(_EMAIL), _EMAIL, has_email)
    counts = orders.group_by(_ID, use_threads=False).aggregate(
        [(_EMAIL, "count_distinct"), (_PLACE, "count"), (_PLACE, "min")]
    )
    is_guest = pc.or_(
        pc.greater_equal(counts.column(f"{_EMAIL}_count_distinct"), _OF_ANY),
        pc.is_in(counts.column(_ID), value_set=_KNOWN),
    )
    for row in counts.filter(is_guest).to_pylist():
        source, line = divmod(row[f"{_PLACE}_min"], 1 << _LINE_BITS)
        addresses, number = row[f"{_EMAIL}_count_distinct"], row[f"{_PLACE}_count"]
        yield GuestId(row[_ID], addresses, number, source, line)


def erase_guests(ids: Sequence[str], data: memoryview, ends: Rows) -> tuple[memoryview, Rows]:
    """Remove customer ids from encoded orders.

    Args:
        ids: The ids to remove.
        data: The encoded records, one after the other.
        ends: The offset at which each record ends.

    Returns:
        The same records without the ids, and where each of them ends.
    """
    raw = bytes(data)
    kept = len(b',"customer":{')
    cuts: list[tuple[int, int]] = []
    for each in ids:
        beginning = b',"customer":{"id":%b' % json.dumps(each, ensure_ascii=False).encode()
        # A customer with other members keeps them; one with only an id is removed as a whole.
        for needle, begin in ((beginning + b",", kept), (beginning + b"}", 0)):
            cuts += (
                (position + begin, position + len(needle))
                for position in _customers_with(raw, needle, ends)
            )
    if not cuts:
        return data, ends
    cuts.sort()
    parts, done = [], 0
    for begin, end in cuts:
        parts.append(raw[done:begin])
        done = end
    # Each record now ends earlier by the number of bytes cut out before its end.
    removed = np.cumsum([end - begin for begin, end in cuts])
    before = np.searchsorted([end for _, end in cuts], ends, side="right")
    moved = ends - np.concatenate(([0], removed))[before]
    return memoryview(b"".join((*parts, raw[done:]))), moved


def _customers_with(raw: bytes, needle: bytes, ends: Rows) -> Iterator[int]:
    """Where the needle is the customer's own id, and not part of a custom field."""
    position = raw.find(needle)
    while position >= 0:
        record = int(np.searchsorted(ends, position, side="right"))
        begin = int(ends[record - 1]) if record else 0
        if all(raw.find(each, begin, position) < 0 for each in _AHEAD):
            yield position
        position = raw.find(needle, position + 1)
