"""What a mapping file can do, ability by ability, on real files."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.errors import MappingError, UsageError
from ometria_import.mapping.file.preset import Preset
from ometria_import.mapping.presets import find_mapping, presets, recognise_preset
from ometria_import.options.choices import Unmapped
from tests.prepare.outcomes import Outcome, csv_text, prepare_text, small_blocks
from tests.thoroughness import COSTLY

CONTACT = (
    'object_type = "contact"\n[columns]\nunmapped = "ignore"\n[fields]\nid = "Id"\nemail = "Mail"\n'
)
PRODUCT = 'object_type = "product"\n[columns]\nunmapped = "ignore"\n[fields]\nid = "Id"\n'
ORDER = """
object_type = "order"
[columns]
unmapped = "ignore"
[rows]
group_by = ["No"]
[fields]
id = "No"
timestamp = { constant = "2024-01-31T09:30:00Z" }
grand_total = { constant = "10" }
currency = { constant = "EUR" }
"""


ITEMS = """[items.lineitems.fields]
product_id = "Sku"
quantity = { constant = "1" }
subtotal = { constant = "1" }
"""


def mapped(folder: Path, toml: str, rows: str, **options: Any) -> Outcome:
    """Prepare a file by a mapping."""
    mapping = folder / "my.toml"
    mapping.write_text(toml, "utf-8")
    return prepare_text(folder, "rows.csv", rows, mapping=mapping, **options)


def contact(folder: Path, field: str, header: str, row: str, **options: Any) -> dict[str, Any]:
    """The record that one row becomes with one more field."""
    outcome = mapped(
        folder, f"{CONTACT}{field}\n", f"Id,Mail,{header}\n1,a@example.com,{row}\n", **options
    )
    (record,) = outcome.records
    return record


def product(folder: Path, field: str, header: str, row: str, **options: Any) -> dict[str, Any]:
    """The same for a product."""
    outcome = mapped(folder, f"{PRODUCT}{field}\n", f"Id,{header}\n1,{row}\n", **options)
    (record,) = outcome.records
    return record


def test_a_column_that_is_kept_takes_no_place_of_a_custom_field_that_is_mapped(
    tmp_path: Path,
) -> None:
    toml = CONTACT.replace('"ignore"', '"properties"') + '"properties.tier" = "Level"\n'
    rows = "Id,Mail,Level,tier\n1,a@example.com,gold,silver\n"
    with pytest.raises(MappingError) as caught:
        mapped(tmp_path, toml, rows)
    assert "'[fields] properties.tier' and the column 'tier' both feed" in caught.value.message
    (record,) = mapped(tmp_path, toml, rows, unmapped=Unmapped.IGNORE).records
    assert record["properties"] == {"tier": "gold"}


@pytest.mark.parametrize(
    ("source", "header", "row", "value"),
    [
        ('"Given"', "Given", "Ada", "Ada"),
        ('{ constant = "Ada" }', "Given", "Bo", "Ada"),
        ('{ first = ["A", "B"] }', "A,B", " ,Bo", "Bo"),
        ('{ first = ["A", { constant = "Cy" }] }', "A", " ", "Cy"),
        ('{ template = "{A} {{of}} {B}" }', "A,B", "Ada,Leeds", "Ada {of} Leeds"),
        ('{ template = "{A} {B}" }', "A,B", "Ada,", None),
        ('{ column = "A", nulls = ["-", "n/a"] }', "A", " - ", None),
        ('{ column = "A", match = "id:(\\\\d+)" }', "A", "id:123", "123"),
        ('{ column = "A", match = "id:(\\\\d+)" }', "A", "id:123x", None),
        ('{ column = "A", split = ">", take = "last" }', "A", "Gear > Bags >", "Bags"),
        ('{ column = "A", split = ">", take = "first" }', "A", "Gear > Bags", "Gear"),
        ('{ column = "A", split = ">", take = 2 }', "A", "Gear > Bags > Red", "Bags"),
        ('{ column = "A", split = ">", take = 4 }', "A", "Gear > Bags > Red", None),
        ('{ column = "A", translate = { paid = "complete" } }', "A", " PAID", "complete"),
        ('{ column = "A", translate = { paid = "complete" } }', "A", "odd", "odd"),
        ('{ column = "A", translate = { a = "b" }, otherwise = "drop" }', "A", "odd", None),
        ('{ column = "A", translate = { a = "b" }, otherwise = "c" }', "A", "odd", "c"),
        ('{ column = "A", translate = { a = "b" }, otherwise = "c" }', "A", " ", None),
        ('{ column = "A", default = "d" }', "A", " ", "d"),
        ('{ column = "A", when = { filled = ["B"] } }', "A,B", "x,", None),
        ('{ column = "A", when = { filled = ["B"] } }', "A,B", "x,y", "x"),
        ('{ column = "A", when = { blank = ["B"] } }', "A,B", "x,y", None),
        ('{ column = "A", when = { column = "B", equals = ["Y"] } }', "A,B", "x,y", "x"),
        ('{ column = "A", when = { column = "B", not_equals = ["Y"] } }', "A,B", "x,y", None),
        ('{ column = "A", when = { column = "B", above = 0 } }', "A,B", 'x,"0,5"', "x"),
        ('{ column = "A", when = { column = "B", above = 0 } }', "A,B", "x,-1", None),
        ('{ column = "A", when = { column = "B", above_column = "C" } }', "A,B,C", "x,10,9.5", "x"),
        ('{ column = "A", when = { column = "B", above_column = "C" } }', "A,B,C", "x,9,9.0", None),
        ('{ column = "A", when = { column = "B", above_column = "C" } }', "A,B,C", "x,9,", None),
        ('{ column = "A", when = { column = "B", above_column = "C" } }', "A,B,C", "x,no,1", None),
        (
            '{ column = "A", when = { column = "B", not_equals = ["9"], above_column = "C" } }',
            "A,B,C",
            "x,9,1",
            None,
        ),
        (
            '{ column = "A", split = ",", match_each = "Root/(.*)", take = "last" }',
            "A",
            '"Root/a,Root,Root/b,Other/c"',
            "b",
        ),
        ('{ column = "A", when = { column = "B", matches = "[yz]" } }', "A,B", "x,z", "x"),
        ('{ column = "A", part = "first_name" }', "A", "Ada Mary van Dam", "Ada Mary"),
        ('{ column = "A", part = "last_name" }', "A", "Ada Mary van Dam", "van Dam"),
        ('{ column = "A", part = "last_name" }', "A", '"Winter, Ada"', "Winter"),
        ('{ column = "A", part = "first_name" }', "A", '"Winter, Ada"', "Ada"),
        ('{ column = "A", part = "last_name" }', "A", "Ada", None),
        ('{ column = "A", key = "color" }', "A", '"care=wash cold, dry,color=Red"', "Red"),
        (
            '{ column = "A", key = "care" }',
            "A",
            '"care=wash cold, dry,color=Red"',
            "wash cold, dry",
        ),
        ('{ column = "A", key = "b", between = "|", within = ":" }', "A", "a:1|b:2", "2"),
    ],
)
def test_source_makes_a_text(
    tmp_path: Path, source: str, header: str, row: str, value: str | None
) -> None:
    record = contact(tmp_path, f"prefix = {source}", header, row)

    assert record.get("prefix") == value


def test_hash_is_the_same_for_the_same_email_however_it_is_written(tmp_path: Path) -> None:
    toml = CONTACT.replace('"Id"', '{ hash = "Mail" }')

    outcome = mapped(tmp_path, toml, "Mail\n CY@example.com \n")

    assert outcome.records[0]["id"] == hashlib.sha256(b"cy@example.com").hexdigest()


def test_list_feeds_a_list_field_or_several_attributes(tmp_path: Path) -> None:
    stores = contact(tmp_path, 'store_ids = { column = "S", split = "/" }', "S", '"a/ b,c/"')
    made = product(tmp_path, '"attributes.tag" = { column = "T", split = "," }', "T", '"red, blue"')

    assert stores["store_ids"] == ["a", "b,c"]
    assert made["attributes"] == [
        {"type": "tag", "id": "red", "label": "red"},
        {"type": "tag", "id": "blue", "label": "blue"},
    ]


@pytest.mark.parametrize(
    ("source", "cell", "value"),
    [
        ('date_order = "dmy"', "03/04/2024 10:00", "2024-04-03T10:00:00+00:00"),
        ('date_order = "mdy"', "03/04/2024 10:00", "2024-03-04T10:00:00+00:00"),
        ('date_format = "%d.%m.%y %H:%M"', "3.4.24 9:05", "2024-04-03T09:05:00+00:00"),
        ('date_format = "%d %b %Y"', "03 Apr 2024", "2024-04-03T00:00:00+00:00"),
        (
            'date_order = "dmy", timezone = "Europe/London"',
            "03/07/2024 10:00",
            "2024-07-03T10:00:00+01:00",
        ),
    ],
)
def test_date_is_read_as_its_column_says(
    tmp_path: Path, source: str, cell: str, value: str
) -> None:
    field = f'timestamp_acquired = {{ column = "When", {source} }}'

    record = contact(tmp_path, field, "When", f'"{cell}"')

    assert record["timestamp_acquired"].replace("Z", "+00:00") == value


def test_day_that_the_calendar_has_not_is_no_date(tmp_path: Path) -> None:
    field = 'timestamp_acquired = { column = "When", date_format = "%d/%m/%Y" }'

    assert "timestamp_acquired" not in contact(tmp_path, field, "When", "31/02/2024")


def test_decimal_sign_of_the_column_beats_the_command_line_and_that_the_mapping(
    tmp_path: Path,
) -> None:
    toml = (
        'price = { column = "P", decimal_sign = "comma" }\nspecial_price = "S"\n'
        '[conventions]\ndecimal_sign = "comma"'
    )

    record = product(tmp_path, toml, "P,S", '"1,250","1,250"', decimal_sign="point")

    assert (record["price"], record["special_price"]) == (Decimal("1.250"), Decimal(1250))


def test_words_for_null_are_blank_in_every_column(tmp_path: Path) -> None:
    toml = CONTACT.replace("[fields]", 'nulls = ["NULL", "\\\\N"]\n[fields]') + 'prefix = "P"\n'

    outcome = mapped(tmp_path, toml, "Id,Mail,P\n1,a@example.com,NULL\n2,b@example.com,\\N\n")

    assert all("prefix" not in record for record in outcome.records)


def test_aliases_are_other_names_of_a_column_and_may_stand_together(tmp_path: Path) -> None:
    toml = PRODUCT + 'title = "Title"\n[columns.aliases]\nTitle = ["Titel", "Nom"]\n'
    toml = toml.replace('[columns]\nunmapped = "ignore"\n', "", 1)

    outcome = mapped(tmp_path, toml, "Id,Nom,Titel\n1,a,\n2,a,b\n")

    assert [record["title"] for record in outcome.records] == ["a", "b"]


def test_settings_fill_constants_defaults_and_templates(tmp_path: Path) -> None:
    toml = (
        'url = { template = "{shop}/p/{Handle}" }\ncurrency = { constant = "{currency}" }\n'
        '[settings.shop]\nabout = "the shop"\nrequired = true\n'
        '[settings.currency]\nabout = "c"\ndefault = "GBP"\n'
    )

    record = product(tmp_path, toml, "Handle", "mug", settings={"shop": "https://example.com"})

    assert (record["url"], record["currency"]) == ("https://example.com/p/mug", "GBP")
    with pytest.raises(UsageError, match="needs shop: the shop"):
        product(tmp_path, toml, "Handle", "mug")


def test_all_settings_that_are_missing_are_asked_for_at_once(tmp_path: Path) -> None:
    toml = (
        'url = { template = "{shop}/p/{Handle}" }\ncurrency = { constant = "{currency}" }\n'
        '[settings.shop]\nabout = "the shop"\nrequired = true\n'
        '[settings.currency]\nabout = "its currency"\nrequired = true\n'
    )

    with pytest.raises(UsageError, match="needs shop: the shop; currency: its currency") as asked:
        product(tmp_path, toml, "Handle", "mug")

    assert "--set shop=… --set currency=…" in asked.value.hint


def test_slash_behind_an_address_is_taken_off_once(tmp_path: Path) -> None:
    toml = 'url = { template = "{shop}/p/{Handle}" }\n[settings.shop]\nabout = "the shop"\n'

    record = product(tmp_path, toml, "Handle", "mug", settings={"shop": "https://example.com/"})

    assert record["url"] == "https://example.com/p/mug"


def test_required_setting_may_be_left_out_where_the_file_says_it(tmp_path: Path) -> None:
    toml = (
        'currency = { column = "Currency", default = "{currency}" }\n'
        '[settings.currency]\nabout = "c"\nrequired = true\nunless = ["Currency"]\n'
    )

    assert product(tmp_path, toml, "Currency", "EUR")["currency"] == "EUR"


def test_dropped_columns_are_left_out_without_notice_and_others_become_properties(
    tmp_path: Path,
) -> None:
    toml = PRODUCT.replace("ignore", "properties").replace(
        "[fields]", 'drop = ["Notes", "Tax * Name"]\n[fields]'
    )

    outcome = mapped(tmp_path, toml, "Id,Notes,Tax 1 Name,Rest\n1,x,y,z\n")

    assert outcome.records[0]["properties"] == {"Rest": "z"}
    assert outcome.places("W050") == [(1, "Rest")]


def test_rows_of_one_group_are_one_record_with_an_item_each(tmp_path: Path) -> None:
    toml = (
        ORDER + '[items.lineitems.fields]\nproduct_id = "Sku"\nquantity = "Qty"\nsubtotal = "Sum"\n'
    )

    outcome = mapped(tmp_path, toml, "No,Sku,Qty,Sum\n#1,a,1,2\n#1,b,2,3\n#2,,,\n")

    assert [len(record.get("lineitems", [])) for record in outcome.records] == [2, 0]


def test_blank_key_belongs_to_the_row_above_where_the_mapping_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = ORDER.replace('group_by = ["No"]', 'group_by = ["No"]\nblank_key = "above"')
    toml += ITEMS
    rows = "No,Sku\n" + "".join(f"#{n},a\n,b\n,c\n" for n in range(1, 30))
    small_blocks(monkeypatch, 64)

    outcome = mapped(tmp_path, toml, rows)

    assert [len(record["lineitems"]) for record in outcome.records] == [3] * 29


def test_left_out_rows_are_folded_beside_others_and_counted_alone(tmp_path: Path) -> None:
    toml = ORDER.replace(
        'group_by = ["No"]',
        'group_by = ["No"]\nleave_out = [{ blank = ["Sku"], filled = ["Image"] }, '
        '{ column = "Test", equals = ["true"] }]',
    )
    toml += ITEMS

    outcome = mapped(
        tmp_path, toml, "No,Sku,Image,Test\n1,a,,\n1,,x,\n2,b,,true\n2,c,,TRUE\n3,,x,\n"
    )

    rows = outcome.summary.rows
    assert [record["id"] for record in outcome.records] == ["1"]
    assert [item["product_id"] for item in outcome.records[0]["lineitems"]] == ["a"]
    assert (rows.in_records, rows.folded, rows.left_out) == (1, 1, 3)


def test_numbered_columns_are_items_in_their_order(tmp_path: Path) -> None:
    toml = ORDER + (
        '[items.lineitems.fields]\nproduct_id = "Item {n} id"\nquantity = "Item {n} Qty"\n'
        'subtotal = "Item {n} Sum"\n"properties.shop" = "Shop"\n'
    )
    header = "No,Shop,Item 10 Sum,Item 10 id,Item 10 Qty,Item 2 id,Item 2 Qty,Item 2 Sum"

    outcome = mapped(tmp_path, toml, f"{header}\n1,s,9,j,1,b,2,3\n2,s,,,,c,1,1\n")

    assert [[item["product_id"] for item in record["lineitems"]] for record in outcome.records] == [
        ["b", "j"],
        ["c"],
    ]


BIGCOMMERCE = """
[items.lineitems.packed]
column = "Details"
items_between = "|"
parts_between = ", "
within = ": "
names = ["Product ID", "Product Qty", "Product Name", "Product Unit Price"]
[items.lineitems.fields]
product_id = "Product ID"
quantity = "Product Qty"
unit_price = "Product Unit Price"
"properties.name" = "Product Name"
"""


def test_packed_cell_is_cut_at_the_known_names_only(tmp_path: Path) -> None:
    cell = (
        "Product ID: 1, Product Qty: 2, Product Name: Mug, large: blue | white, "
        "Product Unit Price: 2.49|Product ID: 2, Product Qty: 1, Product Name: Cup, "
        "Product Unit Price: 3"
    )

    outcome = mapped(tmp_path, ORDER + BIGCOMMERCE, csv_text([["No", "Details"], ["1", cell]]))

    names = [item["properties"]["name"] for item in outcome.records[0]["lineitems"]]
    assert names == ["Mug, large: blue | white", "Cup"]
    assert [item["unit_price"] for item in outcome.records[0]["lineitems"]] == [
        Decimal("2.49"),
        3,
    ]


def test_packed_cell_without_any_known_name_is_reported(tmp_path: Path) -> None:
    outcome = mapped(tmp_path, ORDER + BIGCOMMERCE, "No,Details\n1,two mugs\n")

    assert [row["field"] for row in outcome.problems] == ["lineitems"]


@pytest.mark.parametrize(
    ("packing", "cell", "product"),
    [
        (
            'within = ":"\nnames = ["name", "product_id", "quantity", "total"]',
            "name:Mug|large|product_id:12|quantity:2|total:9.90",
            "12",
        ),
        (
            'by = "position"\nnames = ["product_id", "quantity", "total", "options"]',
            "product_id:12|2|9.90|size: Medium|blue",
            "12",
        ),
    ],
)
def test_packed_cells_of_a_numbered_family_hold_one_item_each(
    tmp_path: Path, packing: str, cell: str, product: str
) -> None:
    toml = f"""{ORDER}[items.lineitems.packed]
column = "line_item_{{n}}"
parts_between = "|"
{packing}
[items.lineitems.fields]
product_id = {{ column = "product_id", match = "(?:product_id:)?(.*)" }}
quantity = "quantity"
total = "total"
subtotal = "total"
"""
    outcome = mapped(tmp_path, toml, f"No,line_item_1,line_item_2\n1,{cell},\n2,{cell},{cell}\n")

    assert [len(record["lineitems"]) for record in outcome.records] == [1, 2]
    assert outcome.records[0]["lineitems"][0]["product_id"] == product
    assert outcome.records[0]["lineitems"][0]["total"] == Decimal("9.90")


def test_named_values_are_attributes_once_per_record_and_properties(tmp_path: Path) -> None:
    toml = """
object_type = "product"
[rows]
group_by = ["Id"]
[fields]
id = "Id"
[[named_values]]
into = "attributes"
name = "Option{n} Name"
value = "Option{n} Value"
leave_out = ["Title"]
[[named_values]]
into = "attributes"
column = "more"
only = ["climate"]
split = "|"
[[named_values]]
into = "properties"
columns = "Meta: *"
"""
    rows = [
        ["Id", "Option1 Name", "Option1 Value", "Option2 Name", "Option2 Value", "more", "Meta: x"],
        ["1", "Size", "S", "Title", "Default", "climate=Cool|Wet,care=a, b", "7"],
        ["1", "Size", "M", "", "", "climate=Cool", ""],
        ["1", "Size", "S", "", "", "", ""],
    ]

    (record,) = mapped(tmp_path, toml, csv_text(rows)).records

    assert [(each["type"], each["label"]) for each in record["attributes"]] == [
        ("Size", "S"),
        ("climate", "Cool"),
        ("climate", "Wet"),
        ("Size", "M"),
    ]
    assert record["properties"] == {"x": "7"}


def test_options_of_line_items_come_from_pairs_in_a_part(tmp_path: Path) -> None:
    toml = ORDER + BIGCOMMERCE.replace('"Product Name"', '"Product Name", "Options"', 1).replace(
        "[items.lineitems.fields]",
        '[[items.lineitems.named_values]]\ninto = "variant_options"\ncolumn = "Options"\n'
        'between = "; "\nwithin = ":"\n[items.lineitems.fields]',
    )
    cell = "Product ID: 1, Product Qty: 1, Options: Size: M; Colour: Red, Product Unit Price: 1"

    (record,) = mapped(tmp_path, toml, csv_text([["No", "Details"], ["1", cell]])).records

    assert [(o["type"], o["id"]) for o in record["lineitems"][0]["variant_options"]] == [
        ("Size", "M"),
        ("Colour", "Red"),
    ]


GOOD_ORDER = ORDER + (
    'web_id = "Web"\nstatus = { column = "Status", translate = { paid = "complete" } }\n'
    '[items.lineitems.fields]\nproduct_id = "Sku"\nquantity = "Qty"\nsubtotal = "Sum"\n'
)
COLUMNS = ["No", "Web", "Status", "Sku", "Qty", "Sum"]
CELLS = st.sampled_from(["", "1", "2", "paid", "x y", " "])


@given(
    rows=st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=8),
    order=st.permutations(range(6)),
)
@COSTLY
def test_shuffled_columns_give_the_same_records(
    tmp_path: Path, rows: list[list[str]], order: list[int]
) -> None:
    shuffled = [[row[place] for place in order] for row in [COLUMNS, *rows]]

    assert (
        mapped(tmp_path, GOOD_ORDER, csv_text([COLUMNS, *rows])).texts
        == mapped(tmp_path, GOOD_ORDER, csv_text(shuffled)).texts
    )


def test_presets_are_found_by_name_and_mistyped_names_get_a_suggestion() -> None:
    assert find_mapping("shopify-customers").title == "Shopify customers"
    assert {"shopify-customers", "ometria-contacts"} <= {preset.name for preset in presets()}
    with pytest.raises(MappingError, match="did you mean 'shopify-customers'"):
        find_mapping("shopify-custmers")


def test_preset_is_recognised_by_name_and_never_by_position() -> None:
    header = "Tax Exempt,Total Orders,Total Spent,Last Name,first name,EMAIL,Accepts Marketing"

    preset = recognise_preset(Path("x.csv"), header.split(","))

    assert preset is not None
    assert preset.name == "shopify-customers"
    assert recognise_preset(Path("x.csv"), ["Name", "Colour"]) is None


def test_template_of_ometria_needs_no_id_and_no_option(tmp_path: Path) -> None:
    text = "email,firstname,customer.phone_number,properties.x\na@example.com,Ada,+447911123456,1\n"

    (record,) = prepare_text(tmp_path, "contacts.csv", text).records

    assert record["id"] == hashlib.sha256(b"a@example.com").hexdigest()
    assert record["phone_number"] == "+447911123456"
    assert record["properties"] == {"x": "1"}


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ("no,yes", True),
        ("nein,", False),
        (",0", False),
        (",", None),
        ("maybe,1", True),
    ],
)
def test_of_several_columns_one_that_says_true_wins(
    tmp_path: Path,
    row: str,
    value: bool | None,  # noqa: FBT001 -- a parameter of the test
) -> None:
    source = 'is_in_stock = { first = ["A", "B"], true_wins = true }'

    assert product(tmp_path, source, "A,B", row).get("is_in_stock") is value


def test_a_word_that_is_neither_true_nor_false_is_reported_all_the_same(tmp_path: Path) -> None:
    outcome = mapped(
        tmp_path,
        f'{PRODUCT}is_in_stock = {{ column = "A", true_wins = true }}\n',
        "Id,A\n1,maybe\n",
    )

    assert [row["value"] for row in outcome.problems if row["field"] == "is_in_stock"] == ["maybe"]


def test_parts_that_do_not_match_make_no_attribute(tmp_path: Path) -> None:
    record = product(
        tmp_path,
        '"attributes.category" = { column = "C", split = ",", match_each = "Root/(.*)" }',
        "C",
        '"Root,Root/Bags,Root/Bags/Totes,Sale"',
    )

    assert [each["label"] for each in record["attributes"]] == ["Bags", "Bags/Totes"]


@pytest.mark.parametrize(("word", "codes"), [("drop", []), ("report", ["W042"])])
def test_listings_of_variants_are_dropped_with_or_without_a_word(
    tmp_path: Path, word: str, codes: list[str]
) -> None:
    outcome = mapped(
        tmp_path,
        f'{PRODUCT}is_variant = "V"\n[items.listings]\nout_of_place = "{word}"\n'
        '[items.listings.fields]\nstore = "S"\n',
        "Id,V,S\n1,true,example.com\n2,false,example.com\n",
    )

    assert ["listings" in record for record in outcome.records] == [False, True]
    assert [row["code"] for row in outcome.problems] == codes


@pytest.mark.parametrize("preset", presets(), ids=lambda each: each.name)
def test_a_preset_says_of_itself_what_its_whole_mapping_says(preset: Preset) -> None:
    names = ("name", "title", "platform", "export", "object_types", "items_alone", "anchors")
    for name in (*names, "columns", "nest", "settings", "lines", "refusal", "text"):
        assert getattr(preset, name) == getattr(preset.file, name), name
    assert preset.has_several is bool(preset.file.records)
