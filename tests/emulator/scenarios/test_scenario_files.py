"""Scenario files: what is refused, in words that lead to the place; and those that ship."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.cli.commands.emulator import emulator
from ometria_import.emulator import ScenarioError, Traits, parse_scenario, read_scenario
from ometria_import.emulator.scenarios.faults import KINDS
from ometria_import.errors import UsageError

SHIPPED = sorted((Path(__file__).parents[3] / "docs" / "scenarios").glob("*.toml"))
PAGE = Path(__file__).parents[3] / "docs" / "emulator.md"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_scenarios_that_ship_can_be_read_and_are_described(path: Path) -> None:
    scenario = read_scenario(path)
    assert scenario.name == path.stem.replace("bad", "a bad").replace("-", " ")
    assert scenario.fault
    assert path.name in PAGE.read_text("utf-8")


def test_every_fault_and_field_is_in_the_documentation() -> None:
    page = PAGE.read_text("utf-8")
    missing = [
        f"{word}: {field}"
        for word, kind in KINDS.items()
        for field in ("do", *kind.__struct_fields__)
        if f"`{word}`" not in page or f"`{field}`" not in page
    ]
    missing += [trait for trait in Traits.__struct_fields__ if f"`{trait}`" not in page]
    assert missing == []


FIRST = "in [[fault]] number 1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "not TOML"),
        ("nam = 'x'", "night.toml:1: unknown key 'nam' (did you mean 'name'?)"),
        ("\nseed = 'x'", "night.toml:2: 'seed' must be a whole number, not 'x'"),
        ("fault = 3", "night.toml:1: 'fault' must be a list of tables, not 3"),
        ("[[fault]]\nstatus = 500", f"night.toml:1: 'do' is missing {FIRST}"),
        (
            "[[fault]]\ndo = 'anwser'",
            f":2: 'do' {FIRST} cannot be 'anwser' (did you mean 'answer'",
        ),
        ("[[fault]]\ndo = 7", f"'do' {FIRST} cannot be 7"),
        (
            "[[fault]]\ndo = 'reset'\n\n[[fault]]\ndo = 'answer'\nstaus = 500",
            ":6: unknown key 'staus' in [[fault]] number 2",
        ),
        ("[[fault]]\ndo = 'answer'\nstaus = 500", "did you mean 'status'?"),
        (
            "[[fault]]\ndo = 'answer'\nstatus = 42",
            f":3: 'status' {FIRST} must be a whole",
        ),
        ("[[fault]]\ndo = 'answer'\nstatus = '500'", "from 200 to 599, not '500'"),
        (
            "[[fault]]\ndo = 'reset'\nmoment = 'never'",
            f":3: 'moment' cannot be 'never' {FIRST}. It must be head, body or",
        ),
        ("[[fault]]\ndo = 'reset'\non = 'pull'", f":3: 'on' cannot be 'pull' {FIRST}"),
        (
            "[[fault]]\ndo = 'reset'\nprobability = 2",
            f":3: 'probability' {FIRST} must be a number from 0 to 1",
        ),
        ("[[fault]]\ndo = 'reset'\nrequest = 0", f":3: 'request' {FIRST} must be"),
        (
            "[[fault]]\ndo = 'reset'\nrequest = [1, 0]",
            f":3: 'request' {FIRST} must be",
        ),
        ("[[fault]]\ndo = 'redirect'", f":1: 'to' is missing {FIRST}"),
        (
            "[[fault]]\ndo = 'reset'\nfrom_s = 5\nuntil_s = 5",
            ":4: until_s must be greater than from_s",
        ),
        (
            "[[fault]]\ndo = 'reset'\nfrom_s = nan",
            f"'from_s' {FIRST} must be a number from 0",
        ),
        (
            "[[fault]]\ndo = 'reset'\nfrom_request = 3\nto_request = 2",
            ":4: to_request must not be less",
        ),
        (
            "[[fault]]\ndo = 'close'\nmoment = 'head'\nrecord_id = 'a'",
            ':3: moment = "head" cannot be used',
        ),
        ("[[fault]]\ndo = 'latency'\nleast_s = 2\nmost_s = 1", "most_s must not be less"),
        ("[[fault]]\ndo = 'refuse'\nfor_s = 2\nuntil_s = 1", "for_s and until_s cannot be used"),
        ("[[fault]]\ndo = 'errors_feed'\non = 'push'", "on must be"),
        (
            "[[fault]]\ndo = 'no_reads'\npaths = ['carts']",
            f":3: 'paths' {FIRST} must be",
        ),
        (
            "[server]\nlower_email = true",
            ":2: unknown key 'lower_email' in [server] (did you mean 'lower_emails'",
        ),
        (
            "[server]\nzone = 'Z'",
            "cannot be 'Z' in [server]. It must be as_sent or offset.",
        ),
        (
            "[[fault]]\ndo = 'errors_feed'\ncopies = 1" + "0" * 30,
            f":3: 'copies' {FIRST} must be",
        ),
        *(
            (
                f"[[fault]]\ndo = '{do}'\n{field} = {number}",
                f":3: '{field}' {FIRST} must be",
            )
            for do, field in (
                ("answer", "retry_after_date_s"),
                ("answer", "byte_every_s"),
                ("latency", "seconds"),
                ("limits", "rate"),
                ("foreign_sender", "records_per_s"),
            )
            for number in ("1e308", "-1e308", "inf", "nan", "1" + "0" * 30)
        ),
        ("\nseed = 1" + "0" * 5_000, ":2: the scenario holds a number of far too many digits"),
        ("\nx" + ".x" * 100_000 + " = 1", ":2: the scenario is nested far too deep"),
        ("fault = " + "[" * 100_000, "nested far too deep"),
    ],
)
def test_a_bad_scenario_is_refused_with_the_place_and_a_suggestion(text: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "night.toml")
    assert str(caught.value).startswith("night.toml")
    assert says in str(caught.value)


@given(st.text(alphabet="[]=\"'\n#. dofaultnswer0123456789-_{},ÿ", max_size=80))
def test_any_text_is_a_scenario_or_is_refused_in_words(text: str) -> None:
    with contextlib.suppress(ScenarioError):
        parse_scenario(text)


@pytest.mark.parametrize("content", [b"\xff", b"x" * 1_000_001])
def test_a_file_that_is_no_text_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "night.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=r"night\.toml"):
        read_scenario(path)


def test_the_command_refuses_a_scenario_as_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read") as caught:
        emulator(port=0, scenario=tmp_path / "nowhere.toml")
    assert "docs/emulator.md" in caught.value.hint
