from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ometria_import.emulator import ALL_ERRORS_FIELDS, RunningEmulator

Rows = list[tuple[Any, ...]]
Query = Callable[[str], Rows]


def product(number: int = 1, **fields: object) -> dict[str, Any]:
    return {"@type": "product", "id": f"p-{number}", **fields}


def send(client: httpx.Client, body: str | bytes) -> httpx.Response:
    return client.post("/push", content=body, headers={"Content-Type": "application/json"})


def of_size(record_bytes: int) -> dict[str, Any]:
    """A record of so many bytes; its letters take two bytes each."""
    padding = record_bytes - len(json.dumps(product(title=""), separators=(",", ":")))
    return product(title="é" * (padding // 2) + "x" * (padding % 2))


def test_a_push_is_answered_with_its_counts_and_a_request_id(client: httpx.Client) -> None:
    answer = client.post("/push", json=[product(1), product(2)])
    assert answer.status_code == 202
    body = answer.json()
    uuid.UUID(body.pop("request_id"))
    assert body == {"status": "OK", "accepted": 2, "rejected": 0}


def test_ok_means_received_and_not_valid(
    emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    answer = client.post("/push", json=[product(1), product(2, price="12,0")])
    assert answer.json()["accepted"] == 2
    emulator.wait_until_drained()
    assert query("SELECT id, outcome FROM receipt") == [("p-1", "stored"), ("p-2", "invalid")]
    [error] = client.get("/push/_errors").json()
    assert error == {"error_message": "not a valid value", "error_path": "root > price"}
    emulator.set_traits(errors_fields=ALL_ERRORS_FIELDS)
    [error] = client.get("/push/_errors").json()
    assert error.pop("timestamp").endswith("+00:00")
    assert error == {
        "error_message": "not a valid value",
        "error_path": "root > price",
        "record_id": "p-2",
        "request_id": answer.json()["request_id"],
        "record_type": "product",
    }


def test_errors_are_the_100_newest_of_the_account(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    for start in (0, 60):
        bad = [product(number, price="?") for number in range(start, start + 60)]
        client.post("/push", json=bad)
    emulator.wait_until_drained()
    emulator.set_traits(errors_fields=["record_id"])
    shown = [error["record_id"] for error in client.get("/push/_errors").json()]
    assert shown == [f"p-{number}" for number in range(119, 19, -1)]


@pytest.mark.parametrize("key", ["", "staging-keys", "STAGING-KEY", "clé"])
@pytest.mark.parametrize("path", ["/push", "/push/_errors", "/products", "/nowhere"])
def test_a_bad_key_gets_403(emulator: RunningEmulator, key: str, path: str, query: Query) -> None:
    method = "POST" if path == "/push" else "GET"
    headers = {b"X-Ometria-Auth": key.encode("latin-1")}
    answer = httpx.request(method, f"{emulator.base_url}{path}", headers=headers)
    assert answer.status_code == 403
    assert answer.json()["status"] == "ERROR"
    assert query("SELECT account, status FROM request") == [(None, 403)]


def test_a_request_without_the_header_gets_403(emulator: RunningEmulator) -> None:
    assert httpx.post(f"{emulator.base_url}/push", json=[product()]).status_code == 403


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "not a JSON array"),
        ("{}", "not a JSON array"),
        ('"product"', "not a JSON array"),
        ('[{"@type":"product","id":"1"}', "not a JSON array"),
        ('[{"@type":"product","id":"1"},]', "not a JSON array"),
        ('[{"@type":"product","id":"1"} {}]', "not a JSON array"),
        ('[{"@type":"product","id":"1"}] []', "not a JSON array"),
        ('[{"@type":"product","id":"1","price":NaN}]', "not a JSON array"),
        ('[{"@type":"product","id":"1","price":1e999}]', "not a JSON array"),
        ('[{"@type":"product","id":"\\ud800"}]', "not a JSON array"),
        (b'[{"@type":"product","id":"\xe9"}]', "not a JSON array"),
        (b"\xef\xbb\xbf[]", "not a JSON array"),
        ("[" * 100_000, "not a JSON array"),
        ("[]", "0 records"),
        ("[1]", "not an object"),
        ("[[]]", "not an object"),
        ('[{"id":"1"}]', "@type is missing"),
        ('[{"@type":"basket","id":"1"}]', "@type is missing or not known"),
        ('[{"@type":["product"],"id":"1"}]', "@type is missing or not known"),
        ('[{"@type":"product","id":"1"},{"@type":"order","id":"1"}]', "more than one @type"),
        ("[1" + ",1" * 100 + "]", "101 records"),
    ],
)
def test_a_body_that_is_no_push_is_refused_whole(
    client: httpx.Client, body: str | bytes, reason: str, query: Query
) -> None:
    answer = send(client, body)
    assert answer.status_code == 400
    assert reason in answer.json()["message"]
    assert query("SELECT COUNT(*) FROM receipt") == [(0,)]
    [(status, kept_reason)] = query("SELECT status, reason FROM request")
    assert (status, kept_reason) == (400, answer.json()["message"])


def test_100_records_are_accepted_and_101_are_not(client: httpx.Client) -> None:
    records = [product(number) for number in range(101)]
    assert client.post("/push", json=records[:100]).json()["accepted"] == 100
    assert client.post("/push", json=records).status_code == 400


def test_a_record_has_60000_bytes_at_most(client: httpx.Client) -> None:
    assert client.post("/push", json=[product(), of_size(60_000)]).status_code == 202
    answer = client.post("/push", json=[product(), of_size(60_001)])
    assert answer.status_code == 400
    assert answer.json()["message"] == "Payload invalid: Record is too large"


def test_a_body_that_no_100_records_can_fill_is_refused(client: httpx.Client) -> None:
    assert send(client, b" " * 10_000_001).status_code == 413


def test_another_content_type_is_refused(client: httpx.Client) -> None:
    assert client.post("/push", data={"a": "1"}).status_code == 415
    typed = {"Content-Type": "application/json; charset=utf-8"}
    body = json.dumps([product()])
    assert client.post("/push", content=body, headers=typed).status_code == 202


def test_records_are_kept_to_the_byte_in_order_of_arrival(
    client: httpx.Client, query: Query
) -> None:
    first = '{ "@type":"product",\n"id":"é\\u00e9", "title":"\\ud83d\\ude00", "price":1.10 }'
    second = '{"@type":"product","id":7.5}'
    answer = send(client, f" [ {first} , {second}\n] ")
    assert answer.status_code == 202
    assert query("SELECT body, id, request FROM receipt ORDER BY number") == [
        (first.encode(), "éé", 1),
        (second.encode(), None, 1),
    ]


def test_a_path_or_method_that_the_api_does_not_have_is_answered_and_kept(
    client: httpx.Client, query: Query
) -> None:
    assert client.get("/baskets").status_code == 404
    assert client.get("/push").status_code == 405
    assert client.post("/products", json=[]).status_code == 405
    assert query("SELECT method, path, status FROM request ORDER BY number") == [
        ("GET", "/v2/baskets", 404),
        ("GET", "/v2/push", 405),
        ("POST", "/v2/products", 405),
    ]


def test_a_push_that_ends_in_its_middle_stores_nothing(
    emulator: RunningEmulator, query: Query
) -> None:
    url = httpx.URL(emulator.base_url)
    with socket.create_connection((url.host, url.port or 0)) as connection:
        connection.sendall(
            b"POST /v2/push HTTP/1.1\r\nHost: x\r\nX-Ometria-Auth: staging-key\r\n"
            b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n[{"
        )
        time.sleep(0.1)
    for _ in range(200):
        rows = query("SELECT account, status, records FROM request")
        if rows:
            break
        time.sleep(0.02)
    assert rows == [("staging", 408, 0)]
