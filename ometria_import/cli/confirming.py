"""Asking before anything goes to the live account."""

from __future__ import annotations

import sys

import typer

from ometria_import.cli.screen import STRONG, Screen, counted
from ometria_import.config import AccountName
from ometria_import.errors import UsageError
from ometria_import.package import Package


def refuse_unattended_live(to: AccountName, *, is_confirmed: bool) -> None:
    """Stop early where nobody could be asked later.

    Raises:
        UsageError: the account is live, --yes is missing, and there is no terminal.
    """
    if to is AccountName.LIVE and not is_confirmed and not sys.stdin.isatty():
        raise UsageError(
            "sending to live must be confirmed, and there is no terminal to ask at",
            hint="Say --yes if this is meant.",
        )


def confirm_live(screen: Screen, to: AccountName, package: Package, *, is_confirmed: bool) -> None:
    """Let the user type the account's name before a live run.

    Raises:
        UsageError: something else was typed.
    """
    if to is not AccountName.LIVE or is_confirmed:
        return
    for name, count in package.record_counts().items():
        screen.err.print(f"  {counted(count, name.replace('_', ' '))}", style=STRONG)
    typed = typer.prompt("These go to the LIVE account. Type live to send them", err=True)
    if typed.strip().lower() != AccountName.LIVE:
        raise UsageError("not confirmed; nothing was sent", hint="Type live, or say --yes.")
