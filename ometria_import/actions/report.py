"""Writing the report of a run: when it was sent, when it was verified, and when asked for it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ometria_import.actions.calling.events import Noted
from ometria_import.actions.calling.run import Run, commands_of, find_run, package_to_show
from ometria_import.actions.calling.suggestions import Commands
from ometria_import.actions.calling.words import effect_lines
from ometria_import.config.home import Home
from ometria_import.delivery import Journal, info_of, load_request, summary_of
from ometria_import.errors import InterruptedRunError, OmetriaImportError, PackageError
from ometria_import.package import Effects, effects_of

if TYPE_CHECKING:
    from ometria_import.actions.calling.caller import Context
    from ometria_import.reporting import Report


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """A report that was written."""

    run: str
    page: Path
    numbers: Path
    report: Report


def write_report(
    home: Home,
    run_id: str | None = None,
    *,
    page: Path | None = None,
    with_examples: bool = False,
) -> WrittenReport:
    """Write the report of a run: the numbers beside it, and the page there or to another file.

    Args:
        home: Where the run is.
        run_id: The beginning of its id; None for the newest.
        page: Where the page goes; None for the run's own folder.
        with_examples: Whether columns are shown with three values each, masked.

    Raises:
        UsageError: there is no such run, or the page cannot be written there.
        PackageError: the run's journal is damaged.
    """
    from ometria_import.reporting import require_place

    if page is not None:
        require_place(page)
    commands = Commands(home.root)
    folder = find_run(home, run_id, commands)
    with Journal(folder.journal, is_read_only=True) as journal:
        info = journal.info()
    with package_to_show(info.package_path) as package:
        run = Run(folder, package, info.account, commands_of(home.root, folder))
        return _written(run, home, page, with_examples=with_examples)


def kept_report(run: Run, context: Context) -> Path | None:
    """Write the report of a run beside it; whatever goes wrong with it stays a note.

    Returns:
        The page; None where it could not be written.
    """
    try:
        return _written(run, context.home).page
    except InterruptedRunError:
        raise
    except OmetriaImportError as error:
        reason = error.message
    except Exception as error:  # noqa: BLE001 -- no fault of a report fails a run that was sent
        reason = f"this is a bug: {type(error).__name__}"
    again = context.commands.command("report", run.folder.id)
    context.caller.tell(Noted(f"the report could not be written: {reason}; try {again}"))
    return None


def _written(
    run: Run, home: Home, page: Path | None = None, *, with_examples: bool = False
) -> WrittenReport:
    # Only here, as `--help` and `check` need none of it.
    from ometria_import.actions.checklist import checklist_of_run
    from ometria_import.reporting import NUMBERS, Checked, Material, gather, save_report
    from ometria_import.verification import verifications_of
    from ometria_import.verification.comparing import FoundOrders, proof_of_load

    folder = run.folder
    with Journal(folder.journal, is_read_only=True) as journal:
        info, delivered = info_of(journal, folder), summary_of(journal)
        checked = Checked.of(verifications_of(home, folder.id), info)
        load = checked.shown.load if checked.shown is not None else None
        if load is None and not isinstance(run.package, PackageError):
            with suppress(PackageError):
                load = proof_of_load(run.package, journal, run.sums, FoundOrders())
    effects: Effects | None = None
    if not isinstance(run.package, PackageError):
        # What is young is counted from the end of the run, so that the same run makes the same
        # report whenever it is written.
        with suppress(PackageError):
            effects = effects_of(run.package, info.updated_at)
    report = gather(
        Material(
            folder=folder,
            prepared_in=run.prepared_in,
            info=info,
            delivered=delivered,
            package=run.package,
            sums=run.sums,
            request=load_request(folder),
            effects=effects,
            effect_lines=() if effects is None else tuple(effect_lines(effects, info.updated_at)),
            checked=checked,
            load=load,
            with_examples=with_examples,
            way_live=tuple(checklist_of_run(home, info)),
        )
    )
    return WrittenReport(
        folder.id, save_report(folder, report, page), folder.path / NUMBERS, report
    )
