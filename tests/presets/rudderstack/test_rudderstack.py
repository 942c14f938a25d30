"""A file of RudderStack's events as a whole."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from ometria_import.errors import MappingError
from ometria_import.schema import ObjectType
from tests.prepare.outcomes import prepare_files, prepare_text, small_blocks, write
from tests.presets.rudderstack.rudderstack_events import events, identify, order, track

SHOP = Path(__file__).parents[2] / "exports" / "rudderstack" / "shop.ndjson"


def test_one_file_becomes_contacts_orders_and_custom_events(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, SHOP)

    assert outcome.records == [
        {
            "@type": "contact",
            "id": "o-1",
            "@collection": "customers",
            "email": "ada.winter@example.com",
            "customer_id": "u-1",
            "phone_number": "+442071838750",
            "firstname": "Ada",
            "lastname": "Winter",
            "gender": "f",
            "date_of_birth": "1985-03-09",
            "country_id": "GB",
            "timestamp_acquired": "2021-02-03T10:00:00Z",
            "marketing_optin": "EXPLICITLY_OPTEDIN",
            "channels": {
                "sms": {
                    "allow_marketing": True,
                    "allow_transactional": False,
                    "dt_updated_marketing": "2022-05-06T07:08:09Z",
                }
            },
            "store_ids": ["example.com"],
            "@add_to_lists": [12],
            "properties": {"loyalty_points": 420, "tier": "gold"},
        },
        {
            "@type": "contact",
            "id": "l-2",
            "email": "ben@example.com",
            "customer_id": "anon-2",
            "firstname": "Ben",
            "lastname": "Frost",
            "marketing_optin": "EXPLICITLY_OPTEDOUT",
            "channels": {"sms": {"allow_marketing": False, "allow_transactional": False}},
            "properties": {"size": Decimal("9.50")},
        },
        {
            "@type": "order",
            "id": "1001",
            "timestamp": "2023-01-02T14:00:00Z",
            "grand_total": Decimal("59.90"),
            "currency": "GBP",
            "shipping": Decimal("4.90"),
            "status": "complete",
            "is_valid": True,
            "ip_address": "192.0.2.7",
            "customer": {
                "id": "u-1",
                "email": "ada.winter@example.com",
                "firstname": "Ada",
                "lastname": "Winter",
            },
            "shipping_address": {
                "city": "Leeds",
                "state": "West Yorkshire",
                "postcode": "LS1 4AP",
                "country_code": "GB",
            },
            "lineitems": [
                {
                    "product_id": "p-1",
                    "quantity": 2,
                    "unit_price": 20,
                    "variant_options": [{"type": "size", "id": "m", "label": "M"}],
                    "properties": {"name": "Scarf"},
                },
                {
                    "product_id": "p-3",
                    "variant_id": "p-3-s",
                    "quantity": 1,
                    "subtotal": Decimal("15.00"),
                },
            ],
            "properties": {"gift": True},
        },
        {
            "@type": "order",
            "id": "1002",
            "timestamp": "2023-01-03T08:30:00.000Z",
            "grand_total": 10,
            "currency": "EUR",
            "status": "shipped",
            "is_valid": True,
            "customer": {"id": "anon-2", "email": "ben@example.com"},
        },
        {
            "@type": "custom_event",
            "id": "m-6",
            "event_type": "store visit",
            "timestamp": "2023-01-04T16:45:00Z",
            "profile_id": "prof-9",
            "identity_email": "ben@example.com",
            "identity_account_id": "anon-2",
            "properties": {"minutes": 35},
        },
    ]


def test_what_is_dropped_or_rejected_is_said_with_its_line(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, SHOP)

    assert outcome.places("W019") == [(3, "phone_number")]
    assert outcome.places("W015") == [(7, "timestamp"), (3, "timestamp_subscribed")]
    assert outcome.places("W027") == [(4, "billing_address")]
    assert sorted(outcome.places("W042")) == [
        (4, "lineitems"),
        (4, "lineitems.variant_options"),
    ]
    assert outcome.places("E010") == [(9, "event_type"), (7, "timestamp")]
    assert outcome.places("E017") == [(8, "currency")]
    assert outcome.places("E008") == [(2, "")]
    assert outcome.places("E006") == [(10, "")]
    left_out = {field for _, field in outcome.places("W051")}
    assert left_out == {"shoe", "shipping_address.street"}


def test_each_row_is_counted_by_one_object_type_only(tmp_path: Path) -> None:
    summary = prepare_files(tmp_path, SHOP).summary

    counts = {
        each.object_type: (each.rows, each.records, each.rejected) for each in summary.sources
    }
    assert counts == {
        ObjectType.CONTACT: (4, 2, 2),
        ObjectType.ORDER: (4, 2, 2),
        ObjectType.CUSTOM_EVENT: (2, 1, 1),
    }
    assert summary.rows.read == 10


def test_rows_are_counted_once_however_the_file_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = prepare_files(tmp_path, SHOP)
    small_blocks(monkeypatch, 64)
    cut = prepare_files(tmp_path, SHOP)

    assert cut.records == whole.records
    assert cut.summary.rows == whole.summary.rows


def test_file_with_one_kind_of_event_is_one_source(tmp_path: Path) -> None:
    outcome = events(tmp_path, track("visit", {}))

    assert [each.object_type for each in outcome.summary.sources] == [ObjectType.CUSTOM_EVENT]


def test_calls_that_make_no_record_are_rejects_even_without_any_other(tmp_path: Path) -> None:
    outcome = events(
        tmp_path,
        {"type": "screen", "messageId": "1"},
        {"type": "group", "userId": "2"},
        {"messageId": "3"},
    )

    assert outcome.records == []
    assert outcome.places("E008") == [(1, ""), (2, ""), (3, "")]
    messages = [row["message"] for row in outcome.problems if row["code"] == "E008"]
    assert messages == [
        "its type is 'screen'; only identify and track calls become records",
        "its type is 'group'; only identify and track calls become records",
        "it has no type; only identify and track calls become records",
    ]


def test_object_type_said_outright_rejects_the_other_events(tmp_path: Path) -> None:
    path = write(
        tmp_path / "events.ndjson",
        "".join(json.dumps(each) + "\n" for each in (identify({}), order({}), track("visit", {}))),
    )

    outcome = prepare_files(tmp_path, f"order={path}")

    assert [record["@type"] for record in outcome.records] == ["order"]
    assert outcome.places("E008") == [(1, ""), (3, "")]


def test_object_type_that_events_never_are_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "events.ndjson", json.dumps(identify({})) + "\n")

    with pytest.raises(MappingError, match="rudderstack-events makes no product records"):
        prepare_files(tmp_path, f"product={path}")


def test_rejected_event_goes_back_in_when_it_is_mended(tmp_path: Path) -> None:
    first = events(tmp_path, order({"currency": "pounds"}))
    (path,) = first.summary.reject_paths
    reject = json.loads(path.read_text())
    assert reject["event"] == "order completed"
    assert reject["reject"]["codes"] == "E017"
    mended = write(tmp_path / "mended.ndjson", path.read_text().replace("pounds", "GBP"))

    second = prepare_files(tmp_path, mended)

    assert [record["currency"] for record in second.records] == ["GBP"]


def test_json_array_of_events_is_read_too(tmp_path: Path) -> None:
    content = json.dumps([identify({}), track("visit", {})])

    outcome = prepare_text(tmp_path, "events.json", content)

    assert [record["@type"] for record in outcome.records] == ["contact", "custom_event"]


def test_events_that_stand_inside_other_objects_are_found_there(tmp_path: Path) -> None:
    content = json.dumps(
        [
            {"sent": 1, "message": identify({}), "result": {"ok": True}},
            {"sent": 2, "message": order({"currency": "pounds"})},
            {"sent": 3, "message": "lost"},
        ]
    )

    outcome = prepare_text(tmp_path, "log-of-events.json", content)

    assert [(record["@type"], record["id"]) for record in outcome.records] == [("contact", "l-1")]
    assert outcome.places("E017") == [(2, "currency")]
    assert outcome.places("E008") == [(3, "")]
    assert outcome.records[0].keys() & {"sent", "result", "properties"} == set()
    rejected = {path.read_text() for path in outcome.summary.reject_paths}
    assert any('"event":"order completed"' in text for text in rejected)


@pytest.mark.parametrize("own", [{"@type": "contact"}, {}])
def test_records_that_hold_an_event_are_no_events(tmp_path: Path, own: dict[str, str]) -> None:
    contact = {**own, "id": "1", "@collection": "main", "email": "ada@example.com"}
    content = json.dumps([{**contact, "last": identify({})}])

    (record,) = prepare_text(tmp_path, "contacts.json", content).records

    assert (record["@type"], record["id"]) == ("contact", "1")


def test_objects_in_the_apis_own_shape_are_no_events(tmp_path: Path) -> None:
    content = '{"@type":"custom_event","id":"1","event_type":"x","type":"track","userId":"u",'
    content += '"timestamp":"2024-01-31T09:30:00Z","profile_id":"p"}\n'

    (record,) = prepare_text(tmp_path, "x.ndjson", content).records

    assert record["properties"] == {"type": "track", "userId": "u"}
