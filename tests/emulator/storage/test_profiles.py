"""The merged people, and those who unsubscribed elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from ometria_import.emulator import RunningEmulator

Connect = Callable[..., httpx.Client]
IN, OUT, UNSAID = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "NOT_SPECIFIED"
FIELDS = {
    *("@type", "id", "country", "customer_id", "date_of_birth", "dates", "email", "firstname"),
    *("gender", "identities", "lastname", "marketing_optin", "middlename", "name", "phone_number"),
    *("prefix", "properties", "seen", "stats", "suffix", "tags"),
}


def contact(
    number: object, collection: str = "shop", *, force: bool = False, **fields: Any
) -> dict[str, Any]:
    forced = {"@force_optin": True} if force else {}
    return {"@type": "contact", "id": str(number), "@collection": collection, **fields, **forced}


def order(number: object, total: float, **fields: Any) -> dict[str, Any]:
    required = {"timestamp": "2024-03-01T10:00:00Z", "grand_total": total, "currency": "EUR"}
    return {"@type": "order", "id": str(number), **required, **fields}


@pytest.fixture
def push(emulator: RunningEmulator, client: httpx.Client) -> Callable[..., None]:
    def run(*records: dict[str, Any]) -> None:
        for record in records:
            assert client.post("/push", json=[record]).status_code == 202
        emulator.wait_until_drained()
        assert client.get("/push/_errors").json() == []

    return run


def test_a_person_is_merged_from_listings_and_orders(
    push: Callable[..., None], client: httpx.Client
) -> None:
    push(
        contact(1, email="ada@example.com", customer_id="k-1", firstname="Ada", country_id="FR"),
        contact(
            9,
            "subscribers",
            email="ADA@example.com",
            lastname="Ménard",
            timestamp_acquired="2019-01-31",
            properties={"tier": "gold"},
        ),
        order(
            1,
            20.1,
            customer={"id": "k-1"},
            lineitems=[{"product_id": "p", "quantity": 2, "unit_price": 10.05}],
        ),
        order(2, 5, customer={"email": "ada@example.com"}, timestamp="2024-05-01T10:00:00+02:00"),
        order(3, 70, customer={"id": "k-1"}, is_valid=False, timestamp="2025-01-01T00:00:00Z"),
        order(4, 99),
        order(5, 99, customer={"firstname": "Nobody"}),
    )
    (person,) = client.get("/profiles").json()
    assert set(person) == FIELDS
    assert {name: person[name] for name in ("email", "customer_id", "name", "country")} == {
        "email": "ADA@example.com",
        "customer_id": "k-1",
        "name": "Ada Ménard",
        "country": "FR",
    }
    assert person["identities"] == [
        {"id": "ada@example.com", "type": "email"},
        {"id": "k-1", "type": "customer_id"},
    ]
    assert person["stats"] == {
        "aov": 12.55,
        "orders": 2,
        "orders_attempted": 3,
        "revenue": 25.1,
        "total_items": 2,
        "visits": 0,
    }
    assert person["dates"] == {
        "acquired": "2019-01-31T00:00:00+00:00",
        "first_purchase": "2024-03-01T10:00:00+00:00",
        "first_seen": "2019-01-31T00:00:00+00:00",
        "last_purchase": "2024-05-01T08:00:00+00:00",
        "last_seen": "2025-01-01T00:00:00+00:00",
    }
    assert person["properties"] == {"tier": "gold"}
    assert (person["marketing_optin"], person["gender"], person["suffix"]) == (None, None, None)
    assert client.get(f"/profiles/{person['id']}").json() == person
    assert client.get("/profiles", params={"email": "Ada@Example.COM"}).json() == person
    assert client.get("/profiles/").json() == [person]


def test_who_only_bought_is_a_person_without_preferences(
    push: Callable[..., None], client: httpx.Client
) -> None:
    push(
        order(
            1,
            120,
            customer={"email": "bob@example.com", "id": "k-2", "lastname": "Bo"},
            totals={"base": {"currency": "EUR", "grand_total": 100}},
        )
    )
    (person,) = client.get("/profiles").json()
    assert (person["email"], person["customer_id"]) == ("bob@example.com", "k-2")
    assert (person["lastname"], person["marketing_optin"]) == ("Bo", None)
    assert person["stats"]["revenue"] == 100
    assert client.get("/profiles/unknown").status_code == 404
    assert client.get("/profiles?email=nobody@example.com").status_code == 404


@pytest.mark.parametrize(
    ("states", "one_listing", "newest"),
    [
        ([None], None, None),
        ([UNSAID], UNSAID, UNSAID),
        ([IN, None], IN, IN),
        ([IN, OUT], OUT, OUT),
        ([OUT, IN], OUT, IN),
        ([OUT, UNSAID], OUT, UNSAID),
        ([UNSAID, IN], IN, IN),
    ],
)
def test_an_opt_out_is_read_in_two_ways(
    states: list[str | None],
    one_listing: str | None,
    newest: str | None,
    push: Callable[..., None],
    emulator: RunningEmulator,
    client: httpx.Client,
) -> None:
    for number, state in enumerate(states):
        said: dict[str, Any] = {} if state is None else {"marketing_optin": state}
        push(contact(number, f"c{number}", email="ada@example.com", **said))

    def optin() -> object:
        return client.get("/profiles?email=ada@example.com").json()["marketing_optin"]

    assert optin() == one_listing
    emulator.set_traits(opt_out="newest")
    assert optin() == newest


def test_who_unsubscribed_elsewhere_is_out_unless_an_opt_in_is_forced(
    push: Callable[..., None], emulator: RunningEmulator, client: httpx.Client
) -> None:
    push(contact(1, email="Ada@example.com", marketing_optin=IN))
    emulator.unsubscribe("ada@example.com", timestamp="2024-05-17T22:08:07Z")

    def optin() -> object:
        return client.get("/profiles?email=ada@example.com").json()["marketing_optin"]

    assert optin() == OUT
    emulator.set_traits(opt_out="newest")
    assert optin() == OUT
    push(contact(1, email="Ada@example.com", marketing_optin=IN, force=True))
    assert optin() == IN


def test_a_stop_word_is_no_unsubscribe_from_emails(
    push: Callable[..., None], emulator: RunningEmulator, client: httpx.Client
) -> None:
    push(contact(1, email="ada@example.com", marketing_optin=IN))
    emulator.unsubscribe(
        "ada@example.com", timestamp="2024-05-17T22:08:07Z", type="stopword_unsubscribe_TF"
    )
    assert client.get("/profiles?email=ada@example.com").json()["marketing_optin"] == IN
    assert len(client.get("/unsubscribes").json()) == 1


def test_people_come_in_pages_and_since_a_time(
    push: Callable[..., None], client: httpx.Client
) -> None:
    push(*(contact(number, email=f"p{number}@example.com") for number in range(12)))

    def emails(**query: Any) -> list[str]:
        answer = client.get("/profiles", params=query)
        assert answer.status_code == 200, answer.text
        return [each["email"] for each in answer.json()]

    everybody = [f"p{number}@example.com" for number in range(12)]
    assert emails() == everybody[:10]
    assert emails(limit=250) == everybody
    assert emails(offset=10) == everybody[10:]
    time.sleep(0.01)
    since = datetime.now(UTC)
    time.sleep(0.01)
    push(contact(3, email="p3@example.com", firstname="Anew"))
    assert emails(updateSince=since.isoformat()) == ["p3@example.com"]
    assert emails(updateSince=f"{since:%Y-%m-%d}", limit=250) == everybody
    assert emails(updateSince="2999-01-01") == []
    assert emails(orderby="timestamp_update", offset=11) == ["p3@example.com"]
    assert client.get("/profiles?updateSince=yesterday").status_code == 400
    assert client.get("/profiles?limit=251").status_code == 400


def test_a_profiles_id_is_the_accounts_own_and_stays(
    push: Callable[..., None],
    emulator: RunningEmulator,
    client: httpx.Client,
    connect: Connect,
) -> None:
    push(contact(1, email="ada@example.com"))
    (before,) = client.get("/profiles").json()
    push(contact(1, email="new@example.com"))
    (after,) = client.get("/profiles").json()
    assert (after["id"], after["email"]) == (before["id"], "new@example.com")
    live = connect(emulator, "live-key")
    live.post("/push", json=[contact(1, email="ada@example.com")])
    emulator.wait_until_drained()
    (there,) = live.get("/profiles").json()
    assert there["id"] != before["id"]


def test_unsubscribes_are_those_of_a_time_and_a_type_and_none_of_the_apis(
    push: Callable[..., None], emulator: RunningEmulator, client: httpx.Client, connect: Connect
) -> None:
    push(
        contact(1, email="ada@example.com", marketing_optin=OUT),
        contact(2, email="Bob@example.com", marketing_optin=IN),
    )
    assert client.get("/unsubscribes").json() == []
    admin = emulator.base_url.removesuffix("/v2") + "/_admin/accounts/staging/unsubscribes"
    events = [
        {"email_address": "bob@example.com", "timestamp": "2024-05-17T22:08:07Z"},
        {
            "email_address": "eve@example.com",
            "timestamp": "2024-05-17T10:00:00+02:00",
            "type": "app",
            "reason": "Too many",
        },
    ]
    assert httpx.post(admin, json=events).status_code == 200
    (bob,) = [each for each in client.get("/profiles").json() if each["email"][0] == "B"]
    of_eve = {
        "email_address": "eve@example.com",
        "profile_id": None,
        "reason": "Too many",
        "timestamp": "2024-05-17 08:00:00+00",
        "type": "app",
    }
    of_bob = {
        "email_address": "bob@example.com",
        "profile_id": bob["id"],
        "reason": None,
        "timestamp": "2024-05-17 22:08:07+00",
        "type": "preferences_centre",
    }

    def told(**query: str) -> list[dict[str, Any]]:
        answer = client.get("/unsubscribes", params=query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    assert told() == [of_eve, of_bob]
    assert told(limit="1", offset="1") == [of_eve, of_bob]
    assert told(type="app") == [of_eve]
    assert told(since="2024-05-17T08:00:01") == [of_bob]
    assert told(since="2024-05-17T08:00:00", before="2024-05-17T22:08:06") == [of_eve]
    assert told(before="2024-05-17T08:00:00") == [of_eve]
    assert client.get("/unsubscribes?since=soon").status_code == 400
    assert connect(emulator, "live-key").get("/unsubscribes").json() == []
    for wrong in (
        {"email_address": "x"},
        events[0] | {"type": "api"},
        events[0] | {"timestamp": "?"},
    ):
        assert httpx.post(admin, json=[wrong]).status_code == 400
    assert httpx.post(admin.replace("staging", "nobody"), json=[]).status_code == 404
    httpx.delete(admin)
    assert told() == []
