"""Reads scenarios: a TOML file, or its text, that says what goes wrong and when."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from ometria_import.did_you_mean import did_you_mean
from ometria_import.emulator.errors import EmulatorError
from ometria_import.emulator.scenarios.faults import (
    KINDS,
    AnyFault,
    Close,
    ErrorsFeed,
    Fault,
    Latency,
    LateRefusal,
    Moment,
    Reset,
    Spell,
)
from ometria_import.emulator.traits import Traits

MAX_SCENARIO_BYTES = 1_000_000

_DEEP_KEY = re.compile(r"""(?<![\w"'-])[\w"'-]+(?:[ \t]*\.[ \t]*[\w"'-]+){64}""")
"""tomllib needs time and memory by the square of the dots in a key; no scenario has two."""
_LONG_NUMBER = re.compile(r"[0-9_]{4000}")
_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<field>.*)`")
_MISSING = re.compile(r"missing required field `(?P<field>.*)`")
_FAULT_AT = re.compile(r"\.fault\[(?P<index>\d+)\]")


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Faults in their order, the seed of all chance in them, and what server it is."""

    name: str = ""
    seed: int = 0
    server: Traits | None = None
    """How records are kept and shown while it is played; None for what the settings say."""
    fault: tuple[AnyFault, ...] = ()

    def label(self, position: int) -> str:
        """What the database calls a fault, by its place from 0."""
        fault = self.fault[position]
        return fault.name or f"{fault.__struct_config__.tag} {position + 1}"


class ScenarioError(EmulatorError):
    """A scenario that cannot be played; the message names the file, the line and the field."""


def read_scenario(path: Path) -> Scenario:
    """Read a scenario's file.

    Raises:
        ScenarioError: it cannot be read or makes no sense.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SCENARIO_BYTES + 1)
        if len(content) > MAX_SCENARIO_BYTES:
            raise ScenarioError(f"scenario {path}: more than {MAX_SCENARIO_BYTES} bytes")
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError(f"scenario {path}: byte {error.start} is not UTF-8") from error
    except OSError as error:
        raise ScenarioError(f"scenario {path} cannot be read: {error.strerror}") from error
    return parse_scenario(text, str(path))


def parse_scenario(text: str, source: str = "scenario") -> Scenario:
    """Understand a scenario's text; `source` is what messages call it.

    Raises:
        ScenarioError: it makes no sense.
    """
    text = text.replace("\r\n", "\n")
    if deep := _DEEP_KEY.search(text):
        at = text.count("\n", 0, deep.start()) + 1
        raise ScenarioError(f"{source} line {at}: nested far too deep")
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScenarioError(_unparsed(error, text, source)) from error
    try:
        scenario = msgspec.convert(tables, Scenario)
    except msgspec.ValidationError as error:
        raise ScenarioError(_refusal(str(error), tables, text, source)) from error
    for index, fault in enumerate(scenario.fault):
        problem = _contradiction(fault)
        if problem:
            line = _line_of(text, index, problem.partition(" ")[0])
            raise ScenarioError(f"{source}{_at(line, index)}: {problem}")
    return scenario


def _unparsed(error: Exception, text: str, source: str) -> str:
    """Say why there is no TOML to look at."""
    if isinstance(error, tomllib.TOMLDecodeError):
        return f"{source}: not TOML: {error}"
    number = _LONG_NUMBER.search(text)
    if isinstance(error, RecursionError) or number is None:
        return f"{source}: nested far too deep"
    line = text.count("\n", 0, number.start()) + 1
    return f"{source} line {line}: a number of far too many digits"


def _refusal(said: str, tables: dict[str, Any], text: str, source: str) -> str:
    """Put the library's message into the words of somebody who looks at the file."""
    match = _PLACE.search(said)
    path = match["path"] if match else ""
    said = _PLACE.sub("", said)
    in_fault = _FAULT_AT.match(path)
    index = int(in_fault["index"]) if in_fault else None
    table, known = _table_at(tables, path, index)
    unknown, missing = _UNKNOWN.search(said), _MISSING.search(said)
    field = (
        _FAULT_AT.sub("", path)
        .removeprefix(".server")
        .lstrip(".")
        .partition("[")[0]
        .partition(".")[0]
    )
    if unknown:
        field = unknown["field"]
    elif missing:
        field = missing["field"]
    line = _line_of(text, index, field)
    if unknown:
        said = f"{field} is not known{_suggestion(field, known)}"
    elif missing:
        said = f"{field} is missing"
    elif index is not None and field == "do":
        word = str(_fault_table(tables, index).get("do", ""))
        said = f"do = {word!r} is not known{_suggestion(word, KINDS)}"
    elif field:
        said = f"{field} = {str(table.get(field))[:60]!r}: {said[:1].lower()}{said[1:]}"
    return f"{source}{_at(line, index)}: {said}"


def _at(line: int | None, index: int | None) -> str:
    where = f" line {line}" if line else ""
    return f"{where}, fault {index + 1}" if index is not None else where


def _fault_table(tables: dict[str, Any], index: int) -> dict[str, Any]:
    table = tables["fault"][index]
    return table if isinstance(table, dict) else {}


def _table_at(
    tables: dict[str, Any], path: str, index: int | None
) -> tuple[dict[str, Any], Iterable[str]]:
    """The table that a path is about, and the fields that it can have."""
    if index is not None:
        table = _fault_table(tables, index)
        kind = KINDS.get(str(table.get("do")), Fault)
        return table, ("do", *kind.__struct_fields__)
    server = tables.get("server")
    if path.startswith(".server") and isinstance(server, dict):
        return server, Traits.__struct_fields__
    return tables, Scenario.__struct_fields__


def _suggestion(word: str, known: Iterable[str]) -> str:
    known = list(known)
    return did_you_mean(word, known) or f"; known: {', '.join(known)}"


def _line_of(text: str, index: int | None, field: str) -> int | None:
    """The line of a field in the n-th fault, or of that fault's beginning."""
    assignment = re.compile(rf"\s*[\"']?{re.escape(field)}[\"']?\s*[=.]")
    seen, begins_at = -1, None
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\[\s*fault\s*\]\]", line):
            seen += 1
            if seen == index:
                begins_at = number
        is_here = index is None or seen == index
        if field and is_here and assignment.match(line):
            return number
    return begins_at


def _contradiction(fault: Fault) -> str | None:
    """What a fault says that cannot be, beginning with the field's name."""
    ends_at_head = isinstance(fault, Reset | Close) and fault.moment is Moment.HEAD
    rules = {
        "until_s must be more than from_s": (
            fault.until_s is not None and fault.until_s <= fault.from_s
        ),
        "to_request must not be less than from_request": (
            fault.to_request is not None and fault.to_request < fault.from_request
        ),
        'moment = "head" cannot know the records: the body is not read': (
            ends_at_head and fault.is_about_records
        ),
        "most_s must not be less than least_s": (
            isinstance(fault, Latency) and fault.most_s < fault.least_s
        ),
        "for_s and until_s exclude each other": (
            isinstance(fault, Spell) and fault.until_s is not None and fault.for_s is not None
        ),
        'on must be "errors" here': isinstance(fault, ErrorsFeed) and fault.on != "errors",
        'on must be "push" here': isinstance(fault, LateRefusal) and fault.on != "push",
    }
    return next((words for words, is_broken in rules.items() if is_broken), None)
