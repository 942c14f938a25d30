"""Contacts with one address under several ids of which one opts in and another one out.

In Ometria they are one person, and whichever is sent later would count. So an opt-in gives way to
the opt-out of its address in another file, as it does to that of another row of the contact,
although the contacts stay apart. Within one file a system keeps such contacts apart itself, and
only words that are not understood count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from ometria_import.prepare.records.consents import OPTED_OUT
from ometria_import.prepare.same_keys.consent import CONSENTS, Consent, Leaves
from ometria_import.prepare.same_keys.merging import leaves_of, with_consent
from ometria_import.prepare.spill.spool import Spool
from ometria_import.sources.arrays import Entries, Rows

_GROUPS = 10_000
"""So many addresses are looked at in one pass over the records."""
IN, OUT, UNCLEAR, SUPPRESSED = 1, 2, 3, 4
"""The states of contacts in entries."""
_EMAIL = CONSENTS[0]


class GaveWay(NamedTuple):
    """An opt-in that gave way to another contact of its address."""

    opted_in: int
    """The index of the contact in its group."""
    decides: int
    """The index of the other contact."""
    state: str
    """What the contact is sent with; empty for nothing."""
    is_suppressed: bool


class Settled(NamedTuple):
    """What became of one address."""

    contacts: Entries
    gave_way: tuple[GaveWay, ...]


class Corrections:
    """What is sent about marketing in place of the opt-ins that gave way, by number."""

    def __init__(self) -> None:
        self._said: dict[int, bytes] = {}

    @property
    def numbers(self) -> Rows:
        """The sorted numbers of the contacts."""
        return np.array(sorted(self._said), np.int64)

    def add(self, number: int, said: Leaves) -> None:
        """Keep the consent of a contact."""
        text = {path[0]: msgspec.Raw(value) for path, value in said.items()}
        self._said[number] = msgspec.json.encode(text)

    def corrected(self, number: int, body: bytes) -> bytes:
        """The record of a contact with this consent."""
        said = msgspec.json.decode(self._said[number], type=dict[str, msgspec.Raw])
        return with_consent(body, {(name,): bytes(value) for name, value in said.items()})


def settle_opposed(
    groups: Sequence[Entries], spool: Spool, corrections: Corrections
) -> Iterator[Settled]:
    """Decide on every address.

    Args:
        groups: The contacts of each address, in order of number.
        spool: All contacts.
        corrections: Receives the consent of those whose opt-in gives way.
    """
    for begin in range(0, len(groups), _GROUPS):
        some = groups[begin : begin + _GROUPS]
        bodies = spool.current(np.unique(np.concatenate([group["number"] for group in some])))
        for group in some:
            yield _settled(group, [bodies[number] for number in group["number"]], corrections)


def _settled(group: Entries, bodies: Sequence[bytes], corrections: Corrections) -> Settled:
    gave_way = []
    for place in np.flatnonzero(group["state"] == IN).tolist():
        is_other = group["source"] != group[place]["source"]
        counts = is_other | ~np.isin(group["state"], (OUT, SUPPRESSED))
        consent = _consent(group, bodies, np.flatnonzero(counts).tolist())
        holds = consent.holds
        is_out = holds is not None and holds is consent.opted_out
        if holds is None or not (is_out or consent.is_unclear):
            continue
        wanted = (_EMAIL.state, _EMAIL.time_of_out) if is_out else ()
        said = {path: holds.said[path][1] for path in wanted if path in holds.said}
        corrections.add(int(group[place]["number"]), said)
        is_suppressed = is_out and bool((group["state"][counts] == SUPPRESSED).any())
        state = OPTED_OUT if is_out else ""
        gave_way.append(GaveWay(place, holds.place, state, is_suppressed))
    return Settled(group, tuple(gave_way))


def _consent(group: Entries, bodies: Sequence[bytes], places: Sequence[int]) -> Consent:
    """What some contacts of an address say together."""
    consent = Consent(_EMAIL)
    for place in places:
        state = int(group[place]["state"])
        consent.add(
            leaves_of(bodies[place]),
            place,
            is_unclear=state == UNCLEAR,
            is_suppressed=state == SUPPRESSED,
        )
    return consent
