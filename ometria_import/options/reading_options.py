"""What a user can say of how files are read and what is made of their rows.

Every option is one field of `ReadingOptions`: the flags, the keys of `[[sources]]`, what a run
remembers of how it read its files, and the fingerprint of a run are made from the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self, get_args, get_type_hints

from ometria_import.options.choices import (
    DateOrder,
    DecimalSign,
    Escape,
    Lines,
    Period,
    Returns,
    Unmapped,
    WithoutEmail,
)

_UNITS_S = {"d": 86_400, "h": 3_600, "m": 60}


@dataclass(frozen=True, slots=True)
class Option:
    """What is known of an option beside its name, type and default."""

    help: str
    """Shown by `--help`."""
    metavar: str | None = None
    flag: str = ""
    """Empty for the field's name with dashes."""
    shows_default: bool = True
    is_of_rows: bool = False
    """Whether it says what becomes of rows, which a command that only looks at files lacks."""
    is_of_source: bool = True
    """Whether `[[sources]]` can say it of one source."""
    is_of_rejects: bool = True
    """Whether reject files that come back are read by it; they are all written in one way,
    whatever the file was like that they come from."""
    is_of_records: bool = True
    """Whether other records may come out with it; else it is no part of a fingerprint."""
    in_main_panel: bool = False
    """Whether `--help` shows it among the options that are not about reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """Answers to what files leave open; None where the files must say it themselves."""

    mapping: Annotated[
        str | Path | None,
        Option(
            "Which column feeds which field; default: files are recognised by their columns. "
            "See ometria-import mapping --help.",
            metavar="FILE|PRESET",
        ),
    ] = None
    settings: Annotated[
        Mapping[str, str],
        Option(
            "A value that a mapping needs and the file does not contain, such as currency=GBP; "
            "may be given several times.",
            flag="--set",
            metavar="NAME=VALUE",
        ),
    ] = field(default_factory=dict)
    encoding: Annotated[
        str | None,
        Option(
            "Encoding of the files, such as cp1252; default: detected.",
            metavar="NAME",
            is_of_rejects=False,
        ),
    ] = None
    """A Python codec."""
    delimiter: Annotated[
        str | None,
        Option(
            "Delimiter of CSV files: comma, semicolon, tab, pipe, or the character itself; "
            "default: detected.",
            metavar="NAME",
            is_of_rejects=False,
        ),
    ] = None
    sheet: Annotated[
        str | None,
        Option(
            "Sheet of Excel workbooks; default: the first visible sheet.",
            metavar="NAME",
            is_of_rejects=False,
        ),
    ] = None
    escape: Annotated[
        Escape | None,
        Option(
            "Whether CSV files put a backslash before quotes that are part of a value, as "
            "MySQL and PHP do; default: only if the file proves it.",
            is_of_rejects=False,
        ),
    ] = None
    null: Annotated[
        tuple[str, ...],
        Option(
            "A word that stands for no value, in addition to NULL, nan, None, #N/A and the "
            "like; customer.id=0 applies to one field only. May be given several times.",
            metavar="WORD",
            shows_default=False,
        ),
    ] = ()
    keep_word: Annotated[
        tuple[str, ...],
        Option(
            "A word like NULL that is a real value in these files; lastname=NULL applies to "
            "one field only. May be given several times.",
            metavar="WORD",
            shows_default=False,
        ),
    ] = ()
    date_order: Annotated[
        DateOrder | None,
        Option(
            "Order of day and month in dates like 03/04/2024, for columns that leave it open.",
        ),
    ] = None
    decimal_sign: Annotated[
        DecimalSign | None,
        Option(
            "Decimal sign of amounts like 1,234, for columns that leave it open.",
        ),
    ] = None
    timezone: Annotated[
        str | None,
        Option(
            "Time zone of times that have none, such as Europe/London; default: UTC, with a "
            "warning.",
            metavar="ZONE",
        ),
    ] = None
    country: Annotated[
        str | None,
        Option(
            "Country of phone numbers without a country code, such as GB, where their record names "
            "none; default: they are dropped with a warning.",
            metavar="CODE",
        ),
    ] = None
    returns: Annotated[
        Returns | None,
        Option(
            "Orders with negative totals or quantities: send them, reject them, or leave them "
            "out; default: send them.",
            is_of_rows=True,
        ),
    ] = None
    without_email: Annotated[
        WithoutEmail | None,
        Option(
            "Contacts without an email: reject them, or send those that have a customer_id or "
            "a phone number; default: reject them.",
            is_of_rows=True,
        ),
    ] = None
    lines: Annotated[
        Lines | None,
        Option(
            "Import orders without their lines where an export has these in another file; "
            "default: such orders are refused without that file.",
            is_of_rows=True,
        ),
    ] = None
    unmapped: Annotated[
        Unmapped,
        Option(
            "Unknown columns: keep them in properties, leave them out, or stop.",
            is_of_rows=True,
            is_of_source=False,
        ),
    ] = Unmapped.PROPERTIES
    allow_empty: Annotated[
        bool,
        Option(
            "Accept files without rows, which otherwise stop the command.",
            is_of_rows=True,
            is_of_source=False,
            is_of_rejects=False,
        ),
    ] = False
    max_rejects: Annotated[
        str | None,
        Option(
            "Stop before sending, with exit code 4, if more than N records are rejected, or "
            "more than N% of the records of any object type.",
            metavar="N|N%",
            is_of_rows=True,
            is_of_source=False,
            is_of_rejects=False,
            is_of_records=False,
            in_main_panel=True,
        ),
    ] = None
    by: Annotated[
        Period,
        Option(
            "Show orders and revenue by year or by month.",
            is_of_rows=True,
            is_of_source=False,
            is_of_rejects=False,
            is_of_records=False,
            in_main_panel=True,
        ),
    ] = Period.YEAR
    older_than: Annotated[
        timedelta | None,
        Option(
            "Hold back orders younger than this, such as 3d, 12h or 90m.",
            metavar="DURATION",
            shows_default=False,
            is_of_rows=True,
            is_of_source=False,
            is_of_rejects=False,
            in_main_panel=True,
        ),
    ] = None

    def over(self, base: ReadingOptions) -> Self:
        """These options, and those of `base` where these say nothing.

        Lists and settings come together; where both say the same setting, these win.
        """
        together: dict[str, Any] = {}
        for each in reading_options():
            own, other = getattr(self, each.name), getattr(base, each.name)
            if isinstance(own, tuple):
                together[each.name] = tuple(dict.fromkeys((*other, *own)))
            elif isinstance(own, Mapping):
                together[each.name] = {**other, **own}
            elif own == each.default:
                together[each.name] = other
        return replace(self, **together)

    def flags(self) -> list[str]:
        """The flags that make another command read the files the same way."""
        words: list[str] = []
        for each in reading_options():
            value = getattr(self, each.name)
            if not each.about.is_of_records or not value or value == each.default:
                continue
            if isinstance(value, Mapping):
                value = tuple(f"{name}={text}" for name, text in value.items())
            if isinstance(value, timedelta):
                value = duration_text(value)
            texts = value if isinstance(value, tuple) else (str(value),)
            flag = each.flag
            words += [flag] if value is True else [word for text in texts for word in (flag, text)]
        return words


class OptionField(NamedTuple):
    """One field of `ReadingOptions`."""

    name: str
    kind: Any
    """Its type."""
    default: Any
    about: Option

    @property
    def choice(self) -> type[StrEnum] | None:
        """What it is chosen from; None where anything can be said."""
        kinds = [each for each in (self.kind, *get_args(self.kind)) if isinstance(each, type)]
        return next((each for each in kinds if issubclass(each, StrEnum)), None)

    @property
    def flag(self) -> str:
        """The flag that says it."""
        return self.about.flag or f"--{self.name.replace('_', '-')}"


@cache
def reading_options() -> tuple[OptionField, ...]:
    """All options, in the order in which `--help` shows them."""
    hints = get_type_hints(ReadingOptions, include_extras=True)
    blank = ReadingOptions()
    return tuple(
        OptionField(each.name, kind, getattr(blank, each.name), about)
        for each in fields(ReadingOptions)
        for kind, about in [get_args(hints[each.name])]
    )


def duration_text(duration: timedelta) -> str:
    """Write a duration as it can be typed, in the largest unit that needs no fraction."""
    seconds = duration.total_seconds()
    for unit, unit_s in _UNITS_S.items():
        if seconds and not seconds % unit_s:
            return f"{seconds / unit_s:.0f}{unit}"
    return f"{seconds:g}s"
