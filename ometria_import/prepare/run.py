"""Preparing from end to end: from sources to a package and a list of all problems.

`check` does the same without writing a package.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import numpy as np

from ometria_import.config.home import COLUMNS_FILE, ROWS_FILE, SUMS_FILE
from ometria_import.config.storage import PRIVATE_FOLDER, private_file
from ometria_import.errors import InterruptedRunError, SourceError, UsageError, all_of
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.package import Package, PackageWriter, SourceSummary
from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.prepare.chunks.reported import RejectRows
from ometria_import.prepare.columns.open_conventions import OpenConventionError, open_questions
from ometria_import.prepare.cross_checks import CrossCheckReport
from ometria_import.prepare.cross_checks.guest_ids import erase_guests
from ometria_import.prepare.events import (
    PackingStarted,
    PrepareListener,
    PreparingInterrupted,
    SourceDone,
    SourceOpened,
    SourcesNamed,
)
from ometria_import.prepare.inputs.inputs import open_what_can_be
from ometria_import.prepare.inputs.item_files import with_items_named
from ometria_import.prepare.inputs.opened import Input
from ometria_import.prepare.inputs.opening import no_rows
from ometria_import.prepare.inputs.reading_record import save_reading
from ometria_import.prepare.inputs.table_mappings import refuse_idle_mappings
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.outcome.collectors import Collectors, kept_customer_ids
from ometria_import.prepare.outcome.files import OutcomeFiles
from ometria_import.prepare.outcome.late_rejects import LateRejects
from ometria_import.prepare.outcome.problem_lines import log_all, log_rows
from ometria_import.prepare.outcome.row_ledger import RowLedger
from ometria_import.prepare.outcome.source_notes import SourceNotes, file_problems
from ometria_import.prepare.outcome.summary import PrepareSummary, SourceReport
from ometria_import.prepare.reading import Reader, collected_rarely, memory_given_back
from ometria_import.prepare.same_keys.outcomes import Way
from ometria_import.prepare.spill.row_keys import KeyReturnsError
from ometria_import.processors import WORKERS
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
    """Find all problems of the sources; only problems and rejects are written.

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
    *,
    is_masked: bool = False,
) -> Prepared:
    """Prepare a package from the sources.

    Args:
        arguments: The sources.
        options: What the user says about them.
        folder: Takes `problems.csv`, `sums.json` and `rejects/`; its name is the run's id.
        packages: Takes the package.
        on_event: Told what goes on.
        is_masked: Whether no value of a shopper may be repeated in what stands in `folder`.

    Raises:
        SourceError: a source cannot be read.
        MappingError: an object type is not certain, or a header cannot be mapped.
        UsageError: a column leaves a convention open, or an option is wrong.
    """
    with _Preparing(
        options, folder, on_event, is_masked=is_masked, rows_path=folder / ROWS_FILE
    ) as preparing:
        summary = preparing.read(arguments)
        package = preparing.pack(packages, summary)
        # An existing package has the sums of another run.
        private_file(folder / SUMS_FILE).write_text(json.dumps(summary.as_json()), "utf-8")
        preparing.save_columns()
        return Prepared(summary, package)


class _Preparing:
    """The preparation of one input; a context manager that owns the temporary files."""

    def __init__(
        self,
        options: PrepareOptions,
        folder: Path,
        on_event: PrepareListener,
        *,
        is_masked: bool = False,
        rows_path: Path | None = None,
    ) -> None:
        # Anything that may fail comes before the first file is created.
        self._kept_ids = kept_customer_ids(options)
        self._options = options
        self._folder = folder
        self._on_event = on_event
        self._is_masked = is_masked
        self._rows_path = rows_path
        self._packed_sources: list[SourceSummary] = []
        self._notes: list[SourceNotes] = []
        """The notes on every source that was read."""
        self._done: set[int] = set()
        """The numbers of the sources that were reported as read."""
        self._reader: Reader | None = None
        self._stack = ExitStack()
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self._scratch = Path(self._stack.enter_context(TemporaryDirectory(dir=folder)))
        self._files = self._stack.enter_context(OutcomeFiles(folder, is_masked=is_masked))

    def __enter__(self) -> Self:
        self._stack.enter_context(memory_given_back())
        self._stack.enter_context(collected_rarely())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, arguments: Sequence[SourceArgument]) -> PrepareSummary:
        """Read every source to its end."""
        self._files.name_rows(
            {str(each.path): each.given.label_of for each in arguments if each.given}
        )
        self._on_event(SourcesNamed(len(arguments)))
        arguments, self._options = with_items_named(arguments, self._options)
        inputs = _opened_inputs(arguments, self._options)
        for number, each in enumerate(inputs, 1):
            source = each.source
            path, description = str(source.path), source.format.describe()
            self._on_event(
                SourceOpened(number, path, description, each.object_type, source.size_bytes)
            )
        try:
            summary = self._read_in_order(inputs)
        except InterruptedRunError:
            self._tell_of_interruption()
            raise
        except OpenConventionError as error:
            # One ambiguous column stopped the reading; others may be ambiguous, too.
            raise all_of(_questions(inputs) or [error]) from None
        if not self._is_masked:
            # Masked rejects hold no rows that could be read again.
            save_reading(self._folder, self._files.rejects.paths, inputs, arguments, self._options)
        return summary

    def _tell_of_interruption(self) -> None:
        rows = self._reader.rows.values() if self._reader is not None else ()
        self._on_event(
            PreparingInterrupted(
                sum(each.count for each in rows),
                sum(each.rejected for each in rows),
                tuple(self._files.problems.groups()),
                self._files.problems.path,
            )
        )

    def save_columns(self) -> None:
        """Keep what became of the cells of each column."""
        told = [each._asdict() for notes in self._notes for each in notes.columns()]
        # Escaped, because names of files and columns need not be valid text.
        private_file(self._folder / COLUMNS_FILE).write_text(json.dumps(told), "utf-8")

    def pack(self, packages: Path, summary: PrepareSummary) -> Package:
        """Write the accepted records to a package."""
        self._on_event(PackingStarted(sum(summary.records.values())))
        spools = self._collectors.records.spools
        with PackageWriter(packages) as writer:
            for object_type in filter(spools.__contains__, ObjectType):
                unsent = self._collectors.unsent(object_type)
                guests = [guest.id for guest in self._collectors.guest_ids.found]
                is_erased = object_type is ObjectType.ORDER and guests
                erased = partial(erase_guests, guests) if is_erased else None
                writer.add_all(spools[object_type].batches(unsent, erased))
            return writer.finish(self._packed_sources, summary.as_json())

    def _read_in_order(self, inputs: Sequence[Input]) -> PrepareSummary:
        """Read every source in the order of its file, or start over if it has no such order."""
        try:
            return self._read_all(inputs)
        except KeyReturnsError:
            self._collectors.close()
            self._files.start_over()
            self._packed_sources, self._notes = [], []
        return self._read_all(inputs, looks_first=True)

    def _read_all(self, inputs: Sequence[Input], *, looks_first: bool = False) -> PrepareSummary:
        self._collectors = collectors = Collectors(
            inputs,
            self._options,
            self._kept_ids,
            self._scratch,
            self._files.problems,
            RowLedger(self._rows_path),
        )
        self._stack.callback(collectors.close)
        with (
            ThreadPoolExecutor(WORKERS) as pool,
            Reader(inputs, pool, self._scratch, self._on_event, looks_first=looks_first) as reader,
        ):
            self._reader, reader.problems = reader, self._files.problems.by_code
            reports = [
                each for numbers in reader.bundles() for each in self._bundle(numbers, reader)
            ]
            collectors.records.settle_all()
            reports = self._reject_late(reader, reports)
        cross_checks = collectors.finish()
        collectors.rows.finish()
        if self._is_masked:
            cross_checks = cross_checks.without_ids()
        return self._summary(reports, cross_checks)

    def _bundle(self, numbers: Sequence[int], reader: Reader) -> Iterator[SourceReport]:
        """Prepare sources to their end, all at once if they are several."""
        found = reader.together(numbers) if len(numbers) > 1 else None
        if found is None:
            yield from (self._read(number, reader) for number in numbers)
            return
        first = reader.inputs[numbers[0] - 1]
        of_records = np.array(numbers)[found.tables]
        source = NumberedSource(
            numbers[0], str(first.source.path), first.object_type, numbers, of_records
        )
        self._collectors.add(found.whole, source)
        for number, part in zip(numbers, found.parts, strict=True):
            yield self._read(number, reader, part)

    def _read(self, number: int, reader: Reader, part: PreparedChunk | None = None) -> SourceReport:
        """Prepare one source to its end, or report `part` if it was prepared with others."""
        each, rows = reader.inputs[number - 1], reader.rows[number]
        path, files = str(each.source.path), reader.files(number)
        source = NumberedSource(number, path, each.object_type, files=files)
        notes = SourceNotes(each, self._options.unmapped)
        log_all(self._files.problems, file_problems(each.source, str(each.object_type)))
        for chunk in reader.chunks(number) if part is None else [part]:
            self._note(number, reader)
            for problems in chunk.problems:
                log_rows(self._files.problems, problems)
            for source_number, rejects in reader.rejects(number, chunk.rejects):
                self._reject(source_number, reader, rejects)
            if part is None:
                self._collectors.add(chunk, source)
            else:
                self._collectors.add_part(part, source)
            notes.add(chunk)
            rows.rejected = notes.rejected
            reader.tell(number)
        if not rows.count and not self._options.allow_empty:
            raise no_rows(each.source.path)
        self._note(number, reader)
        log_all(self._files.problems, notes.problems())
        self._notes.append(notes)
        self._collectors.tally.add_source(rows.count, rows.headers, rows.dropped)
        if number not in self._done:
            self._done.add(number)
            self._on_event(SourceDone(number, rows.count, notes.records, notes.rejected))
        return self._report(source, each, rows.count, notes)

    def _note(self, number: int, reader: Reader) -> None:
        """Write down what the reading of a source found since the last call."""
        rows, files = reader.taken_rows(number), reader.files(number)
        self._collectors.rows.add_fates(rows, files)
        log_all(self._files.problems, reader.noticed(number))

    def _reject(self, number: int, reader: Reader, rows: Sequence[RejectRows]) -> None:
        self._files.rejects.add(number, reader.inputs[number - 1], rows)
        self._collectors.rows.add_rejects(number, rows)

    def _report(
        self, source: NumberedSource, each: Input, rows: int, notes: SourceNotes
    ) -> SourceReport:
        """Keep a source's entry for the package; return its entry for the summary."""
        file, object_type = each.source, source.object_type
        self._packed_sources.append(
            SourceSummary(
                source.number, source.path, str(object_type), file.size_bytes, file.sha256, rows
            )
        )
        description = file.format.describe()
        return SourceReport(
            source.path, description, object_type, rows, notes.records, notes.rejected
        )

    def _reject_late(self, reader: Reader, reports: Sequence[SourceReport]) -> list[SourceReport]:
        """Write the rows of records that are rejected because of their key to the reject files."""
        counts: Counter[int] = Counter()
        records = self._collectors.records
        late: list[LateRejects] = []
        for object_type, found in records.settled.items():
            counts.update(found.gone(Way.REJECTED)["source"].tolist())
            spool = records.spools[object_type]
            late.append(LateRejects(object_type, found, spool, reader.file_of))
        for number in sorted({number for each in late for number in each.numbers}):
            source = reader.inputs[number - 1]
            for of_type in (each for each in late if number in each.numbers):
                for rows in of_type.rows(number, source):
                    self._reject(number, reader, rows)
        return [
            replace(
                report,
                records=report.records - counts[number],
                rejected=report.rejected + counts[number],
            )
            for number, report in enumerate(reports, 1)
        ]

    def _summary(
        self, reports: list[SourceReport], cross_checks: CrossCheckReport
    ) -> PrepareSummary:
        tally = self._collectors.tally
        return PrepareSummary(
            tuple(reports),
            tally.row_sums(),
            tally.ready,
            sum(tally.rejected.values()),
            tally.records[Way.SUPERSEDED],
            dict(sorted(self._files.problems.by_code.items())),
            tuple(self._files.problems.groups()),
            self._files.problems.path,
            tuple(self._files.rejects.paths.values()),
            cross_checks,
            self._collectors.fixed_rejects.by_run,
            tally.held_back,
            tally.rejected,
            tally.records[Way.MERGED],
            tally.records[Way.REPEATED],
            tally.earlier_states,
        )


def _opened_inputs(arguments: Sequence[SourceArgument], options: PrepareOptions) -> Sequence[Input]:
    """Open all sources, or raise one error with all open questions about their types and texts."""
    refuse_idle_mappings(arguments, options)
    inputs, errors = open_what_can_be(arguments, options)
    if errors and not any(isinstance(each, SourceError) for each in errors):
        # An error that stops the survey shows up again once the known errors are fixed.
        with suppress(SourceError, UsageError):
            errors = [*errors, *_questions(inputs)]
    if errors:
        raise all_of(errors)
    return inputs


def _questions(inputs: Iterable[Input]) -> list[OpenConventionError]:
    return open_questions(one for each in inputs for one in each.open_columns())
