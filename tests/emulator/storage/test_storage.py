from __future__ import annotations

import dataclasses
import json
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from ometria_import.emulator import EmulatorError, RunningEmulator, Settings, Traits, running

Connect = Callable[..., httpx.Client]
Query = Callable[[str], list[tuple[Any, ...]]]
Records = dict[str, dict[str, Any]]


def push(emulator: RunningEmulator, client: httpx.Client, *records: dict[str, Any]) -> None:
    answer = client.post("/push", json=records)
    assert answer.status_code == 202, answer.text
    emulator.wait_until_drained()


@pytest.mark.parametrize(
    ("object_type", "path"), [("product", "/products/1"), ("contact", "/contacts/shop/1")]
)
def test_supplied_fields_are_merged_into_a_product_or_contact(
    object_type: str, path: str, emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    key = {"@type": object_type, "id": "1"}
    if object_type == "contact":
        key |= {"@collection": "shop", "email": "ada@example.com"}
    name = "title" if object_type == "product" else "firstname"
    push(emulator, client, key | {name: "Old", "properties": {"a": 1}})
    push(emulator, client, key | {"properties": {"b": 2}})
    stored = client.get(path).json()
    assert stored == key | {name: "Old", "properties": {"b": 2}}
    assert query("SELECT writes, COUNT(*) FROM record") == [(2, 1)]


def test_an_order_is_replaced_whole(
    emulator: RunningEmulator, client: httpx.Client, full_records: Records
) -> None:
    push(emulator, client, full_records["order"])
    required = ("@type", "id", "timestamp", "grand_total", "currency")
    short = {name: full_records["order"][name] for name in required}
    push(emulator, client, short)
    assert client.get("/orders/o-1").json() == short


def test_a_custom_event_is_stored(
    emulator: RunningEmulator, client: httpx.Client, full_records: Records, query: Query
) -> None:
    push(emulator, client, full_records["custom_event"])
    [(object_type, record_id, body)] = query("SELECT object_type, id, body FROM record")
    assert (object_type, record_id) == ("custom_event", "e-1")
    assert json.loads(body) == full_records["custom_event"]


def test_an_update_that_is_not_valid_changes_nothing(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    good = {"@type": "product", "id": "1", "price": 5}
    push(emulator, client, good)
    push(emulator, client, good | {"price": "six"})
    assert client.get("/products/1").json() == good


def test_records_with_one_key_are_written_in_order_of_arrival(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    prices = [{"@type": "product", "id": "1", "price": price} for price in range(80)]
    push(emulator, client, *prices)
    assert client.get("/products/1").json()["price"] == 79


def test_accounts_see_nothing_of_each_other(
    emulator: RunningEmulator, connect: Connect, query: Query
) -> None:
    staging, live = connect(emulator), connect(emulator, "live-key")
    push(emulator, staging, {"@type": "product", "id": "1", "price": "?"})
    push(emulator, staging, {"@type": "product", "id": "2", "title": "Staging"})
    push(emulator, live, {"@type": "product", "id": "2", "title": "Live"})
    assert live.get("/push/_errors").json() == []
    assert len(staging.get("/push/_errors").json()) == 1
    assert staging.get("/products/2").json()["title"] == "Staging"
    assert [each["title"] for each in live.get("/products").json()] == ["Live"]
    assert query(
        "SELECT account, title FROM (SELECT account, body ->> 'title' AS title"
        " FROM record) ORDER BY account"
    ) == [("live", "Live"), ("staging", "Staging")]


def test_a_contact_is_known_by_collection_and_id(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    base = {"@type": "contact", "id": "1", "email": "ada@example.com"}
    push(
        emulator,
        client,
        base | {"@collection": "subscribers", "firstname": "S"},
        base | {"@collection": "customers", "firstname": "C"},
        base | {"firstname": "D"},
    )
    assert client.get("/contacts").json() == ["customers", "default", "subscribers"]
    assert client.get("/contacts/customers/1").json()["firstname"] == "C"
    assert client.get("/contacts/default/1").json()["firstname"] == "D"
    assert [each["firstname"] for each in client.get("/contacts/subscribers").json()] == ["S"]
    assert client.get("/contacts/nobody").json() == []
    assert client.get("/contacts/nobody/1").status_code == 404


@pytest.mark.parametrize("record_id", ["a/b", "a%2Fb", "ü ö", "_errors", "..", "a?b#c"])
def test_an_id_may_hold_anything_once_it_is_encoded(
    record_id: str, emulator: RunningEmulator, client: httpx.Client
) -> None:
    contact = {"@type": "contact", "id": record_id, "email": "ada@example.com"}
    push(emulator, client, contact | {"@collection": "shop/uk"})
    encoded = "".join(f"%{byte:02X}" for byte in record_id.encode())
    answer = client.get(f"/contacts/shop%2Fuk/{encoded}")
    assert answer.json()["id"] == record_id


def test_a_record_that_was_never_stored_is_not_found(client: httpx.Client) -> None:
    for path in ("/products/1", "/orders/1", "/contacts/customers/1"):
        assert client.get(path).status_code == 404


def test_lists_come_by_internal_id_in_pages_of_10_and_250_at_most(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    ids = [f"p-{number:03}" for number in range(300, 0, -1)]
    for start in (0, 100, 200):
        push(emulator, client, *({"@type": "product", "id": each} for each in ids[start:][:100]))
    push(emulator, client, {"@type": "product", "id": ids[5], "title": "Written again"})

    def listed(**query: int) -> list[str]:
        return [each["id"] for each in client.get("/products", params=query).json()]

    assert listed() == ids[:10]
    assert listed(limit=250) == ids[:250]
    assert listed(limit=250, offset=250) == ids[250:]
    assert listed(limit=2, offset=4) == ids[4:6]
    assert listed(offset=300) == []
    assert listed(limit=0) == []
    for bad in ({"limit": "251"}, {"limit": "-1"}, {"limit": "x"}, {"offset": "9" * 30}):
        assert client.get("/products", params=bad).status_code == 400


def test_the_database_can_be_read_afterwards_and_holds_no_key(
    fast: Settings, connect: Connect
) -> None:
    staging, live = "marked-staging-4711", "marked-live-4712"
    settings = dataclasses.replace(fast, staging_key=staging, live_key=live)
    with running(settings) as emulator:
        for key in (staging, live, "marked-wrong-4713"):
            connect(emulator, key).post("/push", json=[{"@type": "product", "id": "1"}])
        emulator.wait_until_drained()
    assert [path.name for path in emulator.database.parent.iterdir()] == ["received.db"]
    assert stat.S_IMODE(emulator.database.stat().st_mode) == 0o600
    assert b"marked-" not in emulator.database.read_bytes()
    assert "marked-" not in repr(emulator.settings)
    with closing(sqlite3.connect(emulator.database)) as database:
        requests = database.execute("SELECT account, status, records, object_type FROM request")
        assert requests.fetchall() == [
            ("staging", 202, 1, "product"),
            ("live", 202, 1, "product"),
            (None, 403, 0, None),
        ]


def test_an_emulator_goes_on_with_what_waits_in_its_database(
    fast: Settings, connect: Connect
) -> None:
    contact = {"@type": "contact", "id": "1", "email": "ada@example.com"}
    full = contact | {"properties": {f"f{number}": 1 for number in range(100)}}
    with running(fast) as emulator:
        push(emulator, connect(emulator), full)
    with running(dataclasses.replace(fast, drain=0)) as emulator:
        answer = connect(emulator).post(
            "/push", json=[contact | {"id": "2"}, contact | {"id": 3.5}]
        )
    with running(
        dataclasses.replace(fast, traits=Traits(errors_fields=("request_id",)))
    ) as emulator:
        emulator.wait_until_drained()
        client = connect(emulator)
        assert [each["id"] for each in client.get("/contacts/default").json()] == ["1", "2"]
        [error] = client.get("/push/_errors").json()
        assert error["request_id"] == answer.json()["request_id"]
        push(emulator, client, contact | {"properties": {"f100": 1}})
        assert client.get("/push/_errors").json()[0]["error_message"] == "too many custom fields"


def test_a_temporary_database_goes_with_its_emulator() -> None:
    with running() as emulator:
        assert emulator.database.is_file()
    assert not emulator.database.parent.exists()


def test_a_file_that_is_no_database_of_an_emulator_is_refused_untouched(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be looked at as one" * 20)
    foreign = tmp_path / "foreign.db"
    with closing(sqlite3.connect(foreign)) as database:
        database.execute("CREATE TABLE request (number INTEGER)")
    for path in (text, foreign, tmp_path, tmp_path / "missing" / "x.db"):
        before = path.read_bytes() if path.is_file() else None
        with (
            pytest.raises(EmulatorError, match="cannot be used"),
            running(Settings(database=path)),
        ):
            pass
        assert (path.read_bytes() if path.is_file() else None) == before
