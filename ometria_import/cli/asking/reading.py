"""What the flags about reading say, checked before any file is opened."""

from __future__ import annotations

from ometria_import.actions.sources import known_value
from ometria_import.choices import Period
from ometria_import.cli.asking.flags import PreparingFlags, ReadingFlags
from ometria_import.errors import UsageError
from ometria_import.prepare import PrepareOptions
from ometria_import.schema.field_types import FieldTypeName


def prepare_options(reading: ReadingFlags, preparing: PreparingFlags) -> PrepareOptions:
    """Say the flags in the words of `prepare`.

    Raises:
        UsageError: the time zone or the country does not exist, or a setting has no name.
    """
    return PrepareOptions(
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        sheet=reading.sheet,
        escape=reading.escape,
        null=tuple(reading.null or ()),
        keep_word=tuple(reading.keep_word or ()),
        mapping=reading.mapping,
        settings=dict(map(_setting, reading.set_ or ())),
        date_order=reading.date_order,
        decimal_sign=reading.decimal_sign,
        timezone=known_value("--timezone", reading.timezone, FieldTypeName.TIMEZONE),
        country=known_value("--country", reading.country, FieldTypeName.COUNTRY),
        returns=preparing.returns,
        without_email=preparing.without_email,
        unmapped=preparing.unmapped,
        allow_empty=preparing.allow_empty,
        by=Period(preparing.by),
        older_than=preparing.older_than,
    )


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise UsageError(
            f"--set: {text!r} is not a name and a value", hint="Say it like --set currency=GBP."
        )
    return name.strip(), value.strip()
