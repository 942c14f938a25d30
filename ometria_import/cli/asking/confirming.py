"""Asking before anything goes to the live account, and stopping what nobody allowed by name."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime

import typer

from ometria_import.choices import Danger
from ometria_import.cli.showing.effects_view import (
    danger_words,
    effect_lines,
    show_effects,
    way_out,
)
from ometria_import.cli.showing.run_view import SendingView
from ometria_import.cli.showing.screen import STRONG, WARNING, counted, styled
from ometria_import.config import Account, AccountName
from ometria_import.config.home import Home
from ometria_import.delivery import Effects, effects_of, is_accepted_on_staging
from ometria_import.errors import UsageError


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user said about the live account when giving the command."""

    is_confirmed: bool = False
    """`--yes`: confirms the numbers, not the dangers."""
    allowed: frozenset[Danger] = frozenset()
    """`--allow`."""


def refuse_unattended_live(to: AccountName, *, is_confirmed: bool) -> None:
    """Stop early where nobody could be asked later.

    Raises:
        UsageError: the account is live, --yes is missing, and there is no terminal.
    """
    if to is not AccountName.LIVE or is_confirmed:
        return
    if not is_attended():
        raise UsageError(
            "sending to live must be confirmed, and there is no terminal to ask at",
            hint="Say --yes if this is meant.",
        )


def is_attended() -> bool:
    """Whether somebody could be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def confirm(view: SendingView, account: Account, consent: Consent) -> None:
    """Tell what a run sets off, and before a live one let the user type the account's name.

    Raises:
        UsageError: something else was typed.
        Exit: the run would set off what was not allowed by name.
        PackageError: the package is damaged.
    """
    if account.name is not AccountName.LIVE:
        show_effects(view.screen, view.effects(), account.name)
        return
    now = datetime.now(UTC)
    effects = effects_of(view.package, now)
    _refuse_dangers(view, effects, consent.allowed)
    _tell(view, account, effects, now)
    if consent.is_confirmed:
        return
    try:
        typed = typer.prompt("Type live to send them", err=True)
    except typer.Abort:
        typed = ""
    if typed.strip().lower() != AccountName.LIVE:
        raise UsageError(
            "not confirmed; nothing was sent", hint="Give the command again and type live."
        )


def _refuse_dangers(view: SendingView, effects: Effects, allowed: frozenset[Danger]) -> None:
    """Stop before the first request where something would be set off that nobody named."""
    left = {danger: count for danger, count in effects.dangers.items() if danger not in allowed}
    if not left:
        return
    error = UsageError(
        f"in the live account {danger_words(left)}; nothing was sent", hint=way_out(left)
    )
    view.screen.complain(error)
    code = error.exit_code
    told = {"error": error.message, "hint": error.hint, "exit_code": int(code)}
    view.screen.result({**view.as_json(), **told})
    raise typer.Exit(code)


def _tell(view: SendingView, account: Account, effects: Effects, now: datetime) -> None:
    screen, home = view.screen, Home(view.commands.home)
    if screen.is_quiet and not is_attended():
        return
    screen.err.show(styled(("\nTo the LIVE account", STRONG), f" at {account.base_url}:"))
    for name, count in view.package.record_counts().items():
        screen.err.show(styled((f"  {counted(count, name.replace('_', ' '))}", STRONG)))
    for line in effect_lines(effects, now):
        screen.err.show(styled((f"  {line}", WARNING)))
    if not is_accepted_on_staging(home, view.package.content_hash):
        words = "warning: no staging run has accepted exactly these records before"
        screen.err.show(styled((words, WARNING)))
