"""Sending the very package that staging took to the live account, through a gate."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import (
    AlreadyPromoted,
    Noted,
    PromotionBegun,
    PromotionEnded,
)
from ometria_import.actions.calling.run import (
    SendableRun,
    find_run,
    keep_rows,
    later_words,
    package_to_show,
    refuse_unsent,
    sums_of,
)
from ometria_import.actions.calling.unsent import before_sending, drop, dropped_on_failure
from ometria_import.actions.calling.words import counted
from ometria_import.actions.delivering import Outcome, confirm, deliver, deliver_rest
from ometria_import.actions.forgetting.leaving_out import refuse_forgotten
from ometria_import.actions.promoting.attesting import attest
from ometria_import.actions.promoting.gate import pass_gate
from ometria_import.actions.promoting.other_way import other_way
from ometria_import.actions.promoting.wish import Promote
from ometria_import.config import Account
from ometria_import.config.home import RunFolder
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.delivery import (
    AccountLock,
    EarlierRun,
    Journal,
    RunHistory,
    RunInfo,
    RunRequest,
    create_journal,
    load_request,
    save_request,
)
from ometria_import.errors import ExitCode, UsageError
from ometria_import.package import Package
from ometria_import.promotion import PassedGate, load_gate, save_gate


def promote(wish: Promote, context: Context) -> Outcome:
    """Send the package of a staging run to live as it is, once every line of the gate is open.

    An unfinished promotion of the same package goes on; where it is finished, nothing is sent,
    and the statement is written if it was asked for. What stops a delivery is in the outcome.

    Raises:
        UsageError: there is no such staging run, or a key, a confirmation or a place is missing.
        GateShutError: the run may not be promoted as it is; nothing was sent.
        PackageError: the journal of the run is damaged.
        AccountBusyError: another run holds the live account.
    """
    if not wish.to.is_live:
        raise UsageError(
            f"a run is promoted from staging to live, and {wish.to} is {wish.to.kind}",
            hint="Add --to live. To send files to staging, push them.",
        )
    home = context.home
    staged = find_run(home, wish.run, context.commands)
    with Journal(staged.journal, is_read_only=True) as journal:
        info = journal.info()
    _refuse_other_runs(staged, info, context)
    account = context.account(wish.to)
    context.require_consent_to_come(wish.to)
    with before_sending():
        folder = home.create_run(wish.to, datetime.now(UTC))
    promotion = _Promotion(wish, context, account, staged)
    with ExitStack() as held:
        with dropped_on_failure(folder):
            with before_sending():
                lock = held.enter_context(AccountLock(home, wish.to, folder.id))
            history = RunHistory.load(home)
            earlier = history.of_package(info.content_hash, account)
            if earlier is None:
                begun = promotion.begin(folder, history, held)
        if earlier is None:
            return promotion.send(*begun)
        drop(folder)
        with before_sending():
            lock.hold_for(earlier.id)
        return promotion.go_on(earlier, history)


def _refuse_other_runs(folder: RunFolder, info: RunInfo, context: Context) -> None:
    """Stop where a run is none that could be promoted.

    Raises:
        UsageError: it sent nothing, or not to staging, or only again what another run had sent.
    """
    refuse_unsent(info)
    if info.account.is_live:
        raise UsageError(
            f"run {info.run_id} went to {info.account}: only a staging run is promoted",
            hint=f"`{context.commands.command('runs')}` lists the runs.",
        )
    with package_to_show(info.package_path) as package:
        other = other_way(folder, info, package, context.commands)
    if other is not None:
        raise UsageError(
            other.why, hint=f"{other.words[0].upper()}{other.words[1:]}: {other.command}"
        )


@dataclass(frozen=True, slots=True)
class _Promotion:
    """A promotion that holds the live account."""

    wish: Promote
    context: Context
    account: Account
    staged: RunFolder

    def begin(
        self, folder: RunFolder, history: RunHistory, held: ExitStack
    ) -> tuple[SendableRun, Journal, PassedGate]:
        """Pass the gate, get consent, and write down the new run; nothing is sent yet.

        Raises:
            GateShutError: a line of the gate is shut.
            UsageError: nobody consents, or the statement could not be written afterwards.
        """
        wish, context = self.wish, self.context
        if wish.attestation is not None:
            wish.attestation.check()
        package, gate = pass_gate(self.staged, wish, self.account, history, context, held)
        refuse_forgotten(package, self.staged.id, context)
        run = SendableRun(folder, package, wish.to, context.commands)
        allowed = wish.sending.allowed
        between = wish.sending.between
        confirm(run, self.account, allowed, context, is_promoted=True, between=between)
        files = load_request(self.staged)
        request = RunRequest(
            files.asked,
            files.state,
            config=context.commands.config_from_root,
            command=context.command,
            promotes=self.staged.id,
            between=wish.sending.between or self.account.between,
        ).allowing(allowed, datetime.now(UTC))
        with before_sending():
            save_request(folder, request)
            _copy_sums(self.staged, folder)
            keep_rows(self.staged, folder)
            save_gate(folder, gate)
            # Last, as a run that has a journal can be resumed.
            journal = create_journal(folder, package, self.account, datetime.now(UTC))
        return run, held.enter_context(journal), gate

    def send(self, run: SendableRun, journal: Journal, gate: PassedGate) -> Outcome:
        """Send what has passed the gate."""
        context, sending = self.context, self.wish.sending
        context.caller.tell(PromotionBegun(self.staged.id))
        return self._end(deliver(run, journal, self.account, sending, context), gate)

    def go_on(self, earlier: EarlierRun, history: RunHistory) -> Outcome:
        """Go on with a live run of the same package, or find that it is finished.

        Raises:
            UsageError: it must be resumed in another way.
        """
        wish, context = self.wish, self.context
        if earlier.info.is_finished:
            return self._nothing_to_do(earlier, history)
        text = f"run {earlier.id} sends this package to live already and is unfinished"
        if not earlier.request.promotes:
            raise UsageError(
                f"{text}: it was pushed, not promoted",
                hint=f"Finish it with: {context.commands.resume(earlier.id)}",
            )
        if earlier.overtaken_by is not None:
            later = later_words(earlier.overtaken_by, history.types_to_send(earlier.id))
            resume = context.commands.resume(earlier.id, is_overtaken=True)
            raise UsageError(
                f"{text}, and {later} since: what it has left may overwrite newer records",
                hint=f"Push the files as they are now. To send what is left anyway: {resume}",
            )
        if wish.attestation is not None:
            wish.attestation.check()
        left = counted(sum(total.to_send for total in earlier.totals), "record")
        context.caller.tell(Noted(f"{text}, {left} to send: continuing it"))
        gate = load_gate(earlier.folder)
        with Package(earlier.info.package_path) as package:
            context.caller.tell(PromotionBegun(self.staged.id))
            run = SendableRun(earlier.folder, package, wish.to, context.commands)
            outcome = deliver_rest(run, self.account, wish.sending, context)
        return self._end(outcome, gate)

    def _nothing_to_do(self, earlier: EarlierRun, history: RunHistory) -> Outcome:
        attestation = self.wish.attestation
        left = history.open_rejects(earlier.id)
        code = ExitCode.REJECTS if left else ExitCode.OK
        if attestation is not None:
            if not earlier.request.promotes:
                raise UsageError(
                    f"run {earlier.id} has sent this package to live, but was not promoted: no "
                    "gate was passed, so nothing can be attested",
                    hint="Leave --attest out.",
                )
            attest(earlier.folder, self.wish.to, attestation, self.context)
        self.context.caller.tell(AlreadyPromoted(earlier, self.staged.id, left, attestation))
        return Outcome(code, earlier.folder, is_nothing_to_do=True)

    def _end(self, outcome: Outcome, gate: PassedGate) -> Outcome:
        """Attest what was sent if it is all, and tell how the promotion ended.

        Raises:
            OmetriaImportError: the statement could not be written; the run stands.
        """
        attestation = self.wish.attestation
        is_finished = outcome.delivered is not None and outcome.delivered.failure is None
        attested = attestation if is_finished else None
        if attested is not None:
            attest(outcome.run, self.wish.to, attested, self.context)
        self.context.caller.tell(
            PromotionEnded(self.staged.id, gate.lines, attested, is_owed=attestation is not None)
        )
        return outcome


def _copy_sums(staged: RunFolder, folder: RunFolder) -> None:
    """Keep what preparing counted with the live run, too: the staging run may be pruned."""
    if sums_of(staged):
        with storage_errors(folder.sums):
            private_file(folder.sums).write_bytes(staged.sums.read_bytes())
