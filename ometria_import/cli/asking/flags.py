"""Flags that several commands take together, each list of them written once.

A command names such a list as one parameter; `with_flags` shows Typer, which reads signatures,
the single flags.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import typer

from ometria_import.cli.asking.durations import parse_age
from ometria_import.cli.asking.options import (
    READING_PANEL,
    BaseHost,
    ConfigOption,
    HomeOption,
    JsonLinesOption,
    JsonOption,
    KeyEnv,
    QuietOption,
)
from ometria_import.cli.showing.screen import Screen
from ometria_import.config.home import DEFAULT_ROOT
from ometria_import.errors import UsageError
from ometria_import.options.reading_options import OptionField, ReadingOptions, reading_options
from ometria_import.options.remote_path import scheme_of

Command = TypeVar("Command", bound=Callable[..., None])

LookingOptions = Annotated[
    ReadingOptions, tuple(each.name for each in reading_options() if not each.about.is_of_rows)
]
"""For a command that looks at files, and makes nothing of their rows."""
OpeningOptions = Annotated[ReadingOptions, ("encoding", "delimiter", "sheet")]
"""For a command that only opens files."""
TellingScreen = Annotated[Screen, ("json", "json_lines")]
"""For a command that answers a question."""
WorkingScreen = Annotated[Screen, ("json", "json_lines", "quiet")]
"""For a command that may run unattended."""
_SCREEN_OPTIONS = {"json": JsonOption, "json_lines": JsonLinesOption, "quiet": QuietOption}
_NAMES_EXPORT = "source"
"""The flag that says which export records came from."""
_CONTEXT = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFlags:
    """Where runs and settings live, and the hosts and key variables that the user trusts."""

    home: HomeOption = DEFAULT_ROOT
    base_host: BaseHost = None
    key_env: KeyEnv = None
    config: ConfigOption = None

    def trust_words(self) -> tuple[str, ...]:
        """The trusted hosts and variables, as flags of another command."""
        hosts = [word for host in self.base_host or () for word in ("--base-host", host)]
        return (*hosts, *(word for name in self.key_env or () for word in ("--key-env", name)))


def with_flags(command: Command) -> Command:
    """Let a command take `ReadingOptions`, `PlaceFlags` and a `Screen` as single flags."""
    signature = inspect.signature(command, eval_str=True)
    lists: dict[str, _FlagList] = {}
    shown: list[inspect.Parameter] = []
    for name, parameter in signature.parameters.items():
        flags = _flag_list(parameter.annotation)
        if flags is None:
            shown.append(parameter)
        else:
            lists[name] = flags
            shown += flags.parameters

    @wraps(command)
    def run(*, context: typer.Context, **given: Any) -> None:
        _refuse_urls(given, context)
        for name, flags in lists.items():
            own = {each.name: given.pop(each.name) for each in flags.parameters}
            given[name] = flags.value(own, context)
        command(**given)

    shown_signature = signature.replace(parameters=[*shown, _CONTEXT])
    run.__signature__ = shown_signature  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in (*shown, _CONTEXT)}
    return run  # type: ignore[return-value]


def _refuse_urls(given: Mapping[str, Any], context: typer.Context) -> None:
    """Refuse URLs where only files of this machine are read or written.

    Raises:
        UsageError: there is one; it is not repeated, as it may have a password in it.
    """
    for each in context.command.params:
        value = given.get(str(each.name))
        is_flag = each.param_type_name == "option" and each.name != _NAMES_EXPORT
        if isinstance(value, Path) or (isinstance(value, str) and is_flag):
            scheme = scheme_of(value)
            if scheme:
                name = each.opts[0] if is_flag else "this"
                raise UsageError(
                    f"{scheme}:// names a file of another machine, and {name} takes one of this",
                    hint="Only exports have URLs: FILE, and path under [[sources]]. Copy the file "
                    "here, and give its path.",
                )


@dataclass(frozen=True, slots=True)
class _FlagList:
    """What one parameter of a command stands for."""

    parameters: list[inspect.Parameter]
    value: Callable[[dict[str, Any], typer.Context], Any]
    """Makes the parameter's value of those of the flags."""


def _flag_list(annotation: Any) -> _FlagList | None:
    """The flags of a parameter; None where it is a flag or an argument itself."""
    if annotation is PlaceFlags:
        hints = get_type_hints(PlaceFlags, include_extras=True)
        single = [
            _keyword(each.name, each.default, hints[each.name]) for each in fields(PlaceFlags)
        ]
        return _FlagList(single, lambda own, _: PlaceFlags(**own))
    if annotation is ReadingOptions:
        return _reading_flags(reading_options())
    if get_origin(annotation) is not Annotated:
        return None
    kind, names = get_args(annotation)[:2]
    if kind is Screen:
        return _FlagList(
            [_keyword(name, default=False, annotation=_SCREEN_OPTIONS[name]) for name in names],
            screen_of,
        )
    if kind is ReadingOptions:
        return _reading_flags(each for each in reading_options() if each.name in names)
    return None


def screen_of(own: dict[str, Any], context: typer.Context) -> Screen:
    """What a command shows on, by its flags.

    Raises:
        UsageError: they contradict each other.
    """
    lines = context.obj.lines if own["json_lines"] else None
    if lines is not None:
        lines.has_begun = True
    if own["json"] and own["json_lines"]:
        raise UsageError(
            "--json and --json-lines cannot be used together",
            hint="--json prints one object at the end, --json-lines every event: give one of them.",
        )
    return Screen(
        is_json=own["json"],
        is_quiet=own.get("quiet", False),
        lines=lines,
        attempt=context.obj.attempt,
    )


def _reading_flags(options: Iterable[OptionField]) -> _FlagList:
    return _FlagList([_reading_flag(each) for each in options], lambda own, _: _read(own))


def _reading_flag(option: OptionField) -> inspect.Parameter:
    """An option as Typer knows it; what comes in several words is given several times."""
    about, kind, default = option.about, option.kind, option.default
    if isinstance(default, tuple | Mapping):
        kind, default = list[str] | None, None
    elif Path in get_args(kind):
        kind = str | None
    flag = typer.Option(
        option.flag,
        metavar=about.metavar,
        help=about.help,
        show_default=about.shows_default,
        parser=parse_age if timedelta in get_args(kind) else None,
        rich_help_panel=None if about.in_main_panel else READING_PANEL,
    )
    return _keyword(option.name, default, Annotated[kind, flag])


def _keyword(name: str, default: Any, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _read(given: dict[str, Any]) -> ReadingOptions:
    """The flags that were given, as options.

    Raises:
        UsageError: a setting has no name.
    """
    said = {name: value for name, value in given.items() if value is not None}
    for name, value in said.items():
        if isinstance(value, list):
            said[name] = dict(map(_setting, value)) if name == "settings" else tuple(value)
    return ReadingOptions(**said)


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise UsageError(
            f"--set: {text!r} is not a name and a value",
            hint="Write it like this: --set currency=GBP.",
        )
    return name.strip(), value.strip()
