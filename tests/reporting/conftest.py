from __future__ import annotations

from tests.cli.conftest import emulator, errors_with_ids, shop

__all__ = ["emulator", "errors_with_ids", "shop"]
