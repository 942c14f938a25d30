"""The push API on this machine: an independent reading of its documentation.

It imports nothing of the importer, so that it can catch it being wrong. Whatever goes beyond the
documentation stands in a docstring as an assumption. Needs the extra `emulator`.
"""

from __future__ import annotations

from ometria_import.emulator.errors import EmulatorError
from ometria_import.emulator.http.app import create_app
from ometria_import.emulator.http.server import RunningEmulator, running, serve
from ometria_import.emulator.limits import COUNTERS
from ometria_import.emulator.scenarios.scenario import (
    Scenario,
    ScenarioError,
    parse_scenario,
    read_scenario,
)
from ometria_import.emulator.settings import Settings
from ometria_import.emulator.traits import ALL_ERRORS_FIELDS, Traits, parse_traits

__all__ = [
    "ALL_ERRORS_FIELDS",
    "COUNTERS",
    "EmulatorError",
    "RunningEmulator",
    "Scenario",
    "ScenarioError",
    "Settings",
    "Traits",
    "create_app",
    "parse_scenario",
    "parse_traits",
    "read_scenario",
    "running",
    "serve",
]
