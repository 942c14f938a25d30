"""What an inspection tells of JSON objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ometria_import.actions.inspection.conventions import read_conventions
from ometria_import.actions.inspection.report import (
    API_SHAPE,
    FedField,
    FileReport,
    SettingReport,
)
from ometria_import.actions.inspection.tables import (
    ask_for_settings,
    given_settings,
    notes_of,
    tell_consent,
    tell_file,
    tell_mapping,
)
from ometria_import.mapping.binding.bind import STANDS_IN, MissingSettingsError, missing_settings
from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.objects.mapped import MappedShape, ObjectMapping
from ometria_import.mapping.objects.rows import names_of
from ometria_import.mapping.objects.values import keys_of
from ometria_import.mapping.recognition.recognition import SourceArgument, missing_mandatory
from ometria_import.mapping.secret_names import is_secret
from ometria_import.mapping.targets import TargetKind, find_key
from ometria_import.prepare.chunks.object_views import InnerObjects, ObjectView
from ometria_import.prepare.inputs.inputs import open_inputs
from ometria_import.prepare.inputs.opened import ObjectInput, TableInput
from ometria_import.prepare.options import PrepareOptions
from ometria_import.schema import SCHEMAS, ObjectSchema
from ometria_import.sources import ObjectFile
from ometria_import.sources.model import MAX_HEAD_ROWS


def object_reports(
    argument: SourceArgument, source: ObjectFile, options: PrepareOptions
) -> Iterator[FileReport]:
    """One report for each object type that the objects become."""
    try:
        inputs = open_inputs([argument], options)
    except MissingSettingsError as missing:
        absent = {each.name: STANDS_IN for each in missing.settings}
        if not absent:
            raise
        settings = {**options.settings, **absent}
        inputs = open_inputs([argument], replace(options, settings=settings))
    for opened in inputs:
        if isinstance(opened, TableInput):
            yield _flat(argument, opened, options)
        if not isinstance(opened, ObjectInput):
            continue
        report = FileReport(str(argument.path), source.format.describe())
        report.object_type = str(opened.object_type)
        first: list[dict[str, Any]] = []
        for chunk in opened.source.chunks():
            report.rows += len(chunk) + len(chunk.rejects)
            report.unreadable += len(chunk.rejects)
            first = first or chunk.objects[:MAX_HEAD_ROWS]
        view = opened.source
        if isinstance(view, ObjectView) and isinstance(view.shape, MappedShape):
            _tell_events(report, view, view.shape.mapping, first)
        else:
            _tell_keys(report, SCHEMAS[opened.object_type], keys_of(first))
            report.unused_are_kept = options.unmapped.keeps
        tell_consent(report, opened.shape.map(first, keep_unknown=False)[1])
        ask_for_settings(report)
        yield report


def _flat(argument: SourceArgument, opened: TableInput, options: PrepareOptions) -> FileReport:
    """Objects that are read as the rows of a table."""
    report = FileReport(str(argument.path), opened.source.format.describe())
    given = given_settings(argument, opened.source, options)
    tell_file(report, opened.mapping.file, opened.source, given)
    tell_mapping(report, opened.mapping)
    report.withheld = list(opened.withheld)
    read_conventions(report, opened.source, opened.mapping, options.conventions)
    return report


def _tell_events(
    report: FileReport, view: ObjectView, mapping: ObjectMapping, first: list[dict[str, Any]]
) -> None:
    """Tell what the events are; what holds for all views of a file is told with the first."""
    file = mapping.file
    report.platform, report.mapping = file.platform, file.name
    report.recognised = file.title or file.name
    of_type = view.shape.schema.object_type
    names = HeaderNames(names_of(first), file.columns.aliases)
    given = {name: "" if said == STANDS_IN else said for name, said in mapping.settings.items()}
    missing = missing_settings(file, given, names, [of_type])
    report.settings = [
        SettingReport(
            each.name,
            f"{each.about}{f'; now {now}' if (now := given[each.name]) else ''}",
            each in missing,
        )
        for each in file.settings
        if (of_type in each.of if each.of else view.is_first)
        and not any(map(names.has, each.unless))
    ]
    if not view.is_first:
        return
    report.notes = notes_of(file)
    if isinstance(view.source, InnerObjects):
        report.notes.append(
            f"The events are under '{view.source.key}'; anything beside them is not read."
        )


def _tell_keys(report: FileReport, schema: ObjectSchema, keys: list[str]) -> None:
    """What the keys of the first objects feed."""
    report.platform, report.recognised = "Ometria", API_SHAPE
    targets = {key: find_key(schema, key) for key in keys}
    fields = dict(schema.fields())
    report.fed = [
        FedField(target.path, key)
        for key, target in targets.items()
        if target is not None and target.kind is TargetKind.FIELD and target.path in fields
    ]
    fed = [each.field for each in report.fed]
    report.key = tuple(name for name in schema.key if name in fed)
    report.missing = missing_mandatory(schema, keys)
    report.unused = [
        key
        for key, target in targets.items()
        if target is None and "." not in key and not any(k.startswith(f"{key}.") for k in keys)
    ]
    report.withheld = [key for key in keys if is_secret(key)]
