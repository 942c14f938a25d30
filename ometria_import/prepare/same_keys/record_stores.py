"""Storing all records on disk, by object type, until it is known which are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.prepare.inputs.opened import Input
from ometria_import.prepare.same_keys.same_keys import SharedKeyReport, SharedKeys
from ometria_import.prepare.spill.key_index import KeyIndex
from ometria_import.prepare.spill.spool import Spool
from ometria_import.problems import Problem
from ometria_import.schema import ObjectType


class RecordStores:
    """The records and their keys; shared keys are resolved once per object type."""

    def __init__(
        self,
        folder: Path,
        inputs: Sequence[Input],
        on_problems: Callable[[Iterator[Problem]], None],
        on_settled: Callable[[ObjectType, SharedKeys], None],
    ) -> None:
        """Start without records.

        Args:
            folder: The folder for temporary files.
            inputs: The sources, in the order of their numbers.
            on_problems: Receives the problems of records that share their key.
            on_settled: Receives the outcome for those records.
        """
        self._folder = folder
        self._inputs = inputs
        self._on_problems = on_problems
        self._on_settled = on_settled
        self._stack = ExitStack()
        self._indexes: dict[ObjectType, KeyIndex] = {}
        self.spools: dict[ObjectType, Spool] = {}
        self.settled: dict[ObjectType, SharedKeys] = {}
        """The outcomes for shared keys, by object types that were settled."""

    def close(self) -> None:
        """Remove the files."""
        self._stack.close()

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Add the next records of an object type."""
        if chunk.records is None:
            return
        object_type = source.object_type
        if object_type not in self._indexes:
            self._indexes[object_type] = KeyIndex(self._folder)
            self.spools[object_type] = Spool(self._folder, object_type)
            self._stack.callback(self._indexes[object_type].close)
            self._stack.callback(self.spools[object_type].close)
        self._indexes[object_type].add(
            chunk.keys, source.number, chunk.lines, chunk.row_counts, chunk.records.sizes
        )
        self.spools[object_type].add(chunk.records, source.number)

    def settle(self, object_type: ObjectType) -> SharedKeys | None:
        """Resolve the shared keys of an object type; all its records were added."""
        if object_type not in self.settled and object_type in self._indexes:
            index, spool = self._indexes[object_type], self.spools[object_type]
            report = SharedKeyReport(object_type, self._inputs, index, spool)
            self._on_problems(report.problems())
            self.settled[object_type] = report.found
            self._on_settled(object_type, report.found)
        return self.settled.get(object_type)

    def settle_all(self) -> None:
        """Settle every object type that has records."""
        for object_type in self._indexes:
            self.settle(object_type)
