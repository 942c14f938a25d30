from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.errors import ExitCode, MappingError
from ometria_import.mapping.own_columns import own_columns
from ometria_import.mapping.targets import Target, TargetKind, find_target, suggest_field
from ometria_import.options.choices import Unmapped
from ometria_import.schema import SCHEMAS, ObjectType
from tests.prepare.outcomes import prepare_rows, prepare_text

ORDER = SCHEMAS[ObjectType.ORDER]
CONTACT = SCHEMAS[ObjectType.CONTACT]


@pytest.mark.parametrize(
    ("column", "path"),
    [
        ("Grand Total", "grand_total"),
        ("GRAND-TOTAL", "grand_total"),
        ("grandtotal", "grand_total"),
        (" customer.Email ", "customer.email"),
        ("Shipping Address.Country Code", "shipping_address.country_code"),
        ("Line Items.Product ID", "lineitems.product_id"),
        ("lineitems.totals.base.unit_price", "lineitems.totals.base.unit_price"),
        ("totals.local.GrandTotal", "totals.local.grand_total"),
    ],
)
def test_header_is_compared_without_case_blanks_underscores_and_dashes(
    column: str, path: str
) -> None:
    target = find_target(ORDER, column)

    assert target is not None
    assert (target.kind, target.path) == (TargetKind.FIELD, path)


@pytest.mark.parametrize(
    ("column", "target"),
    [
        ("@TYPE", Target(TargetKind.OBJECT_TYPE, "@type")),
        (
            "properties.Gift wrap.v2",
            Target(TargetKind.PROPERTY, "properties.Gift wrap.v2", "", "Gift wrap.v2"),
        ),
        (
            "lineitems.properties.engraving",
            Target(TargetKind.PROPERTY, "lineitems.properties.engraving", "lineitems", "engraving"),
        ),
        (
            "lineitems.variant_options.size",
            Target(
                TargetKind.OPTION_LABEL,
                "lineitems.variant_options.size",
                "lineitems",
                "size",
                "variant_options",
            ),
        ),
        (
            "lineitems.variant_options.size.ID",
            Target(
                TargetKind.OPTION_ID,
                "lineitems.variant_options.size",
                "lineitems",
                "size",
                "variant_options",
            ),
        ),
        ("type", None),
        ("id.more", None),
        ("customer", None),
        ("lineitems", None),
        ("lineitems.colour", None),
        ("properties", None),
        ("properties.", None),
        ("lineitems.variant_options. ", None),
        ("shipping_address.planet", None),
    ],
)
def test_column_feeds_a_property_an_option_or_nothing(column: str, target: Target | None) -> None:
    assert find_target(ORDER, column) == target


def test_at_sign_of_a_field_may_be_left_out() -> None:
    target = find_target(CONTACT, "Force Optin")

    assert target is not None
    assert target.path == "@force_optin"


def test_suggestion_is_the_nearest_field_or_none() -> None:
    assert suggest_field(ORDER, "grand_totl") == "grand_total"
    assert suggest_field(ORDER, "xyzzy") == ""


def test_two_columns_of_one_field_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError) as caught:
        prepare_text(tmp_path, "contacts.csv", "id,email,E-Mail\n1,a@example.com,b@example.com\n")

    assert "'email' and 'E-Mail' both feed email" in caught.value.message
    assert "contacts.csv" in caught.value.message
    assert caught.value.exit_code is ExitCode.UNUSABLE


def test_unknown_column_and_property_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"both feed properties\.tier"):
        prepare_text(
            tmp_path, "contacts.csv", "id,email,tier,properties.tier\n1,a@example.com,x,y\n"
        )


def test_missing_mandatory_column_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(MappingError) as caught:
        prepare_text(tmp_path, "contacts.csv", "id,emial\n1,a@example.com\n")

    assert "no column feeds 'email'" in caught.value.message
    assert "did you mean 'email' for 'emial'?" in caught.value.message
    assert "fields contact" in caught.value.hint


def test_unknown_columns_go_into_properties_with_a_notice(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "contacts.csv",
        [
            ["id", "email", "Loyalty tier"],
            ["1", "a@example.com", "gold"],
            ["2", "b@example.com", ""],
        ],
    )

    assert [record.get("properties") for record in outcome.records] == [
        {"Loyalty tier": "gold"},
        None,
    ]
    assert outcome.places("W050") == [(1, "Loyalty tier")]


def test_unknown_columns_are_left_out_on_request(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "contacts.csv",
        [["id", "email", "tier"], ["1", "a@example.com", "gold"]],
        unmapped=Unmapped.IGNORE,
    )

    assert outcome.records == [{"@type": "contact", "id": "1", "email": "a@example.com"}]
    assert outcome.places("W051") == [(1, "tier")]


def test_unknown_columns_are_refused_on_request_with_the_nearest_name() -> None:
    with pytest.raises(MappingError) as caught:
        own_columns(Path("c.csv"), CONTACT, ["id", "email", "firstnam", "zz"], Unmapped.ERROR)

    assert "'firstnam', 'zz'" in caught.value.message
    assert "'firstname' for 'firstnam'" in caught.value.message
    assert "--unmapped" in caught.value.hint


def test_column_of_a_field_is_found_by_path() -> None:
    mapping = own_columns(Path("c.csv"), CONTACT, ["ID", "E-mail"], Unmapped.PROPERTIES)

    assert mapping.column_of("email") == "E-mail"
    assert mapping.column_of("phone_number") == "phone_number"
    assert mapping.file.type_column == ""


def test_columns_are_told_apart_by_every_letter_of_their_names(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "contacts.csv",
        "id,email,Tier,tier,properties.Size,properties.size,shelf {n}\n"
        "1,a@example.com,gold,silver,L,M,\n"
        "2,b@example.com,,silver,,M,7\n",
    )

    assert [record["properties"] for record in outcome.records] == [
        {"Tier": "gold", "tier": "silver", "Size": "L", "size": "M"},
        {"tier": "silver", "size": "M", "shelf {n}": "7"},
    ]
