"""How help looks: what a command does, examples of it, and its flags in groups."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

from typer.core import TyperCommand, TyperGroup

from ometria_import.cli.command_words import EXAMPLES, GROUPS

_WIDEST = 100
"""Longer lines are hard to read."""
_NAMES = 28
"""Columns for names; what is longer has a line of its own."""
_TYPE = re.compile(r"<(?:list\[)?([^<>\]]+)\]?>")
"""How Typer shows a type: as `<a|b>`, or `<list[a|b]>` for what may be given several times."""
_REQUIRED = re.compile(r"\{([^{}]+)\}")
"""How Typer shows an argument that may not be left out."""
_DEFAULT = re.compile(r"  \[default: \(?(.+?)\)?\]$")
_NO_LIMIT = 1_000
_SEE_EXIT_CODES = "Exit codes: ometria-import help exit-codes"


class HelpfulCommand(TyperCommand):
    """A command whose help is laid out here."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option `--help`."""
        return _known_absent(super().get_help_option(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help of one command."""
        formatter.write(_Page().command(self, ctx))


class HelpfulGroup(TyperGroup):
    """A command with commands of its own, whose help is laid out here."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option `--help`."""
        return _known_absent(super().get_help_option(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help of all its commands."""
        formatter.write(_Page().group(self, ctx, {"Commands": list(self.commands)}))


class HelpfulProgram(HelpfulGroup):
    """The program, whose commands stand in groups."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help of the whole program."""
        formatter.write(_Page().group(self, ctx, GROUPS))


def _known_absent(option: Any) -> Any:
    """An option for help that is off where it is not given.

    With no value at all, Typer imports pydantic to make one: half of the time of a quick command.
    """
    if option is not None:
        option.default = False
    return option


def parameters_of(command: Any, context: Any) -> dict[str, list[tuple[str, str]]]:
    """What may be typed after a command, with its description, by the title above it."""
    sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
    for parameter in command.get_params(context):
        if (record := parameter.get_help_record(context)) is None:
            continue
        name, words = record
        said = _DEFAULT.sub(r" (default: \1)", words).replace("  [required]", " (required)")
        if parameter.param_type_name == "argument":
            name = _REQUIRED.sub(r"\1", name.split(" <")[0])
            sections["Arguments"].append((name, said.removesuffix(" (required)")))
            continue
        panel = getattr(parameter, "rich_help_panel", None) or "Options"
        name = _TYPE.sub(r"\1", name).replace(" / ", ", ")
        sections.setdefault(panel, []).append((name, said))
    return sections


def usage_of(command: Any, context: Any) -> str:
    """The line that says in which order a command is typed."""
    pieces = [_REQUIRED.sub(r"\1", each) for each in command.collect_usage_pieces(context)]
    return " ".join([context.command_path, *pieces])


class _Page:
    """The lines of one help text, as wide as the terminal."""

    def __init__(self) -> None:
        self.width = min(shutil.get_terminal_size().columns, _WIDEST)
        self.lines: list[str] = []

    def command(self, command: Any, context: Any) -> str:
        self._head(command, context)
        self._parameters(command, context)
        return self._end()

    def group(self, group: Any, context: Any, groups: Mapping[str, Iterable[str]]) -> str:
        self._head(group, context)
        for title, names in groups.items():
            self._section(
                title,
                [(each, group.commands[each].get_short_help_str(_NO_LIMIT)) for each in names],
            )
        self._parameters(group, context)
        return self._end()

    def _head(self, command: Any, context: Any) -> None:
        for paragraph in str(command.help or "").split("\n\n"):
            self._say(" ".join(paragraph.split()))
            self.lines.append("")
        self._say(f"Usage: {usage_of(command, context)}", then="       ")
        if examples := EXAMPLES.get(context.command_path.partition(" ")[2]):
            self._title("Examples")
            self.lines += [f"  ometria-import {each}" for each in examples]

    def _parameters(self, command: Any, context: Any) -> None:
        for title, entries in parameters_of(command, context).items():
            self._section(title, entries)

    def _section(self, title: str, entries: Sequence[tuple[str, str]]) -> None:
        if not entries:
            return
        self._title(title)
        longest = max(len(name) for name, _ in entries)
        columns = min(longest + 4, _NAMES if self.width >= 2 * _NAMES else 6)
        for name, words in entries:
            if len(name) <= columns - 4:
                self._say(words, first=f"  {name}".ljust(columns), then=" " * columns)
            else:
                self.lines.append(f"  {name}")
                self._say(words, first=" " * columns, then=" " * columns)

    def _title(self, text: str) -> None:
        self.lines += ["", f"{text}:"]

    def _say(self, text: str, first: str = "", then: str = "") -> None:
        self.lines += wrap(
            text,
            self.width,
            initial_indent=first,
            subsequent_indent=then,
            break_long_words=False,
            break_on_hyphens=False,
        )

    def _end(self) -> str:
        return "\n".join([*self.lines, "", _SEE_EXIT_CODES])
