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
from ometria_import.actions.results.kept_consent import tell_kept
from ometria_import.actions.results.records import Numbers, PackedRecords, outcomes_of, split_places
from ometria_import.actions.results.reject_keys import RejectedKeys
from ometria_import.actions.results.rows import RowResults
from ometria_import.actions.results.verdicts import Verdict
from ometria_import.actions.results.writing import HEADER, ResultsWriter, is_results_file
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

    The file can be written at any time of a run's life. Memory grows by some 50 bytes for
    each record of the package, and not with the rows.

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
        packed.ranked(outcomes.verdicts)
        sources, prepared_in = package.sources(), _prepared_in(folder)
        tell_kept(outcomes, packed, sources, prepared_in)
        known = KnownRecords(packed, package, info, home, opened)
        rows = RowResults(folder.rows, packed, outcomes, known)
        rejected = RejectedKeys(prepared_in)
        writer = ResultsWriter(sources, outcomes, known, rejected)
        counts, found = np.zeros(len(Verdict), np.int64), np.zeros(len(sources) + 1, np.int64)
        file = opened.enter_context(whole_file(path))
        file.write(HEADER)
        for some in rows.of(sources):
            counts += np.bincount(some.verdicts, minlength=len(counts))
            found += np.bincount(split_places(some.places)[0], minlength=len(found))
            writer.write(some, file)
        _require_all(found, sources, folder)
    verdicts = {each.word: int(counts[each]) for each in Verdict if counts[each]}
    return WrittenResults(folder.id, path, int(counts.sum()), verdicts)


def _prepared_in(folder: RunFolder) -> RunFolder:
    """The folder of the run that read the files, which others promote or retry."""
    earlier = load_request(folder).promotes
    with ignoring(PackageError), Journal(folder.journal, is_read_only=True) as journal:
        earlier = earlier or journal.info().retry_of
    found = RunFolder(folder.path.with_name(earlier)) if earlier else folder
    return _prepared_in(found) if earlier and found.journal.is_file() else folder


def _require_all(found: Numbers, sources: list[SourceSummary], folder: RunFolder) -> None:
    """Make sure that every row of each source was found.

    Raises:
        PackageError: rows are missing.
    """
    for each in sources:
        if found[each.number] != each.rows:
            raise PackageError(
                f"{folder.rows} tells of {found[each.number]:,} of the {each.rows:,} rows of "
                f"{each.path}",
                hint="No results were written, as they would not be whole. This is a bug: please "
                "report it with the run's log.",
            )
