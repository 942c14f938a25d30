from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator, Settings, running
from tests.verification.shop import PushedShop, pushed

MakeShop = Callable[..., PushedShop]


@pytest.fixture(scope="module")
def shop_emulator() -> Iterator[RunningEmulator]:
    settings = Settings(rate=100_000, read_rate=100_000, queue=1_000_000, drain=1_000_000)
    with running(settings) as emulator:
        yield emulator


@pytest.fixture
def push_shop(shop_emulator: RunningEmulator, tmp_path: Path) -> Iterator[MakeShop]:
    """Pushes files to an account that holds nothing else."""
    yield lambda *files: pushed(shop_emulator, tmp_path, *files)
    shop_emulator.heal()
    shop_emulator.set_traits()
