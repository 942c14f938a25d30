"""Collecting data from the chunks of all sources, to report on it once all are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.prepare.cross_checks.collector import CrossChecks
from ometria_import.prepare.cross_checks.custom_fields import CustomFields
from ometria_import.prepare.cross_checks.guest_ids import FIELD as CUSTOMER_ID
from ometria_import.prepare.cross_checks.guest_ids import GuestIds
from ometria_import.prepare.cross_checks.model import CrossCheckReport
from ometria_import.prepare.cross_checks.overlapping_files import OverlappingFiles
from ometria_import.prepare.cross_checks.people import People
from ometria_import.prepare.inputs.opened import Input
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.outcome.holding_back import HeldBackOrders
from ometria_import.prepare.outcome.problem_lines import log_all, log_found
from ometria_import.prepare.outcome.row_ledger import RowLedger
from ometria_import.prepare.outcome.sorted_log import SortedLog
from ometria_import.prepare.outcome.tally import FixedRejects, Tally
from ometria_import.prepare.records.shared_columns import ContactColumns
from ometria_import.prepare.same_keys.outcomes import SharedKeys
from ometria_import.prepare.same_keys.reasons import Reasons
from ometria_import.prepare.same_keys.same_keys import SharedKeyReport
from ometria_import.prepare.spill.key_index import KeyIndex
from ometria_import.prepare.spill.spool import Spool
from ometria_import.problems import Located, Problem
from ometria_import.schema import ObjectType
from ometria_import.sources.arrays import Rows


class RecordStores:
    """All records and their keys, on disk until it is known which records are sent.

    Shared keys are resolved once per object type.
    """

    def __init__(
        self,
        folder: Path,
        inputs: Sequence[Input],
        on_found: Callable[[ObjectType, Iterator[Located]], None],
        on_settled: Callable[[ObjectType, SharedKeys], None],
    ) -> None:
        """Start without records.

        Args:
            folder: The folder for temporary files.
            inputs: The sources, in the order of their numbers.
            on_found: Receives the problems of records that share their key; their file is that
                of the source before the next one, as sources are numbered from 1.
            on_settled: Receives the outcome for those records.
        """
        self._folder = folder
        self._inputs = inputs
        self._on_found = on_found
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
            joins = any(each.joins_by_email for each in self._inputs)
            self._indexes[object_type] = KeyIndex(self._folder, joins_by_email=joins)
            self.spools[object_type] = Spool(self._folder, object_type)
            self._stack.callback(self._indexes[object_type].close)
            self._stack.callback(self.spools[object_type].close)
        self._indexes[object_type].add(
            chunk.keys,
            source.numbers,
            chunk.lines,
            chunk.row_counts,
            chunk.records.sizes,
            chunk.marks,
            chunk.shared.emails if isinstance(chunk.shared, ContactColumns) else None,
        )
        self.spools[object_type].add(chunk.records, source.numbers)

    def settle(self, object_type: ObjectType) -> SharedKeys | None:
        """Resolve the shared keys of an object type; all its records were added."""
        if object_type not in self.settled and object_type in self._indexes:
            index, spool = self._indexes[object_type], self.spools[object_type]
            reasons = Reasons(self._folder)
            self._stack.callback(reasons.close)
            report = SharedKeyReport(object_type, self._inputs, index, spool, reasons)
            self._on_found(object_type, report.problems())
            self.settled[object_type] = report.found
            self._on_settled(object_type, report.found)
        return self.settled.get(object_type)

    def settle_all(self) -> None:
        """Settle every object type that has records."""
        for object_type in self._indexes:
            self.settle(object_type)


def kept_customer_ids(options: PrepareOptions) -> frozenset[str]:
    """The customer ids that the user declared to be real customers.

    Raises:
        UsageError: a word is given for a field that does not exist.
    """
    all_options = (options, *options.of_sources.values())
    kept = (each.null_words.kept.get(CUSTOMER_ID, frozenset()) for each in all_options)
    return frozenset[str]().union(*kept)


class Collector(Protocol):
    """Collects one kind of data from the chunks of all sources."""

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Add the next chunk; the chunks of a source come in the order of the file."""
        ...


class Telling(Collector, Protocol):
    """A collector that finds problems, once everything was added and settled."""

    def problems(self) -> Iterable[Problem]:
        """The problems found."""
        ...


class Settling(Protocol):
    """A collector whose data changes when records turn out to share their key with others."""

    def settle(self, object_type: ObjectType, found: SharedKeys) -> None:
        """Apply the outcome for records with shared keys; all records of the type were added."""
        ...


class Collectors:
    """The collectors of one input; each chunk is handed to them in a fixed order."""

    def __init__(
        self,
        inputs: Sequence[Input],
        options: PrepareOptions,
        kept_ids: frozenset[str],
        folder: Path,
        log: SortedLog,
        rows: RowLedger,
    ) -> None:
        """Create the collectors.

        Args:
            inputs: The sources, in the order of their numbers.
            options: The user's options for the sources.
            kept_ids: Customer ids that are real customers, whatever they look like.
            folder: The folder for temporary files.
            log: Receives the problems.
            rows: Receives what became of every row; the collectors close it.
        """
        self._log = log
        self.rows = rows
        paths = [str(each.source.path) for each in inputs]
        limit = options.older_than
        latest = None if limit is None else datetime.now(UTC) - limit
        self.records = RecordStores(folder, inputs, partial(log_found, log, paths), self._settle)
        self.held_back = HeldBackOrders(latest, paths)
        self.guest_ids = GuestIds(folder, kept_ids, paths)
        self.tally = Tally()
        self.fixed_rejects = FixedRejects(inputs)
        object_types = {each.object_type for each in inputs}
        self._cross_checks = CrossChecks(folder, object_types, options.by, self.unsent, paths)
        people = self._people = People(folder, paths)
        overlapping = OverlappingFiles(inputs)
        self._custom_fields = CustomFields()
        self._telling: tuple[Telling, ...] = (
            people,
            overlapping,
            self.held_back,
            self.guest_ids,
            self._custom_fields,
        )
        self._all: tuple[Collector, ...] = (
            self.records,
            *self._telling,
            self._cross_checks,
            self.tally,
            self.fixed_rejects,
            rows,
        )
        self._settling: tuple[Settling, ...] = (
            people,
            overlapping,
            self.held_back,
            self._cross_checks,
            self.tally,
            self.fixed_rejects,
            rows,
        )
        self._stack = ExitStack()
        for each in (self.records, people, self.guest_ids, self._cross_checks, rows):
            self._stack.callback(each.close)

    def close(self) -> None:
        """Remove the temporary files."""
        self._stack.close()

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Hand a chunk to all collectors."""
        for each in self._all:
            each.add(chunk, source)

    def add_part(self, part: PreparedChunk, source: NumberedSource) -> None:
        """Take what is known about one source, whose records came in together with others."""
        self._custom_fields.add(part, source)

    def finish(self) -> CrossCheckReport:
        """Report what is known only at the end, once every record was added and settled."""
        if (spool := self.records.spools.get(ObjectType.CONTACT)) is not None:
            self._people.settle_opposed(spool, self._cross_checks.settle_opposed)
        for each in self._telling:
            log_all(self._log, each.problems())
        self.tally.hold_back([each.rows for each in self.held_back])
        self.rows.hold_back(self.held_back)
        return self._cross_checks.finish()

    def unsent(self, object_type: ObjectType) -> Rows:
        """The numbers of the records that are left out of the package, sorted."""
        found = self.records.settle(object_type)
        shared = np.empty(0, np.int64) if found is None else found.unsent()
        return np.union1d(shared, self.held_back.numbers(object_type))

    def _settle(self, object_type: ObjectType, found: SharedKeys) -> None:
        for each in self._settling:
            each.settle(object_type, found)
