"""The caller of an action: the events that it receives, and the questions it answers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ometria_import.actions.calling.events import Noted, RunEvent
from ometria_import.actions.calling.suggestions import Commands
from ometria_import.actions.calling.words import effect_lines
from ometria_import.config import (
    Account,
    AccountName,
    Settings,
    Trust,
    UntrustedAddressError,
    host_of,
    is_loopback,
    is_ometrias,
)
from ometria_import.config.home import Home
from ometria_import.config.keys import FoundKey
from ometria_import.errors import OmetriaImportError, UsageError
from ometria_import.options.choices import ObjectType
from ometria_import.options.sending_hours import ALWAYS, SendingHours
from ometria_import.package import Effects

if TYPE_CHECKING:
    from pathlib import Path

    # For types only: imported at run time, they would load what few commands need.
    from ometria_import.delivery import Event, StopSignal
    from ometria_import.prepare import PrepareEvent
    from ometria_import.sources.remote import RemoteSource
    from ometria_import.verification.events import VerificationEvent


@dataclass(frozen=True, slots=True)
class LivePush:
    """What is about to go to the live account; every danger in it was allowed by name."""

    account: Account
    records: Mapping[ObjectType, int]
    """By object type, in sending order."""
    effects: Effects
    at: datetime
    """When the effects were counted: what is young or in the future goes by it."""
    is_accepted_on_staging: bool
    """Whether a finished staging run got exactly these records accepted."""
    requests: int = 0
    sums: Mapping[str, Any] = field(default_factory=dict)
    """What preparing counted, as `--json` says it; empty if that is not known any more."""
    hours: SendingHours = ALWAYS
    """The hours in which it may send."""

    @property
    def seconds(self) -> float:
        """How long the requests take at the account's rate."""
        return self.requests / self.account.rate_per_s

    def lines(self) -> list[str]:
        """What it sets off, a line for each effect."""
        return effect_lines(self.effects, self.at)


def unread_consent(
    name: AccountName, contacts: str, error: OmetriaImportError, instead: str = "--consent file"
) -> UsageError:
    """The error to raise when an account cannot be asked about consent."""
    return UsageError(
        f"{name} does not say who has opted out there ({error.message}), and {contacts} would opt "
        "somebody in; nothing was sent",
        hint=f"Give the key the right to read. To send consent as the files have it all the same, "
        f"add {instead}.",
    )


class Caller:
    """Hears nothing and consents to nothing: the base of those who do.

    An action asks only where nothing but the caller can know, and goes on only with consent.
    """

    def tell(self, event: RunEvent) -> None:
        """Hear what came of something."""

    def tell_preparing(self, event: PrepareEvent) -> None:
        """Hear how far the reading of sources is."""

    def tell_delivering(self, event: Event) -> None:
        """Hear how far a delivery is."""

    def tell_verifying(self, event: VerificationEvent) -> None:
        """Hear how far a verification is."""

    def stopping(self) -> AbstractContextManager[StopSignal]:
        """The wish to stop that a delivery obeys while the block runs."""
        from ometria_import.delivery import StopSignal

        return nullcontext(StopSignal())

    def require_consent_to_come(self) -> None:
        """Stop before the long preparing if nobody can consent to sending to live afterwards.

        Raises:
            UsageError: nobody could.
        """
        raise UsageError(
            "sending to live must be confirmed", hint="Confirm it if this is what you want."
        )

    def confirm_live(self, _push: LivePush) -> None:
        """Consent to what is about to go to the live account.

        Raises:
            UsageError: no consent was given.
        """
        raise UsageError(
            "not confirmed; nothing was sent", hint="Confirm it if this is what you want."
        )

    def confirm_unread_consent(
        self, name: AccountName, contacts: str, error: OmetriaImportError
    ) -> None:
        """Consent to sending opt-ins although the account does not say who has opted out.

        Args:
            name: The account.
            contacts: How many contacts opt somebody in, in words.
            error: Why the account does not say it.

        Raises:
            UsageError: no consent was given.
        """
        raise unread_consent(name, contacts, error)

    def confirm_host(self, _host: str, error: UntrustedAddressError) -> None:
        """Vouch for a host that only a settings file names.

        Raises:
            UsageError: nobody vouches for it.
        """
        raise error

    def wants_rest_first(self) -> bool:
        """Whether what an earlier run has left is sent before the files as they are now."""
        self.tell(Noted("sending what it has left first (--new leaves it as it is)"))
        return True


@dataclass(frozen=True, slots=True)
class Context:
    """For whom an action is done, and with which accounts and folders."""

    caller: Caller
    settings: Settings
    commands: Commands
    """Where it was told to look: what it suggests must look there, too."""
    trust: Trust = field(default_factory=Trust)
    """What the caller vouches for beside the settings file."""
    command: str = ""
    """The command that wants it, as it was given; empty where a program calls."""
    fetched: dict[Path, RemoteSource] = field(default_factory=dict)
    """The files of other machines that it has looked at: each is copied once."""

    @property
    def home(self) -> Home:
        """Where packages and runs live."""
        return Home(self.commands.home)

    def account(self, name: AccountName, key: FoundKey | None = None) -> Account:
        """An account with its key, once it is certain that the caller means the key to go there.

        Nothing has been sent by then.

        Raises:
            UsageError: the account cannot be used, or nobody confirmed the address.
        """
        try:
            account = self.settings.account(name, self.trust, key)
        except UntrustedAddressError as error:
            self.caller.confirm_host(host_of(self.settings.accounts[name].base_url), error)
            return self.settings.account(name, replace(self.trust, is_asked=True), key)
        if not (is_ometrias(account.base_url) or is_loopback(host_of(account.base_url))):
            where = f"account {name} is at {account.base_url}, which is not an Ometria address"
            self.caller.tell(Noted(where))
        return account

    def require_consent_to_come(self, to: AccountName) -> None:
        """Stop early if nobody can consent to a live run later.

        Raises:
            UsageError: the account is live, and nobody could.
        """
        if to.is_live:
            self.caller.require_consent_to_come()
