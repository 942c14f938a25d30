"""The person at the terminal, or cron: is shown what happens, and asked what only they can know."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import typer

from ometria_import.actions.calling.caller import Caller, Context, LivePush, unread_consent
from ometria_import.actions.calling.events import RunEvent
from ometria_import.actions.calling.suggestions import Commands
from ometria_import.actions.forgetting.leftovers import tell_of_leftovers
from ometria_import.cli.asking.flags import PlaceFlags
from ometria_import.cli.lines.stream import STREAMING
from ometria_import.cli.showing.live_view import show_live_push
from ometria_import.cli.showing.run_events import EventView
from ometria_import.cli.showing.screen import WARNING, Screen
from ometria_import.config import (
    AccountName,
    Trust,
    UntrustedAddressError,
    load_settings,
)
from ometria_import.errors import OmetriaImportError, RejectLimitError, UsageError
from ometria_import.options.choices import ConsentRule

if TYPE_CHECKING:
    # For types only: imported at run time, they would load what few commands need.
    from ometria_import.cli.lines.fields import AnyEvent
    from ometria_import.cli.lines.telling import Telling
    from ometria_import.delivery import Event, StopSignal
    from ometria_import.prepare import PrepareEvent
    from ometria_import.verification.events import VerificationEvent


@contextmanager
def attending(
    screen: Screen, place: PlaceFlags, *, is_confirmed: bool = False
) -> Iterator[Context]:
    """Let actions be done for whoever gave the command, and show what happens.

    Args:
        screen: Shows what happens.
        place: Where runs and settings live, and the hosts and key variables that the user trusts
            besides the settings file.
        is_confirmed: Whether `--yes` was said: it confirms the numbers, not the dangers.

    Raises:
        UsageError: the settings file or a flag cannot be used.
        Exit: more was rejected than is allowed, and that is shown.
    """
    commands = Commands(place.home, place.config, place.trust_words())
    view = EventView(screen, commands)
    telling = _telling(screen)
    try:
        settings = load_settings(place.config, os.environ)
        trust = Trust.of(place.base_host or (), place.key_env or (), os.environ)
        attendant = _Attendant(view, telling, is_confirmed=is_confirmed)
        command = shlex.join(["ometria-import", *sys.argv[1:]])
        context = Context(attendant, settings, commands, trust, command)
        tell_of_leftovers(context)
        yield context
    except RejectLimitError as error:
        # The screen knows whether it has said the one line of --quiet already.
        screen.fail(error)
        raise typer.Exit(error.exit_code) from None
    finally:
        view.stop()
        if telling is not None:
            telling.flush()


def _telling(screen: Screen) -> Telling | None:
    """What writes the events as lines; None where nobody wants them."""
    if screen.lines is None or screen.lines.command not in STREAMING:
        return None
    from ometria_import.cli.lines.telling import Telling

    return Telling(screen.lines)


def is_attended() -> bool:
    """Whether somebody could be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


class _Attendant(Caller):
    """Asks at the terminal where there is one."""

    def __init__(self, view: EventView, telling: Telling | None, *, is_confirmed: bool) -> None:
        self._view = view
        self._telling = telling
        self._is_confirmed = is_confirmed

    def tell(self, event: RunEvent) -> None:
        self._tell(event)
        self._view.show(event)

    def tell_preparing(self, event: PrepareEvent) -> None:
        self._tell(event)
        self._view.prepare(event)

    def tell_delivering(self, event: Event) -> None:
        self._tell(event)
        self._view.deliver(event)

    def tell_verifying(self, event: VerificationEvent) -> None:
        self._tell(event)
        self._view.verify(event)

    def _tell(self, event: AnyEvent) -> None:
        if self._telling is not None:
            self._telling(event)

    def stopping(self) -> AbstractContextManager[StopSignal]:
        return _stopped_by_signals()

    def require_consent_to_come(self) -> None:
        if not (self._is_confirmed or is_attended()):
            raise UsageError(
                "sending to live must be confirmed, and there is no terminal to ask on",
                hint="Add --yes if this is what you want.",
            )

    def confirm_live(self, push: LivePush) -> None:
        self._tell_of(push)
        if self._is_confirmed:
            return
        name = push.account.name
        if _typed(f"Type {name} to send them").lower() != name:
            raise UsageError(
                "not confirmed; nothing was sent", hint=f"Run the command again and type {name}."
            )

    def _tell_of(self, push: LivePush) -> None:
        screen = self._view.screen
        if screen.is_quiet and not is_attended():
            return
        show_live_push(screen, push)

    def confirm_unread_consent(
        self, name: AccountName, contacts: str, error: OmetriaImportError
    ) -> None:
        if not is_attended():
            raise unread_consent(name, contacts, error)
        words = f"{name} does not say who has opted out there: {error.message}"
        self._view.screen.tell(("warning: ", WARNING), words)
        question = f"Type file to send {contacts} that opt somebody in as the files have them"
        if _typed(question).lower() != ConsentRule.FILE:
            raise unread_consent(name, contacts, error)

    def confirm_host(self, host: str, error: UntrustedAddressError) -> None:
        if not is_attended():
            raise error
        self._view.screen.tell(("warning: ", WARNING), error.message)
        if _typed(f"Type {host} to send them there anyway").lower() not in {host, "yes", "y"}:
            raise UsageError("not confirmed; nothing was sent", hint=error.hint)

    def wants_rest_first(self) -> bool:
        if self._is_confirmed or not is_attended():
            return super().wants_rest_first()
        try:
            return typer.confirm("Send what it has left first?", default=True, err=True)
        except typer.Abort:
            raise UsageError(
                "no answer; nothing was sent",
                hint="Run the command again: --yes sends what it has left first, --new leaves "
                "it as it is.",
            ) from None


def _typed(question: str) -> str:
    """What somebody types; empty where they go away."""
    try:
        return str(typer.prompt(question, err=True)).strip()
    except typer.Abort:
        return ""


@contextmanager
def _stopped_by_signals() -> Iterator[StopSignal]:
    from ometria_import.delivery import StopSignal, stop_on_signals

    stop = StopSignal()
    with stop_on_signals(stop):
        yield stop
