"""Sources that are made of several others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ometria_import.mapping.expressions.model import Expression, Has


@dataclass(frozen=True, slots=True)
class Combined:
    """A source made of several others, which needs what they need."""

    parts: tuple[Expression, ...]

    def columns(self) -> Iterator[str]:
        """Those of all parts."""
        for each in self.parts:
            yield from each.columns()

    def lacking(self, has: Has) -> Iterator[str]:
        """What the parts lack."""
        for each in self.parts:
            yield from each.lacking(has)
