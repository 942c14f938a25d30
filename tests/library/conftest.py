from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator, Settings, running


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with both keys in the environment, and nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMETRIA_STAGING_KEY", "staging-key")
    monkeypatch.setenv("OMETRIA_LIVE_KEY", "live-key")
    return tmp_path


@pytest.fixture
def emulator(work: Path) -> Iterator[RunningEmulator]:
    """An emulator without limits, to which both accounts go."""
    settings = Settings(rate=10_000, read_rate=10_000, queue=1_000_000, drain=1_000_000)
    with running(settings) as emulator:
        (work / "ometria-import.toml").write_text(
            "".join(
                f'[accounts.{name}]\nbase_url = "{emulator.base_url}"\nrate = 100\n'
                "wait_for_errors = 0\n"
                for name in ("staging", "live")
            )
        )
        yield emulator
