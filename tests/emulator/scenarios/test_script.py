"""Which faults a request meets: conditions, chance and order, without a socket."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.emulator import parse_scenario
from ometria_import.emulator.scenarios.faults import Endpoint
from ometria_import.emulator.scenarios.script import Script
from tests.emulator.scenarios.scenarios import fault


def script(text: str, now: list[float] | None = None) -> Script:
    times = now or [0.0]
    return Script(parse_scenario(text), lambda: times[0])


def meetings(played: Script, count: int, body: bytes = b"[]") -> list[int]:
    """The numbers, from 1, of the pushes that meet anything."""
    return [
        number
        for number in range(1, count + 1)
        if played.meet(Endpoint.PUSH, "staging", body).faults
    ]


@pytest.mark.parametrize(
    ("conditions", "numbers"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"request": 3}, [3]),
        ({"request": [2, 9]}, [2, 9]),
        ({"from_request": 7}, [7, 8, 9]),
        ({"from_request": 4, "to_request": 6}, [4, 5, 6]),
        ({"every": 4}, [4, 8]),
        ({"every": 2, "from_request": 3, "times": 2}, [4, 6]),
        ({"times": 1}, [1]),
        ({"probability": 0}, []),
        ({"account": "live"}, []),
        ({"on": "errors"}, []),
        ({"on": "any", "to_request": 1}, [1]),
    ],
)
def test_conditions_narrow_what_a_fault_applies_to(
    conditions: dict[str, Any], numbers: list[int]
) -> None:
    assert meetings(script(fault("answer", status=503, **conditions)), 9) == numbers


def test_numbers_count_the_requests_that_meet_the_other_conditions() -> None:
    played = script(fault("answer", record_id="b", request=2))
    bodies = [b'[{"id":"a"}]', b'[{"id":"b"}]', b'[{"id":"a"},{"id":"b"}]', b'[{"id":"b"}]']
    met = [bool(played.meet(Endpoint.PUSH, "staging", body).faults) for body in bodies]
    assert met == [False, False, True, False]


@given(st.binary(max_size=30))
def test_a_body_of_any_bytes_is_looked_into_without_harm(body: bytes) -> None:
    assert not script(fault("answer", record_id="b")).meet(Endpoint.PUSH, None, body).faults


def test_a_span_is_that_of_the_clock_and_ends_before_its_end() -> None:
    now = [100.0]
    played = script(fault("answer", from_s=5, until_s=10), now)
    met = []
    for now[0] in (104.9, 105.0, 109.9, 110.0):
        met += [bool(played.meet(Endpoint.PUSH, "staging", b"[]").faults)]
    assert met == [False, True, True, False]


def test_the_first_that_decides_the_answer_wins_and_others_join_it() -> None:
    text = fault("latency", seconds=2) + fault("reset", every=2) + fault("answer", times=1)
    played = script(text + fault("latency", seconds=1))
    labels = [played.meet(Endpoint.PUSH, "staging", b"[]").labels for _ in range(3)]
    assert labels == [
        ("latency 1", "answer 3", "latency 4"),
        ("latency 1", "reset 2", "latency 4"),
        ("latency 1", "latency 4"),
    ]


@given(st.integers(), st.floats(0, 1), st.integers(1, 60))
def test_the_same_seed_brings_the_same_luck(seed: int, probability: float, count: int) -> None:
    text = f"seed = {seed % 2**63}\n" + fault("answer", probability=probability)
    assert meetings(script(text), count) == meetings(script(text), count)


def test_a_fault_more_does_not_change_the_luck_of_those_before() -> None:
    text = "seed = 7\n" + fault("answer", probability=0.5)
    with_another = script(text + fault("latency", probability=0.5))
    met = [with_another.meet(Endpoint.PUSH, None, b"[]").labels for _ in range(50)]
    numbers = [number for number, labels in enumerate(met, start=1) if "answer 1" in labels]
    assert numbers == meetings(script(text), 50)
    assert 10 < len(numbers) < 40


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({}, "abcdef"),
        ({"every_record": 3}, "cf"),
        ({"record_id": ["b", "e"]}, "be"),
        ({"record_text": '"id": "d"'}, "d"),
        ({"times": 2}, "ab"),
        ({"share": 0}, ""),
        ({"record_id": ["a", "b", "c"], "every_record": 2}, "b"),
    ],
)
def test_late_refusals_choose_among_the_records_of_a_push(fields: dict[str, Any], due: str) -> None:
    played = script(fault("late_refusal", **fields))
    bodies = {each: f'{{"id": "{each}"}}'.encode() for each in "abcdef"}
    met = played.meet(Endpoint.PUSH, "staging", b"[" + b",".join(bodies.values()) + b"]")
    assert [each for each, body in bodies.items() if played.late_refusal(met, each, body)] == list(
        due
    )


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        ({}, [True, True, True]),
        ({"from_s": 5}, [False, True, True]),
        ({"from_s": 5, "for_s": 10}, [False, True, False]),
        ({"from_s": 5, "until_s": 12}, [False, True, False]),
    ],
)
def test_a_state_that_needs_no_request_goes_by_the_clock(
    fields: dict[str, Any], held: list[bool]
) -> None:
    now = [0.0]
    played = script(fault("revoke_key", **fields), now)
    seen = []
    for now[0] in (0.0, 10.0, 20.0):
        played.meet(Endpoint.PUSH, "staging", b"[]")
        seen.append(bool(played.spells()))
    assert seen == held


def test_a_state_that_a_request_begins_lasts_and_can_begin_again() -> None:
    now = [0.0]
    played = script(fault("limits", rate=1, every=2, for_s=3), now)
    held = []
    for now[0] in (0.0, 1.0, 3.9, 4.1):
        played.meet(Endpoint.PUSH, "staging", b"[]") if now[0] < 2 else None
        held.append(bool(played.spells()))
    assert held == [False, True, True, False]
    played.meet(Endpoint.PUSH, "staging", b"[]")
    played.meet(Endpoint.PUSH, "staging", b"[]")
    assert played.spells()
