from __future__ import annotations

from tests.cli.conftest import shop

__all__ = ["shop"]
