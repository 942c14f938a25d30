"""What each fault of a scenario does to a request, seen from the other end of the socket."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from ometria_import.emulator import RunningEmulator, Settings, parse_scenario, running
from tests.emulator.scenarios.scenarios import fault, is_listening, push, stored, wait_for

Connect = Callable[..., httpx.Client]
Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.mark.parametrize("status", [401, 403, 404, 407, 408, 418, 429, 500, 502, 503, 504, 400])
def test_a_status_instead_of_the_answer_stores_nothing(
    status: int, emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(fault("answer", status=status, request=2, name="the second"))
    assert [push(client, each).status_code for each in "abc"] == [202, status, 202]
    assert stored(query) == ["a", "c"]
    assert query("SELECT status, faults FROM request") == [
        (202, None),
        (status, "the second"),
        (202, None),
    ]


@pytest.mark.parametrize(
    ("fields", "said", "seconds"),
    [
        ({"retry_after": 3}, "3", 3.0),
        ({"retry_after": 1_000_000_000}, "1000000000", 1e9),
        ({"retry_after": "1e9"}, "1e9", None),
        ({"retry_after": -5}, "-5", None),
        ({"retry_after": "soon"}, "soon", None),
        ({}, None, None),
    ],
)
def test_retry_after_is_said_to_the_letter_and_kept(
    fields: dict[str, Any],
    said: str | None,
    seconds: float | None,
    emulator: RunningEmulator,
    client: httpx.Client,
    query: Query,
) -> None:
    emulator.play(fault("rate_limited", **fields))
    assert push(client).headers.get("Retry-After") == said
    assert query("SELECT status, retry_after, retry_after_s FROM request") == [(429, said, seconds)]


def test_retry_after_can_be_a_date(
    emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(fault("answer", status=503, retry_after_date_s=30))
    said = parsedate_to_datetime(push(client).headers["Retry-After"]).timestamp()
    assert 28 <= said - time.time() <= 30
    [(seconds,)] = query("SELECT retry_after_s FROM request")
    assert 28 <= seconds <= 30


def test_a_queue_is_full_only_in_words(emulator: RunningEmulator, client: httpx.Client) -> None:
    emulator.play(fault("queue_full", times=1))
    answer = push(client)
    assert (answer.status_code, answer.headers["X-QueueSize-Remaining"]) == (429, "0")
    assert push(client).status_code == 202


@pytest.mark.parametrize("do", ["reset", "close"])
@pytest.mark.parametrize("moment", ["head", "body", "processed"])
def test_a_connection_ends_at_a_moment(
    do: str, moment: str, emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(fault(do, moment=moment, times=1, name=moment))
    expected: type[Exception] = httpx.ReadError if do == "reset" else httpx.RemoteProtocolError
    if moment == "head":
        expected = httpx.TransportError  # it may still have been writing the body
    with pytest.raises(expected):
        push(client, "a")
    assert push(client, "b").status_code == 202
    assert stored(query) == (["a", "b"] if moment == "processed" else ["b"])
    rows = query("SELECT status, bytes > 0, request_id IS NOT NULL, faults FROM request")
    assert rows[0] == (0, moment != "head", moment == "processed", moment)
    assert rows[1] == (202, True, True, None)


def test_a_port_on_which_nothing_listens_for_a_while(
    fast: Settings, clock: Any, connect: Connect
) -> None:
    settings = dataclasses.replace(fast, clock=clock)
    with running(settings) as emulator:
        client = connect(emulator)
        assert push(client).status_code == 202
        emulator.play(fault("refuse", from_s=5, until_s=10))
        assert push(client).status_code == 202
        clock.now += 6
        wait_for(lambda: emulator.state()["connections"] == "refused")
        with pytest.raises(httpx.ConnectError):
            push(client)
        clock.now += 5
        wait_for(lambda: is_listening(emulator))
        assert push(client).status_code == 202


def test_a_port_on_which_nothing_listens_from_the_start(
    fast: Settings, clock: Any, connect: Connect
) -> None:
    scenario = parse_scenario(fault("refuse", for_s=10))
    with running(dataclasses.replace(fast, clock=clock, scenario=scenario)) as emulator:
        assert not is_listening(emulator)
        clock.now += 11
        wait_for(lambda: is_listening(emulator))
        assert push(connect(emulator)).status_code == 202


@pytest.mark.parametrize("how", ["refused", "reset", "close"])
def test_connections_end_from_a_request_on(
    how: str, emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(fault("refuse", how=how, request=2, for_s=0.3))
    assert push(client, "a").status_code == 202
    for _ in range(3):
        with pytest.raises(httpx.TransportError):
            push(client, "b")
    wait_for(lambda: emulator.state()["connections"] == "open" and is_listening(emulator))
    assert push(client, "c").status_code == 202
    assert stored(query) == ["a", "c"]


def test_late_refusals_come_minutes_after_ok(fast: Settings, clock: Any, connect: Connect) -> None:
    with running(dataclasses.replace(fast, clock=clock)) as emulator:
        client = connect(emulator)
        emulator.set_traits(errors_fields=["record_id"])
        emulator.play(fault("late_refusal", record_id="b", after_s=120, path="root > price"))
        assert push(client, "a", "b", "c").json()["accepted"] == 3
        clock.now += 119
        wait_for(lambda: emulator.state()["accounts"]["staging"]["late"] == 1)
        assert client.get("/push/_errors").json() == []
        clock.now += 2
        emulator.wait_until_drained()
        [error] = client.get("/push/_errors").json()
        assert (error["record_id"], error["error_path"]) == ("b", "root > price")
        assert [each["id"] for each in client.get("/products").json()] == ["a", "c"]


def test_a_revoked_key_is_refused_until_it_is_restored(
    emulator: RunningEmulator, client: httpx.Client, connect: Connect
) -> None:
    emulator.play(fault("revoke_key", request=3, account="staging"))
    assert [push(client).status_code for _ in range(4)] == [202, 202, 403, 403]
    assert client.get("/products").status_code == 403
    assert push(connect(emulator, "live-key")).status_code == 202
    emulator.heal()
    assert push(client).status_code == 202
    emulator.revoke_key()
    assert push(client).status_code == 403
    emulator.revoke_key(is_revoked=False)
    assert push(client).status_code == 202
