"""The list of the commands, made from the same words as `--help`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from docs.building.text import plain, wrap
from ometria_import.cli.command_words import EXAMPLES, GROUPS
from ometria_import.cli.help import parameters_of, usage_of
from ometria_import.cli.main import build_app

_PROGRAM = "ometria-import"
_SHARED = {"-h, --help"}
"""Flags that every command has, said once for all of them."""


def command_list() -> Iterator[str]:
    """Every command with its help, its examples and its flags."""
    yield from wrap(
        "Everything that `ometria-import COMMAND --help` prints. Every command has `-h` and "
        "`--help`; `ometria-import --version`, or `-V`, prints the version. What a command ends "
        "with is under [exit codes](exit-codes.md)."
    )
    for group, names in GROUPS.items():
        yield from ("", f"## {group}", "")
        yield from (f"- [`{name}`](#{name}): {words}" for name, words in names.items())
    for names in GROUPS.values():
        for name in names:
            yield from _command(name)


def _command(name: str) -> Iterator[str]:
    program: Any = get_command(build_app([name]))
    root = program.context_class(program, info_name=_PROGRAM, **program.context_settings)
    command = program.commands[name]
    context = command.context_class(command, info_name=name, parent=root)
    yield from _entry(command, context, "##")
    for inner_name, inner in getattr(command, "commands", {}).items():
        own = inner.context_class(inner, info_name=inner_name, parent=context)
        yield from _entry(inner, own, "###")


def _entry(command: Any, context: Any, heading: str) -> Iterator[str]:
    path = context.command_path.removeprefix(f"{_PROGRAM} ")
    yield from ("", f"{heading} {path}", "")
    for paragraph in str(command.help or "").split("\n\n"):
        yield from (*wrap(plain(" ".join(paragraph.split()))), "")
    yield from ("```sh", usage_of(command, context))
    if examples := EXAMPLES.get(path):
        yield from ("", "# for example", *(f"{_PROGRAM} {each}" for each in examples))
    yield "```"
    for title, entries in parameters_of(command, context).items():
        shown = [(name, words) for name, words in entries if name not in _SHARED]
        if shown:
            yield from ("", f"**{title}**", "")
            yield from (f"- `{name}`: {plain(words)}" for name, words in shown)
