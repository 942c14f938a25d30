from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator, Settings, running
from tests.cli.program import Shop


@pytest.fixture(scope="module")
def one_emulator() -> Iterator[RunningEmulator]:
    settings = Settings(rate=10_000, read_rate=10_000, queue=1_000_000, drain=1_000_000)
    with running(settings) as emulator:
        yield emulator


@pytest.fixture
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shop:
    return Shop(tmp_path, monkeypatch, capsys)


@pytest.fixture
def emulator(shop: Shop, one_emulator: RunningEmulator) -> Iterator[RunningEmulator]:
    """An account without limits, whose people are of one test each: names begin with its own."""
    shop.send_to(one_emulator.base_url)
    yield one_emulator
    one_emulator.heal()
