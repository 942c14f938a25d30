"""What a finished run left behind that nobody has mended since, for a push with nothing to do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ometria_import.config.home import Home, RunFolder
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.runs.mends import mended_records
from ometria_import.delivery.runs.retry_package import retriable_records
from ometria_import.delivery.runs.run_list import ListedRun, list_runs
from ometria_import.errors import PackageError
from ometria_import.package import Package


@dataclass(frozen=True, slots=True)
class OpenRejects:
    """Of one run and the retries of it."""

    rejected: int = 0
    """While preparing."""
    refused: int = 0
    """By the push API, or with a receipt that does not add up."""
    late_errors: int = 0
    is_doubtful: bool = False
    """Whether late errors were missed or could not be read."""

    def __bool__(self) -> bool:
        return bool(self.rejected or self.refused or self.late_errors or self.is_doubtful)


def open_rejects(home: Home, folder: RunFolder) -> OpenRejects:
    """Count what of a finished run is still open, as far as this home knows."""
    runs = list_runs(home)
    (run,) = (run for run in runs if run.folder.id == folder.id)
    rejected = run.rejected - mended_records(home, folder.id)
    return replace(_open_at_ometria(run, runs), rejected=max(rejected, 0))


def _open_at_ometria(run: ListedRun, runs: list[ListedRun]) -> OpenRejects:
    """What the push API did not take, after the newest retry that has ended."""
    own = OpenRejects(
        refused=sum(total.refused + total.unclear for total in run.totals),
        late_errors=run.late.errors,
        is_doubtful=run.late.is_doubtful,
    )
    retry = next((each for each in runs if _is_retry_of(each, run)), None)
    if retry is None or run.info is None:
        return own
    try:
        with (
            Journal(run.folder.journal, is_read_only=True) as journal,
            Package(run.info.package_path) as package,
        ):
            wanted = retriable_records(package, journal, has_changed=True)
    except PackageError:
        return own
    left = sum(map(len, wanted.values())) - sum(total.records for total in retry.totals)
    after = _open_at_ometria(retry, runs)
    return replace(after, refused=after.refused + max(left, 0))


def _is_retry_of(run: ListedRun, of: ListedRun) -> bool:
    info = run.info
    return info is not None and info.retry_of == of.folder.id and info.is_finished
