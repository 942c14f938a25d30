"""The same records as a table and as JSON become the same bytes, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ometria_import.schema import (
    SCHEMAS,
    Field,
    Group,
    Items,
    Member,
    ObjectType,
    Options,
    Properties,
)
from ometria_import.schema.field_types import Conventions, FieldTypeName, JsonKind, field_type
from tests.prepare.outcomes import prepare_rows, prepare_text

Cells = dict[str, str]
Json = Any


def loads(text: str) -> Json:
    """JSON with every digit of its numbers."""
    return json.loads(text, parse_float=Decimal)


def dumps(value: Json) -> str:
    """The same back."""
    return msgspec.json.Encoder(decimal_format="number").encode(value).decode()


def example(field: Field) -> tuple[str, Json]:
    """A field's example as a cell and as JSON."""
    kind = field_type(field.type, Conventions())
    text = "false" if field.name == "is_variant" else field.example or kind.example
    if kind.json is JsonKind.STRING:
        return text, text
    return text, loads(text)


def filled(members: tuple[Member, ...], path: str = "") -> Iterator[tuple[Cells, str, Json]]:
    """Every member with an example, as columns and as a JSON value."""
    for member in members:
        name = f"{path}{member.name}"
        match member:
            case Field():
                cell, value = example(member)
                yield {name: cell}, member.name, value
            case Group():
                cells, value = whole(member.members, f"{name}.")
                yield cells, member.name, value
            case Items():
                cells, value = whole(member.members, f"{name}.")
                yield cells, member.name, [value]
            case Options():
                cells = {
                    f"{name}.size": "M",
                    f"{name}.colour.id": "7",
                    f"{name}.colour.label": "Sky",
                }
                yield (
                    cells,
                    member.name,
                    [
                        {"type": "size", "id": "M", "label": "M"},
                        {"type": "colour", "id": "7", "label": "Sky"},
                    ],
                )
            case Properties():
                yield {f"{name}.tier": "gold"}, member.name, {"tier": "gold"}


def whole(members: tuple[Member, ...], path: str = "") -> tuple[Cells, Json]:
    cells: Cells = {}
    record: dict[str, Json] = {}
    for columns, name, value in filled(members, path):
        cells |= columns
        record[name] = value
    return cells, record


@pytest.mark.parametrize("object_type", ObjectType)
def test_every_field_comes_through_a_table_and_through_json_alike(
    tmp_path: Path, object_type: ObjectType
) -> None:
    cells, record = whole(SCHEMAS[object_type].members)
    record = {"@type": str(object_type), **record}

    table = prepare_rows(tmp_path, f"{object_type}.csv", [list(cells), list(cells.values())])
    objects = prepare_text(tmp_path, f"{object_type}.json", dumps([record]))

    assert loads(table.texts[0]) == record
    assert objects.texts == table.texts
    assert table.summary.problems == {}
    assert objects.summary.problems == {}


@pytest.mark.parametrize("object_type", ObjectType)
def test_blank_cells_and_nulls_leave_nothing_behind(
    tmp_path: Path, object_type: ObjectType
) -> None:
    schema = SCHEMAS[object_type]
    needed = {field.name for _, field in schema.fields() if field.required} | set(schema.one_of)
    cells, record = whole(schema.members)
    cells = {
        path: value if path in needed else "  " for path, value in cells.items() if path != "@type"
    }
    record = {name: value if name in needed else None for name, value in record.items()}

    table = prepare_rows(tmp_path, f"{object_type}.csv", [list(cells), list(cells.values())])
    objects = prepare_text(tmp_path, f"{object_type}.json", dumps([record]))

    assert set(json.loads(table.texts[0])) <= needed | {"@type"}
    assert objects.texts == table.texts
    assert table.summary.problems == {}


@pytest.mark.parametrize("object_type", ObjectType)
def test_records_fed_back_come_out_the_same(tmp_path: Path, object_type: ObjectType) -> None:
    cells, _ = whole(SCHEMAS[object_type].members)
    once = prepare_rows(tmp_path, f"{object_type}.csv", [list(cells), list(cells.values())])

    twice = prepare_text(tmp_path, "again.json", f"[{','.join(once.texts)}]")

    assert twice.texts == once.texts


def test_values_are_brought_into_their_normal_form(tmp_path: Path) -> None:
    row = {
        "id": " 00123 ",
        "@collection": "web",
        "email": "Ada@Example.COM",
        "phone_number": "020 7183 8750",
        "firstname": "Jose\u0301",
        "gender": "Female",
        "date_of_birth": "31/12/1990",
        "country_id": "United Kingdom",
        "timezone": "europe/london",
        "timestamp_acquired": "2024-01-31 09:30:00",
        "marketing_optin": "subscribed",
        "@force_optin": "yes",
        "channels.sms.allow_marketing": "0",
        "store_ids": "uk|eu",
        "@add_to_lists": "4;5",
    }

    outcome = prepare_rows(tmp_path, "contacts.csv", [list(row), list(row.values())], country="GB")

    assert outcome.records == [
        {
            "@type": "contact",
            "id": "00123",
            "@collection": "web",
            "email": "ada@example.com",
            "phone_number": "+442071838750",
            "firstname": "Jos\u00e9",
            "gender": "f",
            "date_of_birth": "1990-12-31",
            "country_id": "GB",
            "timezone": "Europe/London",
            "timestamp_acquired": "2024-01-31T09:30:00Z",
            "marketing_optin": "EXPLICITLY_OPTEDIN",
            "@force_optin": True,
            "channels": {"sms": {"allow_marketing": False}},
            "store_ids": ["uk", "eu"],
            "@add_to_lists": [4, 5],
        }
    ]


@pytest.mark.parametrize(
    "text",
    [
        'say "hello"',
        "back\\slash\\",
        "two\nlines\r\nand a\ttab",
        "\U0001f600 emoji",
        "line \u2028 and \u2029 inside",
        "DEL \x7f here",
        "</script>",
        "\u00e9\u4e2d\u0639",
        'ends with quote"',
    ],
)
def test_special_characters_survive_as_values_names_and_options(tmp_path: Path, text: str) -> None:
    property_name = " ".join(text.replace(".", "").split())  # a name is one line
    header = [
        "id",
        "title",
        "attributes.brand",
        f"attributes.{property_name}",
        f"properties.{property_name}",
    ]

    outcome = prepare_rows(
        tmp_path, "products.csv", [header, ["1", text, text, "x", text], ["2", "plain", "", "", ""]]
    )

    assert outcome.records == [
        {
            "@type": "product",
            "id": "1",
            "title": text,
            "attributes": [
                {"type": "brand", "id": text, "label": text},
                {"type": property_name, "id": "x", "label": "x"},
            ],
            "properties": {property_name: text},
        },
        {"@type": "product", "id": "2", "title": "plain"},
    ]


def test_option_takes_id_and_label_from_columns_of_their_own(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "products.csv",
        [
            ["id", "attributes.colour.id", "attributes.colour.label", "attributes.size.id"],
            ["1", "7", "Sky", "M"],
            ["2", "7", "", ""],
            ["3", "", "Sky", ""],
            ["4", "", "", ""],
        ],
    )

    assert [record.get("attributes") for record in outcome.records] == [
        [
            {"type": "colour", "id": "7", "label": "Sky"},
            {"type": "size", "id": "M", "label": "M"},
        ],
        [{"type": "colour", "id": "7", "label": "7"}],
        [{"type": "colour", "id": "Sky", "label": "Sky"}],
        None,
    ]


def test_option_counts_the_rewritten_texts_of_id_and_label(tmp_path: Path) -> None:
    """Bug: the label's notes took the place of the id's."""
    outcome = prepare_rows(
        tmp_path,
        "products.csv",
        [
            ["id", "attributes.colour.id", "attributes.colour.label"],
            ["1", "Jose\u0301", "Jose\u0301"],
        ],
    )

    assert outcome.summary.problems == {"W053": 2}


def test_amounts_keep_every_digit(tmp_path: Path) -> None:
    table = prepare_rows(
        tmp_path,
        "products.csv",
        [["id", "price", "special_price"], ["1", "0.10", "1,234,567.890123"]],
    )
    objects = prepare_text(
        tmp_path,
        "products.ndjson",
        '{"id":1,"price":0.10,"special_price":1234567.890123,"properties":{"a":1.10}}\n',
    )

    assert table.texts[0].endswith('"price":0.10,"special_price":1234567.890123}')
    assert '"price":0.10,"special_price":1234567.890123,"properties":{"a":1.10}' in objects.texts[0]


def test_field_type_without_a_json_example_has_a_rule() -> None:
    used = {field.type for schema in SCHEMAS.values() for _, field in schema.fields()}

    assert used == set(FieldTypeName) - {FieldTypeName.WHOLE_NUMBER}
