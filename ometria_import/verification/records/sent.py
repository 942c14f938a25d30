"""The records of a package as they were sent, wherever they stand in it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from ometria_import.package import Package
from ometria_import.package.bodies import records_of
from ometria_import.problems import Origin

_BATCHES_AT_HAND = 64
"""An account lists records about in the order in which they came, so few batches are read twice."""
_RECORD = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class _Opened:
    records: list[bytes]
    origins: list[tuple[int, int]]


class SentRecords:
    """Reads records of a package by batch and position; memory does not grow with the package."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._paths = {source.number: source.path for source in package.sources()}
        self._opened: OrderedDict[int, _Opened] = OrderedDict()

    def body(self, batch: int, position: int) -> bytes:
        """A record as JSON, to the byte."""
        return self._batch(batch).records[position]

    def record(self, batch: int, position: int) -> dict[str, Any]:
        """A record with exact numbers."""
        return _RECORD.decode(self.body(batch, position))

    def origin(self, batch: int, position: int) -> Origin:
        """Where a record came from."""
        source, line = self._batch(batch).origins[position]
        return Origin(self._paths.get(source, ""), line)

    def _batch(self, number: int) -> _Opened:
        opened = self._opened.get(number)
        if opened is None:
            records = records_of(self._package.batch(number))
            opened = self._opened[number] = _Opened(records, self._package.origins(number))
            if len(self._opened) > _BATCHES_AT_HAND:
                self._opened.popitem(last=False)
        else:
            self._opened.move_to_end(number)
        return opened
