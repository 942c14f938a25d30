"""Every field type by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache

from ometria_import.problems import Finding
from ometria_import.problems.invisible_text import without_invisible
from ometria_import.schema.field_types.codes import country_type, currency_type, timezone_type
from ometria_import.schema.field_types.contact_points import email_type, phone_type
from ometria_import.schema.field_types.lists import text_list_type, whole_number_list_type
from ometria_import.schema.field_types.model import Conventions, FieldType
from ometria_import.schema.field_types.money import money_type, number_type, whole_number_type
from ometria_import.schema.field_types.text import id_type, text_type
from ometria_import.schema.field_types.times import date_type, timestamp_type
from ometria_import.schema.field_types.web import url_type
from ometria_import.schema.field_types.words import boolean_type, gender_type, optin_type


class FieldTypeName(StrEnum):
    """The kinds of value that a schema's fields may have."""

    TEXT = "text"
    ID = "id"
    EMAIL = "email"
    PHONE = "phone"
    MONEY = "money"
    NUMBER = "number"
    WHOLE_NUMBER = "whole_number"
    TIMESTAMP = "timestamp"
    DATE = "date"
    CURRENCY = "currency"
    COUNTRY = "country"
    GENDER = "gender"
    BOOLEAN = "boolean"
    OPTIN = "optin"
    TIMEZONE = "timezone"
    URL = "url"
    TEXT_LIST = "text_list"
    WHOLE_NUMBER_LIST = "whole_number_list"


FIELD_TYPE_NAMES = tuple(FieldTypeName)
"""In the order in which the docs show them."""

_WITH_CONVENTIONS: dict[FieldTypeName, Callable[[Conventions], FieldType]] = {
    FieldTypeName.PHONE: phone_type,
    FieldTypeName.MONEY: money_type,
    FieldTypeName.NUMBER: number_type,
    FieldTypeName.WHOLE_NUMBER: whole_number_type,
    FieldTypeName.TIMESTAMP: timestamp_type,
    FieldTypeName.DATE: date_type,
    FieldTypeName.GENDER: gender_type,
}
_THE_SAME_EVERYWHERE: dict[FieldTypeName, Callable[[], FieldType]] = {
    FieldTypeName.TEXT: text_type,
    FieldTypeName.ID: id_type,
    FieldTypeName.EMAIL: email_type,
    FieldTypeName.CURRENCY: currency_type,
    FieldTypeName.COUNTRY: country_type,
    FieldTypeName.BOOLEAN: boolean_type,
    FieldTypeName.OPTIN: optin_type,
    FieldTypeName.TIMEZONE: timezone_type,
    FieldTypeName.URL: url_type,
    FieldTypeName.TEXT_LIST: text_list_type,
    FieldTypeName.WHOLE_NUMBER_LIST: whole_number_list_type,
}


@lru_cache(maxsize=512)
def field_type(name: str, conventions: Conventions) -> FieldType:
    """Build the field type of this name under a column's conventions; the same one every time.

    Raises:
        ValueError: No field type has this name.
        UsageError: The conventions' time zone does not exist.
    """
    known = FieldTypeName(name)
    build = _WITH_CONVENTIONS.get(known)
    kind = build(conventions) if build is not None else _THE_SAME_EVERYWHERE[known]()
    return kind if kind.keeps_invisible else _of_visible(kind)


def _of_visible(kind: FieldType) -> FieldType:
    """The type that takes invisible characters out of a text before anything else is done."""

    def parse(text: str) -> str | Finding:
        visible = without_invisible(text)
        return kind.parse(visible) if visible or not text else ""

    open_in, evidence = kind.open_in, kind.evidence
    return replace(
        kind,
        parse=parse,
        open_in=None if open_in is None else lambda text: open_in(without_invisible(text)),
        evidence=None if evidence is None else lambda text: evidence(without_invisible(text)),
    )
