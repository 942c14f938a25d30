"""Resolving shared keys once all records of an object type were read.

Contacts and products are merged into the last record of their key. Orders and events are not
merged: the last one counts, unless orders with one id are different orders; then none counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec
import numpy as np

from ometria_import.prepare.inputs.opened import Input
from ometria_import.prepare.records.consents import OPTED_OUT
from ometria_import.prepare.records.rules import MAX_PROPERTIES_CHARS, MAX_RECORD_BYTES
from ometria_import.prepare.rows.orders_of_one_id import Conflict, OrdersOfOneId
from ometria_import.prepare.same_keys.consent import CONSENTS, Consent, Leaves
from ometria_import.prepare.same_keys.merging import (
    MergedRecord,
    opts_out,
    properties_text,
)
from ometria_import.prepare.same_keys.outcomes import SentConsent, SharedKeys, Way, counted_of
from ometria_import.prepare.same_keys.reasons import Reasons
from ometria_import.prepare.spill.key_index import KeyIndex, Records, survivors_of
from ometria_import.prepare.spill.spool import Spool
from ometria_import.problems import Finding, Located, catalogue
from ometria_import.problems.model import severity_of
from ometria_import.schema import ObjectType

_HELD_BYTES = 64 * 1024 * 1024
"""The bytes of records held at a time; several keys may share one pass over the spool."""
_OBJECT_BYTES = 160
"""What a record takes beside its JSON while it is held."""
_SHOWN_FIELDS = 5
_HASH_BYTES = 16
_EMAIL = ("email",)
_MERGING = frozenset({ObjectType.CONTACT, ObjectType.PRODUCT})


class SharedKeyReport:
    """Resolves the shared keys of one object type."""

    def __init__(
        self,
        object_type: ObjectType,
        sources: Sequence[Input],
        index: KeyIndex,
        spool: Spool,
        reasons: Reasons,
    ) -> None:
        """Find the shared keys.

        Args:
            object_type: The object type of the records.
            sources: The sources, in the order of their numbers.
            index: The keys of all records.
            spool: All records; merged records are written back to it.
            reasons: Receives the reasons of rejected records.
        """
        self._type = object_type
        self._paths = [str(each.source.path) for each in sources]
        self._are_events = [each.are_events for each in sources]
        self._spool = spool
        records, self._ends = index.shared_keys()
        self._survivors = survivors_of(records, self._ends)
        survivors = np.repeat(self._survivors, np.diff(self._ends, prepend=0))
        self.found = SharedKeys(records, np.zeros(len(records), np.int8), survivors, reasons)

    def problems(self) -> Iterator[Located]:
        """Resolve every key and yield its problems; `found` is complete after the last one."""
        bodies = _bodies(self.found.records, self._spool)
        settle = self._merge if self._type in _MERGING else self._choose
        begin = 0
        for end, survivor in zip(self._ends.tolist(), self._survivors.tolist(), strict=True):
            records = _OfOneKey(self.found.records[begin:end], survivor - begin, self._paths)
            yield from settle(begin, records, bodies)
            begin = end

    def _merge(self, begin: int, of_key: _OfOneKey, bodies: Iterator[bytes]) -> Iterator[Located]:
        records, survivor = of_key.records, of_key.survivor
        merged, own_body = MergedRecord(self._type), b""
        for place, marks in enumerate(records["marks"].tolist()):
            body = next(bodies)
            own_body = body if place == survivor else own_body
            merged.add(body, marks)
        leaves = merged.leaves()
        last = of_key.places[survivor]
        yield from self._merge_problems(of_key, merged)
        for consent in merged.consents:
            yield from self._consent_problems(of_key, consent)
        if any(consent.gives_way for consent in merged.consents):
            message = (
                "all rows of this key together are opted in, and unsubscribed after that, so it "
                f"is sent as {OPTED_OUT}"
            )
            yield self._about_optin(catalogue.UNSUBSCRIBED_LATER, last, leaves, message)
        body = merged.encoded()
        if refusal := self._limits(last, body, properties_text(leaves)):
            yield refusal
            if opts_out(leaves):
                message = "the contact opted out, and is rejected for another reason"
                yield self._about_optin(catalogue.OPT_OUT_REJECTED, last, leaves, message)
            self.found.ways[begin : begin + len(records)] = Way.REJECTED
            self.found.reasons.add(np.flatnonzero(counted_of(records)) + begin, refusal)
            return
        self.found.ways[begin : begin + len(records)] = Way.MERGED
        self.found.ways[begin + survivor] = Way.SENT
        number = int(records["number"][survivor])
        if body != own_body:
            self._spool.merge(number, body)
        if self._type is ObjectType.CONTACT:
            self._count_consent(of_key, number, merged)
            customer_id = _text(leaves.get(("customer_id",)))
            if body != own_body and customer_id:
                self.found.customer_ids.append((number, customer_id))

    def _count_consent(self, of_key: _OfOneKey, number: int, merged: MergedRecord) -> None:
        """Keep what is sent about marketing, and by which sources it is not said."""
        email = merged.consents[0]
        holds = email.holds
        survivor = of_key.survivor
        decides = survivor if holds is None else holds.place
        self.found.consents.append(
            SentConsent(
                number,
                _text(email.sent),
                of_key.places[decides].source,
                is_suppressed=holds is not None
                and holds is email.opted_out
                and merged.is_suppressed,
                is_unclear=email.is_unclear,
            )
        )
        overruled = [*merged.overruled()]
        if overruled:
            counted = of_key.records[overruled]
            self.found.overruled.update(counted["source"][counted_of(counted)].tolist())

    def _merge_problems(self, of_key: _OfOneKey, merged: MergedRecord) -> Iterator[Located]:
        survivor = of_key.survivor
        places = of_key.places
        words = [each.words for each in places]
        for place, own in enumerate(places):
            if place == survivor:
                continue
            self._overlap(of_key, place, survivor)
            message = f"merged into {words[survivor]}"
            if replaced := merged.replaced.get(place):
                first = [*islice(replaced.items(), _SHOWN_FIELDS)]
                shown = ", ".join([f"{'.'.join(path)} ({words[by]})" for path, by in first])
                more = len(replaced) - _SHOWN_FIELDS
                rest = f" and {more:,} more" if more > 0 else ""
                which = "that row" if place > survivor else "a later row"
                message += f"; {which} says otherwise of {shown}{rest}"
            yield _warning(catalogue.SUPERSEDED, own, "id", message)
            if replaced and (by := replaced.get(_EMAIL)) is not None:
                message = f"{words[by]} has the same id and another address"
                yield _warning(catalogue.EMAILS_OF_ONE, own, "email", message)

    def _overlap(self, of_key: _OfOneKey, place: int, by: int) -> None:
        own, other = of_key.places[place].source, of_key.places[by].source
        if own != other:
            self.found.overlaps[own, other] += 1

    def _consent_problems(self, of_key: _OfOneKey, consent: Consent) -> Iterator[Located]:
        holds = consent.holds
        for each in consent.overruled():
            if holds is None:
                return
            place, about = of_key.places[holds.place].words, of_key.places[each.place]
            if consent.is_unclear:
                message = (
                    f"{place} has a word about this consent that may be an opt-out (see W022 "
                    "there), so no consent is sent"
                )
                own, code = _text(each.state), f"W{catalogue.CONSENT_UNCLEAR}"
                yield _problem(code, about, consent.fields.name, own, message)
                continue
            kept = _text(holds.state)
            when = f" of {holds.moment.isoformat()}" if holds.moment else ", which has no time,"
            message = f"{place} says {kept}{when} and is sent, not what this row says"
            own = _text(each.state)
            code = f"W{catalogue.CONSENT_DIFFERS}"
            yield _problem(code, about, consent.fields.name, own, message)

    def _limits(self, last: _Place, body: bytes, properties: str) -> Located | None:
        if len(body) > MAX_RECORD_BYTES:
            return _problem(
                f"E{catalogue.RECORD_TOO_LARGE}",
                last,
                "",
                "",
                f"all rows of this key together are {len(body):,} bytes of JSON, "
                f"the limit is {MAX_RECORD_BYTES:,}",
            )
        if len(properties) >= MAX_PROPERTIES_CHARS:
            return _problem(
                f"E{catalogue.PROPERTIES_TOO_LONG}",
                last,
                "properties",
                "",
                f"those of all rows of this key have {len(properties):,} characters as JSON, "
                f"the limit is {MAX_PROPERTIES_CHARS - 1:,}",
            )
        return None

    def _choose(self, begin: int, of_key: _OfOneKey, bodies: Iterator[bytes]) -> Iterator[Located]:
        """Keep the last record, or none if the orders must be different ones."""
        orders, hashes = OrdersOfOneId(), list[bytes]()
        for place, own in enumerate(of_key.places):
            body = next(bodies)
            hashes.append(hashlib.blake2b(body, digest_size=_HASH_BYTES).digest())
            if self._type is ObjectType.ORDER and (not place or hashes[-1] != hashes[0]):
                is_event = self._are_events[own.source - 1]
                orders.add(body, place, is_event=is_event)
        if orders.conflict:
            yield from self._reject(begin, of_key, orders.id, orders.conflict)
            return
        end = len(hashes) - 1
        last = of_key.places[end].words
        for place in range(end):
            self._overlap(of_key, place, end)
            repeats = hashes[place] == hashes[-1]
            self.found.ways[begin + place] = Way.REPEATED if repeats else Way.SUPERSEDED
            code = catalogue.REPEATED if repeats else catalogue.SUPERSEDED
            words = "stands once more in" if repeats else "superseded by"
            yield _problem(f"W{code}", of_key.places[place], "id", "", f"{words} {last}")

    def _reject(
        self, begin: int, of_key: _OfOneKey, order_id: str, conflict: Conflict
    ) -> Iterator[Located]:
        """Reject different orders with one id; the two that conflict refer to each other."""
        for number in range(len(of_key.records)):
            other = conflict.place if number == conflict.other else conflict.other
            message = (
                f"{of_key.places[other].words} is another order with its id: {conflict.words}; "
                "give each shop an order_prefix"
            )
            own = of_key.places[number]
            problem = _problem(f"E{catalogue.ID_REUSED}", own, "id", order_id, message)
            yield problem
            self.found.ways[begin + number] = Way.REJECTED
            self.found.reasons.add(np.array([begin + number]), problem)

    def _about_optin(self, cause: str, own: _Place, leaves: Leaves, message: str) -> Located:
        state = CONSENTS[0].state
        return _problem(f"W{cause}", own, state[0], _text(leaves.get(state)), message)


def _warning(cause: str, own: _Place, path: str, message: str) -> Located:
    return Located(own.line, path, "", Finding(cause, message), file=own.source - 1)


def _problem(code: str, own: _Place, path: str, value: str, message: str) -> Located:
    finding = Finding(code[1:], message)
    return Located(own.line, path, value, finding, severity_of(code), file=own.source - 1)


class _Place(NamedTuple):
    """Where a record begins."""

    source: int
    line: int
    words: str


class _OfOneKey:
    """The records of one key, and where they begin."""

    def __init__(self, records: Records, survivor: int, paths: Sequence[str]) -> None:
        self.records = records
        self.survivor = survivor
        """The place of the record that the others are merged into."""
        # Single values of a structured array cost a microsecond each.
        pairs = zip(records["source"].tolist(), records["line"].tolist(), strict=True)
        self.places = [
            _Place(source, line, f"{paths[source - 1]}:{line}") for source, line in pairs
        ]


def _bodies(records: Records, spool: Spool) -> Iterator[bytes]:
    """The JSON of records one by one, with only some in memory at a time."""
    ends = np.cumsum(records["size"] + _OBJECT_BYTES)
    begin = 0
    while begin < len(records):
        before = ends[begin - 1] if begin else 0
        end = max(int(np.searchsorted(ends, before + _HELD_BYTES, side="right")), begin + 1)
        numbers = records["number"][begin:end]
        found = spool.bodies(np.sort(numbers))
        yield from (found[number] for number in numbers.tolist())
        del found  # before the next ones are read: both together take twice the memory
        begin = end


def _text(value: bytes | None) -> str:
    return str(msgspec.json.decode(value)) if value else ""
