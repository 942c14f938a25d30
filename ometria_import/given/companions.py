"""Contacts that have not changed and have their email in common with one that goes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from ometria_import.given.keys import NO_EMAIL, emails_of
from ometria_import.package import MAX_BATCH_RECORDS, Batch

_COMPANION = np.dtype([("batch", "<u4"), ("position", "<u1"), ("email", "<u8")])
"""A contact that has not changed; records of a batch are counted from 0."""
_AT_A_TIME = 65_536


class Companions:
    """Gathers them, once all contacts of a package were seen."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._going = array("Q")
        self._staying = 0

    def add(self, batch: Batch, mask: int) -> None:
        """Note the contacts of a batch, of which those of a mask go."""
        emails = np.array(emails_of(batch), np.uint64)
        bits = np.frombuffer(mask.to_bytes(MAX_BATCH_RECORDS // 8 + 1, "little"), np.uint8)
        goes = np.unpackbits(bits, bitorder="little")[: len(emails)].astype(bool)
        known = emails != NO_EMAIL
        self._going.frombytes(emails[goes & known].tobytes())
        places = np.flatnonzero(~goes & known)
        stays = np.empty(len(places), _COMPANION)
        stays["batch"], stays["position"], stays["email"] = batch.number, places, emails[places]
        self._staying += len(stays)
        self._file.write(stays.tobytes())

    def of_those_that_go(self) -> Iterator[tuple[int, int]]:
        """Batch and position of each."""
        if not (self._going and self._staying):
            return
        going = np.unique(np.frombuffer(self._going, np.uint64))
        self._file.seek(0)
        while data := self._file.read(_AT_A_TIME * _COMPANION.itemsize):
            some: Any = np.frombuffer(data, _COMPANION)
            at = np.searchsorted(going, some["email"]).clip(max=len(going) - 1)
            for each in some[going[at] == some["email"]]:
                yield int(each["batch"]), int(each["position"])
