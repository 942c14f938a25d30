"""The program: its commands, and the one place where an error becomes words and a code."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, TypeAlias

import typer

from ometria_import.cli.command_list import add_commands
from ometria_import.cli.help import HelpfulProgram
from ometria_import.cli.known_errors import known_error
from ometria_import.cli.lines.stream import SENDING, JsonLines, command_in
from ometria_import.cli.showing.screen import Screen
from ometria_import.errors import (
    ExitCode,
    InterruptedRunError,
)
from ometria_import.pandas_at_need import withhold_pandas
from ometria_import.version import __version__

_PROGRAM = "ometria-import"
_OBJECTS_BEFORE_COLLECTING = 10_000
"""Python's own choice is 700, which is far less than what even `--help` makes."""
_ONCE_MORE_S = 0.05
_Action: TypeAlias = signal.Handlers | Callable[[int, FrameType | None], None]


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """Build the command line; of its commands only the one that the arguments name is whole."""
    app = typer.Typer(
        name=_PROGRAM,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        cls=HelpfulProgram,
        # The flags for completion stand before a command. Where they cannot be given, they are left
        # out: Typer imports pydantic only to see that they are not.
        add_completion=not arguments or arguments[0].startswith("-") or arguments[0] == "help",
    )
    app.callback(invoke_without_command=True)(_options)
    add_commands(app, arguments)
    return app


def _options(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version.")] = False,
) -> None:
    """Bulk importer of products, contacts, orders and events into Ometria's push API."""
    if version:
        typer.echo(f"{_PROGRAM} {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.USAGE)


def main() -> None:
    """Run the command line; every error ends as words on stderr and a documented exit code."""
    # What is written may hold personal data.
    os.umask(0o077)
    # A process that is killed leaves no copy of its memory, and of the key in it.
    _, hard_limit = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard_limit))
    _replace_closed_streams()
    withhold_pandas()
    # Nearly everything that a short command allocates is code, which stays. Searching it for
    # garbage again and again, and once more at the end, would take a fifth of its time.
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTING)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal of another encoding shows \u2192 for an arrow, and no command fails.
            stream.reconfigure(errors="backslashreplace")
    arguments = sys.argv[1:]
    screen = Screen(
        is_json="--json" in arguments,
        is_quiet=_wants_quiet(arguments),
        lines=JsonLines(command_in(arguments)) if "--json-lines" in arguments else None,
    )
    code = screen.end(_run(screen))
    gc.freeze()
    sys.exit(code)


def _wants_quiet(arguments: Sequence[str]) -> bool:
    """Whether errors are to be said in one line; single letters may stand together, as in -yq."""
    return any(
        word == "--quiet" or (word[:1] == "-" and word[1:].isalpha() and "q" in word)
        for word in arguments
    )


def _replace_closed_streams() -> None:
    """Let what was started with a closed stream, as by `>&-`, read nothing and write nowhere.

    Else the next file or connection that is opened would take the stream's number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 -- open to the end


def _run(screen: Screen) -> int:
    try:
        _on_signals(partial(_interrupt, screen))
        # Outside of its standalone mode Typer returns a command's exit code.
        app = build_app(sys.argv[1:])
        code = app(prog_name=_PROGRAM, standalone_mode=False, obj=screen)
    except SystemExit:
        # Typer's only one, for `ometria-import --help | head -1`: nobody wants to read on.
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001 -- the one place that may: nothing is swallowed
        known = known_error(error)
        if known is not None:
            screen.fail(known)
        else:
            screen.bug(error, _where(error))
        _keep_refusal(screen, error)
        return known.exit_code if known is not None else ExitCode.UNEXPECTED
    return int(code or ExitCode.OK)


def _keep_refusal(screen: Screen, error: Exception) -> None:
    """Keep for `status` that a command that sends could not even begin."""
    arguments = sys.argv[1:]
    if screen.attempt.is_kept or command_in(arguments) not in SENDING:
        return
    # Whatever comes in between, what ended the command matters more.
    with suppress(MemoryError, ImportError, OSError, InterruptedRunError):
        # Here and not above: only what is refused so early needs it.
        from ometria_import.cli.asking.ending import keep_refusal

        keep_refusal(arguments, screen, error)


def _on_signals(action: _Action) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup ignores hangups, and a script ignores interrupts for what it runs with `&`.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, action)


def _keep_quiet(lost: Any) -> None:
    """Replace Python's own report of errors that nobody can catch.

    If the lost error is the interrupt itself, raised while an object was being cleaned up, it is
    raised once more.
    """
    if isinstance(lost.exc_value, InterruptedRunError):
        signal.setitimer(signal.ITIMER_REAL, _ONCE_MORE_S)


def _interrupt(screen: Screen, _number: int, _frame: FrameType | None) -> None:
    # One is enough: a second one would break into the words about the first.
    _on_signals(signal.SIG_IGN)
    signal.signal(signal.SIGALRM, partial(_interrupt, screen))
    # It may be raised between any two lines, of a library too, whose own report helps nobody.
    sys.unraisablehook = threading.excepthook = _keep_quiet
    error = InterruptedRunError(
        "interrupted while nothing was being sent", hint="Run the same command again."
    )
    if screen.lines is None or not screen.lines.put_off(error):
        raise error


def _where(error: Exception) -> str:
    """Where a bug happened, without any value of the user's data."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    code = trace.tb_frame.f_code
    name = code.co_filename.rpartition("ometria_import")[2] or code.co_filename
    return f"Please report it with this line: {name}:{trace.tb_lineno} in {code.co_name}"


if __name__ == "__main__":
    main()
