"""What fits behind the words of a command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("table.json")
"""Made by `python -m docs.generate`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that fits, and what it is."""

    text: str
    about: str = ""


@dataclass(slots=True)
class _Line:
    """What is known about a command line that is still being typed."""

    entry: Mapping[str, Any]
    """What the table says about the command."""
    options: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    awaited: str = ""
    """The option whose value comes next."""


def candidates(words: Sequence[str], word: str, folder: Path) -> list[Candidate]:
    """Every word that could complete the one that is being typed.

    Args:
        words: The words before it, without the program's name.
        word: Its beginning, as it was typed.
        folder: The working folder.
    """
    table = json.loads(TABLE.read_bytes())
    line = _read(table, words)
    name, sign, begun = word.partition("=")
    if not line.awaited and sign and name in line.entry["options"]:
        found = _values(line.entry["options"][name]["takes"], line, table, folder)
        return [
            Candidate(f"{name}={each.text}", each.about)
            for each in found
            if each.text.startswith(begun)
        ]
    return [each for each in _fitting(line, word, table, folder) if each.text.startswith(word)]


def _read(table: Mapping[str, Any], words: Sequence[str]) -> _Line:
    line = _Line(table)
    for word in words:
        if line.awaited:
            line.options[line.awaited] = word
            line.awaited = ""
        elif word.startswith("-"):
            name, sign, value = word.partition("=")
            about = line.entry["options"].get(name, {"takes": ""})
            if sign:
                line.options[name] = value
            elif about["takes"]:
                line.awaited = name
        elif word in line.entry["commands"] and not line.arguments:
            line.entry = line.entry["commands"][word]
        else:
            line.arguments.append(word)
    return line


def _fitting(line: _Line, word: str, table: Mapping[str, Any], folder: Path) -> Iterator[Candidate]:
    if line.awaited:
        takes = line.entry["options"][line.awaited]["takes"]
        yield from _values(takes, line, table, folder)
    elif word.startswith("-"):
        for name, about in line.entry["options"].items():
            yield Candidate(name, about["about"])
    elif line.entry["commands"] and not line.arguments:
        for name, inner in line.entry["commands"].items():
            yield Candidate(name, inner["about"])
    elif wanted := line.entry["arguments"]:
        # The last argument of a command may be given several times.
        takes = wanted[min(len(line.arguments), len(wanted) - 1)]
        yield from _values(takes, line, table, folder)


def _values(takes: str, line: _Line, table: Mapping[str, Any], folder: Path) -> Iterator[Candidate]:
    """What a value can be: words that are listed, or those that its kind stands for."""
    if (listed := table["lists"].get(takes)) is not None:
        for text, about in listed.items():
            yield Candidate(text, about)
    elif takes in _LOOKED_UP:
        yield from _LOOKED_UP[takes](line, folder)
    else:
        for text in takes.split("|") if takes == takes.lower() else ():
            yield Candidate(text)


def _runs(line: _Line, folder: Path) -> Iterator[Candidate]:
    from ometria_import.cli.completing.runs import runs_in

    for text, about in runs_in(folder / line.options.get("--home", ".ometria-import")):
        yield Candidate(text, about)


def _accounts(line: _Line, folder: Path) -> Iterator[Candidate]:
    import tomllib

    yield Candidate("staging", "staging")
    yield Candidate("live", "live")
    path = folder / line.options.get("--config", "ometria-import.toml")
    try:
        tables = tomllib.loads(path.read_text("utf-8")).get("accounts", {})
        kinds = {name: each.get("kind", "") for name, each in tables.items()}
    except (OSError, ValueError, AttributeError):
        return
    for name, kind in kinds.items():
        if name not in {"staging", "live"}:
            yield Candidate(name, str(kind))


def _zones(_line: _Line, _folder: Path) -> Iterator[Candidate]:
    from zoneinfo import available_timezones

    for name in sorted(available_timezones()):
        yield Candidate(name)


_LOOKED_UP: Mapping[str, Callable[[_Line, Path], Iterator[Candidate]]] = {
    "RUN": _runs,
    "FILES|RUN": _runs,
    "ACCOUNT": _accounts,
    "ZONE": _zones,
}
"""By what a flag or an argument is called in the help."""
