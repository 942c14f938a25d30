"""How sources are read, as arguments say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypedDict, TypeVar

from ometria_import.errors import UsageError
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.options.reading_options import ReadingOptions, reading_options
from ometria_import.prepare import PrepareOptions

Choice = TypeVar("Choice", bound=StrEnum)


class Reading(TypedDict, total=False):
    """How sources are read; what is left out, they must say themselves."""

    encoding: str
    delimiter: str
    sheet: str
    escape: str
    """`backslash` or `none`."""
    null: Iterable[str]
    """Words that stand for no value beside the usual ones; `field=WORD` in one field only."""
    keep_word: Iterable[str]
    """Words that are values although they stand for none elsewhere."""
    mapping: str | Path
    """A preset's name or a mapping file."""
    settings: Mapping[str, str]
    """What the mapping asks for, such as `{"currency": "GBP"}`."""
    date_order: str
    """`dmy`, `mdy` or `ymd`."""
    decimal_sign: str
    """`point` or `comma`."""
    timezone: str
    """IANA name of the zone of times without one; they are UTC without it, with a warning."""
    country: str
    """ISO 3166-1 alpha-2 code of phone numbers without a country code."""
    returns: str
    """`send`, `reject` or `leave_out`."""
    without_email: str
    """`reject` or `send`."""
    lines: str
    """`none`: orders come without the lines that their export has in another file."""
    unmapped: str
    """`properties`, `ignore` or `error`."""
    allow_empty: bool
    older_than: timedelta
    """Orders that are younger are held back."""


def choice_of(name: str, value: object, kind: type[Choice]) -> Choice:
    """Read an argument that is one of a closed set.

    Raises:
        UsageError: it is none of them.
    """
    try:
        return kind(str(value))
    except ValueError:
        raise UsageError(
            f"{name} cannot be {value!r}", hint=f"Use one of {', '.join(kind)}."
        ) from None


_READING = frozenset(Reading.__annotations__)


def options_of(reading: Mapping[str, Any], max_rejects: int | str | None = None) -> ReadingOptions:
    """Arguments as options.

    Raises:
        UsageError: one of them is not understood.
    """
    given = {name: value for name, value in reading.items() if value is not None}
    if unknown := [name for name in given if name not in _READING]:
        raise UsageError(
            f"there is no argument {unknown[0]}{did_you_mean(unknown[0], _READING)}",
            hint=f"Known are {', '.join(sorted(_READING))}.",
        )
    for each in reading_options():
        value = given.get(each.name)
        if value is not None and each.choice is not None:
            given[each.name] = choice_of(each.name, value, each.choice)
        elif value is not None and isinstance(each.default, tuple):
            given[each.name] = (value,) if isinstance(value, str) else tuple(value)
    if max_rejects is not None:
        given["max_rejects"] = str(max_rejects)
    return PrepareOptions.checked(ReadingOptions(**given), "argument")
