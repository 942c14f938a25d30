"""What the arguments and flags about reading say, checked before any file is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import typer

from ometria_import.choices import Escape, Returns, Unmapped, WithoutEmail
from ometria_import.cli.asking.durations import duration_text
from ometria_import.cli.asking.flags import PreparingFlags, ReadingFlags
from ometria_import.cli.showing.screen import Screen, visible
from ometria_import.config import SourceSettings
from ometria_import.errors import ErrorBudgetError, UsageError
from ometria_import.mapping.recognition.recognition import SourceArgument, parse_source_argument
from ometria_import.prepare import ErrorBudget, Period, PrepareOptions, PrepareSummary
from ometria_import.problems import Finding
from ometria_import.schema import ObjectType
from ometria_import.schema.field_types import (
    Conventions,
    DateOrder,
    DecimalSign,
    FieldTypeName,
    field_type,
)
from ometria_import.sources import find_paths

Convention = TypeVar("Convention", DateOrder, DecimalSign, Escape, Returns, WithoutEmail)


def named_sources(files: Sequence[str], screen: Screen) -> list[SourceArgument]:
    """Read the FILE arguments; folders and patterns become the files that they stand for.

    Raises:
        UsageError: one says an unknown object type, or one file would be read twice.
        SourceError: a folder or pattern stands for no file.
    """
    arguments = [each for text in files for each in _expanded(parse_source_argument(text), screen)]
    refuse_twice(arguments)
    return arguments


def _expanded(named: SourceArgument, screen: Screen) -> list[SourceArgument]:
    found = find_paths(str(named.path))
    if found.skipped:
        names = ", ".join(visible(path.name) for path in found.skipped)
        screen.note(f"{visible(str(named.path))}: passed over {names}")
    return [replace(named, path=path) for path in found.paths]


def listed_sources(
    sources: Sequence[SourceSettings], options: PrepareOptions, screen: Screen
) -> tuple[list[SourceArgument], PrepareOptions]:
    """The sources of the settings file, with the options of each; a flag wins over the file.

    Raises:
        UsageError: there are none, or one of them says what is not understood.
        SourceError: a folder or pattern stands for no file.
    """
    if not sources:
        raise UsageError(
            "no file is named",
            hint="Name files, or list them under [[sources]] in ometria-import.toml.",
        )
    options_by_source: dict[SourceArgument, PrepareOptions] = {}
    for source in sources:
        own = options_of(source, options)
        for argument in _expanded(argument_of(source), screen):
            refuse_twice([*options_by_source, argument])
            options_by_source[argument] = own
    return list(options_by_source), replace(options, of_sources=options_by_source)


def argument_of(source: SourceSettings) -> SourceArgument:
    """An entry of `[[sources]]` as one argument, before its pattern becomes files.

    Raises:
        UsageError: its object type is none.
    """
    if not source.object_type:
        return SourceArgument(source.path, None)
    try:
        return replace(parse_source_argument(f"{source.object_type}=-"), path=source.path)
    except UsageError:
        raise UsageError(
            f"{source.where}: object_type is '{source.object_type}', which is none",
            hint=f"Object types are {', '.join(ObjectType)}.",
        ) from None


def options_of(source: SourceSettings, options: PrepareOptions) -> PrepareOptions:
    """The options of an entry of `[[sources]]`; what the flags say wins.

    Raises:
        UsageError: it says what is not understood.
    """
    where = source.where
    return replace(
        options,
        encoding=options.encoding or source.encoding or None,
        delimiter=options.delimiter or source.delimiter or None,
        sheet=options.sheet or source.sheet or None,
        escape=options.escape or _one_of(where, "escape", source.escape, Escape),
        null=(*source.null, *options.null),
        keep_word=(*source.keep_word, *options.keep_word),
        mapping=options.mapping or source.mapping or None,
        settings={**source.settings, **options.settings},
        timezone=options.timezone
        or _known(f"{where}: timezone", source.timezone or None, FieldTypeName.TIMEZONE),
        country=options.country
        or _known(f"{where}: country", source.country or None, FieldTypeName.COUNTRY),
        date_order=options.date_order or _one_of(where, "date_order", source.date_order, DateOrder),
        decimal_sign=options.decimal_sign
        or _one_of(where, "decimal_sign", source.decimal_sign, DecimalSign),
        returns=options.returns or _one_of(where, "returns", source.returns, Returns),
        without_email=options.without_email
        or _one_of(where, "without_email", source.without_email, WithoutEmail),
    )


def _one_of(where: str, name: str, text: str, kind: type[Convention]) -> Convention | None:
    if not text:
        return None
    try:
        return kind(text.lower())
    except ValueError:
        raise UsageError(
            f"{where}: {name} cannot be '{text}'", hint=f"It is one of {', '.join(kind)}."
        ) from None


def refuse_twice(arguments: Iterable[SourceArgument]) -> None:
    """Refuse a file whose rows would be read twice.

    Raises:
        UsageError: there is one.
    """
    seen: dict[Path, list[ObjectType | None]] = {}
    for argument in arguments:
        types = seen.setdefault(argument.path.absolute(), [])
        # Only two outspoken types make two different inputs of one file.
        if types and (None in (argument.object_type, *types) or argument.object_type in types):
            raise UsageError(
                f"{visible(str(argument.path))} is named twice",
                hint="Name each file once; its rows would be read twice.",
            )
        types.append(argument.object_type)


def prepare_options(reading: ReadingFlags, preparing: PreparingFlags) -> PrepareOptions:
    """Say the flags in the words of `prepare`.

    Raises:
        UsageError: the time zone or the country does not exist, or a setting has no name.
    """
    return PrepareOptions(
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        sheet=reading.sheet,
        escape=reading.escape,
        null=tuple(reading.null or ()),
        keep_word=tuple(reading.keep_word or ()),
        mapping=reading.mapping,
        settings=dict(map(_setting, reading.set_ or ())),
        date_order=reading.date_order,
        decimal_sign=reading.decimal_sign,
        timezone=_known("--timezone", reading.timezone, FieldTypeName.TIMEZONE),
        country=_known("--country", reading.country, FieldTypeName.COUNTRY),
        returns=preparing.returns,
        without_email=preparing.without_email,
        unmapped=preparing.unmapped,
        allow_empty=preparing.allow_empty,
        by=Period(preparing.by),
        older_than=preparing.older_than,
    )


def error_budget(text: str | None) -> ErrorBudget | None:
    """Read --max-rejects.

    Raises:
        UsageError: it is neither a number nor a share.
    """
    return None if text is None else ErrorBudget.parse(text)


def stop_beyond(
    budget: ErrorBudget | None,
    summary: PrepareSummary,
    screen: Screen,
    told: Mapping[str, Any],
    on_stop: Callable[[ErrorBudgetError], None] = lambda _: None,
) -> None:
    """End the command here where more was rejected than its user puts up with.

    Args:
        budget: What they put up with, None for any number.
        summary: What preparing came to, already shown.
        screen: Is told.
        told: What `--json` says of the work that was done.
        on_stop: Is told first.
    """
    if budget is None:
        return
    try:
        summary.require_within(budget)
    except ErrorBudgetError as error:
        on_stop(error)
        screen.complain(error)
        code = error.exit_code
        screen.result({**told, "error": error.message, "hint": error.hint, "exit_code": int(code)})
        raise typer.Exit(code) from None


def reading_flags(options: PrepareOptions) -> list[str]:
    """The flags that make another command read the files the same way."""
    limit = options.older_than
    older_than = None if limit is None else duration_text(limit)
    unmapped = None if options.unmapped is Unmapped.PROPERTIES else options.unmapped
    given = {
        "--encoding": options.encoding,
        "--delimiter": options.delimiter,
        "--sheet": options.sheet,
        "--escape": options.escape,
        "--mapping": options.mapping,
        "--date-order": options.date_order,
        "--decimal-sign": options.decimal_sign,
        "--timezone": options.timezone,
        "--country": options.country,
        "--returns": options.returns,
        "--without-email": options.without_email,
        "--unmapped": unmapped,
        "--older-than": older_than,
    }
    flags = [word for flag, value in given.items() if value for word in (flag, str(value))]
    for name, value in options.settings.items():
        flags += ["--set", f"{name}={value}"]
    for word in options.null:
        flags += ["--null", word]
    for word in options.keep_word:
        flags += ["--keep-word", word]
    return [*flags, "--allow-empty"] if options.allow_empty else flags


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise UsageError(
            f"--set: {text!r} is not a name and a value", hint="Say it like --set currency=GBP."
        )
    return name.strip(), value.strip()


def _known(flag: str, text: str | None, kind: FieldTypeName) -> str | None:
    """Read a flag's value by the same rule as a cell of its kind."""
    if text is None:
        return None
    rule = field_type(kind, Conventions())
    value = rule.parse(text.strip()) if text.strip() else Finding("", "nothing is given")
    if isinstance(value, Finding):
        raise UsageError(f"{flag}: {value.message}", hint=f"Say it like {rule.example}.")
    return value
