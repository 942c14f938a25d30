"""Mappings of events: what their files may say, and how they are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError, UsageError
from ometria_import.mapping.file.read import load_mapping
from ometria_import.mapping.presets import find_mapping, recognise_objects_of
from tests.prepare.outcomes import Outcome, prepare_text

OWN = """
name = "till-events"
[settings.shop]
about = "the shop's domain"
required = true
[places]
who = ["person", "device.person"]
[otherwise]
kind = "what.kind"
reason = "only sales count"

[[records]]
object_type = "order"
where = [{ path = "what.kind", equals = ["sale"] }, { path = "what.state", not_equals = ["void"] }]
required = ["customer.id"]
[records.fields]
id = "number"
timestamp = "at"
grand_total = "sum"
currency = { constant = "EUR" }
store = { constant = "{shop}" }
status = { path = "what.state", translate = { done = "complete" }, otherwise = "drop" }
channel = { path = "what.channel", translate = { till = "offline" }, otherwise = "online" }
"customer.id" = { first = ["card", "who.id"] }
"customer.email" = "who.mail"
[records.parts.lineitems]
from = "lines"
[records.parts.lineitems.fields]
product_id = "article"
quantity = { path = "count", default = 1 }
subtotal = "sum"
"""


def own_mapping(folder: Path, text: str = OWN) -> Path:
    path = folder / "till.toml"
    path.write_text(text, "utf-8")
    return path


def prepared(folder: Path, *objects: dict[str, Any], **options: Any) -> Outcome:
    lines = "".join(json.dumps(each) + "\n" for each in objects)
    return prepare_text(
        folder,
        "till.ndjson",
        lines,
        mapping=own_mapping(folder),
        settings={"shop": "example.com"},
        **options,
    )


def test_mapping_of_ones_own_is_written_in_the_same_language(tmp_path: Path) -> None:
    sale = {
        "what": {"kind": "Sale", "state": "done", "channel": "till"},
        "number": 7,
        "at": "2024-01-31T09:30:00Z",
        "sum": 12.50,
        "device": {"person": {"id": "d", "mail": "ada@example.com"}},
        "lines": [{"article": "a", "sum": 12.50}],
    }
    other = {
        **sale,
        "what": {"kind": "sale", "state": "open"},
        "number": 8,
        "card": "c",
        "lines": 3,
    }
    void = {**sale, "what": {"kind": "sale", "state": "void"}}

    outcome = prepared(tmp_path, sale, other, void, {**sale, "number": 9, "device": None})

    base = {
        "@type": "order",
        "timestamp": "2024-01-31T09:30:00Z",
        "grand_total": 12.5,
        "currency": "EUR",
        "store": "example.com",
    }
    assert outcome.records == [
        {
            **base,
            "id": "7",
            "status": "complete",
            "channel": "offline",
            "customer": {"id": "d", "email": "ada@example.com"},
            "lineitems": [{"product_id": "a", "quantity": 1, "subtotal": 12.5}],
        },
        {**base, "id": "8", "customer": {"id": "c", "email": "ada@example.com"}},
    ]
    assert outcome.places("E008") == [(3, "")]
    assert outcome.places("E010") == [(4, "customer.id")]
    assert outcome.places("W027") == [(2, "lineitems")]


def test_required_setting_is_asked_for(tmp_path: Path) -> None:
    event = '{"what": {"kind": "sale"}}'

    with pytest.raises(UsageError, match="needs shop: the shop's domain"):
        prepare_text(tmp_path, "till.ndjson", event, mapping=own_mapping(tmp_path))

    # The mapping itself can be checked and shown without it.
    assert load_mapping(tmp_path / "till.toml").name == "till-events"


def test_preset_is_found_by_name_and_by_its_objects() -> None:
    named = find_mapping("rudderstack-events")
    found = recognise_objects_of([{"type": "Track", "anonymousId": "a"}])

    assert found is named
    assert named.is_for_objects
    assert recognise_objects_of([{"type": "track"}, {"userId": "u"}]) is None


RULES = "[records.fields]"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("name =", "nam =", 2, "unknown key 'nam' (did you mean 'name'?)"),
        ('"order"', '"ordr"', 13, "'ordr' is not an object type (did you mean 'order'?)"),
        ("grand_total =", "grand_totl =", 19, "order has no field 'grand_totl' (did you mean"),
        ('id = "number"\n', "", 16, "nothing feeds 'id', which every order needs"),
        ('"{shop}"', '"{shp}"', 21, "'{shp}' is not a setting (did you mean 'shop'?)"),
        ('id = "number"', 'id = ""', 17, "'id' names no column"),
        (
            'id = "number"',
            'id = { path = "a", first = ["b"] }',
            17,
            "must be exactly one of",
        ),
        ('id = "number"', "id = { first = [] }", 17, "'first' must be a list"),
        ('id = "number"', 'id = { path = "a", words = 2 }', 17, "'word' must be a number"),
        (
            'id = "number"',
            'id = { path = "a", words = 1, word = 1, or_more = true }',
            17,
            "needs 'words' of 2 or more",
        ),
        ('id = "number"', 'id = { path = "a", case = "up" }', 17, "'case' cannot be 'up'"),
        ('id = "number"', 'id = "user.password"', 17, "'user.password' holds secrets"),
        ('"EUR"', "[1]", 20, "'constant' must be one plain value"),
        ('["customer.id"]', '["customer.idd"]', 15, "'customer.idd' is required, but no field"),
        ("parts.lineitems]", "parts.lines]", 26, "order has no objects called 'lines'"),
        ("required = true", "requird = true", 5, "unknown key 'requird'"),
        ("required = true", 'default = "a"\none_of = ["b"]', 5, "the default 'a' is not one of"),
        (
            "required = true",
            'required = true\ndefault = "a"',
            6,
            "with a default cannot be required",
        ),
        (
            RULES,
            'rest = { into = "status" }\n' + RULES,
            16,
            "'status' does not accept unknown keys",
        ),
        (RULES, RULES + '\ncustomer = "who"', 17, "cannot both be fed"),
        (OWN[OWN.index("[[") :], "", 1, "the mapping has no [[records]]"),
        (
            OWN[OWN.index("[[") :],
            OWN[OWN.index("[[") :] * 2,
            None,
            "there are already [[records]] for order",
        ),
        ("[places]", "[recognise]\n[places]", 6, "recognition needs 'where'"),
    ],
)
def test_wrong_mapping_is_refused_with_file_line_and_suggestion(
    tmp_path: Path, old: str, new: str, line: int | None, message: str
) -> None:
    assert old in OWN
    path = own_mapping(tmp_path, OWN.replace(old, new, 1))

    with pytest.raises(MappingError) as caught:
        load_mapping(path)

    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{'' if line is None else line}")


def test_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path / "missing.toml")
    path = tmp_path / "bad.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(MappingError, match="not UTF-8"):
        load_mapping(path)
    with pytest.raises(MappingError, match="not TOML"):
        load_mapping(own_mapping(tmp_path, "a b"))
