"""`ometria-import help`: the help of a command, or what holds for all of them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ometria_import.cli.showing.screen import Screen
from ometria_import.errors import ExitCode, UsageError
from ometria_import.options.did_you_mean import did_you_mean

EXIT_CODES = "exit-codes"


def help(  # noqa: A001 -- the command's name
    context: typer.Context,
    topics: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="COMMAND",
            help=f"A command, such as push or runs prune; or {EXIT_CODES}.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show the help of a command, or what the exit codes mean."""
    # Here and not above: what lists the commands imports this one.
    from ometria_import.cli.command_list import load_command

    if topics == [EXIT_CODES]:
        for code in ExitCode:
            Screen().prose(f"{code.value:>3}  {code.meaning}", hang=5)
        return
    program: Any = context.find_root()
    shown: Any = program
    for name in topics or []:
        if shown is program and name in program.command.commands:
            # Only the commands that the arguments name are whole.
            app = typer.Typer(callback=lambda: None)
            load_command(app, name)
            command: Any = typer.main.get_command(app)
        else:
            command = shown.command
        commands = getattr(command, "commands", {})
        if name not in commands:
            known = [*commands, EXIT_CODES] if shown is program else list(commands)
            raise UsageError(
                f"there is no help on {name!r}{did_you_mean(name, known)}",
                hint=f"See {shown.command_path} --help.",
            )
        shown = type(context)(commands[name], info_name=name, parent=shown)
    typer.echo(shown.get_help())
