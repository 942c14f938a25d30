"""Checks for consent that contradicts itself or lacks its time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.cells import Cells
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.records.assembled import Assembled, Level
from ometria_import.prepare.records.consents import OPTED_OUT, STATE
from ometria_import.problems import catalogue
from ometria_import.schema.contact import REFUSALS
from ometria_import.schema.field_types.consent_names import name_words, names_refusal
from ometria_import.schema.field_types.moments import moment_of
from ometria_import.schema.field_types.words import is_no, parse_boolean
from ometria_import.sources.arrays import Mask, Rows, Table, Texts, mask_of

_STATE, _JOINED, _LEFT = STATE, "timestamp_subscribed", "timestamp_unsubscribed"
_IN = "EXPLICITLY_OPTEDIN"


def read_refusals(cells: Cells, table: Table, column_of: Callable[[str], str]) -> None:
    """Interpret consent cells whose column says who unsubscribed.

    A yes under `Unsubscribed` is an opt-out. A no is treated as blank, because it is not an opt-in.
    A mapping that translates such a column itself has already decided what its values mean.

    Args:
        cells: The cells of the contacts, which are changed in place.
        table: The rows of the contacts.
        column_of: Returns the name of the column that feeds a field.
    """
    for path, refused in REFUSALS.items():
        texts, column = cells.fields.get(path), column_of(path)
        if (
            texts is None
            or column not in table.column_names
            or not names_refusal(name_words(column))
        ):
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


def note_refusals(level: Level, path: str, texts: Texts, left: Texts) -> Mask:
    """Report cells with a plain no beside a time at which the contact unsubscribed.

    Args:
        level: The level of the contacts.
        path: The path of the consent field.
        texts: The cells of the consent field.
        left: The times at which contacts unsubscribed, null for none.

    Returns:
        A mask of these entries, which are opted out.
    """
    encoded = texts.dictionary_encode()
    words = [is_no(word.strip()) for word in encoded.dictionary.to_pylist()]
    is_refusal: Mask = np.array(words, bool)[encoded.indices.to_numpy()] & mask_of(left.is_valid())
    message = f"the contact has {_LEFT}, so it is {OPTED_OUT}"
    level.report(is_refusal, catalogue.NO_WITH_TIME, path, message, texts)
    return is_refusal


def note_left_later(
    level: Level, path: str, states: Texts, times: tuple[Texts | None, Texts], forced: Texts | None
) -> Mask:
    """Report contacts that opt in and left after that, as if two rows had said so.

    Args:
        level: The level of the contacts.
        path: The path of the consent field.
        states: What it says.
        times: When contacts subscribed, if anything says so, and when they unsubscribed.
        forced: The cells that say whose opt-in wins over everything else; they keep theirs.

    Returns:
        A mask of these entries, which are opted out.
    """
    joined, left = times
    has_left: Mask = np.zeros(len(states), bool)
    messages: dict[int, str] = {}
    for entry in np.flatnonzero(mask_of(pc.equal(states, _IN)) & mask_of(left.is_valid())).tolist():
        when_left = left[entry].as_py()
        when_joined = None if joined is None else joined[entry].as_py()
        if not is_later(when_left, when_joined):
            continue
        is_forced = forced is not None and parse_boolean(forced[entry].as_py().strip()) == "true"
        has_left[entry] = not is_forced
        why = (
            f"{_LEFT} {when_left} is later than {_JOINED} {when_joined}"
            if when_joined
            else f"it has {_LEFT} {when_left} and no {_JOINED}"
        )
        messages[entry] = f"it is {_IN}, and {why}, so {_sent_as(is_forced=is_forced)}"
    level.report_each(messages, catalogue.UNSUBSCRIBED_LATER, path, states)
    return has_left


def note_left_without_state(
    level: Level, path: str, states: Texts, times: tuple[Texts | None, Texts], unread: Mask
) -> Mask:
    """Report contacts of whom only the time at which they left says that they did.

    Args:
        level: The level of the contacts.
        path: The path of the consent field.
        states: What it says.
        times: When contacts subscribed, if anything says so, and when they unsubscribed.
        unread: A mask of the entries with a word that is not understood; these say nothing.

    Returns:
        A mask of these entries, which are opted out.
    """
    joined, left = times
    has_left: Mask = mask_of(pc.and_(left.is_valid(), states.is_null())) & ~unread
    if joined is not None:
        for entry in np.flatnonzero(has_left & mask_of(joined.is_valid())).tolist():
            has_left[entry] = is_later(left[entry].as_py(), joined[entry].as_py())
    message = f"the contact has {_LEFT} and no state, so it is sent as {OPTED_OUT}"
    level.report(has_left, catalogue.LEFT_WITHOUT_STATE, path, message, pa.repeat("", len(states)))
    return has_left


def add_missing_states(cells: Cells) -> None:
    """Give contacts blank states where the file has none and times at which people left."""
    if _LEFT in cells.fields and _STATE not in cells.fields:
        cells.fields[_STATE] = pa.repeat(pa.scalar("", pa.string()), cells.length)


def is_later(left: str | None, joined: str | None) -> bool:
    """Whether somebody left for certain after they joined; no time is no proof that they did."""
    moments = [None if text is None else moment_of(text) for text in (left, joined)]
    return moments[0] is not None and (moments[1] is None or moments[0] > moments[1])


def _sent_as(*, is_forced: bool) -> str:
    return "@force_optin keeps it so" if is_forced else f"it is sent as {OPTED_OUT}"


def report_consents(assembled: Assembled) -> None:
    """Report opt-outs that are lost because a contact is rejected.

    Args:
        assembled: The contacts, already marked as accepted or rejected.
    """
    states = assembled.values.get(_STATE)
    if states is not None:
        lost = mask_of(pc.equal(states, OPTED_OUT)) & assembled.is_rejected
        message = "the contact opted out, and is rejected for another reason"
        assembled.level.report(lost, catalogue.OPT_OUT_REJECTED, _STATE, message, states)


def note_undated_consents(
    assembled: Assembled, lines: Rows, notes: dict[str, ColumnNotes], files: Rows | None = None
) -> None:
    """Count the accepted contacts whose consent has no time.

    Args:
        assembled: The contacts.
        lines: The line on which each contact begins.
        notes: The column notes by path; notes on the missing times are added.
        files: The file of each contact, where they are of several that are read alike.
    """
    states = assembled.values.get(_STATE)
    if states is None:
        return
    for state, time in ((_IN, _JOINED), (OPTED_OUT, _LEFT)):
        undated = mask_of(pc.equal(states, state)) & ~assembled.is_rejected
        if (times := assembled.values.get(time)) is not None:
            undated &= mask_of(times.is_null())
        if undated.any():
            message = f"{state} without {time}: Ometria takes the moment of the import for it"
            column = notes.setdefault(time, ColumnNotes())

            def add(to: ColumnNotes, own: Rows, state: str = state, message: str = message) -> None:
                to.add(catalogue.CONSENT_UNDATED, len(own), int(own.min()), state, message)

            add(column, lines[undated])
            for file in [] if files is None else np.unique(files[undated]).tolist():
                add(column.of_file(file), lines[undated & (files == file)])
