"""Reads scenarios: a TOML file, or its text, that says what goes wrong and when."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ometria_import.emulator.errors import EmulatorError
from ometria_import.emulator.scenarios.faults import AnyFault
from ometria_import.emulator.traits import Traits
from ometria_import.toml import TomlError, load_table, parse_table, read_struct

_NAME = "the scenario"


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Faults in their order, the seed of all chance in them, and what server it is."""

    name: str = ""
    seed: int = 0
    server: Traits | None = None
    """How records are kept and shown while it is played; None for what the settings say."""
    fault: tuple[AnyFault, ...] = ()

    def label(self, position: int) -> str:
        """What the database calls a fault, by its place from 0."""
        fault = self.fault[position]
        return fault.name or f"{fault.__struct_config__.tag} {position + 1}"


class ScenarioError(EmulatorError):
    """A scenario that cannot be played; the message names the file, the line and the field."""


def read_scenario(path: Path) -> Scenario:
    """Read a scenario's file.

    Raises:
        ScenarioError: it cannot be read or makes no sense.
    """
    try:
        return read_struct(load_table(path, _NAME), Scenario)
    except TomlError as error:
        raise ScenarioError(_told(error)) from error


def parse_scenario(text: str, source: str = "scenario") -> Scenario:
    """Understand a scenario's text; `source` is what messages call it.

    Raises:
        ScenarioError: it makes no sense.
    """
    try:
        return read_struct(parse_table(text, source, _NAME), Scenario)
    except TomlError as error:
        raise ScenarioError(_told(error)) from error


def _told(error: TomlError) -> str:
    """The message with its hint: who plays a scenario sees one line."""
    return f"{error}. {error.hint}" if error.hint else str(error)
