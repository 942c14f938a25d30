"""Answers that a scenario changes, and what it says of the queue and of the errors."""

from __future__ import annotations

import dataclasses
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ometria_import.emulator import ALL_ERRORS_FIELDS, RunningEmulator, Settings, running
from tests.emulator.scenarios.scenarios import fault, products, push, stored

Connect = Callable[..., httpx.Client]
Query = Callable[[str], list[tuple[Any, ...]]]


def test_200_instead_of_202_stores_all_the_same(
    emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(fault("answer", status=200))
    assert (push(client, "a").status_code, stored(query)) == (200, ["a"])


def test_a_500_can_come_after_the_work_is_done(
    emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(fault("answer", status=500, processed=True))
    assert (push(client, "a").status_code, stored(query)) == (500, ["a"])


def test_a_redirect_names_another_host(emulator: RunningEmulator, client: httpx.Client) -> None:
    emulator.play(fault("redirect", status=301, to="https://elsewhere.example.com/v2/push"))
    answer = push(client)
    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://elsewhere.example.com/v2/push"


@pytest.mark.parametrize(
    ("fields", "said", "kept"),
    [
        ({"accepted_less": 1}, {"accepted": 1, "rejected": 0}, ["a", "b"]),
        ({"drop": 1, "accepted_less": 1, "rejected": 1}, {"accepted": 1, "rejected": 1}, ["a"]),
        ({"drop": 2}, {"accepted": 2, "rejected": 0}, []),
        ({"skipped": 2, "accepted_less": 2}, {"accepted": 0, "skipped": 2}, ["a", "b"]),
        ({"says_status": "ERROR"}, {"status": "ERROR", "accepted": 2}, ["a", "b"]),
    ],
)
def test_counts_that_are_not_those_of_the_request(
    fields: dict[str, Any],
    said: dict[str, Any],
    kept: list[str],
    emulator: RunningEmulator,
    client: httpx.Client,
    query: Query,
) -> None:
    emulator.play(fault("answer", **fields))
    answer = push(client, "a", "b").json()
    assert {name: answer[name] for name in said} == said
    assert stored(query) == kept


@pytest.mark.parametrize(
    ("body", "begins"),
    [
        ("html", "<!DOCTYPE html>"),
        ("empty", ""),
        ("not_json", "{'status'"),
        ("wrong_shape", "[{"),
        ("escapes", '{"status":"OK"'),
        ("huge", '{"status":"OK"'),
    ],
)
def test_a_body_that_is_not_the_apis(
    body: str, begins: str, emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(fault("answer", body=body))
    answer = push(client, "a")
    assert answer.status_code == 202
    assert answer.text.startswith(begins)
    assert (len(answer.text) > 3_000_000) is (body == "huge")
    assert ("\\u001b[2J" in answer.text) is (body == "escapes")
    assert stored(query) == ["a"]


def test_a_body_and_headers_to_the_letter(emulator: RunningEmulator, client: httpx.Client) -> None:
    emulator.play('[[fault]]\ndo = "answer"\ntext = "no"\nheaders = {X-Odd = "\\u001b[31mred"}\n')
    answer = push(client)
    assert (answer.text, answer.headers["X-Odd"]) == ("no", "\x1b[31mred")


def test_gigantic_headers(emulator: RunningEmulator, client: httpx.Client) -> None:
    emulator.play(fault("answer", header_bytes=200_000))
    with pytest.raises(httpx.RemoteProtocolError):
        push(client)


def test_an_answer_that_is_cut(emulator: RunningEmulator, client: httpx.Client) -> None:
    emulator.play(fault("answer", cut_bytes=10, times=1))
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        push(client)
    assert push(client).status_code == 202


@pytest.mark.parametrize("fields", [{"byte_every_s": 0.004}, {"endless": True}])
def test_an_answer_that_takes_for_ever(
    fields: dict[str, Any], emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(fault("answer", times=1, **fields))
    began = time.monotonic()
    with client.stream("POST", "/push", json=products("a")) as answer:
        for _ in answer.iter_raw():
            if time.monotonic() - began > 0.3:
                break
        else:
            pytest.fail("it ended")
    assert stored(query) == ["a"]
    assert push(client, "b").status_code == 202


def test_latency_swings_between_two_bounds_and_is_kept(
    emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(fault("latency", least_s=0.01, most_s=0.05))
    for _ in range(5):
        began = time.monotonic()
        push(client)
        assert time.monotonic() - began >= 0.01
    waits = [wait for (wait,) in query("SELECT latency_s FROM request")]
    assert all(0.01 <= wait <= 0.05 for wait in waits)
    assert len(set(waits)) == 5


@pytest.mark.parametrize(
    ("fields", "limit", "remaining"),
    [
        ({"missing": True}, None, None),
        ({"remaining": "NaN"}, "50000", "NaN"),
        ({"limit": -1, "remaining": -5}, "-1", "-5"),
    ],
)
def test_queue_headers_that_lie(
    fields: dict[str, Any],
    limit: str | None,
    remaining: str | None,
    emulator: RunningEmulator,
    client: httpx.Client,
) -> None:
    emulator.play(fault("queue_headers", **fields))
    headers = push(client).headers
    assert headers.get("X-QueueSize-Limit") == limit
    assert headers.get("X-QueueSize-Remaining") == remaining


def test_limits_change_for_a_while(fast: Settings, clock: Any, connect: Connect) -> None:
    with running(dataclasses.replace(fast, clock=clock)) as emulator:
        client = connect(emulator)
        emulator.play(fault("limits", rate=2, queue=500, from_s=10, for_s=20))
        assert {push(client).status_code for _ in range(5)} == {202}
        clock.now += 15
        answers = [push(client) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [202, 202, 429, 429]
        assert answers[0].headers["X-QueueSize-Limit"] == "500"
        clock.now += 20
        assert {push(client).status_code for _ in range(5)} == {202}


def test_a_foreign_sender_eats_the_rate(fast: Settings, clock: Any, connect: Connect) -> None:
    with running(dataclasses.replace(fast, clock=clock, rate=4)) as emulator:
        client = connect(emulator)
        emulator.play(fault("foreign_sender", requests_per_s=2))
        taken = 0
        for _ in range(200):
            clock.now += 0.1
            taken += push(client).status_code == 202
        assert 36 <= taken <= 48  # half of 4 a second for 20 seconds, and the bucket at first


def test_a_foreign_sender_fills_the_queue(fast: Settings, clock: Any, connect: Connect) -> None:
    settings = dataclasses.replace(fast, clock=clock, queue=1_000, drain=0)
    with running(settings) as emulator:
        client = connect(emulator)
        emulator.play(fault("foreign_sender", account="staging", records_per_s=100))
        clock.now += 5
        assert push(client).headers["X-QueueSize-Remaining"] == "499"
        clock.now += 60
        full = push(client)
        assert (full.status_code, full.headers["X-QueueSize-Remaining"]) == (429, "0")
        emulator.heal()
        emulator.set_limits(drain=100_000)
        clock.now += 1
        emulator.wait_until_drained()
        assert push(client).headers["X-QueueSize-Remaining"] == "999"


def test_a_poisonous_record_has_its_request_refused_without_a_name(
    emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(fault("answer", status=422, record_id=["b", "x"], text="Unprocessable"))
    assert [push(client, *ids).status_code for ids in ("ab", "ac", "b")] == [422, 202, 422]
    assert stored(query) == ["a", "c"]
    emulator.play(fault("answer", status=413, record_text='"id":"c"'))
    assert [push(client, each).status_code for each in "abc"] == [202, 202, 413]


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({"order": "oldest_first"}, ["a", "b", "c"]),
        ({"copies": 2}, ["c", "c", "b", "b", "a", "a"]),
        ({"window": 2}, ["c", "b"]),
        ({"hide": ["record_id", "timestamp"]}, [None, None, None]),
        ({"hide": ["record_id"], "nulls": True}, [None, None, None]),
    ],
)
def test_errors_are_shown_in_another_way(
    fields: dict[str, Any],
    ids: list[str | None],
    emulator: RunningEmulator,
    client: httpx.Client,
) -> None:
    emulator.set_traits(errors_fields=ALL_ERRORS_FIELDS)
    emulator.play(fault("late_refusal", message="too dear") + fault("errors_feed", **fields))
    push(client, "a", "b", "c")
    emulator.wait_until_drained()
    errors = client.get("/push/_errors").json()
    assert [error.get("record_id") for error in errors] == ids
    assert {error["error_message"] for error in errors} == {"too dear"}
    assert all(("record_id" in error) is not ("timestamp" not in error) for error in errors) or (
        "nulls" in fields
    )


def test_errors_can_come_in_any_order(emulator: RunningEmulator, client: httpx.Client) -> None:
    emulator.set_traits(errors_fields=["record_id"])
    emulator.play(fault("late_refusal") + fault("errors_feed", order="shuffled"))
    ids = [f"p-{number}" for number in range(20)]
    push(client, *ids)
    emulator.wait_until_drained()
    shown = [error["record_id"] for error in client.get("/push/_errors").json()]
    assert sorted(shown) == sorted(ids)
    assert shown not in (ids, ids[::-1])


def test_foreign_errors_push_ours_out_of_the_window(
    emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.set_traits(errors_fields=["record_id"])
    emulator.play(fault("late_refusal", times=1) + fault("errors_feed", foreign=100, request=2))
    push(client, "a", "b")
    emulator.wait_until_drained()
    assert [each["record_id"] for each in client.get("/push/_errors").json()] == ["a"]
    assert {each["record_id"][:7] for each in client.get("/push/_errors").json()} == {"foreign"}
    assert query("SELECT count(*), count(receipt) FROM error") == [(101, 1)]


def test_the_errors_endpoint_fails_on_its_own(
    emulator: RunningEmulator, client: httpx.Client
) -> None:
    emulator.play(fault("answer", on="errors", status=500, request=[1, 3]))
    assert [client.get("/push/_errors").status_code for _ in range(3)] == [500, 200, 500]
    assert push(client).status_code == 202
    assert client.get("/products").status_code == 200


@pytest.mark.parametrize(("says", "is_same"), [("same", True), ("new", False)])
def test_a_second_answer_is_left_on_the_connection_which_hears_no_more(
    says: str,
    emulator: RunningEmulator,
    client: httpx.Client,
    query: Query,
    *,
    is_same: bool,
) -> None:
    emulator.play(fault("second_answer", request=1, request_id=says))
    first, second = push(client, "a", "b"), push(client, "c", "d")
    assert (second.status_code, second.json()["accepted"]) == (202, 2)
    assert (second.json()["request_id"] == first.json()["request_id"]) is is_same
    assert stored(query) == ["a", "b"]


def test_a_second_answer_before_the_next_request_is_there_when_that_is_sent(
    emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(fault("second_answer", request=1, after_s=0.02))
    push(client, "a")
    time.sleep(0.1)
    # httpx looks whether an idle connection has something to say, and opens another.
    assert push(client, "b").json()["accepted"] == 1
    assert stored(query) == ["a", "b"]


def test_a_second_answer_that_comes_late_is_the_next_requests(
    emulator: RunningEmulator, query: Query
) -> None:
    """As for whoever sends on a kept connection without looking."""
    emulator.play(fault("second_answer", request=1, after_s=0.2))
    url = httpx.URL(emulator.base_url)
    body = json.dumps(products("a"))
    text = (
        f"POST {url.path}/push HTTP/1.1\r\nHost: {url.host}\r\nX-Ometria-Auth: staging-key\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    with socket.create_connection((url.host, url.port or 0), timeout=5) as connection:
        answers = []
        for _ in range(2):
            connection.sendall(text.encode())
            answers.append(connection.recv(10_000))
    assert [answer[:12] for answer in answers] == [b"HTTP/1.1 202"] * 2
    assert stored(query) == ["a"]


def test_a_stale_answer_is_the_last_pushs_and_nothing_is_processed(
    emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(fault("stale_answer", to_request=2))
    first, second, third = (push(client, each).json() for each in ("a", "b", "c"))
    assert second == first
    assert third["request_id"] != first["request_id"]
    assert stored(query) == ["a", "c"]
    assert query("SELECT status, request_id IS NULL, faults FROM request ORDER BY number") == [
        (202, 0, "stale_answer 1"),
        (202, 1, "stale_answer 1"),
        (202, 0, None),
    ]
