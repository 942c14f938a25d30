"""Inspecting files: the same recognition as for importing, and everything that it knows told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ometria_import.actions.inspection.objects import object_reports
from ometria_import.actions.inspection.report import (
    FileReport,
)
from ometria_import.actions.inspection.tables import (
    tell_items,
    tell_table,
)
from ometria_import.errors import (
    ContestedSourceError,
    MappingError,
    SourceError,
    UsageError,
)
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.choices import Lines
from ometria_import.prepare.inputs.item_files import lone_items, with_items_named
from ometria_import.prepare.inputs.opening import no_rows, open_source
from ometria_import.prepare.inputs.table_mappings import (
    options_for,
)
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.outcome.source_notes import file_problems
from ometria_import.sources import ObjectFile


def inspect_source(
    argument: SourceArgument,
    options: PrepareOptions,
    beside: Sequence[SourceArgument] = (),
) -> Iterator[FileReport]:
    """Tell what one file is, how it is written, and what is missing for a good import.

    Args:
        argument: The file.
        options: The user's options for all files.
        beside: The other files, of which one may have its lines or the records of its items.

    Yields:
        One report for each object type that the file becomes; a file that cannot be imported
        has one with the reason. All rows are read once.
    """
    (argument,), options = with_items_named([argument], options)
    if any(each.items and not each.options for each in beside):
        options = replace(options.of(argument), lines=Lines.NONE)
    is_lone = all(each.items for each in beside)
    for report in _reports(argument, options, is_lone=is_lone):
        if not (report.rows or report.error or options.of(argument).allow_empty):
            nothing = no_rows(argument.path)
            report.error, report.hint = nothing.message, nothing.hint
        yield report


def _reports(
    argument: SourceArgument, options: PrepareOptions, *, is_lone: bool
) -> Iterator[FileReport]:
    report = FileReport(str(argument.path))
    try:
        options = options_for(argument, options)
        source = open_source(argument, options)
        report.format = source.format.describe()
        if argument.items:
            file = tell_items(report, source, argument, options)
            report.notes += [each.message for each in file_problems(source)]
            if is_lone and file.name:
                nothing = lone_items(argument.path, file)
                report.error, report.hint = nothing.message, nothing.hint
            yield report
        elif isinstance(source, ObjectFile):
            yield from object_reports(argument, source, options)
        else:
            tell_table(report, argument, source, options)
            report.notes += [each.message for each in file_problems(source)]
            yield report
    except (SourceError, MappingError, UsageError) as error:
        report.error, report.hint = error.message, error.hint
        report.is_contested = isinstance(error, ContestedSourceError)
        yield report
