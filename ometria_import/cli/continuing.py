"""What a push does about earlier runs of the same files, before it begins a new one."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import NoReturn

import typer

from ometria_import.cli.asking.confirming import Consent, is_attended
from ometria_import.cli.one_run import later_words
from ometria_import.cli.resuming import deliver_rest
from ometria_import.cli.showing.next_step import Commands
from ometria_import.cli.showing.quiet_view import open_words, sum_up_open
from ometria_import.cli.showing.run_view import SendingView
from ometria_import.cli.showing.screen import FAINT, WARNING, DeferredScreen, Screen, counted
from ometria_import.config import Account
from ometria_import.config.home import Home
from ometria_import.delivery import (
    AccountLock,
    EarlierRun,
    ListedRun,
    RunRequest,
    earlier_run,
    open_rejects,
)
from ometria_import.errors import ExitCode, PackageError, TemporaryFailureError, UsageError
from ometria_import.package import Package

_DONE = frozenset({ExitCode.OK, ExitCode.REJECTS})
_BEGINS_ANEW = frozenset({ExitCode.UNUSABLE})
"""A run whose package or journal is damaged sends nothing more; the sources hold what it had."""


@dataclass(frozen=True, slots=True)
class Continuing:
    """A push that holds its account and has not prepared anything yet."""

    screen: Screen
    account: Account
    consent: Consent
    give_up_after: timedelta
    commands: Commands

    def go_on(self, lock: AccountLock, request: RunRequest) -> ExitCode:
        """Go on with the unfinished run of the same sources, or find that all is done.

        Where the sources have changed since, what the unfinished run has left goes first, and
        then the new run: nothing of either is lost.

        Returns:
            What sending the rest came to; OK where nothing was left.

        Raises:
            Exit: the push ends with that.
            UsageError: somebody was asked and did not answer, or the run was overtaken.
        """
        earlier = self._earlier(request)
        if earlier is None:
            return ExitCode.OK
        is_same = earlier.request.is_same(request)
        if earlier.info.is_finished:
            is_all = is_same and _is_complete(earlier)
            code = self._finish_retries(earlier, lock, is_all=is_all)
            if is_all:
                self._end_with_nothing_to_do(earlier)
            return code
        text = f"run {earlier.id} of these files is unfinished, {_left(earlier)}"
        if earlier.overtaken_by is not None:
            self._leave(earlier, earlier.overtaken_by, text, is_same=is_same)
            return ExitCode.OK
        if is_same:
            self.screen.note(f"{text} to send: going on with it (--new begins anew)")
            return self._finish(earlier, lock, _BEGINS_ANEW)
        self.screen.note(f"{text} to send, and the files have changed since")
        if self._wants_rest_first():
            return self._finish(earlier, lock, _BEGINS_ANEW | _DONE)
        return ExitCode.OK

    def _leave(self, earlier: EarlierRun, later: ListedRun, text: str, *, is_same: bool) -> None:
        """Go on without a run that was overtaken, where the files are newer than it.

        Raises:
            UsageError: they are the very same.
        """
        words = f"{text} to send, and {later_words(later, _types_left(earlier))} since"
        if not is_same:
            self.screen.note(f"{words}: it is left alone, and the files go as they are now")
            return
        raise UsageError(
            f"{words}: these files may overwrite newer records",
            hint="Push newer files. If these are to be sent all the same, say --new for all of "
            f"them, or for the rest: {self.commands.resume(earlier.id, is_overtaken=True)}",
        )

    def refuse_the_same(self, package: Package, request: RunRequest, rejected: int) -> None:
        """End here where files that were written anew make the very package that was sent.

        Args:
            package: Of the files as they are.
            request: What the push was asked for.
            rejected: How many of their records were rejected now.

        Raises:
            Exit: they do.
        """
        earlier = self._earlier(request)
        if (
            earlier is not None
            and earlier.is_still_so
            and earlier.info.content_hash == package.content_hash
        ):
            self._end_with_nothing_to_do(earlier, has_rejects=bool(rejected))

    def _finish_retries(self, earlier: EarlierRun, lock: AccountLock, *, is_all: bool) -> ExitCode:
        """Go on with what was begun to send some of a finished run again.

        Args:
            earlier: The run.
            lock: The account's.
            is_all: Whether nothing else is left to do: the last retry's end is the push's.

        Raises:
            Exit: the push ends with that.
        """
        safe = []
        for retry in earlier.unfinished_retries:
            text = f"run {retry.id}, a retry of run {earlier.id} of these files, is unfinished"
            if retry.overtaken_by is not None:
                step = self.commands.resume(retry.id, is_overtaken=True)
                self.screen.note(f"{text}, and a later run sent more: {step} sends it all the same")
            else:
                self.screen.note(f"{text}, {_left(retry)} to send")
                safe.append(retry)
        if not safe or not (is_all or self._wants_rest_first()):
            return ExitCode.OK
        codes = [self._finish(retry, lock, _BEGINS_ANEW | _DONE) for retry in safe[:-1]]
        last = _BEGINS_ANEW if is_all else _BEGINS_ANEW | _DONE
        codes.append(self._finish(safe[-1], lock, last))
        return ExitCode.REJECTS if ExitCode.REJECTS in codes else ExitCode.OK

    def _earlier(self, request: RunRequest) -> EarlierRun | None:
        return earlier_run(Home(self.commands.home), self.account, request)

    def _end_with_nothing_to_do(self, earlier: EarlierRun, *, has_rejects: bool = True) -> NoReturn:
        """Say that a finished run has sent all this already, and what of it is still open."""
        left = open_rejects(Home(self.commands.home), earlier.folder)
        if not has_rejects:
            left = replace(left, rejected=0)
        code = ExitCode.REJECTS if left else ExitCode.OK
        accepted = sum(total.accepted for total in earlier.totals)
        records = sum(total.records for total in earlier.totals)
        self.screen.say(
            f"Nothing to do: run {earlier.folder.id} sent these files to {self.account.name} on "
            f"{earlier.info.updated_at:%Y-%m-%d %H:%M} UTC, {accepted:,} of "
            f"{counted(records, 'record')} accepted, and nothing has changed since; "
            "--new sends them again."
        )
        step = self.commands.show(earlier.folder.id)
        if left:
            self.screen.prose((f"Still open from that run: {open_words(left)}.", WARNING))
            self.screen.say(("Next: ", FAINT), step)
            self.screen.sum_up(sum_up_open(self.account.name, left, step))
        self.screen.result(
            {
                "run": earlier.folder.id,
                "account": self.account.name,
                "nothing_to_do": True,
                **({"open": asdict(left)} if left else {}),
                "exit_code": int(code),
            }
        )
        raise typer.Exit(code)

    def _wants_rest_first(self) -> bool:
        if self.consent.is_confirmed or not is_attended():
            self.screen.note("sending what it has left first (--new leaves it alone)")
            return True
        try:
            return typer.confirm("Send what it has left first?", default=True, err=True)
        except typer.Abort:
            raise UsageError(
                "no answer; nothing was sent",
                hint="Give the command again: --yes sends what it has left first, --new leaves it"
                " alone.",
            ) from None

    def _finish(
        self, earlier: EarlierRun, lock: AccountLock, goes_on: frozenset[ExitCode]
    ) -> ExitCode:
        """Send what a run has left, and end the push unless a new run is to follow.

        Returns:
            What it came to.

        Raises:
            Exit: the push ends with that.
        """
        lock.hold_for(earlier.folder.id)
        # One JSON object at the end: this run's, only if no other one follows.
        screen = DeferredScreen(self.screen)
        code = ExitCode.UNUSABLE
        try:
            with Package(earlier.info.package_path) as package:
                view = SendingView(
                    screen, earlier.folder, package, self.account.name, self.commands
                )
                code = deliver_rest(view, self.account, self.consent, self.give_up_after)
        except PackageError as error:
            self.screen.note(f"run {earlier.folder.id} cannot go on: {error.message}")
        except TemporaryFailureError as error:
            # There is a run to resume, unlike after other failures of a push that has not begun.
            self.screen.fail(error)
            raise typer.Exit(error.exit_code) from None
        except typer.Exit:
            screen.release()
            raise
        if code in goes_on:
            self.screen.note("now the files as they are")
            return code
        screen.release()
        raise typer.Exit(code)


def _left(run: EarlierRun) -> str:
    return counted(sum(total.to_send for total in run.totals), "record")


def _types_left(run: EarlierRun) -> set[str]:
    return {str(total.object_type) for total in run.totals if total.to_send}


def _is_complete(earlier: EarlierRun) -> bool:
    """Whether the account holds all of the run's sources, as far as runs can tell."""
    if not earlier.is_still_so:
        return False
    try:
        with Package(earlier.info.package_path) as package:
            return not package.sums.get("held_back")
    except PackageError:
        return False
