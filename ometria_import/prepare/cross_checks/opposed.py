"""Contacts with one address under several ids of which one opts in and another one out.

In Ometria they are one person, and whichever is sent later would count. So an opt-in gives way to
the opt-out of the address as it does to that of another row, although the contacts stay apart.
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


class Settled(NamedTuple):
    """What became of one address."""

    contacts: Entries
    decides: int
    """The index of the contact whose row decides; -1 where each keeps what it says."""
    state: str
    """What the contacts are sent with that opted in; empty for nothing."""
    is_suppressed: bool


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
    consent = Consent(_EMAIL)
    for place, (contact, body) in enumerate(zip(group, bodies, strict=True)):
        consent.add(
            leaves_of(body),
            place,
            is_unclear=contact["state"] == UNCLEAR,
            is_suppressed=contact["state"] == SUPPRESSED,
        )
    holds = consent.holds
    is_out = holds is not None and holds is consent.opted_out
    if holds is None or not (is_out or consent.is_unclear):
        return Settled(group, -1, "", is_suppressed=False)
    times = (_EMAIL.state, _EMAIL.time_of_out)
    said = {path: holds.said[path][1] for path in times if path in holds.said} if is_out else {}
    for contact in group[group["state"] == IN]:
        corrections.add(int(contact["number"]), said)
    is_suppressed = is_out and bool((group["state"] == SUPPRESSED).any())
    return Settled(group, holds.place, OPTED_OUT if is_out else "", is_suppressed)
