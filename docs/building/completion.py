"""The table by which shells complete commands, flags and words that are listed."""

from __future__ import annotations

import json
from typing import Any

from typer.main import get_command

from ometria_import.cli.command_words import COMMANDS
from ometria_import.cli.help import parameters_of
from ometria_import.cli.main import build_app
from ometria_import.mapping.presets import presets
from ometria_import.options.choices import ObjectType
from ometria_import.problems import CAUSES
from ometria_import.verification.comparing import LOOSE_RULES

_SHOWN = 60


def completion_table() -> str:
    """Every command with its flags and arguments, and the lists that words are taken from."""
    commands: dict[str, Any] = {}
    program: Any = get_command(build_app([]))
    for name, words in COMMANDS.items():
        whole: Any = get_command(build_app([name]))
        commands[name] = _entry(whole.commands[name], words)
    codes = {code: cause.title for cause in CAUSES.values() for code in cause.codes}
    names = {each.name: "" for each in presets()}
    table = {
        **_entry(program, ""),
        "commands": commands,
        "lists": {
            "PROBLEM": codes,
            "object_type": dict.fromkeys(ObjectType, ""),
            "RULE": {name: _first(rule.words) for name, rule in LOOSE_RULES.items()},
            "PRESET": names,
            "FILE|PRESET": names,
            "COMMAND": COMMANDS | {},
        },
    }
    return json.dumps(table, indent=0, ensure_ascii=False) + "\n"


def _entry(command: Any, about: str) -> dict[str, Any]:
    context = command.context_class(command, info_name="x", **command.context_settings)
    options: dict[str, Any] = {}
    arguments: list[str] = []
    for title, entries in parameters_of(command, context).items():
        for name, words in entries:
            if title == "Arguments":
                takes = name.strip("[].")
                arguments.append("PROBLEM" if takes == "CODE" else takes)
                continue
            parts = name.replace(",", " ").split()
            takes = " ".join(each for each in parts if not each.startswith("-"))
            for flag in parts:
                if flag.startswith("-"):
                    options[flag] = {"takes": takes, "about": _first(words)}
    inner = getattr(command, "commands", {})
    return {
        "about": _first(about),
        "options": options,
        "arguments": arguments,
        "commands": {name: _entry(each, each.help or "") for name, each in inner.items()},
    }


def _first(words: str) -> str:
    """As much of a help as stands beside a word in a terminal."""
    text = " ".join(words.split()).partition(". ")[0].partition("; ")[0].rstrip(".")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rpartition(' ')[0]} …"
