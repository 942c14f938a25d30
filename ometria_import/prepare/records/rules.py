"""What only shows when a record is put together: its size, its properties, whose it is.

Each rule returns what it found, and marks in its level the records that must not go in.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.columns.normalise import ColumnNotes, Remark
from ometria_import.prepare.records.assembled import Found, Level, Mask
from ometria_import.problems import catalogue, shorten
from ometria_import.schema.field_types import WITHDRAWN_CURRENCIES

MAX_RECORD_BYTES = 60_000
"""Source: reference/ometria-api.md, "record size"."""
MAX_PROPERTIES_CHARS = 1_000
"""Custom properties must stay under it. Source: reference/ometria-api.md, "properties"."""

MAX_EVENT_TYPE_CHARS = 31
"""Source: reference/ometria-api.md, "Custom event", `event_type`."""

_PERSONAL_ID = r"^[^@\s]+@[^@\s]+\.[^@\s]+$|^\+[0-9][0-9 ()./-]{6,}$"
_SHOWN_BYTES = 200
_DIGITS_OF_POSTCODES = {
    **dict.fromkeys(("AM", "AU", "DK", "GE", "NO", "NZ", "PH", "ZA"), 4),
    **dict.fromkeys(("DE", "EE", "ES", "FI", "FR", "IT", "KR", "LT", "MX", "MY", "TR", "UA"), 5),
    **dict.fromkeys(("DZ", "GP", "GT", "PE", "PR", "RE", "SK", "US", "VI"), 5),
    **dict.fromkeys(("CN", "CO", "KZ", "RO", "SG"), 6),
    "JP": 7,
}
"""Countries whose postal codes are so many digits, of which the first can be 0."""
_ZIP_COUNTRIES = pa.array(["PR", "US", "VI"])
_ZIP_PLUS = 4
_ROUNDED = r"^[0-9]+(?:[.,][0-9]*)?[eE]\+[0-9]+$"
_MOST_ZEROS = 2
_BARE_POSTCODE = r"^([1-9][0-9]{0,8})(?:-[0-9]{4})?(?:\.0)?$"
_FARTHEST_ZONE = timedelta(hours=14)
_WITHDRAWN = pa.array(sorted(WITHDRAWN_CURRENCIES))


def long_properties(level: Level, name: str) -> list[Found]:
    """Refuse properties of 1,000 characters as JSON and more, names included.

    Args:
        level: Its last fragment is that of the properties.
        name: What they are called in the record.
    """
    frame = len(f',"{name}":')
    lengths = pc.subtract(pc.utf8_length(level.fragments[-1]), frame)
    too_long = pc.fill_null(pc.greater_equal(lengths, MAX_PROPERTIES_CHARS), fill_value=False)
    entries = np.flatnonzero(too_long.to_numpy(zero_copy_only=False))
    level.is_bad[entries] = True
    return [
        Found(
            int(level.rows[entry]),
            f"E{catalogue.PROPERTIES_TOO_LONG}",
            f"{level.prefix}{name}",
            "",
            f"they have {lengths[entry].as_py():,} characters as JSON, "
            f"the limit is {MAX_PROPERTIES_CHARS - 1:,}",
        )
        for entry in entries.tolist()
    ]


def long_event_types(level: Level, types: Any, notes: ColumnNotes) -> None:
    """Note the event types that Ometria will cut."""
    is_long = pc.greater(pc.utf8_length(types), MAX_EVENT_TYPE_CHARS)
    entries = np.flatnonzero(pc.fill_null(is_long, fill_value=False).to_numpy(zero_copy_only=False))
    if not len(entries):
        return
    first = types[int(entries[0])].as_py()
    message = (
        f"'{shorten(first)}' has {len(first)} characters, Ometria cuts it to "
        f"{first[:MAX_EVENT_TYPE_CHARS]!r}"
    )
    remark = Remark(len(entries), int(level.rows[entries[0]]), first, message)
    notes.add_remark(catalogue.LONG_EVENT_TYPE, remark)


def lacking_identity(level: Level, is_lacking: Mask, names: tuple[str, ...]) -> list[Found]:
    """Refuse records that have none of the fields of which they need one."""
    level.is_bad |= is_lacking
    message = f"none of {', '.join(names)} is given"
    return [
        Found(int(level.rows[entry]), f"E{catalogue.NO_IDENTITY}", names[0], "", message)
        for entry in np.flatnonzero(is_lacking).tolist()
    ]


def withdrawn_currencies(
    level: Level, currencies: Any, moments: Any | None, path: str, letter: str
) -> tuple[list[Found], Mask]:
    """Refuse currencies that were no longer valid.

    Args:
        level: The records, or items of them.
        currencies: Their codes, null for none.
        moments: When they were to be valid, as timestamps; None: today.
        path: The field.
        letter: `E` or `W`.

    Returns:
        What was found, and which entries it is.
    """
    gone = pc.fill_null(pc.is_in(currencies, value_set=_WITHDRAWN), fill_value=False)
    refused = np.zeros(len(currencies), bool)
    found = []
    for entry in np.flatnonzero(gone.to_numpy(zero_copy_only=False)).tolist():
        code = currencies[entry].as_py()
        moment = None if moments is None else moments[entry].as_py()
        last = WITHDRAWN_CURRENCIES[code]
        if moments is not None and (moment is None or moment[: len(last)] <= last):
            continue
        refused[entry] = True
        when = f", and this is of {moment[: len(last)]}" if moment else ""
        message = f"'{code}' was withdrawn in {last}{when}"
        cause = f"{letter}{catalogue.BAD_CURRENCY}"
        found.append(Found(int(level.rows[entry]), cause, path, code, message))
    return found, refused


def impossible_times(
    level: Level, moments: Any, since: str, path: str, letter: str
) -> tuple[list[Found], Mask]:
    """Refuse times of the past that are to come, or too long ago.

    Args:
        level: The records, or items of them.
        moments: The times, null for none.
        since: The first day that is possible.
        path: The field.
        letter: `E` or `W`.

    Returns:
        What was found, and which entries it is.
    """
    # Clocks and zones may be a day ahead of ours. As texts, times are compared but for their
    # zones, so those that may be to come are looked at once more.
    latest = datetime.now(UTC) + timedelta(days=1)
    nearly = (latest - _FARTHEST_ZONE).strftime("%Y-%m-%dT%H:%M:%S")
    odd = pc.or_(pc.less(moments, since), pc.greater(moments, nearly))
    refused = np.zeros(len(moments), bool)
    found = []
    for entry in np.flatnonzero(pc.fill_null(odd, fill_value=False)).tolist():
        own = moments[entry].as_py()
        if own < since:
            message = f"{own[:10]} is before {since}, which is too early to be true"
        elif datetime.fromisoformat(own) > latest:
            message = f"{own[:10]} is in the future"
        else:
            continue
        refused[entry] = True
        cause = f"{letter}{catalogue.IMPOSSIBLE_TIME}"
        found.append(Found(int(level.rows[entry]), cause, path, own, message))
    return found, refused


def personal_ids(level: Level, ids: Any) -> list[Found]:
    """Warn of ids that look like an email address or a phone number."""
    personal = pc.fill_null(pc.match_substring_regex(ids, _PERSONAL_ID), fill_value=False)
    return [
        Found(
            int(level.rows[entry]),
            f"W{catalogue.PERSONAL_ID}",
            "id",
            ids[entry].as_py(),
            "it looks like an email address or a phone number",
        )
        for entry in np.flatnonzero(personal.to_numpy(zero_copy_only=False)).tolist()
    ]


def lost_zeros(level: Level, postcodes: Any, countries: Any, path: str) -> list[Found]:
    """Warn of postal codes whose zeros at the start a spreadsheet has dropped.

    Args:
        level: The records.
        postcodes: Null for none.
        countries: Their codes, null for none.
        path: The field of the postal codes.
    """
    own = countries.dictionary_encode()
    # One more for null, which has no index.
    wanted = np.array([*(_DIGITS_OF_POSTCODES.get(c, 0) for c in own.dictionary.to_pylist()), 0])
    digits = wanted[pc.fill_null(own.indices, len(wanted) - 1).to_numpy()]
    lengths = pc.fill_null(pc.binary_length(postcodes), 0).to_numpy()
    odd = np.flatnonzero((digits > 0) & (lengths > 0) & (lengths != digits))
    odd = odd[_are_short(postcodes.take(pa.array(odd)), countries.take(pa.array(odd)), digits[odd])]
    return [
        Found(
            int(level.rows[entry]),
            f"W{catalogue.LOST_ZERO}",
            path,
            (text := postcodes[entry].as_py()),
            f"'{text}' is short for {countries[entry].as_py()}: its zeros at the start are lost",
        )
        for entry in odd.tolist()
    ]


def _are_short(postcodes: Any, countries: Any, digits: Any) -> Any:
    """Which postal codes lack a digit or two; American ones can have four more behind."""
    is_bare = pc.match_substring_regex(postcodes, _BARE_POSTCODE).to_numpy(zero_copy_only=False)
    parts = pc.replace_substring_regex(postcodes, _BARE_POSTCODE, r"\1")
    lengths = pc.binary_length(parts).to_numpy()
    missing = digits - lengths
    is_one_number = ~pc.match_substring(postcodes, "-").to_numpy(zero_copy_only=False)
    is_zip = pc.is_in(countries, value_set=_ZIP_COUNTRIES).to_numpy(zero_copy_only=False)
    missing_of_nine = missing + _ZIP_PLUS
    is_short = (missing > 0) & (missing <= _MOST_ZEROS)
    is_short_nine = (missing_of_nine > 0) & (missing_of_nine <= _MOST_ZEROS)
    return is_bare & (is_short | (is_zip & is_one_number & is_short_nine))


def ruined_postcodes(level: Level, postcodes: Any, path: str) -> tuple[list[Found], Mask]:
    """Leave out postal codes of which a spreadsheet made rounded numbers: 2.138E+04.

    Returns:
        What was found, and which entries it is.
    """
    refused = np.zeros(len(postcodes), bool)
    if not pc.any(pc.match_substring(postcodes, "+")).as_py():
        return [], refused
    is_ruined = pc.fill_null(pc.match_substring_regex(postcodes, _ROUNDED), fill_value=False)
    refused = is_ruined.to_numpy(zero_copy_only=False).copy()
    found = [
        Found(
            int(level.rows[entry]),
            f"W{catalogue.RUINED_ID}",
            path,
            (text := postcodes[entry].as_py()),
            f"'{text}' is a number that a spreadsheet has rounded",
        )
        for entry in np.flatnonzero(refused).tolist()
    ]
    return found, refused


def note_number_cells(texts: Any, notes: ColumnNotes) -> None:
    """Take note of ids and postal codes that a program has written as numbers: 123.0."""
    if not pc.any(pc.ends_with(texts, ".0")).as_py():
        return
    is_number = pc.fill_null(pc.match_substring_regex(texts, r"^[0-9]+\.0$"), fill_value=False)
    if count := pc.sum(is_number).as_py():
        row = pc.index(is_number, value=True).as_py()
        text = texts[row].as_py()
        message = f"'{text}' is what a program writes that takes {text[:-2]} for a number"
        notes.add_remark(catalogue.FROM_NUMBER_CELL, Remark(count, row, text, message))


def too_large(level: Level, texts: Any) -> list[Found]:
    """Refuse records of over 60,000 bytes; `texts` has a comma behind each."""
    sizes = pc.subtract(pc.binary_length(texts), 1).to_numpy(zero_copy_only=False)
    entries = np.flatnonzero(sizes > MAX_RECORD_BYTES)
    level.is_bad[entries] = True
    return [
        Found(
            int(level.rows[entry]),
            f"E{catalogue.RECORD_TOO_LARGE}",
            "",
            texts[entry].as_py()[:_SHOWN_BYTES],
            f"it is {sizes[entry]:,} bytes of JSON, the limit is {MAX_RECORD_BYTES:,}",
        )
        for entry in entries.tolist()
    ]
