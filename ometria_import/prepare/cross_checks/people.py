"""Addresses shared by several ids and customers with several addresses, in constant memory.

In Ometria two contacts cannot share an address, and one customer_id is one person, so the
consent in Ometria may differ from what such contacts say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.prepare.cross_checks.opposed import (
    IN,
    OUT,
    SUPPRESSED,
    UNCLEAR,
    Corrections,
    Settled,
    settle_opposed,
)
from ometria_import.prepare.records.consents import Weight, is_marked
from ometria_import.prepare.records.shared_columns import ContactColumns
from ometria_import.prepare.rows.key_hashes import hash_texts, is_among, repeated
from ometria_import.prepare.same_keys.outcomes import SharedKeys
from ometria_import.prepare.spill.spill import EntrySpill
from ometria_import.prepare.spill.spool import Spool
from ometria_import.problems import Origin, Problem, catalogue
from ometria_import.schema import ObjectType
from ometria_import.sources.arrays import Entries, Hashes, Rows, Texts, mask_of

_ENTRY = np.dtype(
    [
        ("email", np.uint64),
        ("collection", np.uint64),
        ("customer", np.uint64),
        ("state", np.int8),
        ("number", np.int64),
        ("source", np.int64),
        ("line", np.int64),
    ]
)
_NONE = np.uint64(0)
"""Used in place of the hash of a missing text."""
_OTHER = 0
_STATES = {"EXPLICITLY_OPTEDIN": IN, "EXPLICITLY_OPTEDOUT": OUT}


class People:
    """The contacts of all sources, by address and by customer_id."""

    def __init__(self, folder: Path, paths: Sequence[str]) -> None:
        """Start empty; `paths` are the paths of the sources, in the order of their numbers."""
        self._paths = paths
        self._settled: SharedKeys | None = None
        self._by_email = EntrySpill(folder, _ENTRY, "email")
        self._by_customer = EntrySpill(folder, _ENTRY, "customer")
        self._count = 0
        self._opposed: dict[int, Settled] = {}
        """What became of each address that opts in and out, by the number of its first contact."""

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Add the next contacts; after merging, no two of them share a key."""
        columns, lines = chunk.shared, chunk.lines
        if not isinstance(columns, ContactColumns):
            return
        entries = np.zeros(len(lines), _ENTRY)
        entries["number"] = np.arange(self._count, self._count + len(lines))
        self._count += len(lines)
        entries["source"], entries["line"] = source.numbers, lines
        # Addresses in normal form are lower case.
        entries["email"] = _hashes(columns.emails)
        entries["customer"] = _hashes(columns.customer_ids)
        if columns.collections is not None:
            of_rows = columns.collections.dictionary_encode()
            hashes = np.append(_hashes(of_rows.dictionary), _NONE)
            entries["collection"] = hashes[pc.fill_null(of_rows.indices, -1).to_numpy()]
        if columns.optins is not None:
            for state, number in _STATES.items():
                entries["state"][mask_of(pc.equal(columns.optins, state))] = number
        if chunk.marks.any():
            entries["state"][is_marked(chunk.marks, 0, Weight.UNCLEAR)] = UNCLEAR
            entries["state"][is_marked(chunk.marks, 0, Weight.SUPPRESSED)] = SUPPRESSED
        self._by_email.add(entries)
        if columns.customer_ids is not None:
            self._by_customer.add(entries[entries["customer"] != _NONE])

    def settle(self, object_type: ObjectType, found: SharedKeys) -> None:
        """Update contacts that others were merged into."""
        if object_type is ObjectType.CONTACT:
            self._settled = found

    def settle_opposed(self, spool: Spool, settled: Callable[[Settled], None]) -> None:
        """Decide on the addresses that opt in and out; all contacts were added and settled.

        Args:
            spool: All contacts; those whose opt-in gives way are corrected there.
            settled: Told what became of each address.
        """
        if self._settled is None:
            return
        unsent, merged = self._settled.unsent(), _Merged(self._settled)
        shared = _sharing(self._by_email, "email", unsent, merged)
        corrections = Corrections()
        opposed = [contacts.copy() for contacts in shared if _are_opposed(contacts)]
        for each in settle_opposed(opposed, spool, corrections):
            settled(each)
            self._opposed[int(each.contacts["number"][0])] = each
        spool.correct(corrections)

    def problems(self) -> Iterator[Problem]:
        """The notices about contacts that will be sent."""
        if self._settled is None:
            return
        unsent = self._settled.unsent()
        merged = _Merged(self._settled)
        for contacts in _sharing(self._by_email, "email", unsent, merged):
            yield from self._about_address(contacts)
        # The customer_id of some contacts comes from another of their rows.
        for part in self._by_email.parts() if len(merged.customers) else ():
            lacks_own = part[part["customer"] == _NONE]
            given = lacks_own[is_among(lacks_own["number"], merged.customers)]
            self._by_customer.add(merged.apply(given))
        for contacts in _sharing(self._by_customer, "customer", unsent, merged):
            with_address = contacts[contacts["email"] != _NONE]
            if len(np.unique(with_address["email"])) > 1:
                yield self._about_customer(with_address)

    def _about_address(self, contacts: Entries) -> Iterator[Problem]:
        count = len(contacts)
        if _are_opposed(contacts):
            yield self._about_opposed(self._opposed[int(contacts["number"][0])])
            return
        customers = np.unique(contacts["customer"][contacts["customer"] != _NONE])
        if len(np.unique(contacts["collection"])) < count or len(customers) > 1:
            what = "customer_id" if len(customers) > 1 else "id"
            message = (
                f"{self._origin(contacts[1])} has the same address and another {what}; "
                f"{count:,} contacts have it"
            )
            yield self._problem(catalogue.EMAIL_SHARED, contacts[0], "email", message)

    def _about_opposed(self, settled: Settled) -> Problem:
        contacts, count = settled.contacts, len(settled.contacts)
        opted_in = contacts[contacts["state"] == IN][0]
        against = contacts[np.isin(contacts["state"], (OUT, SUPPRESSED, UNCLEAR))]
        other, fate = against[0], "each is sent with what it says itself"
        if settled.gave_way:
            first = settled.gave_way[0]
            opted_in, other = contacts[first.opted_in], contacts[first.decides]
            fate = "no consent of this one is sent"
            if first.state:
                fate = f"this one is sent as {first.state}, too"
        what = "opts out"
        if other["state"] == UNCLEAR:
            what = "has a word about consent that may be an opt-out (see W022 there)"
        message = (
            f"{self._origin(other)} has the same address and {what}; {count:,} contacts have "
            f"it, and {fate}"
        )
        return self._problem(catalogue.EMAIL_OPPOSED, opted_in, "email", message)

    def _about_customer(self, contacts: Entries) -> Problem:
        other = contacts[contacts["email"] != contacts["email"][0]][0]
        message = (
            f"{self._origin(other)} has the same customer_id and another address; "
            f"{len(np.unique(contacts['email'])):,} addresses have it"
        )
        return self._problem(catalogue.EMAILS_OF_ONE, contacts[0], "customer_id", message)

    def _problem(self, cause: str, contact: np.void, path: str, message: str) -> Problem:
        origin = self._origin(contact)
        return Problem(f"W{cause}", origin, path, "", message, str(ObjectType.CONTACT))

    def _origin(self, contact: np.void) -> Origin:
        return Origin(self._paths[int(contact["source"]) - 1], int(contact["line"]))

    def close(self) -> None:
        """Remove the files."""
        self._by_email.close()
        self._by_customer.close()


def _are_opposed(contacts: Entries) -> bool:
    """Whether one of some contacts opts in, and another one says otherwise or may do so."""
    states = set(contacts["state"].tolist())
    return IN in states and not states.isdisjoint({OUT, UNCLEAR, SUPPRESSED})


class _Merged:
    """The values of contacts after others were merged into them."""

    def __init__(self, found: SharedKeys) -> None:
        self._numbers = np.array([each.number for each in found.consents], np.int64)
        states = [
            UNCLEAR
            if each.is_unclear
            else SUPPRESSED
            if each.is_suppressed
            else _STATES.get(each.state, _OTHER)
            for each in found.consents
        ]
        self._states = np.array(states, np.int8)
        self.customers = np.array([number for number, _ in found.customer_ids], np.int64)
        texts = [text for _, text in found.customer_ids]
        self._ids = hash_texts(pa.array(texts, pa.string()))

    def apply(self, contacts: Entries) -> Entries:
        """The contacts as they will be sent."""
        if not len(self._numbers):
            return contacts
        changed = contacts.copy()
        for name, numbers, values in (
            ("state", self._numbers, self._states),
            ("customer", self.customers, self._ids),
        ):
            mask = is_among(contacts["number"], numbers)
            places = np.searchsorted(numbers, contacts["number"][mask])
            changed[name][mask] = values[places]
        return changed


def _sharing(entries: EntrySpill, name: str, unsent: Rows, merged: _Merged) -> Iterator[Entries]:
    """The contacts that share an address or customer_id with others, in order of number."""
    # Merging changes no address, and mostly no customer_id either.
    is_final = name == "email" or not len(merged.customers)
    for part in entries.parts():
        some = part[repeated(part[name])] if is_final else part
        sent = some[~is_among(some["number"], unsent)]
        contacts = merged.apply(sent[sent[name] != _NONE])
        contacts = contacts[repeated(contacts[name])]
        # `lexsort` sorts by its last key first.
        contacts = contacts[np.lexsort((contacts["number"], contacts[name]))]
        starts = np.flatnonzero(np.diff(contacts[name], prepend=~contacts[name][:1]))
        ends = np.append(starts[1:], len(contacts))
        for group in np.flatnonzero(ends - starts > 1).tolist():
            yield contacts[starts[group] : ends[group]]


def _hashes(texts: Texts | None) -> Hashes | np.uint64:
    """The hash of each text; `_NONE` for missing texts, and for all if there is no column."""
    if texts is None:
        return _NONE
    hashes = hash_texts(pc.fill_null(texts, ""))
    return np.where(mask_of(texts.is_valid()), hashes, _NONE)
