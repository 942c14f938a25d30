"""Telling what each file is, before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.inspection.inspecting import inspect_source
from ometria_import.actions.inspection.report import FileReport
from ometria_import.actions.remote import copies_removed
from ometria_import.actions.sources import chosen_sources
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.prepare.inputs.item_files import with_items_named
from ometria_import.prepare.inputs.table_mappings import refuse_idle_mappings


def inspect(
    files: Sequence[str | SourceArgument] | None, options: ReadingOptions, context: Context
) -> Iterator[FileReport]:
    """Tell what each file is, which field each column feeds, and what is missing.

    Yields:
        One report for each object type that a file becomes; all rows are read once.

    Raises:
        UsageError: no file is named, or an option says what is not understood.
        SourceError: a folder or pattern stands for no file.
        MappingError: a mapping is for none of the files that it is given for.
    """
    arguments, own = chosen_sources(files, options, context)
    with copies_removed(context):
        arguments, own = with_items_named(arguments, own)
        refuse_idle_mappings(arguments, own)
        for argument in arguments:
            beside = [each for each in arguments if each is not argument]
            yield from inspect_source(argument, own, beside)
