from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ometria_import.emulator import ALL_ERRORS_FIELDS, RunningEmulator, Settings, running
from tests.promotion.staging import Staging


@pytest.fixture(scope="module")
def one_emulator() -> Iterator[RunningEmulator]:
    settings = Settings(rate=10_000, read_rate=10_000, queue=1_000_000, drain=1_000_000)
    with running(settings) as emulator:
        emulator.set_traits(errors_fields=ALL_ERRORS_FIELDS)
        yield emulator


@pytest.fixture
def emulator(one_emulator: RunningEmulator) -> Iterator[RunningEmulator]:
    """An emulator without limits, shared by the tests of a module."""
    yield one_emulator
    one_emulator.heal()


@pytest.fixture
def staging(
    emulator: RunningEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Staging:
    """A shop that has pushed nothing yet."""
    return Staging(emulator, tmp_path, monkeypatch, capsys)
