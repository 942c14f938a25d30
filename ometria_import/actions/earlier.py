"""What a push does about earlier runs of the same files, before it begins a new one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import AlreadySent, Noted, RestBegun, RestEnded
from ometria_import.actions.calling.run import SendableRun, later_words
from ometria_import.actions.calling.unsent import before_sending
from ometria_import.actions.calling.words import counted
from ometria_import.actions.delivering import Outcome, Sending, deliver_rest
from ometria_import.actions.giving.changed import is_changed_only
from ometria_import.actions.keeping import STALE, is_stale, left_out_by
from ometria_import.config import Account
from ometria_import.delivery import (
    AccountLock,
    EarlierRun,
    ListedRun,
    RunHistory,
    RunRequest,
)
from ometria_import.errors import ExitCode, PackageError, UsageError
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package

_DONE = frozenset({ExitCode.OK, ExitCode.REJECTS})
_BEGINS_ANEW = frozenset({ExitCode.UNUSABLE})
"""A run whose package or journal is damaged sends nothing more; the sources hold what it had."""


class Before(NamedTuple):
    """What came of earlier runs."""

    code: ExitCode = ExitCode.OK
    """The exit code of sending the rest of them; OK if nothing was left."""
    end: Outcome | None = None
    """What the push ends with; None where it goes on with the files as they are."""


@dataclass(slots=True)
class Continuing:
    """A push that holds its account and has not prepared anything yet."""

    context: Context
    account: Account
    lock: AccountLock
    request: RunRequest
    sending: Sending
    is_changed_only: bool = False
    """Whether what has changed is found out from what the account was given, not from its runs."""
    _history: RunHistory | None = field(init=False, default=None)
    """As it stands since this push has sent something last; None while nobody has looked."""

    def go_on(self) -> Before:
        """Go on with the unfinished run of the same sources, or find that all is done.

        Where the sources have changed since, what the unfinished run has left goes first, and
        then the new run: nothing of either is lost.

        Raises:
            UsageError: somebody was asked and did not answer, or the run was overtaken.
        """
        with before_sending():
            earlier = self._earlier()
        if earlier is None or self._leave_for_consent(earlier):
            return Before()
        is_same = earlier.request.is_same(self.request)
        if earlier.info.is_finished:
            is_all = is_same and not self.is_changed_only and self._is_complete(earlier)
            before = self._finish_retries(earlier, is_all=is_all)
            is_end = is_all and before.end is None
            return before._replace(end=self._nothing_to_do(earlier)) if is_end else before
        text = f"run {earlier.id} of these files is unfinished, {_left(earlier)}"
        if earlier.overtaken_by is not None:
            self._leave(earlier, earlier.overtaken_by, text, is_same=is_same)
            return Before()
        if is_same:
            self._note(f"{text} to send: continuing it (--new starts a fresh run)")
            # The account's store may be gone, and with it what the run has sent before.
            goes_on = _BEGINS_ANEW | _DONE if self.is_changed_only else _BEGINS_ANEW
            return self._finish(earlier, goes_on)
        self._note(f"{text} to send, and the files have changed since")
        if self.context.caller.wants_rest_first():
            return self._finish(earlier, _BEGINS_ANEW | _DONE)
        return Before()

    def same(self, package: Package, rejected: int) -> Outcome | None:
        """What a push ends with whose files were written anew and make the very package sent.

        Args:
            package: Of the files as they are.
            rejected: The number of their records that were rejected this time.
        """
        earlier = self._earlier()
        if earlier is None or not earlier.is_still_so:
            return None
        if earlier.info.content_hash != package.content_hash:
            return None
        return self._nothing_to_do(earlier, has_rejects=bool(rejected))

    def _note(self, text: str) -> None:
        self.context.caller.tell(Noted(text))

    def _leave(self, earlier: EarlierRun, later: ListedRun, text: str, *, is_same: bool) -> None:
        """Go on without a run that was overtaken, where the files are newer than it.

        Raises:
            UsageError: they are the very same.
        """
        types = {str(total.object_type) for total in earlier.totals if total.to_send}
        words = f"{text} to send, and {later_words(later, types)} since"
        if not is_same:
            self._note(f"{words}: it is left as it is, and the files are sent as they are now")
            return
        resume = self.context.commands.resume(earlier.id, is_overtaken=True)
        raise UsageError(
            f"{words}: these files may overwrite newer records",
            hint="Push newer files. To send these anyway, add --new for all of them, or send "
            f"the rest with: {resume}",
        )

    def _finish_retries(self, earlier: EarlierRun, *, is_all: bool) -> Before:
        """Go on with what was begun to send some of a finished run again.

        Args:
            earlier: The run.
            is_all: Whether nothing else is left to do: the last retry's end is the push's.
        """
        safe = []
        for retry in earlier.unfinished_retries:
            text = f"run {retry.id}, a retry of run {earlier.id} of these files, is unfinished"
            if retry.overtaken_by is not None:
                step = self.context.commands.resume(retry.id, is_overtaken=True)
                self._note(f"{text}, and a later run sent more: {step} sends it anyway")
            else:
                self._note(f"{text}, {_left(retry)} to send")
                safe.append(retry)
        if not safe or not (is_all or self.context.caller.wants_rest_first()):
            return Before()
        codes = []
        for retry in safe:
            is_last = is_all and retry is safe[-1]
            before = self._finish(retry, _BEGINS_ANEW if is_last else _BEGINS_ANEW | _DONE)
            if before.end is not None:
                return before
            codes.append(before.code)
        return Before(ExitCode.REJECTS if ExitCode.REJECTS in codes else ExitCode.OK)

    def _earlier(self) -> EarlierRun | None:
        return self._look().earlier_run(self.account, self.request)

    def _leave_for_consent(self, earlier: EarlierRun) -> bool:
        """Leave a run whose contacts need their consent checked again, or by another rule.

        Raises:
            UsageError: it was checked long ago, and the files lack some of what the run has left.
        """
        rests = [earlier, *earlier.unfinished_retries]
        if not any(map(_sends_contacts, rests)):
            return False
        rule, own = self.request.consent, earlier.request
        if not own.promotes and own.consent.strictness < rule.strictness:
            words = f"run {earlier.id} of these files was begun with --consent {own.consent}"
        elif is_stale(own, earlier.info.created_at):
            words = f"run {earlier.id} of these files is unfinished, and {STALE}"
        else:
            return False
        resume = self.context.commands.resume(earlier.id, is_overtaken=True)
        if not own.is_same(self.request):
            raise UsageError(
                f"{words}; the files have changed since, and may not have all that it has left",
                hint="If they have, add --new, which leaves that run as it is. To send what it has "
                f"left as it is: {resume}",
            )
        self._note(f"{words}: it is left as it is, and the files are sent again as a whole")
        return True

    def _is_complete(self, earlier: EarlierRun) -> bool:
        """Whether the account holds all of the run's sources, as far as runs can tell."""
        if not earlier.is_still_so:
            return False
        try:
            with Package(earlier.info.package_path) as package:
                is_partial = package.sums.get("held_back") or is_changed_only(package)
                left_out = left_out_by(package).strictness
                return not is_partial and left_out <= self.request.consent.strictness
        except PackageError:
            return False

    def _look(self) -> RunHistory:
        """What the runs did; nobody else changes that for this account, which is held."""
        if self._history is None:
            self._history = RunHistory.load(self.context.home)
        return self._history

    def _nothing_to_do(self, earlier: EarlierRun, *, has_rejects: bool = True) -> Outcome:
        """Tell that a finished run has sent all this already, and what of it is still open."""
        left = self._look().open_rejects(earlier.id)
        if not has_rejects:
            left = replace(left, rejected=0)
        self.context.caller.tell(AlreadySent(earlier, left))
        code = ExitCode.REJECTS if left else ExitCode.OK
        return Outcome(code, earlier.folder, is_nothing_to_do=True)

    def _finish(self, earlier: EarlierRun, goes_on: frozenset[ExitCode]) -> Before:
        """Send what a run has left; the push ends with it unless a new run is to follow.

        Args:
            earlier: The run.
            goes_on: The exit codes after which a new run follows.
        """
        with before_sending():
            self.lock.hold_for(earlier.folder.id)
        caller = self.context.caller
        caller.tell(RestBegun(earlier))
        outcome = Outcome(ExitCode.UNUSABLE, earlier.folder)
        try:
            with Package(earlier.info.package_path) as package:
                run = SendableRun(earlier.folder, package, self.account.name, self.context.commands)
                outcome = deliver_rest(run, self.account, self.sending, self.context)
        except PackageError as error:
            self._note(f"run {earlier.folder.id} cannot continue: {error.message}")
        self._history = None
        is_end = outcome.exit_code not in goes_on
        caller.tell(RestEnded(earlier, is_end))
        if not is_end:
            self._note("now the files as they are")
        return Before(outcome.exit_code, outcome if is_end else None)


def _sends_contacts(run: EarlierRun) -> bool:
    """Whether contacts are among what a run has left to send."""
    return not run.info.is_finished and any(
        total.to_send for total in run.totals if total.object_type is ObjectType.CONTACT
    )


def _left(run: EarlierRun) -> str:
    return counted(sum(total.to_send for total in run.totals), "record")
