"""What follows when a command that sends has ended: it is kept, and hooks are told."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ometria_import.actions.calling.caller import Context
from ometria_import.cli.asking.attending import attending, is_attended
from ometria_import.cli.asking.flags import PlaceFlags
from ometria_import.cli.known_errors import known_error
from ometria_import.cli.lines.stream import SENDING, command_in, ended
from ometria_import.cli.showing.screen import (
    WARNING,
    Screen,
    failure_json,
    one_line,
    styled,
)
from ometria_import.config.home import DEFAULT_ROOT, Home
from ometria_import.config.hooks import HOOKS_VARIABLE, are_hooks_allowed
from ometria_import.config.keys import without_keys
from ometria_import.config.settings import Settings, load_settings
from ometria_import.delivery.runs.run_log import without_answer
from ometria_import.endings import BegunAttempt, Ending, keep_ending, run_hook
from ometria_import.errors import ExitCode, OmetriaImportError, UsageError
from ometria_import.options.choices import AccountKind
from ometria_import.problems import shorten

_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}", re.ASCII)
_REASON_CHARS = 400

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
    known_context: Context | None = None
    """None while the settings are not read."""

    @property
    def context(self) -> Context:
        """What the command does its work with."""
        if self.known_context is None:
            message = "the settings are read before a command begins its work"
            raise RuntimeError(message)
        return self.known_context


@contextmanager
def ending(
    command: str,
    screen: Screen,
    place: PlaceFlags,
    to: str = "",
    *,
    is_confirmed: bool,
    is_allowed: bool,
    is_dry_run: bool = False,
) -> Iterator[End]:
    """Attend to a command that sends, keep how it ends, and run the hook for it.

    Args:
        command: Such as `push`.
        screen: Shows what happens, and has what the command tells as JSON.
        place: As `attending` takes it.
        to: The account as it was named; empty where the run says it.
        is_confirmed: As `attending` takes it.
        is_allowed: Whether the command line allows hooks.
        is_dry_run: Whether nothing is sent, so that nobody wants to know.
    """
    keeping = _Keeping(command, Home(place.home), place.config, to, screen)
    end = End()
    if screen.lines is not None:
        screen.lines.tell({"account": to})
    with ExitStack() as held:
        attempt = None if is_dry_run else keeping.begin(held)
        try:
            with attending(screen, place, is_confirmed=is_confirmed) as context:
                end.known_context = context
                yield end
        except typer.Exit as exited:
            # What ended it is told already.
            end.code = ExitCode(exited.exit_code)
            raise
        except BaseException as error:
            end.code, end.told = _failure(error)
            raise
        finally:
            screen.attempt.is_kept = True
            if not is_dry_run:
                told = {"account": to, **screen.told, **end.told, "exit_code": int(end.code)}
                keeping.keep(told, attempt)
                if end.known_context is not None:
                    settings = end.known_context.settings
                    _run_hook(command, told, screen, settings, is_allowed=is_allowed)


def keep_refusal(arguments: Sequence[str], screen: Screen, error: BaseException) -> None:
    """Keep that a command that sends could not even begin, as its flags are wrong.

    At a terminal whoever typed them sees it; nobody else is to be called for it.

    Args:
        arguments: The command line.
        screen: Of the program.
        error: Why.
    """
    command = command_in(arguments)
    if command not in SENDING or "--dry-run" in arguments or is_attended():
        return
    home = Home(Path(_given(arguments, "--home") or DEFAULT_ROOT))
    config = _given(arguments, "--config")
    to = _given(arguments, "--to") or ""
    keeping = _Keeping(command, home, Path(config) if config else None, to, screen)
    code, failure = _failure(error)
    told = {"account": to, **failure, "exit_code": int(code)}
    keeping.keep(told, None)
    with suppress(UsageError):
        settings = load_settings(keeping.config, os.environ)
        _run_hook(command, told, screen, settings, is_allowed="--hooks" in arguments)


def _given(arguments: Sequence[str], name: str) -> str | None:
    """The value of a flag on a command line that could not be read; None where it has none."""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if word == name:
            return following or None
        if word.startswith(f"{name}="):
            return word.partition("=")[2] or None
    return None


def _failure(error: BaseException) -> tuple[ExitCode, Mapping[str, Any]]:
    known = known_error(error)
    if known is not None:
        return known.exit_code, failure_json(known)
    words = f"unexpected error, this is a bug: {type(error).__name__}"
    return ExitCode.UNEXPECTED, {"error": words, "hint": ""}


@dataclass(slots=True)
class _Keeping:
    """Keeps how one command ends."""

    command: str
    home: Home
    config: Path | None
    to: str
    screen: Screen
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def begin(self, held: ExitStack) -> BegunAttempt | None:
        """Say that it has begun, in case it is killed; None where there is no place for that."""
        if not self._has_place():
            return None
        with suppress(OmetriaImportError, OSError):
            # A home that cannot be used is told of by what needs it more.
            named = self.to.strip().lower()
            account = named if _NAME.fullmatch(named) else ""
            begun = BegunAttempt(self.home, account, self.command, self.began_at)
            return held.enter_context(begun)
        return None

    def keep(self, told: Mapping[str, Any], attempt: BegunAttempt | None) -> None:
        """Keep how it ended, by what it tells as JSON."""
        if not self._has_place():
            return
        account, kind = self._account(str(told.get("account") or ""))
        records = told.get("records")

        def count(field: str) -> int:
            found = told.get(field)
            return found if isinstance(found, int) else 0

        ended = Ending(
            account=account,
            kind=kind,
            command=self.command,
            began_at=self.began_at,
            ended_at=datetime.now(UTC),
            exit_code=ExitCode(told["exit_code"]),
            reason=shorten(one_line(without_answer(str(told.get("error") or ""))), _REASON_CHARS),
            run=str(told.get("run") or ""),
            is_nothing_to_do=bool(told.get("nothing_to_do")),
            records=sum(records.values()) if isinstance(records, dict) else 0,
            accepted=count("accepted"),
            refused=count("refused"),
            rejected=count("rejected"),
            rejected_later=count("rejected_later"),
            to_send=count("to_send"),
        )
        try:
            keep_ending(self.home, ended)
            if attempt is not None:
                attempt.end()
        except OmetriaImportError as error:
            self.screen.note(f"how this ended could not be kept for `status`: {error.message}")

    def _has_place(self) -> bool:
        """Whether it may be kept: a slip at a terminal makes no home, a scheduled command does."""
        try:
            return self.home.root.is_dir() or not is_attended()
        except (OSError, ValueError):
            # It is no path, or lies in a folder that nobody lets us into.
            return False

    def _account(self, named: str) -> tuple[str, str]:
        """The account that was meant, and its kind; empty where there is none of that name."""
        name = named.strip().lower()
        try:
            settings = load_settings(self.config, os.environ)
        except UsageError:
            # It is asked about under the name that was given.
            kind = next((str(kind) for kind in AccountKind if kind == name), "")
            return (name, kind) if _NAME.fullmatch(name) else ("", "")
        try:
            account = settings.named(name)
        except UsageError:
            return "", ""
        return str(account), str(account.kind)


def _run_hook(
    command: str, told: Mapping[str, Any], screen: Screen, settings: Settings, *, is_allowed: bool
) -> None:
    name, wanted = settings.hooks.wanted(told["exit_code"])
    if not wanted:
        return
    if not (is_allowed or are_hooks_allowed(os.environ)):
        screen.note(
            f"{name} of the settings file is not run: the file may come from somebody else. To "
            "allow it, add --hooks, or set "
            f"{HOOKS_VARIABLE}=1 in the environment."
        )
        return
    variables = {each.key_env for each in settings.accounts.values()}
    for line in run_hook(wanted, ended(command, told), without_keys(os.environ, variables)):
        screen.err.show(styled((f"{name}: ", WARNING), line))
