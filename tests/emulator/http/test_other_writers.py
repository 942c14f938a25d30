"""An account that others change, between reads and under them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ometria_import.emulator import RunningEmulator, ScenarioError, Settings, running
from tests.emulator.scenarios.scenarios import fault

CONTACT = {"@type": "contact", "@collection": "shop", "id": "c-1", "email": "ada@example.com"}


def order(number: int) -> dict[str, Any]:
    return {
        "@type": "order",
        "id": f"o-{number}",
        "timestamp": "2024-05-01T10:00:00Z",
        "grand_total": number,
        "currency": "EUR",
    }


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningEmulator]:
    with running(Settings(rate=100_000, read_rate=100_000, drain=1_000_000)) as emulator:
        yield emulator


@pytest.fixture
def emulator(shared: RunningEmulator) -> Iterator[RunningEmulator]:
    """Ten orders, whatever the test before left."""
    with httpx.Client(headers={"X-Ometria-Auth": "staging-key"}) as client:
        for stored in client.get(f"{shared.base_url}/orders?limit=250").json():
            shared.put_record("order", stored["id"], None)
        pushed = client.post(
            f"{shared.base_url}/push", json=[order(number) for number in range(10)]
        )
        assert pushed.status_code == 202
    shared.wait_until_drained()
    yield shared
    shared.heal()
    shared.set_traits()


def ids(client: httpx.Client, query: str = "limit=250") -> list[str]:
    return [each["id"] for each in client.get(f"/orders?{query}").json()]


def test_records_go_before_a_list_is_read(emulator: RunningEmulator, client: httpx.Client) -> None:
    emulator.play(fault("other_writer", deletes=2, where="first", request=2))
    before, after = ids(client, "limit=3&offset=3"), ids(client, "limit=3&offset=3")
    assert before == ["o-3", "o-4", "o-5"]
    assert after == ["o-5", "o-6", "o-7"]
    emulator.play(fault("other_writer", deletes=3, where="last"))
    assert ids(client) == ["o-2", "o-3", "o-4", "o-5", "o-6"]
    emulator.play(fault("other_writer", deletes=100))
    assert ids(client) == []


def test_records_come_and_are_written_anew(emulator: RunningEmulator, client: httpx.Client) -> None:
    emulator.play(fault("other_writer", adds=2, edits=3, where="last", times=1))
    shown = client.get("/orders?limit=250").json()
    assert [each["id"] for each in shown[:10]] == [f"o-{number}" for number in range(10)]
    assert all(each["id"].startswith("foreign-") for each in shown[10:])
    assert len(shown) == 12
    edited = [each["id"] for each in shown if "status" in each]
    assert edited == ["o-7", "o-8", "o-9"]
    assert client.get("/orders?limit=250").json() == shown


def test_a_single_record_can_go_as_it_is_read(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    emulator.play(fault("other_writer", deletes=1, where="first"))
    assert client.get("/orders/o-0").status_code == 404
    assert client.get("/orders/o-5").status_code == 200


def test_others_write_only_before_reads(emulator: RunningEmulator) -> None:
    with pytest.raises(ScenarioError, match='on must be "reads" for other_writer'):
        emulator.play(fault("other_writer", deletes=1, on="push"))


def test_one_record_is_put_and_deleted(emulator: RunningEmulator, client: httpx.Client) -> None:
    emulator.put_record("order", "o-1", {"id": "o-1", "grand_total": "odd"})
    emulator.put_record("contact", "c-1", CONTACT, collection="shop")
    assert client.get("/orders/o-1").json() == {"id": "o-1", "grand_total": "odd"}
    assert client.get("/contacts/shop/c-1").json() == CONTACT
    assert client.get("/profiles", params={"email": CONTACT["email"]}).status_code == 200
    emulator.put_record("contact", "c-1", None, collection="shop")
    assert client.get("/contacts/shop/c-1").status_code == 404
    assert client.get("/profiles", params={"email": CONTACT["email"]}).status_code == 404


def test_the_admin_puts_records(emulator: RunningEmulator, client: httpx.Client) -> None:
    address = emulator.base_url.removesuffix("/v2") + "/_admin/accounts/staging/records"
    wanted = [
        {"object_type": "order", "id": "o-1", "body": None},
        {"object_type": "order", "id": "new", "body": order(11) | {"id": "new"}},
    ]
    assert httpx.patch(address, json=wanted).status_code == 200
    assert ids(client) == ["o-0", *(f"o-{number}" for number in range(2, 10)), "new"]
    assert httpx.patch(address, json=[{"object_type": "order", "id": "o-2"}]).status_code == 400


def test_pages_can_be_shorter_than_they_were_asked_for(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    emulator.set_traits(largest_page=4)
    assert ids(client) == ["o-0", "o-1", "o-2", "o-3"]
    assert ids(client, "limit=250&offset=8") == ["o-8", "o-9"]
    assert ids(client, "limit=2") == ["o-0", "o-1"]


def test_a_customer_id_of_another_person_is_not_taken(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    emulator.set_traits(taken_ids_ignored=True)
    people = [
        CONTACT | {"id": "1", "customer_id": "77"},
        CONTACT | {"id": "2", "customer_id": "77", "email": "ADA@example.com"},
        CONTACT | {"id": "3", "customer_id": "77", "email": "bea@example.com"},
        CONTACT | {"id": "4", "customer_id": "78", "email": "bea@example.com"},
    ]
    assert client.post("/push", json=people).status_code == 202
    emulator.wait_until_drained()
    shown = client.get("/contacts/shop").json()
    assert [each.get("customer_id") for each in shown] == ["77", "77", None, "78"]
