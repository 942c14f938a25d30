"""What one cell says about consent, and what is remembered of it until rows are put together.

A word that nobody understands may be an opt-out. It is not sent, so each record carries a mark
for it: without the mark, another row of the same contact could opt in unopposed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.cells import Cells
from ometria_import.mapping.targets import JOINS_FIELD
from ometria_import.problems import Finding
from ometria_import.schema.contact import REFUSALS
from ometria_import.schema.field_types.words import SUPPRESSED, parse_boolean, parse_optin
from ometria_import.sources.arrays import Mask, mask_of

STATE = "marketing_optin"
OPTED_IN, OPTED_OUT = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT"
_SMS = ("channels.sms.allow_marketing", "channels.sms.allow_transactional")
TIMES = {
    STATE: ("timestamp_subscribed", "timestamp_unsubscribed", "@force_optin"),
    _SMS[0]: ("channels.sms.dt_updated_marketing",),
    _SMS[1]: ("channels.sms.dt_updated_transactional",),
}
"""By consent field: the fields that mean nothing beside the state of another row."""

_ABOVE = {STATE: (), **dict.fromkeys(_SMS, ("channels", "channels.sms"))}
PATHS = frozenset((*_ABOVE, "channels", "channels.sms"))
"""The consent fields, and what holds them in JSON."""

Marks = npt.NDArray[np.uint8]
"""What is remembered of each record's consents, as bits."""

JOINS, COPY = np.uint8(1 << 6), np.uint8(1 << 7)
"""Further marks: the contact has no id of its own and joins the one with its email; and it joins
another one as well, so that it is counted there."""


class Weight(IntEnum):
    """How strongly a cell speaks against an opt-in; the strongest one of a contact counts."""

    NONE = 0
    """It is blank, an opt-in, or says nothing."""
    UNCLEAR = 1
    """Its word is unknown, so it may be an opt-out."""
    OUT = 2
    SUPPRESSED = 3
    """Not even a later opt-in brings the contact back."""


def is_marked(marks: Marks, consent: int, weight: Weight) -> Mask:
    """A mask of the records whose marks say that one of their consents has a certain weight."""
    found: Mask = (marks & bit(consent, weight)) != 0
    return found


def weights(nulls: Mapping[str, Sequence[str]]) -> dict[str, Callable[[str], int]]:
    """How strongly the texts of each consent field speak against an opt-in.

    Args:
        nulls: The words that are blank in a single field only, by its path.
    """

    def of_field(path: str) -> Callable[[str], int]:
        blanks = frozenset(nulls.get(path, ()))
        return lambda text: Weight.NONE if text in blanks else _weight(path, text)

    return {path: of_field(path) for path in REFUSALS}


def consent_marks(cells: Cells, unread: Mapping[str, Mask]) -> Marks:
    """The marks of a chunk's records.

    Args:
        cells: The cells of the records.
        unread: By path, a mask of the records whose cell could not be read.
    """
    marks = np.zeros(cells.length, np.uint8)
    if (joins := cells.fields.get(JOINS_FIELD)) is not None:
        marks[mask_of(pc.not_equal(joins, ""))] |= JOINS
    for number, path in enumerate(REFUSALS):
        # In JSON, what should hold the state may itself be something else, as in `"sms": "no"`.
        for at_or_above in (path, *_ABOVE[path]):
            if (is_unclear := unread.get(at_or_above)) is not None:
                marks[is_unclear] |= bit(number, Weight.UNCLEAR)
        if (texts := cells.fields.get(path)) is not None:
            marks[_is_suppressed(texts)] |= bit(number, Weight.SUPPRESSED)
    return marks


def is_overruled(path: str, said: str, taken: str) -> bool:
    """Whether a cell opts in or out of marketing, and another one that was taken does not."""
    state = parse_optin(said.strip()) if path == STATE else ""
    return state in {OPTED_IN, OPTED_OUT} and state != parse_optin(taken.strip())


def without_suppressed(path: str, texts: pa.StringArray) -> pa.StringArray:
    """The texts of a consent field with a plain refusal in place of each suppression."""
    if path not in REFUSALS or not (where := _is_suppressed(texts)).any():
        return texts
    return pc.if_else(pa.array(where), REFUSALS[path], texts)


def _weight(path: str, text: str) -> Weight:
    if not text:
        return Weight.NONE
    if text.lower() == SUPPRESSED:
        return Weight.SUPPRESSED
    meant = parse_optin(text) if path == STATE else parse_boolean(text)
    if isinstance(meant, Finding):
        return Weight.UNCLEAR
    return Weight.OUT if meant == REFUSALS[path] else Weight.NONE


def _is_suppressed(texts: pa.StringArray) -> Mask:
    encoded = texts.dictionary_encode()
    words = [each.strip().lower() == SUPPRESSED for each in encoded.dictionary.to_pylist()]
    if not any(words):
        return np.zeros(len(texts), bool)
    return mask_of(pa.array(words, pa.bool_()).take(encoded.indices))


def bit(consent: int, weight: Weight) -> int:
    """The mark of a weight.

    Args:
        consent: The number of the consent, in the order of `REFUSALS`.
        weight: `UNCLEAR` or `SUPPRESSED`; the others stand in the record itself.
    """
    return 1 << (2 * consent + (weight is Weight.SUPPRESSED))
