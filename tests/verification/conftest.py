from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator, Settings, running
from tests.verification.shop import PushedShop, Pushes

MakeShop = Callable[..., PushedShop]


@pytest.fixture(scope="module")
def shop_emulator() -> Iterator[RunningEmulator]:
    settings = Settings(rate=100_000, read_rate=100_000, queue=1_000_000, drain=1_000_000)
    with running(settings) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def pushes(shop_emulator: RunningEmulator, tmp_path_factory: pytest.TempPathFactory) -> Pushes:
    return Pushes(shop_emulator, tmp_path_factory.mktemp("pushed"))


@pytest.fixture
def push_shop(pushes: Pushes, tmp_path: Path) -> Iterator[MakeShop]:
    """Pushes files to an account that holds nothing else."""
    yield lambda *files, **wishes: pushes.push(tmp_path, *files, **wishes)
    pushes.emulator.heal()
    pushes.emulator.set_traits()
