from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.errors import ExitCode, MappingError, UsageError
from ometria_import.mapping.recognition.recognition import (
    SourceArgument,
    parse_source_argument,
    recognise,
    type_of_objects,
)
from ometria_import.schema import ObjectType
from tests.prepare.outcomes import prepare_files, prepare_text, write


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("a.csv", SourceArgument(Path("a.csv"), None)),
        ("order=a.csv", SourceArgument(Path("a.csv"), ObjectType.ORDER)),
        ("Orders=a=b.csv", SourceArgument(Path("a=b.csv"), ObjectType.ORDER)),
        ("custom-events=a.csv", SourceArgument(Path("a.csv"), ObjectType.CUSTOM_EVENT)),
        ("line_items=a.csv", SourceArgument(Path("a.csv"), ObjectType.ORDER, "lineitems")),
        ("listing=a.csv", SourceArgument(Path("a.csv"), ObjectType.PRODUCT, "listings")),
    ],
)
def test_argument_may_say_the_object_type(text: str, argument: SourceArgument) -> None:
    assert parse_source_argument(text) == argument


def test_unknown_object_type_in_an_argument_is_a_usage_error() -> None:
    with pytest.raises(UsageError) as caught:
        parse_source_argument("invoice=a.csv")

    assert "'invoice'" in caught.value.message
    assert "product, contact, order, custom_event" in caught.value.hint
    assert caught.value.exit_code is ExitCode.USAGE


def test_existing_file_with_an_equals_sign_in_its_name_is_a_path(tmp_path: Path) -> None:
    path = write(tmp_path / "shop=uk.csv", "id\n")

    assert parse_source_argument(str(path)) == SourceArgument(path, None)


@pytest.mark.parametrize(
    ("name", "header", "said", "expected"),
    [
        ("export.csv", ["id", "email", "firstname"], "", ObjectType.CONTACT),
        ("export.csv", ["id", "timestamp", "grand_total", "currency"], "", ObjectType.ORDER),
        ("export.csv", ["id", "title", "price"], "", ObjectType.PRODUCT),
        (
            "export.csv",
            ["id", "event_type", "timestamp", "identity_email"],
            "",
            ObjectType.CUSTOM_EVENT,
        ),
        ("export.csv", ["id", "x"], "Order", ObjectType.ORDER),
        ("orders.csv", ["id", "email", "firstname"], "", ObjectType.CONTACT),
        ("Orders_2024-01.csv", ["id", "x"], "", ObjectType.ORDER),
        ("catalogue.csv", ["nothing"], "", ObjectType.PRODUCT),
        ("export.csv", ["timestamp", "grand_total", "customer.email"], "", ObjectType.ORDER),
    ],
)
def test_object_type_follows_from_type_header_or_name(
    name: str, header: list[str], said: str, expected: ObjectType
) -> None:
    assert recognise(Path("folder") / name, header, said) is expected


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("export.csv", ["id"]),
        ("export.csv", ["a", "b"]),
        ("customer_orders.csv", ["id", "x"]),
        ("orders/export.csv", ["id", "x"]),
    ],
)
def test_uncertain_object_type_is_asked_for(name: str, header: list[str]) -> None:
    with pytest.raises(MappingError) as caught:
        recognise(Path(name), header)

    assert "not certain" in caught.value.message
    assert f"order={name}" in caught.value.hint
    assert caught.value.exit_code is ExitCode.UNUSABLE


def test_type_that_ometria_does_not_know_is_refused() -> None:
    with pytest.raises(MappingError, match="'invoice', which is not an object type"):
        recognise(Path("a.csv"), ["id"], "invoice")


def test_first_object_with_a_type_says_it() -> None:
    assert type_of_objects([{"id": 1}, {"@type": 3}, {"@type": "order"}]) == "order"
    assert type_of_objects([{"id": 1}]) == ""


def test_type_column_of_a_table_says_the_object_type(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path, "a.csv", "id,@type,x\n1,,\n2,Product,y\n3, product ,\n4,order,z\n"
    )

    assert outcome.types == [ObjectType.PRODUCT] * 3
    assert outcome.places("E008") == [(5, "")]
    (reject,) = outcome.rejects()
    assert (reject["id"], reject["@type"], reject["reject_codes"]) == ("4", "order", "E008")


def test_header_with_a_blank_type_column_is_recognised_by_its_fields(tmp_path: Path) -> None:
    outcome = prepare_text(tmp_path, "a.csv", "@type,id,email\n,1,a@example.com\n")

    assert outcome.types == [ObjectType.CONTACT]


def test_said_object_type_beats_name_and_header(tmp_path: Path) -> None:
    path = write(tmp_path / "orders.csv", "id,email\n1,a@example.com\n")

    assert prepare_files(tmp_path, f"contact={path}").types == [ObjectType.CONTACT]
    assert prepare_files(tmp_path, f"product={path}").types == [ObjectType.PRODUCT]


def test_json_objects_are_recognised_by_their_keys(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "a.json",
        '[{"id":1,"timestamp":"2024-01-31T09:30:00Z","grand_total":1,"currency":"EUR",'
        '"customer":{"email":"a@example.com"},"lineitems":[{"sku":"x"},1]}]',
    )

    assert outcome.types == [ObjectType.ORDER]


def test_type_is_compared_without_case_in_every_json_object(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "a.ndjson",
        '{"@type":"Product","id":1}\n{"@type":null,"id":2}\n{"@type":["product"],"id":3}\n',
    )

    assert [record["id"] for record in outcome.records] == ["1", "2"]
    assert outcome.places("E008") == [(3, "")]
