"""What a chunk's contacts say about consent that cannot all be true, or without its time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.cells import Cells
from ometria_import.prepare.records.assembled import Assembled, Found, Level, Mask, Rows
from ometria_import.prepare.same_keys.consent import moment_of
from ometria_import.problems import Origin, Problem, catalogue
from ometria_import.schema import ObjectType
from ometria_import.schema.field_types.words import is_no, names_refusal, parse_boolean

_STATE, _JOINED, _LEFT = "marketing_optin", "timestamp_subscribed", "timestamp_unsubscribed"
_IN, OPTED_OUT = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT"
_REFUSED = {
    _STATE: OPTED_OUT,
    "channels.sms.allow_marketing": "false",
    "channels.sms.allow_transactional": "false",
}
"""By field of consent: what it says of somebody who left."""


@dataclass(slots=True)
class Undated:
    """Contacts of one source that say a consent, and not when it was given or taken back."""

    state: str
    time: str
    """The field that would tell."""
    count: int = 0
    first_line: int = 0


def read_refusals(cells: Cells, table: pa.Table, column_of: Callable[[str], str]) -> None:
    """Read the cells of a consent as they are meant, where their column says who left.

    A yes under `Unsubscribed` is an opt-out, and a no is nothing: it is no opt-in. A mapping that
    gives such a column to its field in other words has said itself what they mean.

    Args:
        cells: Of the contacts, which are changed.
        table: Their rows.
        column_of: Finds the column that feeds a field.
    """
    for path, refused in _REFUSED.items():
        texts, column = cells.fields.get(path), column_of(path)
        if texts is None or column not in table.column_names or not names_refusal(_words(column)):
            continue
        own = pc.utf8_trim_whitespace(table.column(column).combine_chunks())
        if not pc.utf8_trim_whitespace(texts).equals(own):
            continue
        meant = {"true": refused, "false": ""}
        encoded = texts.dictionary_encode()
        words = [
            meant.get(str(parse_boolean(word.strip())), word)
            for word in encoded.dictionary.to_pylist()
        ]
        cells.fields[path] = pa.array(words, pa.string()).take(encoded.indices)


def refusals(texts: Any, left: Any) -> Mask:
    """Which cells say a plain no where there is a time at which the contact left.

    Args:
        texts: The cells of the state.
        left: The times at which contacts unsubscribed, null for none.
    """
    encoded = texts.dictionary_encode()
    words = [is_no(word.strip()) for word in encoded.dictionary.to_pylist()]
    mask: Mask = np.array(words, bool)[encoded.indices.to_numpy()]
    mask &= pc.is_valid(left).to_numpy(zero_copy_only=False)
    return mask


def refusals_found(level: Level, path: str, texts: Any, is_refusal: Mask) -> Iterator[Found]:
    """Tell of each no that was read as an opt-out."""
    code = f"W{catalogue.NO_WITH_TIME}"
    message = f"the contact has {_LEFT}, so it is {OPTED_OUT}"
    for entry in np.flatnonzero(is_refusal).tolist():
        yield Found(int(level.rows[entry]), code, path, texts[entry].as_py(), message)


def add_undated(known: dict[str, Undated], found: Iterable[Undated]) -> None:
    """Add what was found in a chunk to what is known of its source, by state."""
    for each in found:
        sums = known.setdefault(each.state, Undated(each.state, each.time, 0, each.first_line))
        sums.count += each.count
        sums.first_line = min(sums.first_line, each.first_line)


def undated_problems(path: str, undated: Iterable[Undated]) -> Iterator[Problem]:
    """Tell of a source's consents without their time; one problem for each state."""
    for each in undated:
        yield Problem(
            f"W{catalogue.CONSENT_UNDATED}",
            Origin(path, each.first_line),
            each.time,
            each.state,
            f"{each.state} without {each.time}: Ometria takes the moment of the import for it",
            str(ObjectType.CONTACT),
            each.count,
        )


def consent_problems(object_type: ObjectType, assembled: Assembled, starts: Rows) -> list[Found]:
    """Contradictions within a contact, and opt-outs that are lost with a rejected one.

    Args:
        object_type: Of the records.
        assembled: The records.
        starts: The first row of each.
    """
    states = assembled.values.get(_STATE)
    if object_type is not ObjectType.CONTACT or states is None:
        return []
    return [*_left_later(assembled, states, starts), *_lost_opt_outs(assembled, states, starts)]


def undated_consents(object_type: ObjectType, assembled: Assembled, lines: Rows) -> list[Undated]:
    """What the contacts that got in say without its time.

    Args:
        object_type: Of the records.
        assembled: The records.
        lines: The line on which each begins.
    """
    states = assembled.values.get(_STATE)
    if object_type is not ObjectType.CONTACT or states is None:
        return []
    found = []
    for state, time in ((_IN, _JOINED), (OPTED_OUT, _LEFT)):
        undated = _says(states, state) & ~assembled.is_rejected
        if (times := assembled.values.get(time)) is not None:
            undated &= pc.is_null(times).to_numpy(zero_copy_only=False)
        entries = np.flatnonzero(undated)
        if len(entries):
            first = int(lines[entries].min())
            found.append(Undated(state, time, len(entries), first))
    return found


def _left_later(assembled: Assembled, states: Any, starts: Rows) -> Iterator[Found]:
    left = assembled.values.get(_LEFT)
    if left is None:
        return
    both = _says(states, _IN) & pc.is_valid(left).to_numpy(zero_copy_only=False)
    joined = assembled.values.get(_JOINED)
    for entry in np.flatnonzero(both).tolist():
        when_left = left[entry].as_py()
        when_joined = None if joined is None else joined[entry].as_py()
        moments = [moment_of(text.encode()) if text else None for text in (when_joined, when_left)]
        if moments[1] is None or (moments[0] is not None and moments[1] <= moments[0]):
            continue
        message = f"it is {_IN}, and {_LEFT} {when_left} is later than {_JOINED} {when_joined}"
        if not when_joined:
            message = f"it is {_IN}, and has {_LEFT} {when_left} and no {_JOINED}"
        code = f"W{catalogue.UNSUBSCRIBED_LATER}"
        yield Found(int(starts[entry]), code, _STATE, _IN, message)


def _lost_opt_outs(assembled: Assembled, states: Any, starts: Rows) -> Iterator[Found]:
    lost = _says(states, OPTED_OUT) & assembled.is_rejected
    for entry in np.flatnonzero(lost).tolist():
        yield Found(
            int(starts[entry]),
            f"W{catalogue.OPT_OUT_REJECTED}",
            _STATE,
            OPTED_OUT,
            "the contact opted out, and is rejected for another reason",
        )


def _says(states: Any, state: str) -> Mask:
    found: Mask = pc.fill_null(pc.equal(states, pa.scalar(state)), fill_value=False).to_numpy(
        zero_copy_only=False
    )
    return found


def _words(name: str) -> str:
    """`OptOut` and `opt_out` become `opt out`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", spaced.lower()))
