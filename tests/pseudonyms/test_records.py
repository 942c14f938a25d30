"""What a pseudonymised package holds of people, and that all else is as it was."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from ometria_import.options.choices import ObjectType
from ometria_import.package import Package
from ometria_import.package.bodies import records_of
from ometria_import.pseudonyms.records import FIELDS
from ometria_import.schema import SCHEMAS
from tests.cli.program import Shop, packed
from tests.pseudonyms.people import (
    ANN,
    BEN,
    FAKES,
    PARTS,
    TO,
    cells_of,
    files,
    records,
    texts_of,
)

SAMPLES = Path(__file__).parents[2] / "sample_data"
SAMPLE_FILES = [str(SAMPLES / name) for name in ("contacts.csv", "products.csv", "orders.csv")]
PERSONAL = ("email", "firstname", "lastname", "phone_number")


def pushed(shop: Shop, *words: str) -> dict[str, Any]:
    ended = shop.run("push", *words, "--dry-run", "--json")
    assert ended.code in {0, 3}, ended.err
    return ended.json


def test_one_fake_stands_for_a_person_everywhere(shop: Shop) -> None:
    pushed(shop, *files(shop), *FAKES, "--keep", "tier", "--keep", "friend")
    found = records(shop)
    ann, ben = sorted(found["contact"], key=lambda each: each["marketing_optin"])
    first, second = found["order"]
    (event,) = found["custom_event"]
    assert ann["email"] == first["customer"]["email"] == event["identity_email"]
    assert ben["email"] == second["customer"]["email"] == ann["properties"]["friend"]
    assert (ann["customer_id"], first["customer"]["id"], event["identity_account_id"]) == (
        *("C1001",) * 3,
    )
    assert ben["customer_id"] == second["customer"]["id"] != BEN
    for key in ("firstname", "lastname"):
        assert ann[key] == first["customer"][key]
        assert ben[key] == second["customer"][key]
    text = json.dumps(found).lower()
    assert [part for part in PARTS if part in text] == []
    assert "phone_number" not in text
    assert all(each["email"].endswith("@example.com") for each in (ann, ben))


def test_what_is_no_persons_stays_and_what_is_is_cut(shop: Shop) -> None:
    pushed(shop, *files(shop), *FAKES, "--keep", "tier")
    found = records(shop)
    ann, ben = sorted(found["contact"], key=lambda each: each["marketing_optin"])
    first, second = found["order"]
    assert ann["properties"] == {"tier": "gold"}
    assert (ann["prefix"], "prefix" in ben) == ("Ms", False)
    assert (ann["date_of_birth"][:4], ann["timestamp_subscribed"]) == (
        "1985",
        "2024-01-01T00:00:00Z",
    )
    assert "2024-01-01" <= ben["date_of_birth"] <= "2024-12-30"
    assert ben["id"] == "7002"
    assert first["billing_address"] == {"city": "Lincoln", "postcode": "SW", "country_code": "GB"}
    assert second["billing_address"] == {"postcode": "LS", "country_code": "GB"}
    assert (first["grand_total"], first["web_id"]) == (12.5, "W-1")
    assert "properties" not in first["lineitems"][0]
    assert any(
        ip_address(first["ip_address"]) in ip_network(net)
        for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    )
    assert ip_address(second["ip_address"]) in ip_network("2001:db8::/32")
    assert "properties" not in found["custom_event"][0]


def test_people_known_by_phone_alone_stay_people(shop: Shop) -> None:
    name = shop.write("contacts.csv", "id,@collection,phone_number\n1,main,+447911123456\n")
    pushed(shop, name, *FAKES, "--without-email", "send")
    (contact,) = records(shop)["contact"]
    assert contact["customer_id"]
    assert set(contact) == {"@type", "id", "@collection", "customer_id"}


def test_sample_phones_are_nobodys_and_stay_with_their_people(shop: Shop) -> None:
    def phones(first: int, count: int) -> dict[str, str]:
        rows = "".join(
            f"{n},main,p{n}@example.org,+4479{n:08}\n" for n in range(first, first + count)
        )
        name = shop.write("contacts.csv", f"id,@collection,email,phone_number\n{rows}")
        for path in (shop.folder / ".ometria-import").glob("packages/*"):
            path.unlink()
        pushed(shop, name, *FAKES, "--phones", "sample")
        contacts = records(shop)["contact"]
        return {each["id"]: each["phone_number"] for each in contacts if "phone_number" in each}

    first = phones(11_000_100, 900)
    assert len(set(first.values())) == len(first) == 900
    assert all("+447700900000" <= each <= "+447700900999" for each in first.values())
    again = phones(11_000_000, 1_100)
    assert len(set(again.values())) == len(again) == 1_000
    assert first.items() <= again.items()


def test_totals_joins_and_problems_are_those_of_the_plain_package(shop: Shop) -> None:
    plain = pushed(shop, *SAMPLE_FILES, *TO, "--home", "plain")
    fakes = pushed(shop, *SAMPLE_FILES, *FAKES)
    for told in (plain, fakes):
        told["across"]["orders_to_contacts"].pop("orphans")
    for name in ("rows", "records", "rejected", "problems", "across", "sets_off"):
        assert fakes[name] == plain[name], name
    before = in_order(next((shop.folder / "plain" / "packages").glob("*.db")))
    after = in_order(shop.the_package())
    assert joins(before) == joins(after)
    for record, fake in zip(before, after, strict=True):
        if record["@type"] == "product":
            assert fake == record
        for item in record.get("lineitems", ()):
            item.pop("properties", None)
        for name in ("@type", "grand_total", "timestamp", "lineitems", "marketing_optin"):
            assert fake.get(name) == record.get(name)


def test_no_whole_cell_that_names_somebody_is_in_the_package(shop: Shop) -> None:
    pushed(shop, *SAMPLE_FILES, *FAKES)
    contacts, _, orders = map(Path, SAMPLE_FILES)
    cells = cells_of(contacts, ";", PERSONAL)
    of_orders = [f"customer.{name}" for name in PERSONAL[:3]] + ["shipping_address.postcode"]
    cells |= cells_of(orders, ",", of_orders)
    assert len(cells) > 1_000
    held: set[str] = set()
    places: set[str] = set()
    for record in in_order(shop.the_package()):
        address = record.get("shipping_address", {})
        places |= {address.get("city", ""), address.get("state", "")}
        held.update(texts_of(record))
    assert (held - places) & cells == set()
    unbroken = "\n".join(packed(shop.the_package()))
    assert [cell for cell in cells if "@" in cell and cell in unbroken] == []


def test_every_field_of_the_schema_has_a_rule() -> None:
    for object_type, rules in FIELDS.items():
        assert set(rules) == {"@type", *(each.name for each in SCHEMAS[object_type].members)}
    assert set(SCHEMAS) - set(FIELDS) == {ObjectType.PRODUCT}


STAY = ("C1001", "0031t00000ABCdeAAB", "9f1c2b6e-4b0e-4f7e-9d55-0c1de2b7a111", "000004100")
GO = (
    ANN,
    "user:ann@example.org",
    "+44 7911 123456",
    "07911123456",
    "annabel.winterbourne",
    "0cc175b9c0f1b6a831c399e269772661",
)


def test_ids_are_kept_unless_they_may_name_a_person(shop: Shop) -> None:
    ids = [*STAY, *GO]
    rows = "".join(f"{n},main,p{n}@example.org,{value}\n" for n, value in enumerate(ids))
    pushed(shop, shop.write("contacts.csv", f"id,@collection,email,customer_id\n{rows}"), *FAKES)
    found = [each["customer_id"] for each in sorted(records(shop)["contact"], key=_number)]
    assert tuple(found[: len(STAY)]) == STAY
    assert [each for each in found if each in GO] == []
    assert len(set(found)) == len(ids)


def _number(record: dict[str, Any]) -> int:
    return int(record["id"])


def in_order(path: Path) -> list[dict[str, Any]]:
    """The records of a package in sending order."""
    with Package(path) as package:
        return [json.loads(record) for batch in package.batches() for record in records_of(batch)]


def joins(found: list[dict[str, Any]]) -> list[tuple[bool, bool]]:
    """Of each order: whether its customer is among the contacts, by email and by id."""
    contacts = [each for each in found if each["@type"] == "contact"]
    emails, ids = ({each.get(name) for each in contacts} for name in ("email", "customer_id"))
    customers = [each.get("customer", {}) for each in found if each["@type"] == "order"]
    return [(each.get("email") in emails, each.get("id") in ids) for each in customers]
