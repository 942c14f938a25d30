"""Which run sent last: what is older must not go over what is newer.

Runs are as old as their beginning, for then their files were read. What an account holds was sent
by whichever run sent last, which an old run does that is gone on with. Both are known without a
clock: ids sort as they were given, and every session that sends has a turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ometria_import.config.home import Home, RunFolder, RunId
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.runs.run_list import ListedRun, list_runs
from ometria_import.errors import OmetriaImportError


def next_turn(journal: Journal) -> int:
    """The turn of a session that begins now; its account must be held."""
    last = 0
    for path in journal.path.parent.parent.glob(f"*/{journal.path.name}"):
        try:
            with Journal(path, is_read_only=True) as other:
                last = max([last, *(turns.last for turns in other.sent().values())])
        except OmetriaImportError:
            continue  # who cannot be read sends nothing any more
    return last + 1


def overtaking_run(
    home: Home, folder: RunFolder, types: Iterable[str] | None = None
) -> ListedRun | None:
    """Find a later run to the same account that sent records of the same object types.

    What it sent may be newer than what is still to be sent of this one, or again. See `overtaker`.
    """
    runs = list_runs(home)
    mine = next((run for run in runs if run.folder.id == folder.id), None)
    return overtaker(mine, runs, types) if mine is not None else None


def overtaker(
    run: ListedRun, runs: Sequence[ListedRun], types: Iterable[str] | None = None
) -> ListedRun | None:
    """The newest of the later runs that sent records of a run's object types.

    Retries of the same run sent the same records; a run that cannot be read may have sent any.

    Args:
        run: The run.
        runs: All of a home, newest first.
        types: Of which it is asked; those that the run has still to send where it is left out.
    """
    wanted = set(types if types is not None else types_to_send(run))
    for later in _others(run, runs):
        if later.folder.id < run.folder.id:
            break
        if later.info is None or wanted & later.sent.keys():
            return later if wanted else None
    return None


def is_overwritten(run: ListedRun, runs: Sequence[ListedRun]) -> bool:
    """Whether other runs sent records of a run's object types after it had begun to.

    Then the account may hold other things than the run sent, whichever of them is older.
    """
    for other in _others(run, runs):
        is_later = other.folder.id > run.folder.id
        if other.info is None and is_later:
            return True
        for name, theirs in other.sent.items():
            ours = run.sent.get(name)
            # Versions that gave no turns are told apart by when their runs began.
            if ours and (theirs.last, is_later) > (ours.first, False):
                return True
    return False


def types_to_send(run: ListedRun) -> set[str]:
    """The object types of which a run has something left."""
    return {str(total.object_type) for total in run.totals if total.to_send}


def originals_of(runs: Iterable[ListedRun]) -> dict[RunId, RunId]:
    """The run that each run sends once more, be it a retry of a retry; itself for any other."""
    retry_of = {run.folder.id: run.info.retry_of if run.info else "" for run in runs}
    originals = {}
    for run in retry_of:
        original = run
        while retry_of.get(original):
            original = RunId(retry_of[original])
        originals[run] = original
    return originals


def _others(run: ListedRun, runs: Sequence[ListedRun]) -> list[ListedRun]:
    """The runs that may have sent other records to the account of a run, newest first."""
    originals, info = originals_of(runs), run.info
    mine = originals[run.folder.id]
    return [
        other
        for other in runs
        if other.folder.id != run.folder.id
        and originals[other.folder.id] != mine
        and (
            other.info is None
            or info is None
            or (
                not other.info.is_dry_run
                and (other.info.account, other.info.base_url) == (info.account, info.base_url)
            )
        )
    ]
