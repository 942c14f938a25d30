"""What the flags about reading say, checked before any file is opened."""

from __future__ import annotations

from ometria_import.errors import UsageError
from ometria_import.mapping.columns import Unmapped
from ometria_import.prepare import PrepareOptions
from ometria_import.problems import Finding
from ometria_import.schema.field_types import (
    Conventions,
    DateOrder,
    DecimalSign,
    FieldTypeName,
    field_type,
)


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


def _known(flag: str, text: str | None, kind: FieldTypeName) -> str | None:
    """Read a flag's value by the same rule as a cell of its kind."""
    if text is None:
        return None
    rule = field_type(kind, Conventions())
    value = rule.parse(text.strip()) if text.strip() else Finding("", "nothing is given")
    if isinstance(value, Finding):
        raise UsageError(f"{flag}: {value.message}", hint=f"Say it like {flag} {rule.example}.")
    return value
