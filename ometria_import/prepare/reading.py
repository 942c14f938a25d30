"""Reading one source to its end: chunks are prepared in parallel and returned in order."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeGuard

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.errors import OmetriaImportError, ignoring
from ometria_import.prepare.chunks.chunks import PreparedChunk
from ometria_import.prepare.chunks.reported import RejectRows
from ometria_import.prepare.chunks.source_reading import SourceReading
from ometria_import.prepare.chunks.together import PreparedTogether, prepare_together
from ometria_import.prepare.columns.by_file import NotTogetherError
from ometria_import.prepare.events import PrepareListener, SourceProgress
from ometria_import.prepare.inputs.opened import (
    Input,
    ItemInput,
    ObjectInput,
    TableInput,
    join_of,
)
from ometria_import.prepare.rows.fates import Fate, RowFates
from ometria_import.prepare.rows.row_groups import KeysOf
from ometria_import.prepare.spill.joining import Join
from ometria_import.prepare.spill.row_spill import RowSpill
from ometria_import.problems import Problem
from ometria_import.problems.catalogue import REPEATED_HEADER
from ometria_import.processors import WORKERS, in_order
from ometria_import.schema import ObjectType
from ometria_import.sources import TableSource
from ometria_import.sources.arrays import Table, Texts

_CHUNKS_AHEAD = WORKERS + 1
_BUNDLE_BYTES = 1024 * 1024
"""How much of small files is prepared together, so that a problem in one holds up few others."""
_POOL_VARIABLE = "ARROW_DEFAULT_MEMORY_POOL"
"""Source: https://arrow.apache.org/docs/cpp/env_vars.html"""
_NEW_CONTAINERS = 200_000
"""How many more objects are made than freed before the garbage collector looks at them."""


@contextmanager
def memory_given_back() -> Iterator[None]:
    """Let Arrow take its memory from jemalloc, where there is one.

    It takes a quarter less than Arrow's own choice, which keeps more of what each thread freed.
    A choice that the user made in Arrow's environment variable stays.
    """
    before = pa.default_memory_pool()
    if _POOL_VARIABLE not in os.environ:
        with suppress(NotImplementedError):
            pa.set_memory_pool(pa.jemalloc_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


@contextmanager
def collected_rarely() -> Iterator[None]:
    """Let the garbage collector look for cycles less often, and not in what is there already.

    What preparing makes by the thousand, such as decoded objects, values and problems, is in no
    cycle. It is freed as soon as nothing refers to it, and looking through it over and over took
    a fifth of the time that it takes to merge contacts.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_NEW_CONTAINERS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class Reader:
    """Reads the sources of one input; a context manager that owns the temporary files."""

    def __init__(
        self,
        inputs: Sequence[Input],
        pool: Executor,
        folder: Path,
        on_event: PrepareListener,
        *,
        looks_first: bool = False,
    ) -> None:
        """Set up the reading.

        Args:
            inputs: The sources.
            pool: The threads that prepare chunks.
            folder: The folder for temporary files.
            on_event: Receives the progress of each source.
            looks_first: Whether to find out before anything is prepared if the rows of all records
                stand together.
        """
        self.inputs = inputs
        self._pool = pool
        self._folder = folder
        self._on_event = on_event
        self.problems: Mapping[str, int] = {}
        """What was found so far, by code."""
        self._items = [
            number for number, each in enumerate(inputs, 1) if isinstance(each, ItemInput)
        ]
        self._joins: dict[tuple[ObjectType, str], Join] = {}
        self._stack = ExitStack()
        self.rows = {
            number: SourceReading(
                folder,
                partial(self.tell, number),
                partial(self._join, join_of(each)),
                looks_first,
            )
            for number, each in enumerate(inputs, 1)
        }
        """The readings by source number."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def chunks(self, number: int) -> Iterator[PreparedChunk]:
        """The prepared chunks of a source, prepared in parallel and returned in order.

        Raises:
            KeyReturnsError: a row belongs to a record that was already prepared. No chunk can be
                used then, nor those of other sources that they were compared with.
        """
        each = self.inputs[number - 1]
        prepare: Callable[[Any], PreparedChunk] = each.prepare
        tasks = (partial(prepare, unit) for unit in each.units(self.rows[number]))
        yield from in_order(self._pool, tasks, _CHUNKS_AHEAD)

    def bundles(self) -> Iterator[list[int]]:
        """All sources in their order; small neighbours that are read alike come together."""
        bundle: list[int] = []
        size = 0
        for number, each in enumerate(self.inputs, 1):
            first = self.inputs[bundle[0] - 1] if bundle else None
            fits = size + each.source.size_bytes <= _BUNDLE_BYTES and _are_alike(first, each)
            if bundle and not fits:
                yield bundle
                bundle, size = [], 0
            bundle.append(number)
            size += each.source.size_bytes
        if bundle:
            yield bundle

    def together(self, numbers: Sequence[int]) -> PreparedTogether | None:
        """Prepare several tables that are read alike; None if each has to be read alone.

        Whatever is wrong with one of them is found again, and reported, when it is read alone.
        """
        tables = [each for each in (self.inputs[n - 1] for n in numbers) if _is_small(each)]
        with ignoring(NotTogetherError, OmetriaImportError):
            pairs = zip(tables, numbers, strict=True)
            read = [list(each.units(self.rows[number])) for each, number in pairs]
            if all(len(chunks) == 1 for chunks in read):
                chunks = [chunk for (chunk,) in read]
                return prepare_together(chunks, [each.preparer for each in tables])
        for each, number in zip(tables, numbers, strict=True):
            self.rows[number].start_over()
            each.preparer.rules.start_over()
        return None

    def taken_rows(self, number: int) -> list[RowFates]:
        """The rows of a source that are part of no record, and were found since the last call.

        Must be called before `noticed`, which takes the notices about some of them.
        """
        rows = self.rows[number]
        taken, rows.dropped.fates = rows.dropped.fates, []
        notices = [each for each in rows.notices if each.finding.cause == REPEATED_HEADER]
        if notices:
            lines = np.array([each.row for each in notices])
            taken.append(RowFates.of(Fate.HEADER, lines, None))
        return taken

    def noticed(self, number: int) -> Iterator[Problem]:
        """The notices about rows read since the last call."""
        each, rows = self.inputs[number - 1], self.rows[number]
        taken, rows.notices = [*rows.notices, *rows.dropped.notices], []
        rows.dropped.notices = []
        for notice in taken:
            yield notice.problem(each.paths[notice.file], str(each.object_type))

    def tell(self, number: int) -> None:
        """Report the progress of a source."""
        rows = self.rows[number]
        found = dict(self.problems)
        self._on_event(SourceProgress(number, rows.bytes_read, rows.count, rows.rejected, found))

    def rejects(
        self, number: int, rejects: Sequence[RejectRows]
    ) -> Iterator[tuple[int, list[RejectRows]]]:
        """The rejects of a source, by the number of the source that contains their rows."""
        by_file: dict[int, list[RejectRows]] = {}
        for reject in rejects:
            by_file.setdefault(reject.file, []).append(reject)
        files = self.files(number)
        yield from ((files[file], rows) for file, rows in by_file.items())

    def file_of(self, number: int, file: int) -> int:
        """The number of the source that holds a file of a source."""
        return self.files(number)[file]

    def files(self, number: int) -> list[int]:
        """The numbers of the sources that a table is joined from, its own first."""
        own = join_of(self.inputs[number - 1])
        return [number, *(other for other in self._items if join_of(self.inputs[other - 1]) == own)]

    def _join(self, of: tuple[ObjectType, str]) -> Join:
        """The join of tables and the item tables that go with them; read on the first call."""
        if of in self._joins:
            return self._joins[of]
        own = [
            (number, each)
            for number, each in enumerate(self.inputs, 1)
            if join_of(each) == of and not isinstance(each, ObjectInput)
        ]
        owners = [each for _, each in own if isinstance(each, TableInput)]
        ignores_case = any(each.mapping.file.ignores_case for each in owners)
        filled: dict[type, list[tuple[TableSource, RowSpill]]] = {TableInput: [], ItemInput: []}
        for number, each in own:
            spill = RowSpill(self._folder, each.header, number)
            self._stack.callback(spill.close)
            keys_of: KeysOf = each.mapping.record_keys
            if ignores_case:
                keys_of = partial(_in_lower_case, keys_of)
            noting = [each] if isinstance(each, TableInput) else owners
            each.spill(self.rows[number], keys_of, spill, noting)
            filled[type(each)].append((each.source, spill))
        self._joins[of] = Join(filled[TableInput], filled[ItemInput])
        return self._joins[of]


def _is_small(each: Input) -> TypeGuard[TableInput]:
    return isinstance(each, TableInput) and each.may_be_prepared_with_others


def _are_alike(first: Input | None, each: Input) -> bool:
    return first is not None and _is_small(first) and _is_small(each) and first.is_like(each)


def _in_lower_case(keys_of: KeysOf, table: Table) -> Texts | None:
    keys = keys_of(table)
    return None if keys is None else pc.utf8_lower(keys)
