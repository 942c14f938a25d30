"""Which sources a command reads and with which settings: flags, `[[sources]]`, earlier runs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ometria_import.cli.asking.reading import (
    argument_of,
    listed_sources,
    named_sources,
    options_of,
    reading_flags,
)
from ometria_import.cli.showing.screen import Screen, visible
from ometria_import.config import Settings, SourceSettings
from ometria_import.config.home import Home
from ometria_import.errors import OmetriaImportError
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.prepare import PrepareOptions
from ometria_import.prepare.inputs.returning_rejects import Returned, returned_rejects, with_record
from ometria_import.sources import find_paths


def chosen_sources(
    files: Sequence[str] | None,
    settings: Settings,
    options: PrepareOptions,
    home: Home,
    screen: Screen,
) -> tuple[list[SourceArgument], PrepareOptions]:
    """The sources of a command, each with its own options; a flag wins over everything else.

    A file that `[[sources]]` lists is read as that says, also where the command names it. A reject
    file is read as its source was in the run that rejected it. The screen says so.

    Raises:
        UsageError: there are none, or one of them says what is not understood.
        SourceError: a folder or pattern stands for no file.
    """
    if not files:
        return listed_sources(settings.sources, options, screen)
    entries = [(entry, _files_of(entry)) for entry in settings.sources]
    options_by_source: dict[SourceArgument, PrepareOptions] = {}
    for named in named_sources(files, screen):
        returned = returned_rejects(named, options.reading, home)
        entry = next((one for one, paths in entries if _is_of(named, one, paths)), None)
        if returned is not None:
            argument, own = with_record(named, options, returned)
            screen.note(f"{visible(str(named.path))}: {_words_of(returned, home)}")
        elif entry is not None:
            own = options_of(entry, options)
            argument = named if named.object_type else replace(argument_of(entry), path=named.path)
            screen.note(f"{visible(str(named.path))}: read as {entry.where} says")
        else:
            argument, own = named, options
        options_by_source[argument] = own
    return list(options_by_source), replace(options, of_sources=options_by_source)


def _files_of(entry: SourceSettings) -> frozenset[Path]:
    """The files that an entry of `[[sources]]` stands for; none where it stands for none."""
    with suppress(OmetriaImportError):
        return frozenset(path.absolute() for path in find_paths(str(entry.path)).paths)
    return frozenset()


def _is_of(named: SourceArgument, entry: SourceSettings, paths: frozenset[Path]) -> bool:
    """Whether an entry is about a file; one file may be listed with two object types."""
    if named.path.absolute() not in paths or named.items:
        return False
    return named.object_type is None or argument_of(entry).object_type in {None, named.object_type}


def _words_of(returned: Returned, home: Home) -> str:
    """How a reject file is read, and why."""
    runs = " and ".join(returned.runs)
    if returned.record is None:
        return (
            f"rejects of run {runs}, and {home.root} does not have how that run read its files: "
            "say the flags that it was given, too"
        )
    flags = shlex.join(reading_flags(returned.record.under(PrepareOptions())))
    return f"read as in run {runs}" + (f" ({visible(flags)})" if flags else "")
