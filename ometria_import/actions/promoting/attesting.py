"""Writing the statement about a promotion that has ended."""

from __future__ import annotations

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.run import Run
from ometria_import.config import AccountName
from ometria_import.config.home import RunFolder
from ometria_import.delivery import Journal, load_request, summary_of
from ometria_import.errors import OmetriaImportError
from ometria_import.package import Package
from ometria_import.promotion import Attestation, facts_of, load_gate, statement_of


def attest(folder: RunFolder, to: AccountName, attestation: Attestation, context: Context) -> None:
    """Write and sign the statement about a run to a live account that is finished.

    Raises:
        UsageError: its file would replace another one, or the key cannot sign; the run
            stands.
        PackageError: what it is about cannot be read any more.
        TemporaryFailureError: the disk has no room.
    """
    try:
        with (
            Journal(folder.journal, is_read_only=True) as journal,
            Package(journal.info().package_path) as package,
        ):
            run = Run(folder, package, to, context.commands)
            code = run.exit_code(summary_of(journal).exit_code)
            live = facts_of(journal, package)
        attestation.write(statement_of(load_gate(folder), live, int(code)))
    except OmetriaImportError as error:
        promotes = load_request(folder).promotes
        attesting = type(error)(
            f"run {folder.id} is finished, but not attested: {error.message}",
            hint=f"{error.hint} The same promote command then sends nothing, and attests it.",
        )
        attesting.told = {"run": folder.id, "account": to, "promotes": promotes}
        raise attesting from None
