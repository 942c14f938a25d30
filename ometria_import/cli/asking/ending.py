"""What follows when a command that sends has ended: it is kept, and hooks are told."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from ometria_import.actions.calling.caller import Context
from ometria_import.cli.lines.stream import ended
from ometria_import.cli.showing.screen import WARNING, Screen, failure_json, styled
from ometria_import.config.hooks import HOOKS_VARIABLE, are_hooks_allowed
from ometria_import.config.keys import without_keys
from ometria_import.endings import Ending, keep_ending, run_hook
from ometria_import.errors import ExitCode, OmetriaImportError, UsageError

HooksOption = Annotated[
    bool,
    typer.Option(
        "--hooks",
        help="Run the on_success or on_failure command of the settings file when this one ends.",
    ),
]


@dataclass(slots=True)
class End:
    """How a command ends, as far as it is known."""

    code: ExitCode = ExitCode.UNEXPECTED
    told: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def ending(
    command: str,
    screen: Screen,
    context: Context,
    to: str = "",
    *,
    is_allowed: bool,
    is_dry_run: bool = False,
) -> Iterator[End]:
    """Keep how a command ends that sends, and run the hook for it.

    Args:
        command: Such as `push`.
        screen: Has what the command tells as JSON.
        context: The settings and the home.
        to: The account as it was named; empty where the run says it.
        is_allowed: Whether the command line allows hooks.
        is_dry_run: Whether nothing is sent, so that nobody wants to know.
    """
    began_at, end = datetime.now(UTC), End()
    if screen.lines is not None:
        screen.lines.tell({"account": to})
    try:
        yield end
    except OmetriaImportError as error:
        end.code = error.exit_code
        end.told = failure_json(error)
        raise
    finally:
        if not is_dry_run:
            told = {"account": to, **screen.told, **end.told, "exit_code": int(end.code)}
            _keep(command, began_at, told, screen, context)
            _run_hook(command, told, screen, context, is_allowed=is_allowed)


def _keep(
    command: str,
    began_at: datetime,
    told: Mapping[str, Any],
    screen: Screen,
    context: Context,
) -> None:
    try:
        name = context.settings.named(str(told["account"]))
    except UsageError:
        return  # Nobody knows which account was meant, or it is gone from the settings.
    if not context.home.root.is_dir():
        return  # What was refused before anything else makes no home.
    records = told.get("records")

    def count(field: str) -> int:
        found = told.get(field)
        return found if isinstance(found, int) else 0

    try:
        keep_ending(
            context.home,
            Ending(
                account=str(name),
                kind=str(name.kind),
                command=command,
                began_at=began_at,
                ended_at=datetime.now(UTC),
                exit_code=told["exit_code"],
                run=str(told.get("run") or ""),
                is_nothing_to_do=bool(told.get("nothing_to_do")),
                records=sum(records.values()) if isinstance(records, dict) else 0,
                accepted=count("accepted"),
                refused=count("refused"),
                rejected=count("rejected"),
                rejected_later=count("rejected_later"),
                to_send=count("to_send"),
            ),
        )
    except OmetriaImportError as error:
        screen.note(f"how this ended could not be kept for `status`: {error.message}")


def _run_hook(
    command: str, told: Mapping[str, Any], screen: Screen, context: Context, *, is_allowed: bool
) -> None:
    name, wanted = context.settings.hooks.wanted(told["exit_code"])
    if not wanted:
        return
    if not (is_allowed or are_hooks_allowed(os.environ)):
        screen.note(
            f"{name} of the settings file is not run: the file may come from somebody else. To "
            "allow it, add --hooks, or set "
            f"{HOOKS_VARIABLE}=1 in the environment."
        )
        return
    variables = {each.key_env for each in context.settings.accounts.values()}
    for line in run_hook(wanted, ended(command, told), without_keys(os.environ, variables)):
        screen.err.show(styled((f"{name}: ", WARNING), line))
