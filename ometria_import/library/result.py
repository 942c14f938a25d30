"""The results of library calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ometria_import.actions.calling.run import sums_of
from ometria_import.actions.delivering import Outcome
from ometria_import.config.home import RunFolder
from ometria_import.delivery import RunSummary
from ometria_import.errors import ExitCode
from ometria_import.options.choices import AccountName
from ometria_import.prepare import PrepareSummary
from ometria_import.problems.log import ProblemGroup


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a check or a push."""

    exit_code: ExitCode
    """What the command would have told the shell."""
    folder: Path
    """Where the run or the check lives: its problems, reject files and log."""
    run: str | None
    """The run's id; None for a check."""
    account: AccountName | None
    """None for a check."""
    nothing_to_do: bool
    """Whether all this was sent before, by the run that is named."""
    dry_run: bool
    """Whether nothing was sent because nothing was to be."""
    ready: Mapping[str, int]
    """Records that are ready to send, by object type, in sending order."""
    rejected: int
    """Records, and rows that could not be read, found while preparing."""
    problems: tuple[ProblemGroup, ...]
    """What this call found while preparing, grouped by cause and field: errors first, then by
    frequency. A resume prepares nothing."""
    sums: Mapping[str, Any]
    """Everything that `--json` says of preparing, such as `rows`, `superseded` and `across`."""
    delivery: RunSummary | None
    """What the account took: accepted, refused, to_send, late errors, totals by object type; None
    where nothing was sent."""

    @property
    def ok(self) -> bool:
        """Whether everything got in, or there was nothing to do."""
        return self.exit_code is ExitCode.OK

    @property
    def problems_file(self) -> Path:
        """Every problem, one in a row, as a CSV."""
        return RunFolder(self.folder).problems

    @property
    def reject_files(self) -> tuple[Path, ...]:
        """What did not get in, with the reasons: to be mended and pushed again."""
        rejects = RunFolder(self.folder).rejects
        return tuple(sorted(rejects.iterdir())) if rejects.is_dir() else ()


def result_of(
    outcome: Outcome,
    account: AccountName,
    prepared: PrepareSummary | None,
    *,
    is_dry_run: bool = False,
) -> Result:
    """Convert an action's outcome into a result, or raise its failure.

    Raises:
        OmetriaImportError: what stopped the delivery; its `told` has the run's id.
    """
    sums = sums_of(outcome.run)
    failure = outcome.delivered.failure if outcome.delivered else None
    if failure is not None:
        failure.told = {"run": outcome.run.id, "account": str(account), **sums}
        raise failure
    return Result(
        exit_code=outcome.exit_code,
        folder=outcome.run.path,
        run=outcome.run.id,
        account=account,
        nothing_to_do=outcome.is_nothing_to_do,
        dry_run=is_dry_run,
        ready=dict(sums.get("records", {})),
        rejected=int(sums.get("rejected", 0)),
        problems=prepared.groups if prepared is not None else (),
        sums=sums,
        delivery=None if is_dry_run else outcome.delivered,
    )
