"""Files that have a few columns in common with a preset, or with Ometria, are asked about."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ometria_import.errors import ExitCode, MappingError
from ometria_import.mapping import presets as shipped
from ometria_import.mapping.file.preset import Preset
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.presets import (
    near_words_of_objects,
    presets,
    recognise_objects_of,
    recognise_preset,
)
from tests.prepare.outcomes import prepare_files, prepare_text, write


@pytest.mark.parametrize(
    "header",
    [
        "Customer ID,Email,Customer Group",
        "ID,Email,First Name,Last Name,Date Joined,Customer Group,Phone",
        "ID,Email,Store Credit,Newsletter",
        "email,first_name,date_of_birth,country_id,opted_in",
        "Email,Date of birth,Country ID,Opt-in",
        "email,website,group_id,created_at",
        "ID,Name,Email,Group,Customer Since",
        "First Name,Last Name,Email,Customer ID,Tax Exempt,Total",
        "Order ID,Product Details,Order Status,Order Total",
        "Order Number,Order Date,Item Name,Order Status,Quantity",
        "order_id,order_total,item_name,item_quantity,item_sku,item_total",
        "order_id,order_date,order_total,line_item_1",
        "order_id,order_total,order_item_1,status",
        "ID,Purchase Date,Bill-to Name,Total",
        "Handle,Title,Price,SKU,Published",
        "ID,Type,Name,Published,Regular price,Categories",
        "Item Type,Product Name,Product Availability,Price",
        "Item,ID,Name,Inventory Tracking,Options,Price",
        "sku,product_type,visibility,price,url_key",
    ],
)
def test_a_few_common_columns_make_no_preset(header: str) -> None:
    assert recognise_preset(Path("export.csv"), header.split(",")) is None


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("contacts.csv", "id,email,first_name,newsletter"),
        ("contacts.csv", "id,email,firstname,lastname,Accepts Marketing"),
        ("customers.csv", "ID,Email,First Name,City,Orders,Joined"),
        ("people.csv", "id,email,Opt-in"),
        ("products.csv", "id,title,price,colour,weight,barcode"),
        ("payments.csv", "id,Amount,Currency,Fee,Status"),
    ],
)
def test_common_columns_do_not_show_that_a_file_was_made_for_ometria(
    tmp_path: Path, name: str, header: str
) -> None:
    path = write(tmp_path / name, f"{header}\n" + ",".join("1" for _ in header.split(",")) + "\n")

    with pytest.raises(MappingError, match="not certain that this file was made for") as asked:
        prepare_files(tmp_path, path)

    assert asked.value.exit_code is ExitCode.UNUSABLE
    assert f"mapping suggest {path} > my.toml" in asked.value.hint
    assert f"={path}" in asked.value.hint


def test_the_object_type_before_the_path_answers_the_question(tmp_path: Path) -> None:
    path = write(tmp_path / "people.csv", "id,email,Opt-in\n1,a@example.com,yes\n")

    (record,) = prepare_files(tmp_path, f"contact={path}").records

    assert record["properties"] == {"Opt-in": "yes"}
    assert "marketing_optin" not in record


@pytest.mark.parametrize(
    "header",
    [
        "id,email,firstname",
        "id,email,firstname,tier",
        "id,@collection,email,a,b,c,d",
        "id,email,marketing_optin,a,b,c,newsletter",
    ],
)
def test_columns_that_are_mostly_or_only_ometrias_need_no_question(
    tmp_path: Path, header: str
) -> None:
    values = {"id": "1", "email": "a@example.com", "marketing_optin": "NOT_SPECIFIED"}
    row = ",".join(values.get(name, "x") for name in header.split(","))

    outcome = prepare_text(tmp_path, "contacts.csv", f"{header}\n{row}\n")

    assert [record["id"] for record in outcome.records] == ["1"]


def test_what_a_near_preset_lacks_is_said(tmp_path: Path) -> None:
    text = "Customer ID,Email,Date Joined,Customer Group\n1,a@example.com,2024-01-31,Retail\n"

    with pytest.raises(MappingError) as asked:
        prepare_text(tmp_path, "customers.csv", text)

    assert asked.value.hint.endswith(
        "Similar, but not certain: bigcommerce-customers (it lacks 'Store Credit'). "
        "If it is one of these, add --mapping NAME."
    )


@pytest.mark.parametrize(
    ("event", "is_one"),
    [
        ({"type": "page", "userId": 7, "title": "About us", "url": "https://x.example.com"}, False),
        ({"type": "group", "userId": "7", "name": "Staff"}, False),
        ({"type": "track", "userId": "7", "event": "Visit", "properties": {}}, True),
        ({"type": "identify", "userId": "7", "context": {"traits": {"email": "a"}}}, True),
        ({"type": "page", "messageId": "m"}, True),
    ],
)
def test_pages_and_groups_of_a_website_are_no_events(
    event: dict[str, object], *, is_one: bool
) -> None:
    assert (recognise_objects_of([event]) is not None) is is_one


FIRST = """
all = ["id", "mail[].address"]
any = ["a", "b", "c"]
none = ["@type"]
at_least = 2
"""
SECOND = """
all = ["id", "mail[].address", "a"]
any = ["b", "c"]
"""


def preset_of(name: str, recognise: str) -> Preset:
    """A preset that makes contacts of objects with some names."""
    fields = '[fields]\nid = "id"\nemail = "mail[0].address"\n'
    text = f'object_type = "contact"\n[recognise]\n{recognise}{fields}'
    return Preset(Path(f"{name}.toml"), text)


@pytest.fixture
def two_presets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two presets that have names in common."""
    two = (preset_of("first", FIRST), preset_of("second", SECOND))
    monkeypatch.setattr(shipped, "presets", lambda: two)


@pytest.mark.usefixtures("two_presets")
@pytest.mark.parametrize(
    ("objects", "name"),
    [
        ([{"id": 1, "mail": [{"address": "x"}], "b": 1, "c": 2}], "first"),
        ([{"id": 1, "mail": [{"address": "x"}], "b": 1}, {"c": 2}], "first"),
        ([{"id": 1, "mail": [{"address": "x"}], "b": 1}], None),
        ([{"id": 1, "mail": [], "b": 1, "c": 2}], None),
        ([{"ID": 1, "mail": [{"address": "x"}], "b": 1, "c": 2}], None),
        ([{"id": 1, "mail": [{"address": "x"}], "b": 1, "c": 2, "@type": "contact"}], None),
    ],
)
def test_objects_are_known_by_all_and_enough_of_their_names(
    objects: list[dict[str, object]], name: str | None
) -> None:
    found = recognise_objects_of(objects)

    assert (found and found.name) == name


@pytest.mark.usefixtures("two_presets")
def test_objects_of_two_presets_are_refused_with_both_names() -> None:
    objects = [{"id": 1, "mail": [{"address": "x"}], "a": 0, "b": 1}]

    with pytest.raises(MappingError, match=r"people.json: the presets 'first' and 'second' fit"):
        recognise_objects_of(objects, "people.json")


@pytest.mark.usefixtures("two_presets")
def test_what_objects_lack_of_a_near_preset_is_said() -> None:
    objects = [{"id": 1, "mail": [{"address": "x"}], "b": 1}]

    words = near_words_of_objects(objects)

    assert "first (it lacks one of 'a', 'c')" in words
    assert "second (it lacks 'a')" in words


@pytest.mark.parametrize(
    "preset",
    [each.file for each in presets() if each.is_for_objects],
    ids=lambda each: each.name,
)
def test_presets_over_json_say_what_becomes_of_keys_that_they_do_not_name(
    preset: MappingFile,
) -> None:
    assert re.search(r"^unmapped = |^\[(records\.)?rest\]$", preset.text, re.MULTILINE)


@pytest.mark.parametrize(
    "record",
    [
        {"id": "1", "email": "a@example.com", "timestamp_acquired": None, "firstname": None},
        {"id": "1", "email": "a@example.com", "timestamp_acquired": "2024-01-31", "tier": "gold"},
        {
            "@type": "contact",
            "id": "1",
            "email": "a@example.com",
            "tier": 1,
            "timestamp_acquired": "",
        },
    ],
)
def test_objects_in_ometrias_own_shape_need_no_preset(record: dict[str, object]) -> None:
    assert recognise_objects_of([record]) is None
