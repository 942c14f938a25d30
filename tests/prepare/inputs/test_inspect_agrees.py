"""`inspect` and `check` say the same of every file: what it is, or why it is nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ometria_import.actions.inspection.inspecting import inspect_source
from ometria_import.actions.inspection.report import FileReport
from ometria_import.errors import MappingError, OmetriaImportError, SourceError, UsageError
from ometria_import.mapping.objects.mapped import MappedShape
from ometria_import.mapping.recognition.recognition import SourceArgument, parse_source_argument
from ometria_import.prepare import PrepareOptions, check
from ometria_import.prepare.inputs.inputs import open_what_can_be
from ometria_import.prepare.inputs.opened import Input, ObjectInput, TableInput

ROOT = Path(__file__).resolve().parents[3]
SUFFIXES = (".csv", ".json", ".ndjson")
SHIPPED = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("tests/exports", "sample_data")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in SUFFIXES
)
ODD: dict[str, str | bytes] = {
    "empty.csv": "",
    "blank.json": "  \n",
    "header-only.csv": "id,email\n",
    "contacts.csv": "id,email,firstname\n1,a@example.com,Ada\n",
    "typed.csv": "@type,id,Handle,Variant SKU\nproduct,1,x,y\n",
    "invoice.csv": "@type,id\ninvoice,1\n",
    "common.csv": "id,email,name\n1,a@example.com,Ada\n",
    "orders.csv": "a,b\n1,2\n",
    "reject.csv": "id,email,firstname,reject_line,reject_codes\n1,a@example.com,Ada,2,E012\n",
    "secret.csv": "id,email,firstname,password\n1,a@example.com,Ada,x\n",
    "semicolons.csv": "id;email;firstname\n1;a@example.com;Ada\n",
    "twice.csv": "id,id,email\n1,2,a@example.com\n",
    "only-product.json": '[{"id": 1, "title": "Mug"}]',
    "products.json": '[{"id": 1, "title": "Mug", "price": 3}]',
    "shopify.json": '{"orders": [{"id": 1, "line_items": [], "financial_status": "paid"}]}',
    "bulk.jsonl": '{"id": "gid://shopify/Order/1", "title": "x", "price": 1}',
    "two-arrays.json": '{"orders": [{"id": 1}], "products": [{"id": 2}]}',
    "mixed.ndjson": '{"@type":"order","id":"1"}\n{"@type":"product","id":"2"}\n{"@type":"x"}\n',
    "typed.ndjson": '{"@type":"contact","id":"1","email":"a@example.com"}\n{"id":"2"}\n',
    "unknown.ndjson": '{"@type":"invoice","id":"1"}\n',
    "twice.ndjson": '{"@type":"order","id":"1","id":"2"}\n',
    "broken.ndjson": "nonsense\n{\n",
    "broken-orders.ndjson": "nonsense\n",
    "cut.json": '[{"@type":"contact","id":"1","email":"a@example.com"}',
    "one.json": '{"@type": "contact",\n "id": "1",\n "email": "a@example.com"}',
    "events.ndjson": '{"type":"track","event":"Order Completed","anonymousId":"a"}\n',
    "pages.ndjson": '{"type":"page","anonymousId":"a","messageId":"m"}\n',
    "inner.ndjson": '{"event":{"type":"identify","anonymousId":"a","userId":"u"}}\n',
    "numbers.json": "[1, 2]",
    "empty.json": "[]",
    "nothing.json": "[{}]",
    "packed.csv.gz": b"\x1f\x8b damaged",
    "noise.parquet": b"PAR1 noise",
}


def parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def sheet(path: Path, *rows: list[str]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return path


def decided(argument: SourceArgument, options: PrepareOptions) -> list[tuple[str, str]]:
    """The object types of a file and the mappings that make them, as `check` has them."""
    inputs, _ = open_what_can_be([argument], options)
    return sorted((str(each.object_type), mapping_name(each)) for each in inputs)


def mapping_name(each: Input) -> str:
    if isinstance(each, TableInput):
        return each.mapping.name
    if isinstance(each, ObjectInput) and isinstance(each.shape, MappedShape):
        return each.shape.mapping.file.name
    return ""


def error_of(
    argument: SourceArgument, options: PrepareOptions, folder: Path
) -> OmetriaImportError | None:
    try:
        check([argument], options, folder)
    except (SourceError, MappingError, UsageError) as error:
        return error
    return None


def assert_they_agree(argument: SourceArgument, options: PrepareOptions, folder: Path) -> None:
    error = error_of(argument, options, folder)
    reports: list[FileReport] = list(inspect_source(argument, options))
    told = "; ".join(report.error for report in reports if report.error)
    if isinstance(error, SourceError | MappingError):
        assert told == error.message
        return
    assert sorted((each.object_type, each.mapping) for each in reports) == decided(
        argument, options
    )
    is_open = any(each.error or each.flags for each in reports)
    assert is_open == isinstance(error, UsageError), (told, error)


@pytest.mark.parametrize("name", SHIPPED)
def test_they_agree_about_every_export_that_ships(tmp_path: Path, name: str) -> None:
    assert_they_agree(SourceArgument(ROOT / name, None), PrepareOptions(), tmp_path / "check")


@pytest.mark.parametrize("prefix", ["", "order=", "contact="])
@pytest.mark.parametrize("name", ODD)
def test_they_agree_about_odd_files(tmp_path: Path, name: str, prefix: str) -> None:
    content = ODD[name]
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    argument = parse_source_argument(f"{prefix}{tmp_path / name}")
    assert_they_agree(argument, PrepareOptions(), tmp_path / "check")


@pytest.mark.parametrize("mapping", ["shopify-orders", "rudderstack-events", "no-such-mapping"])
@pytest.mark.parametrize("name", ["contacts.csv", "typed.ndjson", "events.ndjson", "orders.csv"])
def test_they_agree_where_the_user_names_a_mapping(tmp_path: Path, name: str, mapping: str) -> None:
    content = ODD[name]
    assert isinstance(content, str)
    (tmp_path / name).write_text(content)
    argument = SourceArgument(tmp_path / name, None)
    assert_they_agree(argument, PrepareOptions(mapping=mapping), tmp_path / "check")


def test_they_agree_about_workbooks_and_parquet(tmp_path: Path) -> None:
    contact = {"id": "1", "email": "a@example.com", "firstname": "Ada"}
    files = [
        sheet(tmp_path / "a.xlsx", list(contact), list(contact.values())),
        sheet(tmp_path / "b.xlsx", ["id", "name"], ["1", "x"]),
        sheet(tmp_path / "c.xlsx", []),
        parquet(tmp_path / "flat.parquet", [contact]),
        parquet(tmp_path / "nested.parquet", [{**contact, "channels": {"sms": {"x": 1}}}]),
        parquet(tmp_path / "foreign.parquet", [{"id": "1", "line_items": [{"sku": "A"}]}]),
        parquet(tmp_path / "common.parquet", [{"id": "1", "x": {"y": 1}}]),
    ]
    for number, path in enumerate(files):
        assert_they_agree(
            SourceArgument(path, None), PrepareOptions(), tmp_path / f"check-{number}"
        )


def test_they_agree_about_what_a_mixed_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "mixed.ndjson"
    records = [
        {"@type": "product", "id": "1", "title": "Mug"},
        {"@type": "contact", "id": "2", "email": "a@example.com"},
    ]
    path.write_text("\n".join(map(json.dumps, records)))
    reports = list(inspect_source(SourceArgument(path, None), PrepareOptions()))

    assert [(each.object_type, each.rows) for each in reports] == [("product", 1), ("contact", 1)]
    assert [[fed.field for fed in each.fed] for each in reports] == [
        ["id", "title"],
        ["id", "email"],
    ]
