"""The pydantic models, and how a CSV row becomes one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from benchmarks.baseline.rules import (
    Amount,
    Boolean,
    Country,
    Currency,
    Date,
    Email,
    Gender,
    Id,
    OptIn,
    Phone,
    TextList,
    Timestamp,
    clean_text,
)

Cells = dict[str, str]
Found = list[tuple[str, str, str]]
"""Field, value and message of each problem of one record."""


class Record(BaseModel):
    """What all models share: fast to make, aliases in the JSON."""

    model_config = ConfigDict(extra="ignore")


class Contact(Record):
    """A contact as the benchmark's file has it."""

    type: str = Field("contact", alias="@type")
    id: Id
    collection: str = Field(alias="@collection")
    email: Email
    firstname: str | None = None
    lastname: str | None = None
    gender: Gender | None = None
    date_of_birth: Date | None = None
    phone_number: Phone | None = None
    country_id: Country | None = None
    timestamp_acquired: Timestamp | None = None
    marketing_optin: OptIn | None = None
    store_ids: TextList | None = None
    properties: dict[str, str] | None = None


class Customer(Record):
    """Whom an order names."""

    id: Id | None = None
    email: Email | None = None


class Address(Record):
    """Where an order went."""

    city: str | None = None
    postcode: str | None = None
    country_code: Country | None = None


class VariantOption(Record):
    """One choice of a line item."""

    type: str
    id: str
    label: str


class LineItem(Record):
    """One line of an order."""

    product_id: Id
    variant_id: Id | None = None
    quantity: int
    unit_price: Amount
    total: Amount | None = None
    variant_options: list[VariantOption] | None = None


class Order(Record):
    """An order as the benchmark's file has it."""

    type: str = Field("order", alias="@type")
    id: Id
    timestamp: Timestamp
    status: str | None = None
    is_valid: Boolean | None = None
    store: str | None = None
    currency: Currency
    grand_total: Amount
    shipping: Amount | None = None
    customer: Customer | None = None
    shipping_address: Address | None = None
    lineitems: list[LineItem]


R = TypeVar("R", bound=Record)


def filled(row: Mapping[str, str]) -> Cells:
    """The cells that are not blank, cleaned."""
    cells = {}
    for column, text in row.items():
        value = clean_text(text)
        if value:
            cells[column] = value
    return cells


def validated(model: type[R], values: Mapping[str, Any]) -> tuple[R | None, Found]:
    """The record with all its problems; without the values of optional fields that are wrong.

    None where a mandatory part is missing or wrong.
    """
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
    found = [(".".join(map(str, entry["loc"])), _shown(entry), entry["msg"]) for entry in errors]
    kept = _copy(values)
    for entry in errors:
        _drop(kept, entry["loc"])
    try:
        return model.model_validate(kept), found
    except ValidationError:
        return None, found


def _shown(entry: ErrorDetails) -> str:
    return "" if entry["type"] == "missing" else str(entry["input"])[:80]


def _copy(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: dict(value) if isinstance(value, dict) else value for name, value in values.items()
    }


def _drop(values: dict[str, Any], path: Iterable[Any]) -> None:
    *way, last = path
    owner: Any = values
    for step in way:
        owner = owner[step]
    owner.pop(last, None)


def contact_of(row: Mapping[str, str]) -> tuple[Contact | None, Found, tuple[str, str]]:
    """A contact, its problems and its key."""
    cells = filled(row)
    values: dict[str, Any] = {}
    properties: Cells = {}
    for column, text in cells.items():
        if column.startswith("properties."):
            properties[column[11:]] = text
        else:
            values[column] = text
    if properties:
        values["properties"] = properties
    contact, found = validated(Contact, values)
    return contact, found, (cells.get("@collection", ""), cells.get("id", ""))


def order_of(rows: Iterator[Mapping[str, str]]) -> tuple[Order | None, Found, str]:
    """An order from its rows, its problems and its id."""
    first = next(rows)
    cells = filled(first)
    found: Found = []
    lines = [_line_of(cells, found)]
    for row in rows:
        for column, text in row.items():
            if not column.startswith("lineitems.") and text != first[column]:
                found.append((column, text, "differs from the first row"))
        lines.append(_line_of(filled(row), found))
    values: dict[str, Any] = {}
    for column, text in cells.items():
        owner, dot, name = column.partition(".")
        if not dot:
            values[column] = text
        elif owner != "lineitems":
            values.setdefault(owner, {})[name] = text
    values["lineitems"] = [line for line in lines if line]
    order, problems = validated(Order, values)
    return order, found + problems, cells.get("id", "")


def _line_of(cells: Cells, found: Found) -> LineItem | None:
    values: dict[str, Any] = {}
    options = []
    for column, text in cells.items():
        if column.startswith("lineitems.variant_options."):
            options.append({"type": column[26:], "id": text, "label": text})
        elif column.startswith("lineitems."):
            values[column[10:]] = text
    if options:
        values["variant_options"] = options
    line, problems = validated(LineItem, values)
    found += [(f"lineitems.{field}", value, message) for field, value, message in problems]
    return line
