from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ometria_import.errors import MappingError
from ometria_import.mapping.recognition.recognition import parse_source_argument
from ometria_import.options.choices import Unmapped
from ometria_import.prepare import PrepareOptions, check
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text, small_blocks, write

CONTACT = {"@type": "contact", "id": "1", "email": "a@example.com"}


def contacts(folder: Path, *more: dict[str, object], **options: object) -> Outcome:
    objects = [{**CONTACT, "id": str(n), **each} for n, each in enumerate(more)]
    return prepare_text(folder, "contacts.json", json.dumps(objects), **options)


def test_unknown_keys_go_into_properties_with_a_notice(tmp_path: Path) -> None:
    outcome = contacts(
        tmp_path,
        {"zeta": 1, "alpha": [1, None, ""], "channels": {"fax": "no"}, "blank": None},
        {"zeta": 2, "properties": {"tier": " gold ", "note": None, "deep": {"a": ""}}},
    )

    assert [record["properties"] for record in outcome.records] == [
        {"channels.fax": "no", "zeta": 1, "alpha": [1]},
        {"zeta": 2, "tier": "gold"},
    ]
    assert {field for _, field in outcome.places("W050")} == {"zeta", "alpha", "channels.fax"}


def test_unknown_key_beside_a_property_of_its_name_is_reported(tmp_path: Path) -> None:
    outcome = contacts(tmp_path, {"tier": "silver", "properties": {"tier": "gold"}})

    assert outcome.records[0]["properties"] == {"tier": "gold"}
    assert outcome.places("W027") == [(1, "tier")]


def test_blank_property_does_not_hide_an_unknown_key(tmp_path: Path) -> None:
    outcome = contacts(tmp_path, {"tier": "silver", "properties": {"tier": None}})

    assert outcome.records[0]["properties"] == {"tier": "silver"}


def test_unknown_keys_are_left_out_on_request(tmp_path: Path) -> None:
    outcome = contacts(tmp_path, {"zeta": 1}, unmapped=Unmapped.IGNORE)

    assert outcome.records == [{**CONTACT, "id": "0"}]
    assert outcome.places("W051") == [(1, "zeta")]


def test_unknown_keys_are_refused_on_request(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="no field of contact is called 'zeta'") as caught:
        contacts(tmp_path, {"zeta": 1}, unmapped=Unmapped.ERROR)

    assert "--unmapped" in caught.value.hint


def test_unknown_keys_of_items_stay_with_them_where_they_have_properties(tmp_path: Path) -> None:
    """Bug: keys of listings and options were said to go into properties and were lost."""
    order = {
        "@type": "order",
        "id": "1",
        "timestamp": "2024-01-31T09:30:00Z",
        "grand_total": 1,
        "currency": "EUR",
        "lineitems": [
            {
                "product_id": "p",
                "quantity": 1,
                "subtotal": 1,
                "engraving": "A",
                "variant_options": [{"type": "size", "id": "M", "label": "M", "rank": 1}],
            }
        ],
    }

    outcome = prepare_text(tmp_path, "orders.json", json.dumps([order]))

    (item,) = outcome.records[0]["lineitems"]
    assert item["properties"] == {"engraving": "A"}
    assert outcome.places("W050") == [(1, "lineitems.engraving")]
    assert outcome.places("W051") == [(1, "lineitems.variant_options.rank")]


def test_values_of_the_wrong_shape_are_reported(tmp_path: Path) -> None:
    outcome = contacts(
        tmp_path,
        {"firstname": {"a": 1}, "channels": "sms", "properties": [1], "store_ids": {"a": 1}},
        {"id": [1]},
    )

    assert sorted(outcome.places("W027")) == [
        (1, "channels"),
        (1, "firstname"),
        (1, "properties"),
        (1, "store_ids"),
        (2, "id"),
    ]
    assert outcome.places("E010") == [(2, "id")]
    assert outcome.records == [{**CONTACT, "id": "0"}]


def test_items_of_the_wrong_shape_are_reported_and_incomplete_ones_dropped(tmp_path: Path) -> None:
    products = [
        {"id": "1", "attributes": {"type": "size"}, "listings": [{}, 3, {"store": "uk"}]},
        {"id": "2", "attributes": [{"type": "size", "id": "M"}, "x"], "listings": []},
        {"id": "3", "attributes": [], "listings": None},
        {"id": "4", "attributes": [{"type": "size", "id": "M", "label": "M"}]},
    ]

    outcome = prepare_text(tmp_path, "products.json", json.dumps(products))

    assert [set(record) - {"@type", "id"} for record in outcome.records] == [
        {"listings"},
        set(),
        set(),
        {"attributes"},
    ]
    assert outcome.records[0]["listings"] == [{"store": "uk"}]
    assert sorted(outcome.places("W027")) == [(1, "attributes"), (1, "listings"), (2, "attributes")]
    assert outcome.places("W042") == [(2, "attributes")]


def test_options_without_any_label_are_dropped(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path, "products.json", '[{"id":1,"title":"x","attributes":[{"type":"a","id":"b"}]}]'
    )

    assert outcome.records == [{"@type": "product", "id": "1", "title": "x"}]
    assert outcome.places("W042") == [(1, "attributes")]


def test_plain_values_become_the_text_of_their_field(tmp_path: Path) -> None:
    outcome = contacts(
        tmp_path, {"id": 7, "firstname": True, "lastname": False, "@add_to_lists": [1, 2]}
    )

    assert outcome.records == [
        {**CONTACT, "id": "7", "firstname": "true", "lastname": "false", "@add_to_lists": [1, 2]}
    ]


def test_ruined_id_is_found_in_a_json_number_too(tmp_path: Path) -> None:
    content = '{"@type":"contact","id":7.21E+12,"email":"a@example.com"}\n'

    outcome = prepare_text(tmp_path, "contacts.ndjson", content)

    assert outcome.places("E011") == [(1, "id")]


def test_number_with_a_huge_exponent_is_not_written_out(tmp_path: Path) -> None:
    """Bug: eleven characters became a gigabyte of zeros."""
    content = '{"@type":"product","id":1,"price":1e999999999,"special_price":1.5E+3}\n'

    outcome = prepare_text(tmp_path, "products.ndjson", content)

    assert outcome.records == [{"@type": "product", "id": "1", "special_price": 1500}]
    assert outcome.places("W013") == [(1, "price")]


def test_objects_without_any_field_are_rejected(tmp_path: Path) -> None:
    """Bug: a chunk without a single known field stopped the command."""
    path = write(tmp_path / "contacts.ndjson", "{}\nnonsense\n")

    outcome = prepare_files(tmp_path, f"contact={path}")

    assert outcome.summary.problems == {"E006": 1, "E010": 2}


def test_chunk_of_rejects_only_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bug: it stopped the command."""
    small_blocks(monkeypatch, 64)
    line = json.dumps(CONTACT) + "\n"

    outcome = prepare_text(tmp_path, "contacts.ndjson", line + "x" * 300 + "\n" + line)

    assert outcome.places("E006") == [(2, "")]
    assert outcome.summary.merged == 1


def test_order_of_properties_does_not_hang_on_chance(tmp_path: Path) -> None:
    """Bug: they came out of a set, so the same file made another package each time."""
    keys = {f"k{n}": n for n in range(20)}
    path = write(tmp_path / "contacts.json", json.dumps([{**CONTACT, **keys}]))
    code = (
        "import sys; from pathlib import Path; from ometria_import.prepare import *;"
        "from ometria_import.mapping.recognition.recognition import parse_source_argument as p;"
        "a, b = sys.argv[1:]; r = prepare([p(a)], PrepareOptions(), Path(b), Path(b));"
        "print(r.package.id); r.package.close()"
    )

    ids = {
        subprocess.run(
            [sys.executable, "-c", code, path, tmp_path / f"out{seed}"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(ids) == 1


def test_every_cause_of_wrong_shape_is_found_by_check_too(tmp_path: Path) -> None:
    path = write(tmp_path / "contacts.json", json.dumps([{**CONTACT, "channels": 1}]))

    summary = check([parse_source_argument(str(path))], PrepareOptions(), tmp_path / "check")

    assert summary.problems == {"W027": 1}
    assert summary.as_json()["records"] == {"contact": 1}
