"""What a table that is no Struct is refused for: line, key, what is expected, what is near."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest

from ometria_import.toml import (
    MAX_BYTES,
    ContradictionError,
    TomlError,
    load_table,
    parse_table,
    read_struct,
)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Wheel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    inches: Annotated[int, msgspec.Meta(ge=1, le=2_000, description="Count the spokes.")]
    colour: Colour = Colour.RED
    spare: bool = False


class Car(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    wheels: tuple[Wheel, ...] = ()
    seats: str | tuple[str, ...] = ()
    trailer: Wheel | None = None
    owner: Literal["me", "you"] = "me"
    speeds: dict[str, Annotated[float, msgspec.Meta(gt=0)]] = {}

    def __post_init__(self) -> None:
        if self.trailer and not self.wheels:
            raise ContradictionError("a trailer needs wheels", "trailer", hint="Add wheels.")


WHEEL = "in [[wheels]] number 2"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "a.toml:1: 'name' is missing", ""),
        (
            "\nnam = 'x'",
            "a.toml:2: unknown key 'nam' (did you mean 'name'?)",
            "Known here: ",
        ),
        ("name = 8", "a.toml:1: 'name' must be a text in quotes, not 8", ""),
        ("name = 'x'\nseats = [1]", ":2: 'seats' must be a text in quotes or a list of texts", ""),
        (
            "name = 'x'\nowner = 'yu'",
            "'owner' cannot be 'yu' (did you mean 'you'?)",
            "It must be me or",
        ),
        (
            "name = 'x'\n[[wheels]]\ninches = 8\n\n[[wheels]]\ninches = 3_000",
            f":6: 'inches' {WHEEL} must be a whole number from 1 to 2,000, not 3000",
            "Count the spokes.",
        ),
        (
            "name = 'x'\nwheels = [{ inches = 1 }, { inches = 1, colour = 'blu' }]",
            f":2: 'colour' cannot be 'blu' {WHEEL} (did you mean 'blue'?)",
            "It must be red or blue.",
        ),
        ("name = 'x'\nwheels = 3", ":2: 'wheels' must be a list of tables", "Write [[wheels]] on"),
        ("name = 'x'\ntrailer = true", ":2: 'trailer' must be a table, not true", "[trailer]"),
        ("name = 'x'\n[trailer]\nspare = true", ":2: 'inches' is missing in [trailer]", ""),
        ("name = 'x'\n[trailer]\ninches = 2", ":2: a trailer needs wheels", "Add wheels."),
        (
            "name = 'x'\n[speeds]\nlow = 1\nup = 0",
            ":4: 'up' in [speeds] must be a number above 0",
            "",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(text: str, message: str, hint: str) -> None:
    with pytest.raises(TomlError) as caught:
        read_struct(parse_table(text, "a.toml", "the car"), Car)
    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_values_that_may_be_secrets_are_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("name = 'x'\n[speeds]\nlow = 'KEY'\n")
    with pytest.raises(TomlError) as caught:
        read_struct(load_table(path, "the car", private="speeds"), Car)
    assert str(caught.value) == f"{path}:3: 'low' in [speeds] must be a number above 0"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"#" * (MAX_BYTES + 1), "far too large"),
        (b"a = 1\n# caf\xe9", ":2: the car cannot be read: it is not UTF-8"),
        (b"a = 1\nb = ", ":2: the car is not TOML: "),
        (b"a = " + b"[" * 50_000, "the car is nested far too deep"),
        (b"\na" + b".a" * 50_000 + b" = 1", ":2: the car is nested far too deep"),
        (b"\na = 1" + b"0" * 5_000, ":2: the car holds a number of far too many digits"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with pytest.raises(TomlError) as caught:
        load_table(path, "the car")
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TomlError, match="the car cannot be read: No such file"):
        load_table(tmp_path / "nowhere.toml", "the car")
