"""The version of the package, for all that names it."""

from __future__ import annotations

__version__ = "0.1.0"
