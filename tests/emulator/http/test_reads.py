"""What can be read back, and how unlike what was sent it can be."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ometria_import.emulator import EmulatorError, RunningEmulator, Settings, parse_traits, running
from tests.emulator.scenarios.scenarios import fault, wait_for

Connect = Callable[..., httpx.Client]
Records = dict[str, dict[str, Any]]


def push(emulator: RunningEmulator, client: httpx.Client, *records: dict[str, Any]) -> None:
    assert client.post("/push", json=records).status_code == 202
    emulator.wait_until_drained()
    assert client.get("/push/_errors").json() == []


def product(number: int, **fields: Any) -> dict[str, Any]:
    return {"@type": "product", "id": f"p-{number}", **fields}


def ids(client: httpx.Client, path: str, **query: Any) -> list[str]:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()]


def test_variants_are_listed_only_where_they_are_asked_for(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    push(
        emulator,
        client,
        product(1, is_variant=False),
        product(2, is_variant=True),
        product(3),
        product(4, is_variant="true"),
    )
    assert ids(client, "/products") == ["p-1", "p-3"]
    assert ids(client, "/products", includeVariants="false") == ["p-1", "p-3"]
    assert ids(client, "/products", includeVariants="true") == ["p-1", "p-2", "p-3", "p-4"]
    assert ids(client, "/products", includeVariants="true", limit=2, offset=1) == ["p-2", "p-3"]
    assert client.get("/products/p-2").json()["id"] == "p-2"
    assert client.get("/products?includeVariants=yes").status_code == 400


def test_active_leaves_out_the_other_products(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    push(emulator, client, product(1, is_active=True), product(2, is_active=False), product(3))
    assert ids(client, "/products") == ["p-1", "p-2", "p-3"]
    assert ids(client, "/products", active="true") == ["p-1", "p-3"]
    assert ids(client, "/products", active="false") == ["p-2"]
    assert client.get("/products?active=1").status_code == 400


def test_lists_can_come_by_the_time_of_their_last_update(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    push(emulator, client, *(product(number) for number in range(4)))
    push(emulator, client, product(1, title="Anew"))
    assert ids(client, "/products") == ["p-0", "p-1", "p-2", "p-3"]
    by_update = {"orderby": "timestamp_update"}
    assert ids(client, "/products", **by_update) == ["p-0", "p-2", "p-3", "p-1"]
    assert ids(client, "/products", offset=2, **by_update) == ["p-3", "p-1"]
    assert client.get("/orders?orderby=price").status_code == 400


def test_a_key_may_push_and_not_read(
    emulator: RunningEmulator, client: httpx.Client, connect: Connect
) -> None:
    push(emulator, client, product(1))
    live = connect(emulator, "live-key")
    emulator.play(fault("no_reads", account="staging"))
    paths = ["/push/_errors", "/products", "/products/p-1", "/orders", "/orders/1", "/contacts"]
    paths += ["/contacts/a", "/contacts/a/1", "/profiles", "/profiles/1", "/unsubscribes"]
    paths += ["/data-deletion-requests"]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 403, path
        assert answer.json()["message"] == "API key is not authorised to access this resource"
        assert live.get(path).status_code in (200, 404)
    assert client.post("/push", json=[product(2)]).status_code == 202
    emulator.play(fault("no_reads", paths=["orders", "errors"]))
    assert emulator.state()["accounts"]["staging"]["unreadable"] == ["errors", "orders"]
    allowed = [path for path in paths if client.get(path).status_code != 403]
    assert allowed == [path for path in paths if "orders" not in path and "errors" not in path]
    emulator.heal()
    assert client.get("/orders").status_code == 200


def test_requests_to_forget_somebody_show_a_hash_six_times_a_minute(
    fast: Settings, clock: Any, connect: Connect
) -> None:
    with running(dataclasses.replace(fast, clock=clock)) as emulator:
        client, path = connect(emulator), "/data-deletion-requests"
        assert client.get(path).json() == []
        emulator.ask_to_forget(" Ada@Example.com", timestamp="2024-05-17T22:08:07+02:00")
        (shown,) = client.get(path).json()
        hashed = hashlib.md5(b"ada@example.com", usedforsecurity=False).hexdigest()
        assert shown["identities"] == [{"hashed_email": f"{hashed}@anonymous.ometria"}]
        assert (shown["action"], shown["timestamp_created"]) == (
            "anonymise",
            "2024-05-17 20:08:07+00",
        )
        assert connect(emulator, "live-key").get(path).json() == []
        admin = f"{emulator.base_url[:-3]}/_admin/accounts/staging/deletions"
        other = {"id": "d2", "email_address": "b@example.com", "timestamp": "2024-05-18"}
        assert httpx.post(admin, json=[other]).status_code == 200
        assert httpx.post(admin, json=[{**other, "timestamp": "soon"}]).status_code == 400
        assert [each["id"] for each in client.get(path).json()][1:] == ["d2"]
        assert httpx.delete(admin).status_code == 200
        assert client.get(path).json() == []
        assert [client.get(path).status_code for _ in range(3)] == [200, 200, 429]
        # They have a count of their own.
        assert client.get("/orders").status_code == 200
        clock.now += 10
        assert client.get(path).status_code == 200


def test_reads_of_every_kind_share_four_requests_a_second(
    fast: Settings, clock: Any, connect: Connect
) -> None:
    settings = dataclasses.replace(fast, read_rate=Settings().read_rate, clock=clock)
    with running(settings) as emulator:
        client = connect(emulator)
        paths = ("/profiles", "/unsubscribes", "/products", "/push/_errors", "/orders")
        assert [client.get(path).status_code for path in paths] == [200, 200, 200, 200, 429]


TIMES = {"timestamp_acquired": "2020-01-31T10:00:00.25Z", "timestamp_subscribed": "2020-01-31"}
CONTACT = {
    "@type": "contact",
    "id": "c-1",
    "@collection": "shop",
    "email": "Ada@Example.com",
    "phone_number": "+447700900123",
    **TIMES,
}


@pytest.mark.parametrize(
    ("traits", "differences"),
    [
        ({}, {}),
        ({"timestamps": "seconds"}, {"timestamp_acquired": "2020-01-31T10:00:00Z"}),
        ({"timestamps": "days"}, {"timestamp_acquired": "2020-01-31"}),
        ({"zone": "offset"}, {"timestamp_acquired": "2020-01-31T10:00:00.25+00:00"}),
        (
            {"timestamps": "seconds", "zone": "offset"},
            {"timestamp_acquired": "2020-01-31T10:00:00+00:00"},
        ),
        ({"lower_emails": True}, {"email": "ada@example.com"}),
        ({"drop_phones": True}, {"phone_number": None}),
    ],
    ids=str,
)
def test_values_come_back_as_another_server_would_have_them(
    traits: dict[str, Any],
    differences: dict[str, Any],
    emulator: RunningEmulator,
    client: httpx.Client,
) -> None:
    push(emulator, client, CONTACT)
    emulator.set_traits(**traits)
    assert client.get("/contacts/shop/c-1").json() == CONTACT | differences
    assert client.get("/contacts/shop").json() == [CONTACT | differences]


def test_times_and_emails_inside_an_order_are_a_servers_too(
    emulator: RunningEmulator, client: httpx.Client, full_records: Records
) -> None:
    order = full_records["order"] | {
        "timestamp": "2024-03-01T10:00:00.5Z",
        "customer": {"email": "ADA@example.com"},
        "properties": {"note": "2024-03-01T10:00:00.5Z"},
    }
    push(emulator, client, order)
    emulator.set_traits(timestamps="seconds", zone="offset", lower_emails=True)
    assert client.get("/orders/o-1").json() == order | {
        "timestamp": "2024-03-01T10:00:00+00:00",
        "customer": {"email": "ada@example.com"},
    }


def test_unset_fields_can_be_null(emulator: RunningEmulator, client: httpx.Client) -> None:
    push(emulator, client, product(1, listings=[{"store": "example.com"}]))
    emulator.set_traits(unset_nulls=True)
    shown = client.get("/products/p-1").json()
    assert {"title": None, "price": None, "is_active": None}.items() <= shown.items()
    assert shown["listings"][0]["store"] == "example.com"
    assert shown["listings"][0]["price"] is None
    assert "@merge" not in shown


def test_event_types_can_be_cut_to_less_than_32_characters(
    emulator: RunningEmulator, client: httpx.Client, full_records: Records, query: Any
) -> None:
    event = full_records["custom_event"]
    push(emulator, client, event | {"id": "1", "event_type": "e" * 40})
    emulator.set_traits(cut_event_types=True)
    push(emulator, client, event | {"id": "2", "event_type": "e" * 40})
    push(emulator, client, event | {"id": "3", "event_type": "e" * 31})
    lengths = query("SELECT length(body ->> 'event_type') FROM record ORDER BY id")
    assert lengths == [(40,), (31,), (31,)]


def test_a_consent_without_its_time_can_be_dated_to_its_arrival(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    def consent(**fields: Any) -> dict[str, Any]:
        push(emulator, client, {"@type": "contact", "id": "1", "email": "a@example.com", **fields})
        shown = client.get("/contacts/default/1").json()
        return {name: shown[name] for name in shown if name.startswith("timestamp_")}

    opted_in, opted_out = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT"
    assert consent(marketing_optin=opted_in) == {}
    emulator.set_traits(consent_now=True)
    assert consent(marketing_optin=opted_in) == {}  # nothing has changed
    assert list(consent(marketing_optin=opted_out)) == ["timestamp_unsubscribed"]
    then = "2019-05-01T10:00:00Z"
    dated = consent(marketing_optin=opted_in, timestamp_subscribed=then)
    assert dated["timestamp_subscribed"] == then
    assert dated["timestamp_unsubscribed"] > "2026"


def test_reads_can_lag_behind_the_queue(fast: Settings, clock: Any, connect: Connect) -> None:
    with running(dataclasses.replace(fast, clock=clock)) as emulator:
        client = connect(emulator)

        def push_now(*records: dict[str, Any]) -> None:
            assert client.post("/push", json=records).status_code == 202
            clock.now += 0.01  # by this clock the queue drains, too
            emulator.wait_until_drained()

        push_now(product(1, title="Old"), product(2))
        emulator.set_traits(reads_lag_s=5)
        push_now(product(1, title="New", is_variant=True), product(3))
        clock.now += 3
        push_now(product(1, title="Newest", is_variant=True))
        assert client.get("/products/p-1").json()["title"] == "Old"
        assert client.get("/products/p-3").status_code == 404
        assert ids(client, "/products") == ["p-1", "p-2"]
        clock.now += 2.5
        assert client.get("/products/p-1").json()["title"] == "New"
        assert ids(client, "/products") == ["p-2", "p-3"]
        clock.now += 3
        assert client.get("/products/p-1").json()["title"] == "Newest"
        assert ids(client, "/products", includeVariants="true") == ["p-1", "p-2", "p-3"]
        contact = {"@type": "contact", "id": "1", "email": "a@example.com"}
        push_now(contact)
        assert (client.get("/contacts").json(), client.get("/profiles").json()) == ([], [])
        clock.now += 6
        assert client.get("/contacts").json() == ["default"]
        assert len(client.get("/profiles").json()) == 1


def test_the_traits_of_a_scenario_hold_while_it_is_played(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    push(emulator, client, CONTACT)

    def email() -> str:
        return str(client.get("/contacts/shop/c-1").json()["email"])

    emulator.play("[server]\nlower_emails = true\n")
    assert email() == "ada@example.com"
    emulator.heal()
    assert email() == "Ada@Example.com"
    admin = emulator.base_url.removesuffix("/v2") + "/_admin"
    answer = httpx.put(f"{admin}/server", json={"lower_emails": True})
    assert answer.json()["server"]["lower_emails"] is True
    assert email() == "ada@example.com"
    refused = httpx.put(f"{admin}/server", json={"lower_email": True})
    assert (refused.status_code, email()) == (400, "ada@example.com")


def test_traits_are_read_as_the_command_line_gives_them() -> None:
    words = ["errors_fields=record_id,timestamp", "lower_emails", "reads_lag_s=1.5", "zone=offset"]
    traits = parse_traits([*words, "unset_nulls=false"])
    assert traits.errors_fields == ("record_id", "timestamp")
    assert (traits.lower_emails, traits.unset_nulls, traits.reads_lag_s) == (True, False, 1.5)
    for bad in ("lower_email", "zone=Z", "reads_lag_s=soon", "errors_fields=email", "reads_lag_s"):
        with pytest.raises(EmulatorError, match=f"^--server.*{bad.partition('=')[0]}"):
            parse_traits([bad])


def test_a_lag_ends_by_itself(fast: Settings, connect: Connect) -> None:
    with running(fast) as emulator:
        client = connect(emulator)
        emulator.set_traits(reads_lag_s=0.3)
        client.post("/push", json=[product(1)])
        wait_for(lambda: json.loads(client.get("/products").text))
