"""Which sources an action reads and with which settings: arguments, `[[sources]]`, earlier runs."""

from __future__ import annotations

import shlex
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted
from ometria_import.actions.calling.words import visible
from ometria_import.actions.remote import RemoteFiles, remote_sources, tell_skipped
from ometria_import.config import SourceSettings
from ometria_import.config.home import Home
from ometria_import.errors import OmetriaImportError, UsageError, ignoring
from ometria_import.mapping.recognition.recognition import SourceArgument, parse_source_argument
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.options.remote_path import RemotePath
from ometria_import.prepare import PrepareOptions
from ometria_import.prepare.inputs.returning_rejects import Returned, returned_rejects, with_record
from ometria_import.schema import ObjectType
from ometria_import.sources import files_in, find_paths


def chosen_sources(
    files: Sequence[str | SourceArgument] | None, said: ReadingOptions, context: Context
) -> tuple[list[SourceArgument], PrepareOptions]:
    """The sources of an action, each with its own options; a flag wins over everything else.

    A file that `[[sources]]` lists is read as that says, also where the command names it. A reject
    file is read as its source was in the run that rejected it. The caller is told so.

    Raises:
        UsageError: there are none, or one of them says what is not understood.
        SourceError: a folder or pattern stands for no file.
    """
    options = PrepareOptions.checked(said)
    chosen = _named(files, options, context) if files else _listed(options, context)
    return list(chosen), replace(options, of_sources=chosen)


def _named(
    files: Sequence[str | SourceArgument], options: PrepareOptions, context: Context
) -> dict[SourceArgument, PrepareOptions]:
    """What arguments name; folders and patterns become the files that they stand for."""
    home, caller = context.home, context.caller
    arguments: list[SourceArgument] = []
    for each in files:
        named = parse_source_argument(each) if isinstance(each, str) else each
        arguments += _expanded(named, context)
    _refuse_twice(arguments)
    is_remote = any(isinstance(each.path, RemotePath) for each in arguments)
    entries = [
        (entry, files_at(entry.path, context))
        for entry in context.settings.sources
        if is_remote or not isinstance(entry.path, RemotePath)
    ]
    chosen: dict[SourceArgument, PrepareOptions] = {}
    for named in arguments:
        argument, own = named, options
        returned = None if named.given else returned_rejects(named, options, home)
        entry = next((one for one, paths in entries if _is_of(named, one, paths)), None)
        if returned is not None:
            argument, own = with_record(named, options, returned)
            caller.tell(Noted(f"{visible(str(named.path))}: {_words_of(returned, home)}"))
        elif entry is not None:
            own = options.over(PrepareOptions.checked(entry.options, entry.where))
            argument = named
            if not named.object_type:
                argument = replace(_argument_of(entry), path=named.path, given=named.given)
            caller.tell(Noted(f"{visible(str(named.path))}: read as described in {entry.where}"))
        chosen[argument] = own
    return chosen


def _listed(options: PrepareOptions, context: Context) -> dict[SourceArgument, PrepareOptions]:
    """What the settings file lists."""
    entries = context.settings.sources
    if not entries:
        raise UsageError(
            "no file is named",
            hint="Name files, or list them under [[sources]] in ometria-import.toml.",
        )
    chosen: dict[SourceArgument, PrepareOptions] = {}
    for entry in entries:
        own = options.over(PrepareOptions.checked(entry.options, entry.where))
        for argument in _expanded(_argument_of(entry), context):
            _refuse_twice([*chosen, argument])
            chosen[argument] = own
    return chosen


def name_of(source: str | SourceArgument) -> str:
    """What a source is called, so that a later call is known to be about the same."""
    if isinstance(source, str):
        return source
    return f"{source.object_type or ''} {source.items} {source.options}={source.path} (given)"


def files_at(path: Path, context: Context) -> Container[Path]:
    """The files that the path of an entry stands for; none where it stands for none."""
    with ignoring(OmetriaImportError):
        if isinstance(path, RemotePath):
            return RemoteFiles.at(path, context)
        return frozenset(each.absolute() for each in find_paths(str(path)).paths)
    return frozenset()


def _is_of(named: SourceArgument, entry: SourceSettings, paths: Container[Path]) -> bool:
    """Whether an entry is about a file; one file may be listed with two object types."""
    is_only_named = named.given is None or isinstance(named.path, RemotePath)
    if not is_only_named or named.items or named.path.absolute() not in paths:
        return False
    return named.object_type is None or _argument_of(entry).object_type in {None, named.object_type}


def _words_of(returned: Returned, home: Home) -> str:
    """How a reject file is read, and why."""
    runs = " and ".join(returned.runs)
    if returned.record is None:
        return (
            f"rejects of run {runs}, but {home.root} does not contain that run's settings: "
            "repeat the flags that it was given"
        )
    flags = shlex.join(returned.record.options.flags())
    return f"read as in run {runs}" + (f" ({visible(flags)})" if flags else "")


def _expanded(named: SourceArgument, context: Context) -> list[SourceArgument]:
    if isinstance(named.path, RemotePath) and named.given is None:
        found_remote = remote_sources(named.path, context)
        return [replace(named, path=path, given=source) for path, source in found_remote]
    if named.given is not None:
        found = files_in(named.path, named.given.content)
    else:
        found = find_paths(str(named.path))
    tell_skipped(named.path, found.skipped, context)
    return [replace(named, path=path) for path in found.paths]


def _argument_of(source: SourceSettings) -> SourceArgument:
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
            f"{source.where}: '{source.object_type}' is not an object type",
            hint=f"The object types are {', '.join(ObjectType)}.",
        ) from None


def _refuse_twice(arguments: Iterable[SourceArgument]) -> None:
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
                hint="Name each file only once; otherwise its rows would be read twice.",
            )
        types.append(argument.object_type)
