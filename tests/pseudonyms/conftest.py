from __future__ import annotations

from tests.cli.conftest import emulator, shop

__all__ = ["emulator", "shop"]
