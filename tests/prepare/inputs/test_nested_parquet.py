"""Parquet with objects and lists in its columns is read as the same objects in JSON are."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ometria_import.mapping.recognition.recognition import parse_source_argument
from ometria_import.prepare.inputs.opening import open_source
from ometria_import.prepare.options import PrepareOptions
from ometria_import.sources import ObjectFile
from tests.prepare.outcomes import prepare_files, read_csv, write

LONDON = dt.timezone(dt.timedelta(hours=1))


def nested(path: Path) -> Path:
    address = pa.struct(
        [("city", pa.string()), ("country_code", pa.dictionary(pa.int8(), pa.string()))]
    )
    item = pa.struct(
        [
            ("product_id", pa.binary()),
            ("quantity", pa.int32()),
            ("unit_price", pa.decimal128(10, 4)),
            (
                "variant_options",
                pa.list_(
                    pa.struct([("type", pa.string()), ("id", pa.string()), ("label", pa.string())])
                ),
            ),
            ("properties", pa.map_(pa.string(), pa.string())),
        ]
    )
    size = {"type": "size", "id": "M", "label": "Medium"}
    first = {
        "product_id": b"A",
        "quantity": 2,
        "unit_price": Decimal("9.9900"),
        "variant_options": [size],
        "properties": [("gift", "yes"), ("note", None)],
    }
    second = {
        "product_id": b"B",
        "quantity": 1,
        "unit_price": Decimal("0.0100"),
        "variant_options": None,
        "properties": [],
    }
    columns = {
        "id": pa.array([9007199254740993, 2, 3], pa.int64()),
        "timestamp": pa.array(
            [
                dt.datetime(2024, 6, 1, 11, tzinfo=LONDON),
                dt.datetime(2024, 6, 2, 0, 0, 0, 250_000, tzinfo=dt.UTC),
                None,
            ],
            pa.timestamp("us", "Europe/London"),
        ),
        "grand_total": pa.array([19.99, 0.01, 1.0], pa.float64()),
        "currency": pa.array(["GBP", "GBP", "GBP"]).dictionary_encode(),
        "is_valid": pa.array([True, False, None]),
        "customer": pa.array(
            [{"id": "c1", "email": "a@example.com"}, None, {"id": None, "email": None}]
        ),
        "shipping_address": pa.array(
            [{"city": "Leeds", "country_code": "GB"}, None, None], address
        ),
        "billing_address.city": pa.array(["York", None, ""]),
        "lineItems": pa.array([[first, second], [], None], pa.list_(item)),
    }
    pq.write_table(pa.table(columns), path)
    return path


def test_structs_lists_maps_and_their_values_are_those_of_json(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, f"order={nested(tmp_path / 'a.parquet')}")

    assert outcome.records == [
        {
            "@type": "order",
            "id": "9007199254740993",
            "timestamp": "2024-06-01T11:00:00+01:00",
            "grand_total": Decimal("19.99"),
            "currency": "GBP",
            "is_valid": True,
            "customer": {"id": "c1", "email": "a@example.com"},
            "shipping_address": {"city": "Leeds", "country_code": "GB"},
            "billing_address": {"city": "York"},
            "lineitems": [
                {
                    "product_id": "A",
                    "quantity": 2,
                    "unit_price": Decimal("9.99"),
                    "variant_options": [{"type": "size", "id": "M", "label": "Medium"}],
                    "properties": {"gift": "yes"},
                },
                {"product_id": "B", "quantity": 1, "unit_price": Decimal("0.01")},
            ],
        },
        {
            "@type": "order",
            "id": "2",
            "timestamp": "2024-06-02T01:00:00.25+01:00",
            "grand_total": Decimal("0.01"),
            "currency": "GBP",
            "is_valid": False,
        },
    ]
    assert outcome.places("E010") == [(3, "timestamp")]


def test_the_type_is_known_without_being_said_and_the_rejects_are_objects(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, nested(tmp_path / "export.parquet"))

    assert [str(each.object_type) for each in outcome.summary.sources] == ["order"]
    (path,) = outcome.summary.reject_paths
    assert path.name == "export.ndjson"
    reject = json.loads(path.read_text())
    assert (reject["id"], reject["grand_total"], reject["reject"]["line"]) == (3, 1, 3)


def test_the_same_objects_make_the_same_records_from_json_and_from_parquet(tmp_path: Path) -> None:
    objects: list[dict[str, Any]] = [
        {
            "@type": "contact",
            "id": str(number),
            "email": f"a{number}@example.com",
            "channels": {"sms": {"allow_marketing": number % 2 == 0}},
            "store_ids": ["uk", "fr"],
            "properties": {"tier": "gold", "points": number, "rate": 1.5},
        }
        for number in range(600)
    ]
    pq.write_table(pa.Table.from_pylist(objects), tmp_path / "a.parquet", row_group_size=100)
    write(tmp_path / "a.json", json.dumps(objects))

    by_parquet = prepare_files(tmp_path, tmp_path / "a.parquet")
    by_json = prepare_files(tmp_path, tmp_path / "a.json")

    assert by_parquet.texts == by_json.texts
    assert by_parquet.origins == by_json.origins
    assert len(by_parquet.texts) == 600


def test_records_of_several_types_are_split_by_their_type(tmp_path: Path) -> None:
    objects = [
        {
            "@type": "product",
            "id": "1",
            "title": "Mug",
            "email": None,
            "attributes": [{"type": "c", "id": "r", "label": "Red"}],
        },
        {"@type": "contact", "id": "2", "email": "a@example.com", "attributes": None},
    ]
    pq.write_table(pa.Table.from_pylist(objects), tmp_path / "a.parquet")
    outcome = prepare_files(tmp_path, tmp_path / "a.parquet")

    assert [(each["@type"], each["id"]) for each in outcome.records] == [
        ("product", "1"),
        ("contact", "2"),
    ]


def test_ids_that_are_uuids_are_written_as_such(tmp_path: Path) -> None:
    own = uuid.UUID("12345678-1234-5678-1234-567812345678")
    ids = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([own.bytes], pa.binary(16)))
    columns = {"id": ids, "email": ["a@example.com"], "@type": ["contact"]}
    pq.write_table(pa.table(columns), tmp_path / "flat.parquet")
    columns["channels"] = pa.array([{"sms": {"allow_marketing": True}}])
    pq.write_table(pa.table(columns), tmp_path / "nested.parquet")

    for name in ("flat.parquet", "nested.parquet"):
        (record,) = prepare_files(tmp_path, tmp_path / name).records
        assert record["id"] == str(own)


@pytest.mark.parametrize(
    ("values", "as_json"),
    [
        (pa.array([1.5, float("nan"), None]), [Decimal("1.5"), None, None]),
        (pa.array([2.0, 1e22, 1e-7]), [Decimal(2), Decimal(10) ** 22, Decimal("0.0000001")]),
        (pa.array([dt.date(2024, 1, 5), None, None]), ["2024-01-05", None, None]),
        (pa.array([[1, 2], [], None], pa.list_(pa.int8(), -1)), [[1, 2], [], None]),
        (pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int8(), 2)), [[1, 2], None, [3, 4]]),
        (pa.array([["a"], [None], None], pa.large_list(pa.string())), [["a"], [None], None]),
        (
            pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int32())),
            [{"a": 1}, None, {}],
        ),
        (pa.array([[{"a": [{"b": 1}]}], None, [None]]), [[{"a": [{"b": 1}]}], None, [None]]),
        (pa.array([None, None, None], pa.null()), [None, None, None]),
    ],
)
def test_each_kind_of_value_is_what_json_would_have(
    tmp_path: Path, values: Any, as_json: list[Any]
) -> None:
    for compare in (values, values.slice(1)):
        expected = as_json[len(as_json) - len(compare) :]
        rows = pa.array([{"x": 1}] * len(compare))
        pq.write_table(pa.table({"nested": rows, "v": compare}), tmp_path / "a.parquet")
        source = open_source(parse_source_argument(str(tmp_path / "a.parquet")), PrepareOptions())
        assert isinstance(source, ObjectFile)
        (chunk,) = source.chunks()
        assert [each["v"] for each in chunk.objects] == expected


def test_line_items_in_a_nested_file_of_their_own_are_joined(tmp_path: Path) -> None:
    options = [{"type": "size", "id": "M", "label": "M"}]
    item = {
        "order_id": "1",
        "product_id": "A",
        "quantity": 1,
        "unit_price": 2.5,
        "variant_options": options,
    }
    pq.write_table(pa.Table.from_pylist([item]), tmp_path / "items.parquet")
    order = "@type,id,timestamp,grand_total,currency\norder,1,2024-01-02T10:00:00Z,2.5,EUR\n"
    orders = write(tmp_path / "orders.csv", order)
    outcome = prepare_files(tmp_path, orders, f"lineitem={tmp_path / 'items.parquet'}")

    (record,) = outcome.records
    assert record["lineitems"] == [
        {"product_id": "A", "quantity": 1, "unit_price": Decimal("2.5"), "variant_options": options}
    ]


def test_a_mapping_for_tables_still_reads_nested_columns_as_text(tmp_path: Path) -> None:
    rows = [{"Key": "1", "Mail": "a@example.com", "More": {"tier": "gold"}}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    mapping = write(
        tmp_path / "own.toml",
        'object_type = "contact"\n[fields]\nid = "Key"\nemail = "Mail"\n[fields.properties]\n',
    )
    text = mapping.read_text().replace("[fields.properties]\n", "")
    mapping.write_text(text)
    outcome = prepare_files(tmp_path, tmp_path / "a.parquet", mapping=mapping)

    assert outcome.records == [
        {
            "@type": "contact",
            "id": "1",
            "email": "a@example.com",
            "properties": {"More": '{"tier":"gold"}'},
        }
    ]
    assert read_csv(outcome.summary.problems_path)[0]["code"] == "W050"
