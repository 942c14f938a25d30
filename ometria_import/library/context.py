"""Who calls from a program: what its arguments say of accounts, keys and consent."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from ometria_import.actions.calling.caller import Caller, Context, LivePush, unread_consent
from ometria_import.actions.calling.events import RunEvent, SourcesPrepared
from ometria_import.actions.calling.run import find_run
from ometria_import.actions.calling.suggestions import Commands
from ometria_import.actions.forgetting.leftovers import tell_of_leftovers
from ometria_import.config import (
    AccountName,
    Trust,
    host_of,
    load_settings,
)
from ometria_import.config.home import Home, RunFolder
from ometria_import.config.trust import checked_base_url
from ometria_import.delivery import Event, Journal, RunHistory, StopSignal
from ometria_import.errors import InterruptedRunError, OmetriaImportError, UsageError
from ometria_import.prepare import PrepareEvent, PrepareSummary
from ometria_import.verification.events import VerificationEvent

Answer = TypeVar("Answer")
AnyEvent: TypeAlias = RunEvent | PrepareEvent | Event | VerificationEvent
Listener: TypeAlias = Callable[[AnyEvent], None]
"""Is told what happens, one event at a time, in the thread that works."""
Consent: TypeAlias = bool | Callable[[LivePush], bool]
"""To a live push: given in advance, or by a function that is told what the push sets off."""


class Listening(Caller):
    """Hands events on, and answers by what was given as arguments."""

    def __init__(
        self,
        listener: Listener | None,
        *,
        confirm: Consent = False,
        stop: StopSignal | None = None,
    ) -> None:
        self._listener = listener
        self._confirm = confirm
        self._stop = stop or StopSignal()
        self.prepared: PrepareSummary | None = None

    def run(self, work: Callable[[], Answer]) -> Answer:
        """Run the sending code in a separate thread, and wait for it.

        The thread that calls may have an event loop that is running already, as in a notebook. A
        KeyboardInterrupt here asks to stop as Ctrl-C does on the command line: what is under way
        is finished, and a second one drops it.
        """
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(copy_context().run, work)
            while True:
                try:
                    return waiting.result()
                except KeyboardInterrupt:
                    self._stop.request()

    def tell(self, event: RunEvent) -> None:
        """Hand on what came of something."""
        if isinstance(event, SourcesPrepared):
            self.prepared = event.summary
        self._hand_on(event)

    def tell_preparing(self, event: PrepareEvent) -> None:
        """Hand on how far the reading is.

        Raises:
            InterruptedRunError: somebody asked to stop.
        """
        if self._stop.is_requested:
            raise InterruptedRunError(
                "interrupted while nothing was being sent", hint="Give the same call again."
            )
        self._hand_on(event)

    def tell_delivering(self, event: Event) -> None:
        """Hand on how far the delivery is."""
        self._hand_on(event)

    def _hand_on(self, event: AnyEvent) -> None:
        if self._listener is not None:
            self._listener(event)

    def tell_verifying(self, event: VerificationEvent) -> None:
        """Hand on how far the verification is."""
        self._hand_on(event)

    def stopping(self) -> AbstractContextManager[StopSignal]:
        """The wish to stop that was given, or that a KeyboardInterrupt makes."""
        return nullcontext(self._stop)

    def require_consent_to_come(self) -> None:
        """Stop early where no consent can come."""
        if not self._confirm:
            raise UsageError(
                "sending to live must be confirmed",
                hint="Pass confirm=True if this is intended, or pass a function that is given "
                "what the push triggers and returns True.",
            )

    def confirm_live(self, push: LivePush) -> None:
        """Ask whoever was named for consent."""
        if self._confirm is True or (callable(self._confirm) and self._confirm(push) is True):
            return
        raise UsageError("not confirmed; nothing was sent", hint="Confirm it if this is meant.")

    def confirm_unread_consent(
        self, name: AccountName, contacts: str, error: OmetriaImportError
    ) -> None:
        """Stop: only an argument allows it."""
        raise unread_consent(name, contacts, error, 'consent="file"')


@dataclass(frozen=True, slots=True)
class Access:
    """How an account is reached, where arguments say it."""

    account: str
    key: str | None
    base_url: str | None


def context_of(
    caller: Caller,
    home: str | Path,
    config: str | Path | None,
    access: Access | None = None,
) -> Context:
    """The accounts and folders that a call means.

    Raises:
        UsageError: the settings file, the key or the address cannot be used.
    """
    environ: dict[str, str] = dict(os.environ)
    config = None if config is None else Path(config)
    settings = load_settings(config, environ)
    hosts: list[str] = []
    key_envs: list[str] = []
    if access is not None:
        named = settings.named(access.account)
        own = settings.of(named)
        if access.base_url is not None:
            # Whoever writes the address into a program means it.
            own = replace(own, base_url=checked_base_url(access.base_url))
            hosts.append(host_of(own.base_url))
        if access.key is not None:
            environ[own.key_env] = access.key
            key_envs.append(own.key_env)
        accounts = MappingProxyType({**settings.accounts, named: own})
        settings = replace(settings, accounts=accounts, _environ=environ)
    trust = Trust.of(hosts, key_envs, environ)
    context = Context(caller, settings, Commands(Path(home), config), trust)
    tell_of_leftovers(context)
    return context


def run_of(run: str | None, home: str | Path, config: str | Path | None) -> tuple[AccountName, str]:
    """Which run is meant, and the account that it goes to."""
    place = Home(Path(home))
    commands = Commands(place.root, None if config is None else Path(config))
    if run is None:
        folder = RunHistory.load(place).newest_unfinished()
    else:
        folder = find_run(place, run, commands)
    return account_of(folder), folder.id


def account_of(run: RunFolder) -> AccountName:
    """The account that a run goes to."""
    with Journal(run.journal, is_read_only=True) as journal:
        return journal.info().account
