from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ometria_import.emulator import ALL_ERRORS_FIELDS, RunningEmulator, Settings, running
from tests.cli.program import Shop


@pytest.fixture
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shop:
    return Shop(tmp_path, monkeypatch, capsys)


@pytest.fixture
def emulator(shop: Shop) -> Iterator[RunningEmulator]:
    """An emulator without limits, to which both accounts of the shop go."""
    settings = Settings(rate=10_000, read_rate=10_000, queue=1_000_000, drain=1_000_000)
    with running(settings) as emulator:
        shop.send_to(emulator.base_url)
        yield emulator


@pytest.fixture
def errors_with_ids(emulator: RunningEmulator) -> None:
    """Let the list of errors name its records and requests, as some accounts' does."""
    emulator.set_traits(errors_fields=ALL_ERRORS_FIELDS)
