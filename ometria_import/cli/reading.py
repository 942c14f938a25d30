"""What the arguments and flags about reading say, checked before any file is opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ometria_import.choices import Unmapped
from ometria_import.cli.screen import visible
from ometria_import.errors import UsageError
from ometria_import.mapping.recognition import SourceArgument, parse_source_argument
from ometria_import.prepare import PrepareOptions
from ometria_import.problems import Finding
from ometria_import.schema import ObjectType
from ometria_import.schema.field_types import (
    Conventions,
    DateOrder,
    DecimalSign,
    FieldTypeName,
    field_type,
)


def source_arguments(files: Sequence[str]) -> list[SourceArgument]:
    """Read the FILE arguments.

    Raises:
        UsageError: one says an unknown object type, or one file would be read twice.
    """
    arguments = [parse_source_argument(text) for text in files]
    seen: dict[Path, list[ObjectType | None]] = {}
    for argument in arguments:
        types = seen.setdefault(argument.path.absolute(), [])
        # Only two outspoken types make two different inputs of one file.
        if types and (None in (argument.object_type, *types) or argument.object_type in types):
            raise UsageError(
                f"{visible(str(argument.path))} is named twice",
                hint="Name each file once; its rows would be read twice.",
            )
        types.append(argument.object_type)
    return arguments


def prepare_options(
    *,
    encoding: str | None,
    delimiter: str | None,
    date_order: DateOrder | None,
    decimal_sign: DecimalSign | None,
    timezone: str | None,
    country: str | None,
    unmapped: Unmapped,
    allow_empty: bool,
) -> PrepareOptions:
    """Gather the flags.

    Raises:
        UsageError: the time zone or the country does not exist.
    """
    return PrepareOptions(
        encoding=encoding,
        delimiter=delimiter,
        date_order=date_order,
        decimal_sign=decimal_sign,
        timezone=_known("--timezone", timezone, FieldTypeName.TIMEZONE),
        country=_known("--country", country, FieldTypeName.COUNTRY),
        unmapped=unmapped,
        allow_empty=allow_empty,
    )


def reading_flags(options: PrepareOptions) -> list[str]:
    """The flags that make another command read the files the same way."""
    unmapped = None if options.unmapped is Unmapped.PROPERTIES else options.unmapped
    given = {
        "--encoding": options.encoding,
        "--delimiter": options.delimiter,
        "--date-order": options.date_order,
        "--decimal-sign": options.decimal_sign,
        "--timezone": options.timezone,
        "--country": options.country,
        "--unmapped": unmapped,
    }
    flags = [word for flag, value in given.items() if value for word in (flag, str(value))]
    return [*flags, "--allow-empty"] if options.allow_empty else flags


def _known(flag: str, text: str | None, kind: FieldTypeName) -> str | None:
    """Read a flag's value by the same rule as a cell of its kind."""
    if text is None:
        return None
    rule = field_type(kind, Conventions())
    value = rule.parse(text.strip()) if text.strip() else Finding("", "nothing is given")
    if isinstance(value, Finding):
        raise UsageError(f"{flag}: {value.message}", hint=f"Say it like {flag} {rule.example}.")
    return value
