"""The program: its commands, and the one place where an error becomes words and a code."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Annotated, NoReturn

import typer

from ometria_import import __version__
from ometria_import.cli.check import check
from ometria_import.cli.emulator import emulator
from ometria_import.cli.explain import explain
from ometria_import.cli.fields import fields
from ometria_import.cli.push import push
from ometria_import.cli.resume import resume
from ometria_import.cli.runs import runs, show
from ometria_import.cli.screen import Screen
from ometria_import.errors import ExitCode, InterruptedRunError, OmetriaImportError

app = typer.Typer(
    name="ometria-import",
    help="Bulk importer of products, contacts, orders and events into Ometria's push API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: " + " · ".join(f"{code.value} {code.meaning}" for code in ExitCode),
)
for command in (check, push, resume, runs, show, fields, explain, emulator):
    app.command()(command)


def _print_version(*, is_wanted: bool) -> None:
    if is_wanted:
        sys.stdout.write(f"ometria-import {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _print_version(is_wanted=value),
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Bulk importer of products, contacts, orders and events into Ometria's push API."""


def main() -> None:
    """Run the command line; every error ends as words on stderr and a documented exit code."""
    # What is written may hold personal data.
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    screen = Screen(is_json="--json" in sys.argv)
    try:
        app()
    except OmetriaImportError as error:
        screen.error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Nobody reads on, as in `ometria-import runs | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.OK)
    except Exception as error:  # noqa: BLE001 -- the one place that may: nothing is swallowed
        screen.bug(error, _where(error))
        sys.exit(ExitCode.UNEXPECTED)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise InterruptedRunError(
        "interrupted before anything was sent", hint="Give the same command again."
    )


def _where(error: Exception) -> str:
    """Where a bug happened, without any value of the user's data."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    code = trace.tb_frame.f_code
    name = code.co_filename.rpartition("ometria_import")[2] or code.co_filename
    return f"at {name}:{trace.tb_lineno} in {code.co_name}; please report it with this line"


if __name__ == "__main__":
    main()
