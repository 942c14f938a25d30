"""Records that were prepared and are not in the package of a run: which they are, and why."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.actions.results.records import Numbers, PackedRecords, Texts
from ometria_import.actions.results.verdicts import OF_REASONS, Verdict
from ometria_import.config.home import Home, RunId
from ometria_import.delivery import Journal, RunInfo
from ometria_import.errors import InterruptedRunError, OmetriaImportError
from ometria_import.package import Derivation, Package
from ometria_import.pseudonyms import is_pseudonymised


class _Step(NamedTuple):
    """Records were left out of a package."""

    verdict: Verdict
    before: PackedRecords | None
    """The package with them; None where it is gone."""


class KnownRecords:
    """The records of a run's package, and those of the packages that it was made of."""

    def __init__(
        self, own: PackedRecords, package: Package, info: RunInfo, home: Home, opened: ExitStack
    ) -> None:
        """Open the packages that are still there.

        Args:
            own: The records of the run's package.
            package: That package.
            info: Of the run.
            home: Where the packages are.
            opened: Closes the packages.
        """
        self._steps = _steps(package, info.retry_of, home, opened)
        earlier = [step.before for step in self._steps if step.before is not None]
        self._all = [(each, each.keys()) for each in (own, *earlier)]

    def keys(self, places: Numbers) -> Texts:
        """The key of the record that begins at each place; empty where it is not known."""
        found: Texts = pa.repeat(pa.scalar("", pa.string()), len(places))
        for records, keys in self._all:
            numbers = records.find(places)
            own = keys.take(pa.array(numbers, mask=numbers < 0))
            is_open = pc.equal(found, "")
            found = pc.if_else(is_open, pc.fill_null(own, ""), found)
        return found

    def why_absent(self, places: Numbers) -> npt.NDArray[np.int8]:
        """The verdicts about records that are not in the run's package."""
        found = np.full(len(places), Verdict.NOT_IN_PACKAGE, np.int8)
        is_open = np.ones(len(places), bool)
        for step in self._steps:
            if step is self._steps[-1]:
                found[is_open] = step.verdict
            elif step.before is None:
                break
            else:
                was_here = is_open & (step.before.find(places) >= 0)
                found[was_here] = step.verdict
                is_open &= ~was_here
        return found


def _steps(package: Package, retry_of: RunId, home: Home, opened: ExitStack) -> list[_Step]:
    """The newest first."""
    # Before it there are real people, and a file about fakes must not name any.
    is_apart = is_pseudonymised(package.sums)
    steps = []
    for each in Derivation.chain(package.sums):
        if each.left_out:
            path = home.packages / f"{each.package[:12]}.db"
            before = None if is_apart else _opened(path, opened)
            verdict = OF_REASONS.get(each.reason, Verdict.NOT_IN_PACKAGE)
            steps.append(_Step(verdict, None if before is None else PackedRecords(before).ranked()))
    if retry_of:
        earlier = _earlier(home, retry_of, opened)
        if earlier is None:
            steps.append(_Step(Verdict.NOT_RETRIED, None))
        else:
            retried, info = earlier
            steps.append(_Step(Verdict.NOT_RETRIED, PackedRecords(retried).ranked()))
            steps += _steps(retried, info.retry_of, home, opened)
    return steps


def _earlier(home: Home, run: RunId, opened: ExitStack) -> tuple[Package, RunInfo] | None:
    """A run that another one retries, and its package, as far as they are still there."""
    for folder in home.runs():
        if folder.id == run:
            try:
                with Journal(folder.journal, is_read_only=True) as journal:
                    info = journal.info()
            except InterruptedRunError:
                raise
            except OmetriaImportError:
                return None
            package = _opened(info.package_path, opened)
            return None if package is None else (package, info)
    return None


def _opened(path: Path, opened: ExitStack) -> Package | None:
    try:
        return opened.enter_context(Package(path))
    except InterruptedRunError:
        raise
    except OmetriaImportError:
        return None
