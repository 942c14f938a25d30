"""Flags that several commands take together, each list of them written once.

A command names such a list as one parameter; `with_flags` shows Typer, which reads signatures,
the single flags.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from typing import Any, TypeVar, get_type_hints

from ometria_import.choices import Unmapped
from ometria_import.cli.asking.options import (
    AllowEmpty,
    BaseHost,
    By,
    Country,
    DateOrderOption,
    DecimalSignOption,
    Delimiter,
    Encoding,
    EscapeOption,
    KeepWordOption,
    KeyEnv,
    MappingOption,
    MaxRejects,
    NullOption,
    OlderThan,
    ReturnsOption,
    SetOption,
    Sheet,
    TablePeriod,
    Timezone,
    UnmappedOption,
    WithoutEmailOption,
)

Command = TypeVar("Command", bound=Callable[..., None])


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFlags:
    """How files are to be read and understood."""

    mapping: MappingOption = None
    set_: SetOption = None
    encoding: Encoding = None
    delimiter: Delimiter = None
    sheet: Sheet = None
    escape: EscapeOption = None
    null: NullOption = None
    keep_word: KeepWordOption = None
    date_order: DateOrderOption = None
    decimal_sign: DecimalSignOption = None
    timezone: Timezone = None
    country: Country = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparingFlags:
    """What is made of the rows, and when that is too little."""

    returns: ReturnsOption = None
    without_email: WithoutEmailOption = None
    unmapped: UnmappedOption = Unmapped.PROPERTIES
    allow_empty: AllowEmpty = False
    max_rejects: MaxRejects = None
    by: By = TablePeriod.YEAR
    older_than: OlderThan = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustFlags:
    """What the user vouches for beside the settings file."""

    base_host: BaseHost = None
    key_env: KeyEnv = None

    def words(self) -> tuple[str, ...]:
        """The same flags, for another command."""
        hosts = [word for host in self.base_host or () for word in ("--base-host", host)]
        return (*hosts, *(word for name in self.key_env or () for word in ("--key-env", name)))


def with_flags(command: Command) -> Command:
    """Let a command take the fields of its dataclass parameters as flags of its own."""
    signature = inspect.signature(command, eval_str=True)
    annotations: dict[str, Any] = {
        name: parameter.annotation for name, parameter in signature.parameters.items()
    }
    lists: dict[str, Any] = dict(filter(lambda each: is_dataclass(each[1]), annotations.items()))

    @wraps(command)
    def run(**given: Any) -> None:
        for name, flags in lists.items():
            own = {field.name: given.pop(field.name) for field in fields(flags)}
            given[name] = flags(**own)
        command(**given)

    parameters = [
        shown
        for name, parameter in signature.parameters.items()
        for shown in (_single(lists[name]) if name in lists else [parameter])
    ]
    shown_signature = signature.replace(parameters=parameters)
    run.__signature__ = shown_signature  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run  # type: ignore[return-value]


def _single(flags: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(flags, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )
        for field in fields(flags)
    ]
