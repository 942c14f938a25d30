"""Preparing from end to end: sources in, a package and every problem out.

`check` is the same path with no package written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import numpy as np
import numpy.typing as npt

from ometria_import.choices import Unmapped
from ometria_import.errors import MappingError, SourceError, UsageError, all_of
from ometria_import.home import PRIVATE_FOLDER, SUMS_FILE, private_file
from ometria_import.mapping.recognition import SourceArgument
from ometria_import.package import Package, PackageWriter, SourceSummary
from ometria_import.prepare.across import AcrossFiles
from ometria_import.prepare.across.collector import AcrossSources
from ometria_import.prepare.across.columns import OrderColumns
from ometria_import.prepare.chunks import PreparedChunk
from ometria_import.prepare.column_problems import column_problems, file_problems
from ometria_import.prepare.duplicates import KeyIndex, Superseded
from ometria_import.prepare.events import (
    PackingStarted,
    PrepareListener,
    SourceDone,
    SourceOpened,
)
from ometria_import.prepare.guest_ids import FIELD as CUSTOMER_ID
from ometria_import.prepare.guest_ids import GuestEraser, GuestId, GuestIds
from ometria_import.prepare.holding_back import AgeLimit, HeldBackOrders
from ometria_import.prepare.inputs import Input, ItemInput, open_what_can_be
from ometria_import.prepare.normalise import ColumnNotes
from ometria_import.prepare.open_questions import OpenConventionError, open_questions
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.problem_log import ProblemLog
from ometria_import.prepare.product_notices import ProductNotices
from ometria_import.prepare.reading import WORKERS, Reader
from ometria_import.prepare.reading_record import save_reading
from ometria_import.prepare.rejects import RejectFiles
from ometria_import.prepare.spool import Spool, SpooledRecords
from ometria_import.prepare.summary import PrepareSummary, SourceReport
from ometria_import.prepare.tally import Tally
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
    with _Preparing(options, folder, on_event, keeps_records=False) as preparing:
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
    with _Preparing(options, folder, on_event, keeps_records=True) as preparing:
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
        *,
        keeps_records: bool,
    ) -> None:
        kept_ids = _kept_customer_ids(options)  # what may fail comes before any file is made
        self._options = options
        self._folder = folder
        self._on_event = on_event
        self._keeps_records = keeps_records
        self._tally = Tally()
        self._indexes: dict[ObjectType, KeyIndex] = {}
        self._spools: dict[ObjectType, Spool] = {}
        self._superseded: dict[ObjectType, list[Superseded]] = {}
        """By object type, of those that were read to their end."""
        limit = options.older_than
        self._held_back = HeldBackOrders(
            None if limit is None else AgeLimit(limit, datetime.now(UTC))
        )
        self._guests: list[GuestId] = []
        """Known once all sources are read."""
        self._mends: Counter[str] = Counter()
        self._sources: list[SourceSummary] = []
        self._stack = ExitStack()
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self._scratch = Path(self._stack.enter_context(TemporaryDirectory(dir=folder)))
        self._guest_ids = GuestIds(self._scratch, kept_ids)
        self._stack.callback(self._guest_ids.close)
        self._problems = self._stack.enter_context(ProblemLog(folder / "problems.csv"))
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
        across = AcrossSources(
            self._scratch,
            {each.object_type for each in inputs},
            self._options.by,
            self._unsent_numbers,
        )
        self._stack.callback(across.close)
        with (
            ThreadPoolExecutor(WORKERS) as pool,
            Reader(inputs, pool, self._scratch, self._on_event, self._finish) as reader,
        ):
            reports = [self._read(number, reader, across) for number in reader.rows]
        paths = [report.path for report in reports]
        self._supersede(paths)
        self._hold_back(paths)
        self._guests = self._guest_ids.found(self._unsent_numbers(ObjectType.ORDER))
        self._problems.add(guest.problem(paths) for guest in self._guests)
        for found in self._superseded.values():
            for gone in found:
                runs = inputs[gone.source - 1].runs
                self._mends.subtract(runs.count(np.array([gone.line])))
        return self._summary(reports, across.finish(paths))

    def pack(self, packages: Path, summary: PrepareSummary) -> Package:
        """Write the records that were read into a package."""
        self._on_event(PackingStarted(sum(summary.records.values())))
        with PackageWriter(packages) as writer:
            for object_type in ObjectType:
                if spool := self._spools.get(object_type):
                    unsent = self._unsent_numbers(object_type)
                    eraser = None
                    if object_type is ObjectType.ORDER and self._guests:
                        eraser = GuestEraser([guest.id for guest in self._guests])
                    writer.add_all(spool.batches(unsent, eraser))
            return writer.finish(self._sources, summary.as_json())

    def _read(self, number: int, reader: Reader, across: AcrossSources) -> SourceReport:
        """Prepare one source to its end."""
        each, rows = reader.inputs[number - 1], reader.rows[number]
        path = str(each.source.path)
        index, spool = self._stores(each.object_type)
        notes: dict[str, ColumnNotes] = {}
        unknown: dict[str, bool] = {}
        products = ProductNotices()
        properties: set[str] = set()
        records = rejected = 0
        self._problems.add(file_problems(each.source, str(each.object_type)))
        for chunk in reader.chunks(number):
            self._problems.add(reader.noticed(number))
            self._problems.add(reader.placed(number, chunk.problems))
            for source_number, rejects in reader.rejects(number, chunk.rejects):
                self._rejects.add(source_number, reader.inputs[source_number - 1], rejects)
            self._held_back.add(chunk, index.count, number)
            if isinstance(chunk.shared, OrderColumns):
                self._guest_ids.add(chunk.shared, index.count, number, chunk.lines)
            index.add(chunk.keys, number, chunk.lines, chunk.row_counts)
            if spool is not None and chunk.spooled is not None:
                spool.add(chunk.spooled, number, chunk.lines)
            self._mends.update(each.runs.count(chunk.lines))
            if chunk.shared is not None:
                across.add(chunk.shared, number, chunk.lines)
            for name, of_chunk in chunk.notes.items():
                notes.setdefault(name, ColumnNotes()).merge(of_chunk)
            unknown.update(chunk.unknown_keys)
            products.merge(chunk.product_notices)
            properties.update(chunk.property_names)
            self._refuse_unknown(each, unknown)
            records += len(chunk.keys)
            rejected += chunk.rejected
            self._tally.add_chunk(each.object_type, chunk)
            rows.rejected = rejected
            reader.tell(number)
        if not rows.count and not self._options.allow_empty:
            raise SourceError(
                f"{path}: there are no rows",
                hint="Was the export cut or filtered? If it may be empty, say --allow-empty.",
            )
        self._problems.add(reader.noticed(number))
        of_columns = column_problems(each, notes, unknown, properties)
        self._problems.add(reader.placed(number, of_columns))
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

    def _finish(self, chunk: PreparedChunk) -> None:
        """Keep of a chunk's records what is needed; several threads do it side by side."""
        if self._keeps_records:
            chunk.spooled = SpooledRecords.of(chunk.records())
        chunk.texts = None

    def _stores(self, object_type: ObjectType) -> tuple[KeyIndex, Spool | None]:
        if object_type not in self._indexes:
            index = self._indexes[object_type] = KeyIndex(self._scratch)
            self._stack.callback(index.close)
            if self._keeps_records:
                spool = self._spools[object_type] = Spool(self._scratch, object_type)
                self._stack.callback(spool.close)
        return self._indexes[object_type], self._spools.get(object_type)

    def _refuse_unknown(self, each: Input, unknown: Iterable[str]) -> None:
        names = ", ".join(f"'{name}'" for name in unknown)
        if names and self._options.unmapped is Unmapped.ERROR:
            raise MappingError(
                f"{each.source.path}: no field of {each.object_type} is called {names}",
                hint="--unmapped properties keeps such keys, --unmapped ignore leaves them out.",
            )

    def _superseded_of(self, object_type: ObjectType) -> list[Superseded]:
        """The records that later ones replace, by number, of a type that was read to its end."""
        if object_type not in self._superseded:
            index = self._indexes.get(object_type)
            self._superseded[object_type] = sorted(index.superseded()) if index else []
        return self._superseded[object_type]

    def _superseded_numbers(self, object_type: ObjectType) -> npt.NDArray[np.int64]:
        numbers = [each.number for each in self._superseded_of(object_type)]
        return np.array(numbers, np.int64)

    def _unsent_numbers(self, object_type: ObjectType) -> npt.NDArray[np.int64]:
        """The records that stay out of the package, sorted."""
        superseded = self._superseded_numbers(object_type)
        return np.union1d(superseded, self._held_back.numbers(object_type))

    def _supersede(self, paths: Sequence[str]) -> None:
        """Report and count the records that later ones replace."""
        for object_type in self._indexes:
            found = self._superseded_of(object_type)
            self._problems.add(each.problem(object_type, paths) for each in found)
            self._tally.supersede(object_type, found)

    def _hold_back(self, paths: Sequence[str]) -> None:
        """Report and count the orders that are too young; those that are superseded are not."""
        if ObjectType.ORDER in self._indexes:
            self._held_back.settle(self._superseded_numbers(ObjectType.ORDER))
        held = list(self._held_back)
        self._problems.add(each.problem(paths) for each in held)
        self._tally.hold_back(ObjectType.ORDER, held)

    def _summary(self, reports: list[SourceReport], across: AcrossFiles) -> PrepareSummary:
        tally = self._tally
        return PrepareSummary(
            tuple(reports),
            tally.row_sums(),
            tally.ready,
            sum(tally.rejected.values()),
            tally.superseded,
            dict(sorted(self._problems.by_code.items())),
            tuple(self._problems.groups()),
            self._problems.path,
            tuple(self._rejects.paths.values()),
            across,
            {run: count for run, count in sorted(self._mends.items()) if count},
            tally.held_back,
            tally.rejected,
        )


def _opened_inputs(arguments: Sequence[SourceArgument], options: PrepareOptions) -> Sequence[Input]:
    """Open all sources, or ask all that they leave open: what they are, and what they say."""
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
