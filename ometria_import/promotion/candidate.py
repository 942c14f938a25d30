"""A staging run that is to be promoted: all that the gate judges it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ometria_import.config import AccountSettings
from ometria_import.config.home import RunId
from ometria_import.delivery import (
    LateSums,
    ListedRun,
    OpenRejects,
    RunHistory,
    RunInfo,
    TypeTotals,
)
from ometria_import.errors import PackageError
from ometria_import.package import Package
from ometria_import.promotion.survey import Survey, survey
from ometria_import.verification import Summary, verifications_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A staging run, as it stands."""

    info: RunInfo
    totals: tuple[TypeTotals, ...]
    sums: Mapping[str, Any]
    """What preparing counted."""
    last_retry: RunId
    """The last finished run that sent records of this one again; itself where there is none."""
    late: LateSums
    """Of the last retry: what it sent again is judged by what came then."""
    left: OpenRejects
    package_hash: str
    survey: Survey | PackageError
    """What the package holds, or why it cannot be read."""
    verifications: tuple[Summary, ...]
    """Newest first."""
    newer_in_staging: ListedRun | None
    newer_in_live: ListedRun | None


def candidate_of(
    run: ListedRun,
    info: RunInfo,
    package: Package | PackageError,
    sums: Mapping[str, Any],
    history: RunHistory,
    live: AccountSettings,
) -> Candidate:
    """Gather what the gate must know; reads the package to its end."""
    last_retry = _last_retry(run, history)
    types = [str(total.object_type) for total in run.totals]
    return Candidate(
        info=info,
        totals=run.totals,
        sums=sums,
        last_retry=last_retry.folder.id,
        late=last_retry.late,
        left=history.open_rejects(run.folder.id),
        package_hash="" if isinstance(package, PackageError) else package.content_hash,
        survey=_surveyed(package),
        verifications=tuple(verifications_of(history.home, run.folder.id)),
        newer_in_staging=history.overtaker(run.folder.id, types),
        newer_in_live=history.newer_than(run.folder.id, live, types),
    )


def _surveyed(package: Package | PackageError) -> Survey | PackageError:
    if isinstance(package, PackageError):
        return package
    try:
        return survey(package)
    except PackageError as damage:
        return damage


def _last_retry(run: ListedRun, history: RunHistory) -> ListedRun:
    """The newest finished retry of a run, or of that one; the run itself where there is none."""
    for other in history.runs:
        if other.info and other.info.is_finished and other.info.retry_of == run.folder.id:
            return _last_retry(other, history)
    return run
