"""Writing what became of every row of a run's sources."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ometria_import.actions.calling.run import find_run
from ometria_import.actions.calling.suggestions import Commands
from ometria_import.actions.results.absent import KnownRecords
from ometria_import.actions.results.records import Numbers, PackedRecords, outcomes_of, split_places
from ometria_import.actions.results.reject_keys import RejectedKeys
from ometria_import.actions.results.rows import rows_of
from ometria_import.actions.results.verdicts import Verdict
from ometria_import.actions.results.writing import ResultsWriter, is_results_file
from ometria_import.config.home import Home, RunFolder
from ometria_import.config.output_files import require_place, whole_file
from ometria_import.delivery import Journal, load_request
from ometria_import.errors import PackageError, UsageError, ignoring
from ometria_import.package import Package, SourceSummary

_EXAMPLE = "results.csv"


@dataclass(frozen=True, slots=True)
class WrittenResults:
    """A results file that was written."""

    run: str
    path: Path
    rows: int
    verdicts: dict[str, int]
    """The number of rows by verdict, without verdicts that no row has."""

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"file": str(self.path), "rows": self.rows, "verdicts": self.verdicts}


def write_results(home: Home, run_id: str | None, path: Path) -> WrittenResults:
    """Write one line for each row of a run's sources: what became of it, and where it went.

    The file can be written at any time of a run's life. Memory grows by some dozens of bytes for
    each row.

    Args:
        home: Where the run is.
        run_id: The beginning of its id; None for the newest.
        path: Where the file goes; only a file of this kind is overwritten.

    Raises:
        UsageError: there is no such run, it is of a version that did not note what became of rows,
            or the file cannot be written there.
        PackageError: the run's package or journal is damaged.
        TemporaryFailureError: the disk has no room.
    """
    require_place(path, "--results", "a results file", is_results_file, example=_EXAMPLE)
    commands = Commands(home.root)
    folder = find_run(home, run_id, commands)
    if not folder.rows.is_file():
        raise UsageError(
            f"run {folder.id} did not note what became of each row: an earlier version prepared it",
            hint=f"To get the file, push the sources again: {commands.push('FILE', '--new')}",
        )
    with ExitStack() as opened:
        with Journal(folder.journal, is_read_only=True) as journal:
            info = journal.info()
            package = opened.enter_context(Package(info.package_path))
            packed = PackedRecords(package)
            outcomes = outcomes_of(packed, journal, info)
        known = KnownRecords(packed, package, info, home, opened)
        rows = rows_of(folder.rows, packed, outcomes, known)
        sources = package.sources()
        _require_all(rows.places, sources, folder)
        rejected = RejectedKeys(_prepared_in(folder))
        writer = ResultsWriter(rows, sources, outcomes, known, rejected)
        with whole_file(path) as file:
            writer.write(file)
    counts = np.bincount(rows.verdicts, minlength=len(Verdict)).tolist()
    verdicts = {each.word: counts[each] for each in Verdict if counts[each]}
    return WrittenResults(folder.id, path, len(rows.places), verdicts)


def _prepared_in(folder: RunFolder) -> RunFolder:
    """The folder of the run that read the files, which others promote or retry."""
    earlier = load_request(folder).promotes
    with ignoring(PackageError), Journal(folder.journal, is_read_only=True) as journal:
        earlier = earlier or journal.info().retry_of
    found = RunFolder(folder.path.with_name(earlier)) if earlier else folder
    return _prepared_in(found) if earlier and found.journal.is_file() else folder


def _require_all(places: Numbers, sources: list[SourceSummary], folder: RunFolder) -> None:
    """Make sure that every row is there once.

    Raises:
        PackageError: rows are missing.
    """
    found = np.bincount(split_places(places)[0], minlength=len(sources) + 1).tolist()
    for each in sources:
        if found[each.number] != each.rows:
            raise PackageError(
                f"{folder.rows} tells of {found[each.number]:,} of the {each.rows:,} rows of "
                f"{each.path}",
                hint="No results were written, as they would not be whole. This is a bug: please "
                "report it with the run's log.",
            )
