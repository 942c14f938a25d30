"""What every test starts from: an environment without accounts or wishes about colours."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A busy machine is slow now and then; that is no fault of what is tested.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

_WISHES = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("OMETRIA_") or name in _WISHES:
            monkeypatch.delenv(name)
