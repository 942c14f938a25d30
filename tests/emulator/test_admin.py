"""The admin endpoint, over the same socket as the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ometria_import.emulator import RunningEmulator, read_scenario
from tests.emulator.scenarios.scenarios import fault, push, stored, wait_for

Query = Callable[[str], list[tuple[Any, ...]]]
SCENARIOS = Path(__file__).parents[2] / "docs" / "scenarios"


@pytest.fixture
def admin(emulator: RunningEmulator) -> Iterator[httpx.Client]:
    address = emulator.base_url.removesuffix("/v2") + "/_admin"
    with httpx.Client(base_url=address) as client:
        yield client


def test_a_scenario_is_played_and_stopped(admin: httpx.Client, client: httpx.Client) -> None:
    answer = admin.put("/scenario", content='name = "bad"\n' + fault("answer", status=503))
    assert (answer.status_code, answer.json()["scenario"]) == (200, "bad")
    assert [push(client).status_code for _ in range(2)] == [503, 503]
    [counts] = admin.get("/state").json()["faults"]
    assert counts == {
        "name": "answer 1",
        "do": "answer",
        "requests_seen": 2,
        "applied": 2,
        "records": 0,
    }
    assert admin.delete("/scenario").json()["faults"] == []
    assert push(client).status_code == 202


def test_a_bad_scenario_is_refused_and_the_one_before_goes_on(
    admin: httpx.Client, client: httpx.Client
) -> None:
    admin.put("/scenario", content=fault("answer", status=503))
    refused = admin.put("/scenario", content=fault("answr"))
    assert refused.status_code == 400
    assert "did you mean 'answer'?" in refused.json()["message"]
    assert push(client).status_code == 503


def test_limits_latency_and_keys_change_while_it_runs(
    admin: httpx.Client, client: httpx.Client
) -> None:
    state = admin.patch("/accounts/staging", json={"queue": 1, "drain": 0}).json()
    assert state["accounts"]["staging"]["queue"] == 1
    assert state["accounts"]["live"]["queue"] == 50_000
    assert push(client, "a", "b").status_code == 429
    admin.patch("/accounts/staging", json={"queue": 9, "is_revoked": True})
    assert push(client).status_code == 403
    admin.patch("/accounts/staging", json={"is_revoked": False, "drain": 1000.0})
    assert admin.patch("/settings", json={"latency": 0.2}).json()["latency"] == 0.2
    assert push(client).elapsed.total_seconds() >= 0.2


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/accounts/staging", b'{"rte": 4}', 400),
        ("/accounts/staging", b'{"rate": 0}', 400),
        ("/accounts/staging", b'{"queue": "many"}', 400),
        ("/accounts/staging", b"no JSON", 400),
        ("/accounts/test", b"{}", 404),
        ("/settings", b'{"latency": -1}', 400),
        ("/settings", b"{}", 400),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    path: str, content: bytes, status: int, admin: httpx.Client
) -> None:
    before = admin.get("/state").json()["accounts"]
    answer = admin.patch(path, content=content)
    assert (answer.status_code, answer.json()["status"]) == (status, "ERROR")
    assert admin.get("/state").json()["accounts"] == before


def test_its_requests_are_kept_nowhere_and_count_against_nothing(
    admin: httpx.Client, query: Query
) -> None:
    for _ in range(20):
        assert admin.get("/state").status_code == 200
    assert query("SELECT count(*) FROM request") == [(0,)]


@pytest.mark.parametrize("how", ["refused", "reset", "close"])
def test_it_ends_the_spell_that_keeps_connections_away(
    how: str, admin: httpx.Client, client: httpx.Client
) -> None:
    assert admin.put("/scenario", content=fault("refuse", how=how)).status_code == 200
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            push(client)
    assert admin.get("/state").json()["connections"] == how
    assert admin.delete("/scenario").json()["connections"] == "open"

    def is_back() -> bool:
        try:
            return push(client).status_code == 202
        except httpx.ConnectError:
            return False

    wait_for(is_back)


def test_a_bad_night_loses_nothing_that_is_sent_often_enough(
    emulator: RunningEmulator, client: httpx.Client, query: Query
) -> None:
    emulator.play(read_scenario(SCENARIOS / "bad-night.toml"))
    for number in range(40):

        def is_in(record_id: str = f"p-{number}") -> bool:
            try:
                return push(client, record_id).status_code == 202
            except httpx.TransportError:
                return False

        wait_for(is_in)
    emulator.wait_until_drained()
    assert set(stored(query)) == {f"p-{number}" for number in range(40)}
    met = {name for (names,) in query("SELECT faults FROM request WHERE faults IS NOT NULL")
           for name in names.split("; ")}  # fmt: skip
    assert {"gateway", "cut", "told to wait"} <= met
