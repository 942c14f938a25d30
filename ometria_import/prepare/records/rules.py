"""Checks that need the whole record, such as its size, its properties or its customer.

Each rule reports to its level and marks the records there that must be rejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.records import json_text
from ometria_import.prepare.records.assembled import Level
from ometria_import.prepare.records.json_text import Piece, Pieces
from ometria_import.problems import catalogue, shorten
from ometria_import.schema import Field, Items
from ometria_import.schema.field_types import WITHDRAWN_CURRENCIES
from ometria_import.sources.arrays import Mask, Rows, Texts, mask_of

MAX_RECORD_BYTES = 60_000
"""Source: reference/ometria-api.md, "record size"."""
MAX_PROPERTIES_CHARS = 1_000
"""The limit for custom properties. Source: reference/ometria-api.md, "properties"."""

MAX_EVENT_TYPE_CHARS = 31
"""Source: reference/ometria-api.md, "Custom event", `event_type`."""

_PERSONAL_ID = r"^[^@\s]+@[^@\s]+\.[^@\s]+$|^\+[0-9][0-9 ()./-]{6,}$"
_DIGITS_OF_POSTCODES = {
    **dict.fromkeys(("AM", "AU", "DK", "GE", "NO", "NZ", "PH", "ZA"), 4),
    **dict.fromkeys(("DE", "EE", "ES", "FI", "FR", "IT", "KR", "LT", "MX", "MY", "TR", "UA"), 5),
    **dict.fromkeys(("DZ", "GP", "GT", "PE", "PR", "RE", "SK", "US", "VI"), 5),
    **dict.fromkeys(("CN", "CO", "KZ", "RO", "SG"), 6),
    "JP": 7,
}
"""The number of digits of postal codes, for countries where the first digit can be 0."""
_ZIP_COUNTRIES = pa.array(["PR", "US", "VI"], pa.string())
_ZIP_PLUS = 4
_ROUNDED = r"^[0-9]+(?:[.,][0-9]*)?[eE]\+[0-9]+$"
_MOST_ZEROS = 2
_BARE_POSTCODE = r"^([1-9][0-9]{0,8})(?:-[0-9]{4})?(?:\.0)?$"
_FARTHEST_ZONE = timedelta(hours=14)
_WITHDRAWN = pa.array(sorted(WITHDRAWN_CURRENCIES), pa.string())


def refuse_long_properties(level: Level, name: str, own: Piece) -> None:
    """Refuse properties of 1,000 or more characters as JSON, including their names.

    Args:
        level: The level.
        name: The name of the properties in the record.
        own: What the properties add to each record.
    """
    frame = len(own.before) + len(own.after) - len(f',"{name}":')
    lengths = pc.add(pc.utf8_length(own.values), frame)
    level.report(
        mask_of(pc.greater_equal(lengths, MAX_PROPERTIES_CHARS)),
        catalogue.PROPERTIES_TOO_LONG,
        f"{level.prefix}{name}",
        lambda entry: (
            f"they have {lengths[entry].as_py():,} characters as JSON, "
            f"the limit is {MAX_PROPERTIES_CHARS - 1:,}"
        ),
        is_error=True,
    )


def note_long_event_types(level: Level, types: Texts, notes: ColumnNotes) -> None:
    """Warn about event types that Ometria will truncate."""
    is_long = mask_of(pc.greater(pc.utf8_length(types), MAX_EVENT_TYPE_CHARS))
    entries = np.flatnonzero(is_long)
    if not len(entries):
        return
    first = types[int(entries[0])].as_py()
    message = (
        f"'{shorten(first)}' has {len(first)} characters, Ometria cuts it to "
        f"{first[:MAX_EVENT_TYPE_CHARS]!r}"
    )
    row = int(level.rows[entries[0]])
    notes.add(catalogue.LONG_EVENT_TYPE, len(entries), row, first, message)


def refuse_withdrawn_currencies(
    level: Level, currencies: Texts, moments: Texts | None, path: str, *, is_error: bool
) -> Mask:
    """Refuse currencies that were no longer valid at the time of the record.

    Args:
        level: The level of the records or of their items.
        currencies: The currency codes, null for none.
        moments: The timestamps at which they must be valid; None means today.
        path: The path of the field.
        is_error: Whether a record without its currency is rejected.

    Returns:
        A mask of the affected entries.
    """
    messages: dict[int, str] = {}
    for entry in _entries(pc.is_in(currencies, value_set=_WITHDRAWN)):
        moment = None if moments is None else moments[entry].as_py()
        code = currencies[entry].as_py()
        last = WITHDRAWN_CURRENCIES[code]
        if moments is None or (moment is not None and moment[: len(last)] > last):
            when = f", and this is of {moment[: len(last)]}" if moment else ""
            messages[entry] = f"'{code}' was withdrawn in {last}{when}"
    cause = catalogue.BAD_CURRENCY
    return level.report_each(messages, cause, path, currencies, is_error=is_error)


def refuse_impossible_times(
    level: Level, moments: Texts, since: str, path: str, *, is_error: bool
) -> Mask:
    """Refuse times that are in the future or too long ago.

    Args:
        level: The level of the records or of their items.
        moments: The timestamps, null for none.
        since: The earliest possible day.
        path: The path of the field.
        is_error: Whether a record without the time is rejected.

    Returns:
        A mask of the affected entries.
    """
    # Clocks and zones may be a day ahead of ours. Comparing texts ignores the zone, so times that
    # may be in the future are checked again.
    latest = datetime.now(UTC) + timedelta(days=1)
    nearly = (latest - _FARTHEST_ZONE).strftime("%Y-%m-%dT%H:%M:%S")
    messages: dict[int, str] = {}
    for entry in _entries(pc.or_(pc.less(moments, since), pc.greater(moments, nearly))):
        own = moments[entry].as_py()
        if own < since:
            messages[entry] = f"{own[:10]} is before {since}, which is too early to be true"
        elif datetime.fromisoformat(own) > latest:
            messages[entry] = f"{own[:10]} is in the future"
    cause = catalogue.IMPOSSIBLE_TIME
    return level.report_each(messages, cause, path, moments, is_error=is_error)


def warn_of_personal_ids(level: Level, ids: Texts) -> None:
    """Warn about ids that look like an email address or a phone number."""
    personal = mask_of(pc.match_substring_regex(ids, _PERSONAL_ID))
    message = "it looks like an email address or a phone number"
    level.report(personal, catalogue.PERSONAL_ID, "id", message, ids)


def warn_of_lost_zeros(level: Level, postcodes: Texts, countries: Texts, path: str) -> None:
    """Warn about postal codes whose leading zeros were dropped by a spreadsheet.

    Args:
        level: The level of the records.
        postcodes: The postal codes, null for none.
        countries: The country codes, null for none.
        path: The path of the postal codes.
    """
    own = countries.dictionary_encode()
    # One extra entry for null, which has no index.
    wanted = np.array([*(_DIGITS_OF_POSTCODES.get(c, 0) for c in own.dictionary.to_pylist()), 0])
    digits = wanted[pc.fill_null(own.indices, len(wanted) - 1).to_numpy()]
    lengths = pc.fill_null(pc.binary_length(postcodes), 0).to_numpy()
    odd = np.flatnonzero((digits > 0) & (lengths > 0) & (lengths != digits))
    odd = odd[_are_short(postcodes.take(pa.array(odd)), countries.take(pa.array(odd)), digits[odd])]
    messages = {
        entry: f"'{postcodes[entry].as_py()}' is short for {countries[entry].as_py()}: "
        "its zeros at the start are lost"
        for entry in odd.tolist()
    }
    level.report_each(messages, catalogue.LOST_ZERO, path, postcodes)


def _are_short(postcodes: Texts, countries: Texts, digits: Rows) -> Mask:
    """A mask of the postal codes that lack one or two digits; US codes may add four more."""
    is_bare = mask_of(pc.match_substring_regex(postcodes, _BARE_POSTCODE))
    parts = pc.replace_substring_regex(postcodes, _BARE_POSTCODE, r"\1")
    lengths = pc.binary_length(parts).to_numpy()
    missing = digits - lengths
    is_one_number = ~mask_of(pc.match_substring(postcodes, "-"))
    is_zip = mask_of(pc.is_in(countries, value_set=_ZIP_COUNTRIES))
    missing_of_nine = missing + _ZIP_PLUS
    is_short = (missing > 0) & (missing <= _MOST_ZEROS)
    is_short_nine = (missing_of_nine > 0) & (missing_of_nine <= _MOST_ZEROS)
    found: Mask = is_bare & (is_short | (is_zip & is_one_number & is_short_nine))
    return found


def refuse_ruined_postcodes(level: Level, postcodes: Texts, path: str) -> Mask:
    """Drop postal codes that a spreadsheet turned into rounded numbers, such as 2.138E+04.

    Returns:
        A mask of the affected entries.
    """
    # Hardly any column contains a plus sign, and looking for one is far cheaper than the regex.
    if not pc.any(pc.match_substring(postcodes, "+")).as_py():
        return np.zeros(len(postcodes), bool)
    refused = mask_of(pc.match_substring_regex(postcodes, _ROUNDED))
    level.report(
        refused,
        catalogue.RUINED_ID,
        path,
        lambda entry: f"'{postcodes[entry].as_py()}' is a number that a spreadsheet has rounded",
        postcodes,
    )
    return refused


def note_number_cells(texts: Texts, notes: ColumnNotes) -> None:
    """Note ids and postal codes that a program has written as numbers, such as 123.0."""
    if not pc.any(pc.ends_with(texts, ".0")).as_py():
        return
    is_number = pc.fill_null(pc.match_substring_regex(texts, r"^[0-9]+\.0$"), fill_value=False)
    if count := pc.sum(is_number).as_py():
        row = pc.index(is_number, value=True).as_py()
        text = texts[row].as_py()
        message = f"'{text}' is what a program writes that takes {text[:-2]} for a number"
        notes.add(catalogue.FROM_NUMBER_CELL, count, row, text, message)


def refuse_large_records(level: Level, sizes: Rows, pieces: Pieces) -> None:
    """Refuse records of more than 60,000 bytes, given what their JSON is made of."""
    is_large = sizes > MAX_RECORD_BYTES
    if not is_large.any():
        return
    level.report(
        is_large,
        catalogue.RECORD_TOO_LARGE,
        "",
        lambda entry: f"it is {sizes[entry]:,} bytes of JSON, the limit is {MAX_RECORD_BYTES:,}",
        json_text.joined(pieces, len(sizes)),
        is_error=True,
    )


def tell_of_incomplete_items(inner: Level, member: Items, values: Mapping[str, Texts]) -> None:
    """Report the mandatory fields that items marked bad are missing.

    Args:
        inner: The level of the items.
        member: The schema of the items.
        values: The normalised columns by full path.
    """
    required = [m.name for m in member.members if isinstance(m, Field) and m.required]

    def has(name: str, entry: int) -> bool:
        column = values.get(f"{inner.prefix}{name}")
        return column is not None and column[entry].as_py() is not None

    def message(entry: int) -> str:
        absent = [name for name in required if not has(name, entry)]
        if member.one_of and not any(has(name, entry) for name in member.one_of):
            absent.append(" or ".join(member.one_of))
        return f"the {member.singular} has no usable {' and no '.join(absent)}; it was dropped"

    path = inner.prefix.removesuffix(".")
    inner.report(inner.is_bad, catalogue.PART_DROPPED, path, message)


def drop_out_of_place_items(
    inner: Level, member: Items, flags: Texts, parents: Rows, *, is_silent: bool
) -> None:
    """Drop the items of records that cannot have items of that kind.

    Args:
        inner: The level of the items.
        member: The schema of the items.
        flags: The column of the records that is `true` if they have no such items.
        parents: The index of each item's record.
        is_silent: Whether to drop them without a problem.
    """
    out_of_place = mask_of(pc.equal(flags, "true"))[parents] & ~inner.is_bad
    inner.is_bad |= out_of_place
    if not is_silent:
        message = (
            f"a record with {member.not_if} has no {member.name}; the {member.singular} was dropped"
        )
        inner.report(out_of_place, catalogue.PART_DROPPED, member.name, message)


def _entries(flags: pa.BooleanArray) -> list[int]:
    """The indices of the entries that are true."""
    entries: list[int] = np.flatnonzero(mask_of(flags)).tolist()
    return entries
