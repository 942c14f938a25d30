"""Preparing from end to end: sources in, a package and every problem out.

`check` is the same path with no package written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import numpy as np

from ometria_import.choices import Unmapped
from ometria_import.config.home import PRIVATE_FOLDER, SUMS_FILE, private_file
from ometria_import.errors import MappingError, SourceError, UsageError, all_of
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.package import Package, PackageWriter, SourceSummary
from ometria_import.prepare.chunks.chunks import PreparedChunk
from ometria_import.prepare.chunks.reading import WORKERS, Reader
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.columns.open_conventions import OpenConventionError, open_questions
from ometria_import.prepare.cross_checks import AcrossFiles
from ometria_import.prepare.cross_checks.collector import AcrossSources
from ometria_import.prepare.cross_checks.custom_fields import CustomFields
from ometria_import.prepare.cross_checks.guest_ids import FIELD as CUSTOMER_ID
from ometria_import.prepare.cross_checks.guest_ids import GuestEraser, GuestId, GuestIds
from ometria_import.prepare.cross_checks.people import People
from ometria_import.prepare.events import (
    PackingStarted,
    PrepareListener,
    SourceDone,
    SourceOpened,
)
from ometria_import.prepare.inputs.inputs import Input, ItemInput, open_what_can_be
from ometria_import.prepare.inputs.opening import no_rows
from ometria_import.prepare.inputs.reading_record import save_reading
from ometria_import.prepare.inputs.table_mappings import refuse_idle_mappings
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.outcome.holding_back import AgeLimit, HeldBackOrders
from ometria_import.prepare.outcome.late_rejects import reasons_of, rejected_again
from ometria_import.prepare.outcome.rejects import RejectFiles
from ometria_import.prepare.outcome.source_notes import column_problems, file_problems
from ometria_import.prepare.outcome.summary import PrepareSummary, SourceReport
from ometria_import.prepare.outcome.tally import Tally
from ometria_import.prepare.records.product_notices import ProductNotices
from ometria_import.prepare.records.shared_columns import ContactColumns, OrderColumns
from ometria_import.prepare.same_keys.duplicates import KeyIndex, Numbers
from ometria_import.prepare.same_keys.same_keys import SharedKeyReport, SharedKeys, Way
from ometria_import.prepare.spill.spool import Spool, SpooledRecords
from ometria_import.problems import Located
from ometria_import.problems.log import ProblemLog
from ometria_import.schema import ObjectType


@dataclass(frozen=True, slots=True)
class Prepared:
    """The outcome of preparing a package."""

    summary: PrepareSummary
    package: Package


def check(
    arguments: Sequence[SourceArgument],
    options: PrepareOptions,
    folder: Path,
    on_event: PrepareListener = lambda _: None,
) -> PrepareSummary:
    """Find every problem of the sources; nothing but problems and rejects is written.

    Args:
        arguments: The sources.
        options: What the user says about them.
        folder: Takes `problems.csv` and `rejects/`; its name is the run's id.
        on_event: Told what goes on.

    Raises:
        SourceError: a source cannot be read.
        MappingError: an object type is not certain, or a header cannot be mapped.
        UsageError: a column leaves a convention open, or an option is wrong.
    """
    with _Preparing(options, folder, on_event) as preparing:
        return preparing.read(arguments)


def prepare(
    arguments: Sequence[SourceArgument],
    options: PrepareOptions,
    folder: Path,
    packages: Path,
    on_event: PrepareListener = lambda _: None,
) -> Prepared:
    """Prepare a package from the sources.

    Args:
        arguments: The sources.
        options: What the user says about them.
        folder: Takes `problems.csv`, `sums.json` and `rejects/`; its name is the run's id.
        packages: Takes the package.
        on_event: Told what goes on.

    Raises:
        SourceError: a source cannot be read.
        MappingError: an object type is not certain, or a header cannot be mapped.
        UsageError: a column leaves a convention open, or an option is wrong.
    """
    with _Preparing(options, folder, on_event) as preparing:
        summary = preparing.read(arguments)
        package = preparing.pack(packages, summary)
        # A package that was there before has the sums of another run.
        private_file(folder / SUMS_FILE).write_text(json.dumps(summary.as_json()), "utf-8")
        return Prepared(summary, package)


class _Preparing:
    """One input on its way; a context manager that owns the temporary files."""

    def __init__(
        self,
        options: PrepareOptions,
        folder: Path,
        on_event: PrepareListener,
    ) -> None:
        kept_ids = _kept_customer_ids(options)  # what may fail comes before any file is made
        self._options = options
        self._folder = folder
        self._on_event = on_event
        self._tally = Tally()
        self._indexes: dict[ObjectType, KeyIndex] = {}
        self._spools: dict[ObjectType, Spool] = {}
        self._settled: dict[ObjectType, SharedKeys] = {}
        """By object type, of those that were read to their end."""
        self._inputs: Sequence[Input] = ()
        limit = options.older_than
        self._held_back = HeldBackOrders(
            None if limit is None else AgeLimit(limit, datetime.now(UTC))
        )
        self._guests: list[GuestId] = []
        """Known once all sources are read."""
        self._mends: Counter[str] = Counter()
        self._custom_fields = CustomFields()
        self._sources: list[SourceSummary] = []
        self._stack = ExitStack()
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self._scratch = Path(self._stack.enter_context(TemporaryDirectory(dir=folder)))
        self._guest_ids = GuestIds(self._scratch, kept_ids)
        self._stack.callback(self._guest_ids.close)
        self._people = People(self._scratch)
        self._stack.callback(self._people.close)
        problems = ProblemLog(private_file(folder / "problems.csv"))
        self._problems = self._stack.enter_context(problems)
        self._rejects = RejectFiles(folder / "rejects", folder.name)
        self._stack.callback(self._rejects.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, arguments: Sequence[SourceArgument]) -> PrepareSummary:
        """Read every source to its end."""
        inputs = _opened_inputs(arguments, self._options)
        try:
            summary = self._read_all(inputs)
        except OpenConventionError as error:
            # One column stopped the reading; others may leave something open, too.
            raise all_of(_questions(inputs) or [error]) from None
        save_reading(self._folder, self._rejects.paths, inputs, arguments, self._options)
        return summary

    def _read_all(self, inputs: Sequence[Input]) -> PrepareSummary:
        for number, each in enumerate(inputs, 1):
            self._on_event(_opened(number, each))
        self._inputs = inputs
        self._across = AcrossSources(
            self._scratch,
            {each.object_type for each in inputs},
            self._options.by,
            self._unsent_numbers,
        )
        self._stack.callback(self._across.close)
        with (
            ThreadPoolExecutor(WORKERS) as pool,
            Reader(inputs, pool, self._scratch, self._on_event, _finish) as reader,
        ):
            reports = [self._read(number, reader) for number in reader.rows]
            self._settle()
            self._compare_people()
            reports = self._reject_late(reader, reports)
        self._hold_back()
        self._guests = self._guest_ids.found()
        self._problems.add(guest.problem(self._paths()) for guest in self._guests)
        self._problems.add(self._custom_fields.problems())
        return self._summary(reports, self._across.finish(self._paths()))

    def pack(self, packages: Path, summary: PrepareSummary) -> Package:
        """Write the records that were read into a package."""
        self._on_event(PackingStarted(sum(summary.records.values())))
        with PackageWriter(packages) as writer:
            for object_type in ObjectType:
                if spool := self._spools.get(object_type):
                    unsent = self._unsent_numbers(object_type)
                    erased = None
                    if object_type is ObjectType.ORDER and self._guests:
                        erased = GuestEraser([guest.id for guest in self._guests]).erased
                    writer.add_all(spool.batches(unsent, erased))
            return writer.finish(self._sources, summary.as_json())

    def _read(self, number: int, reader: Reader) -> SourceReport:
        """Prepare one source to its end."""
        each, rows = reader.inputs[number - 1], reader.rows[number]
        path = str(each.source.path)
        index, spool = self._stores(each.object_type)
        notes: dict[str, ColumnNotes] = {}
        unknown: dict[str, bool] = {}
        products = ProductNotices()
        records = rejected = 0
        self._problems.add(file_problems(each.source, str(each.object_type)))
        for chunk in reader.chunks(number):
            self._problems.add(reader.placed(number, reader.noticed(number)))
            self._problems.add(reader.placed(number, chunk.problems))
            for source_number, rejects in reader.rejects(number, chunk.rejects):
                self._rejects.add(source_number, reader.inputs[source_number - 1], rejects)
            self._held_back.add(chunk, index.count, number)
            if isinstance(chunk.shared, OrderColumns):
                self._guest_ids.add(chunk.shared, number, chunk.lines)
            if chunk.spooled is not None:
                sizes = chunk.spooled.sizes
                index.add(chunk.keys, number, chunk.lines, chunk.row_counts, sizes)
                spool.add(chunk.spooled, number)
            self._mends.update(each.runs.count(chunk.lines))
            if chunk.shared is not None:
                self._across.add(chunk.shared, number, chunk.lines)
                if isinstance(chunk.shared, ContactColumns):
                    self._people.add(chunk.shared, number, chunk.lines)
            for name, of_chunk in chunk.notes.items():
                notes.setdefault(name, ColumnNotes()).merge(of_chunk)
            unknown.update(chunk.unknown_keys)
            products.merge(chunk.product_notices)
            self._custom_fields.add(each.object_type, chunk.property_kinds, path)
            self._refuse_unknown(each, unknown)
            records += len(chunk.keys)
            rejected += chunk.rejected
            self._tally.add_chunk(each.object_type, chunk)
            rows.rejected = rejected
            reader.tell(number)
        if not rows.count and not self._options.allow_empty:
            raise no_rows(each.source.path)
        self._problems.add(reader.placed(number, reader.noticed(number)))
        self._tally.drop_rows(rows.dropped)
        self._problems.add(reader.placed(number, column_problems(each, notes, unknown)))
        self._problems.add(products.problems(path))
        self._tally.add_source(rows.count, rows.headers)
        self._on_event(SourceDone(number, rows.count, records, rejected))
        source = each.source
        self._sources.append(
            SourceSummary(
                number, path, str(each.object_type), source.size_bytes, source.sha256, rows.count
            )
        )
        description = source.format.describe()
        return SourceReport(path, description, each.object_type, rows.count, records, rejected)

    def _stores(self, object_type: ObjectType) -> tuple[KeyIndex, Spool]:
        if object_type not in self._indexes:
            self._indexes[object_type] = KeyIndex(self._scratch)
            self._spools[object_type] = Spool(self._scratch, object_type)
            self._stack.callback(self._indexes[object_type].close)
            self._stack.callback(self._spools[object_type].close)
        return self._indexes[object_type], self._spools[object_type]

    def _refuse_unknown(self, each: Input, unknown: Iterable[str]) -> None:
        names = ", ".join(f"'{name}'" for name in unknown)
        if names and self._options.unmapped is Unmapped.ERROR:
            raise MappingError(
                f"{each.source.path}: no field of {each.object_type} is called {names}",
                hint="--unmapped properties keeps such keys, --unmapped ignore leaves them out.",
            )

    def _settled_of(self, object_type: ObjectType) -> SharedKeys | None:
        """What became of the records that share their key, of a type that was read to its end."""
        if object_type not in self._settled and object_type in self._indexes:
            index, spool = self._indexes[object_type], self._spools[object_type]
            report = SharedKeyReport(object_type, self._inputs, index, spool)
            self._problems.add(report.problems())
            found = self._settled[object_type] = report.found
            self._tally.settle(object_type, found)
            if object_type is ObjectType.CONTACT:
                self._across.merge_contacts(found.customer_ids, found.optins)
        return self._settled.get(object_type)

    def _shared_numbers(self, object_type: ObjectType) -> Numbers:
        """The records that stay out of the package for their key, sorted."""
        found = self._settled_of(object_type)
        return np.empty(0, np.int64) if found is None else found.unsent()

    def _unsent_numbers(self, object_type: ObjectType) -> Numbers:
        """The records that stay out of the package, sorted."""
        shared = self._shared_numbers(object_type)
        return np.union1d(shared, self._held_back.numbers(object_type))

    def _paths(self) -> list[str]:
        return [str(each.source.path) for each in self._inputs]

    def _settle(self) -> None:
        """Settle what shares its key; such records no longer mend what a run had rejected."""
        for object_type in self._indexes:
            found = self._settled_of(object_type)
            if found is None:
                continue
            gone = found.records[found.ways != Way.SENT]
            for number in np.unique(gone["source"]).tolist():
                lines = gone["line"][gone["source"] == number]
                self._mends.subtract(self._inputs[number - 1].runs.count(lines))

    def _compare_people(self) -> None:
        """Tell of contacts that share what is one person's alone."""
        found = self._settled.get(ObjectType.CONTACT)
        if found is not None:
            problems = self._people.problems(
                found.unsent(), found.customer_ids, found.optins, self._paths()
            )
            self._problems.add(problems)

    def _reject_late(self, reader: Reader, reports: Sequence[SourceReport]) -> list[SourceReport]:
        """Write the rows of records to the reject files that are rejected for their key."""
        counts: Counter[int] = Counter()
        reasons: dict[int, dict[int, Located]] = {}
        for object_type, found in self._settled.items():
            counts.update(found.gone(Way.REJECTED)["source"].tolist())
            for source, reason in reasons_of(found, self._spools[object_type]):
                number, own_line = reader.source_and_line(source, reason.row)
                reasons.setdefault(number, {})[own_line] = reason
        for number, of_lines in sorted(reasons.items()):
            each = reader.inputs[number - 1]
            for rows in rejected_again(each, of_lines):
                self._rejects.add(number, each, rows)
        return [
            replace(
                report,
                records=report.records - counts[number],
                rejected=report.rejected + counts[number],
            )
            for number, report in enumerate(reports, 1)
        ]

    def _hold_back(self) -> None:
        """Report and count the orders that are too young; those that are not sent are not."""
        if ObjectType.ORDER in self._indexes:
            self._held_back.settle(self._shared_numbers(ObjectType.ORDER))
        held = list(self._held_back)
        paths = self._paths()
        self._problems.add(each.problem(paths) for each in held)
        self._tally.hold_back(ObjectType.ORDER, [each.rows for each in held])

    def _summary(self, reports: list[SourceReport], across: AcrossFiles) -> PrepareSummary:
        tally = self._tally
        return PrepareSummary(
            tuple(reports),
            tally.row_sums(),
            tally.ready,
            sum(tally.rejected.values()),
            tally.records[Way.SUPERSEDED],
            dict(sorted(self._problems.by_code.items())),
            tuple(self._problems.groups()),
            self._problems.path,
            tuple(self._rejects.paths.values()),
            across,
            {run: count for run, count in sorted(self._mends.items()) if count},
            tally.held_back,
            tally.rejected,
            tally.records[Way.MERGED],
            tally.records[Way.REPEATED],
        )


def _finish(chunk: PreparedChunk) -> None:
    """Keep of a chunk's records what is needed; several threads do it side by side."""
    chunk.spooled = SpooledRecords.of(
        chunk.records(), chunk.lines, chunk.row_counts, chunk.row_lines
    )
    chunk.texts = None


def _opened_inputs(arguments: Sequence[SourceArgument], options: PrepareOptions) -> Sequence[Input]:
    """Open all sources, or ask all that they leave open: what they are, and what they say."""
    refuse_idle_mappings(arguments, options)
    inputs, errors = open_what_can_be(arguments, options)
    if errors and not any(isinstance(each, SourceError) for each in errors):
        # What stops the looking shows again when the errors that are known are mended.
        with suppress(SourceError, UsageError):
            errors = [*errors, *_questions(inputs)]
    if errors:
        raise all_of(errors)
    return inputs


def _kept_customer_ids(options: PrepareOptions) -> frozenset[str]:
    """The customer ids that somebody says are one customer's."""
    all_options = (options, *options.of_sources.values())
    kept = (each.null_words.kept.get(CUSTOMER_ID, frozenset()) for each in all_options)
    return frozenset[str]().union(*kept)


def _questions(inputs: Iterable[Input]) -> list[OpenConventionError]:
    preparers = (each.preparer for each in inputs if not isinstance(each, ItemInput))
    return open_questions(one for preparer in preparers for one in preparer.rules.columns())


def _opened(number: int, each: Input) -> SourceOpened:
    source = each.source
    return SourceOpened(
        number, str(source.path), source.format.describe(), each.object_type, source.size_bytes
    )
