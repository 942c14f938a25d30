"""Asking whether a key may go to an address that only a settings file names."""

from __future__ import annotations

import os
from dataclasses import replace

import typer

from ometria_import.cli.asking.confirming import is_attended
from ometria_import.cli.asking.flags import TrustFlags
from ometria_import.cli.showing.screen import WARNING, Screen, styled
from ometria_import.config import (
    BASE_HOST_VARIABLE,
    Account,
    AccountName,
    Settings,
    Trust,
    UntrustedAddressError,
    host_of,
    is_loopback,
    is_ometrias,
)
from ometria_import.errors import UsageError


def trust_of(flags: TrustFlags) -> Trust:
    """What the command line and the environment vouch for.

    Raises:
        UsageError: one of them names no host, or no variable.
    """
    of_environment = os.environ.get(BASE_HOST_VARIABLE, "").split(",")
    hosts = [*(flags.base_host or ()), *(host for host in of_environment if host.strip())]
    return Trust.of(hosts, flags.key_env or (), os.environ.get("SSL_CERT_FILE", ""))


def trusted_account(screen: Screen, settings: Settings, name: AccountName, trust: Trust) -> Account:
    """An account with its key, once it is certain that the user means the key to go there.

    At a terminal the user is asked; nothing has been sent by then.

    Raises:
        UsageError: the account cannot be used, or nobody confirmed the address.
    """
    try:
        account = settings.account(name, trust)
    except UntrustedAddressError as error:
        if not is_attended():
            raise
        _ask(screen, host_of(settings.accounts[name].base_url), error)
        return settings.account(name, replace(trust, is_asked=True))
    if not (is_ometrias(account.base_url) or is_loopback(host_of(account.base_url))):
        screen.note(f"account {name} is at {account.base_url}, which is not Ometria's")
    return account


def _ask(screen: Screen, host: str, error: UntrustedAddressError) -> None:
    screen.err.show(styled(("warning: ", WARNING), error.message))
    try:
        typed = typer.prompt(f"Type {host} to send them there all the same", err=True)
    except typer.Abort:
        typed = ""
    if typed.strip().lower() not in {host, "yes", "y"}:
        raise UsageError("not confirmed; nothing was sent", hint=error.hint)
