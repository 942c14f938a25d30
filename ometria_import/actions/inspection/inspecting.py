"""Inspecting files: the same recognition as for importing, and everything that it knows told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ometria_import.actions.inspection.conventions import read_conventions
from ometria_import.actions.inspection.report import (
    API_SHAPE,
    OWN_NAMES,
    FedField,
    FileReport,
    SettingReport,
)
from ometria_import.errors import (
    ContestedSourceError,
    MappingError,
    OmetriaImportError,
    SourceError,
    UsageError,
)
from ometria_import.mapping.binding.bind import STANDS_IN, MissingSettingsError, missing_settings
from ometria_import.mapping.binding.bound import BoundMapping, generation_of
from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.expressions.model import FILE_NAME
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.objects.mapped import MappedShape, ObjectMapping
from ometria_import.mapping.objects.rows import names_of
from ometria_import.mapping.objects.values import keys_of
from ometria_import.mapping.recognition.recognition import SourceArgument, missing_mandatory
from ometria_import.mapping.recognition.secret_columns import WithoutSecrets
from ometria_import.mapping.secret_names import is_secret
from ometria_import.mapping.targets import TargetKind, find_key
from ometria_import.options.choices import Lines
from ometria_import.prepare.chunks.object_views import InnerObjects, ObjectView
from ometria_import.prepare.inputs.inputs import open_inputs
from ometria_import.prepare.inputs.item_files import lone_items, with_items_named
from ometria_import.prepare.inputs.opened import ObjectInput, TableInput
from ometria_import.prepare.inputs.opening import file_name, no_rows, open_source
from ometria_import.prepare.inputs.table_mappings import (
    chosen_mapping,
    item_mapping,
    item_table,
    options_for,
)
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.outcome.source_notes import file_problems, looks_like_consent
from ometria_import.prepare.rows.resubmitted import as_resubmitted
from ometria_import.schema import SCHEMAS, ObjectSchema, ObjectType
from ometria_import.sources import ObjectFile, TableSource
from ometria_import.sources.model import MAX_HEAD_ROWS


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
            file = _tell_items(report, source, argument, options)
            report.notes += [each.message for each in file_problems(source)]
            if is_lone and file.name:
                nothing = lone_items(argument.path, file)
                report.error, report.hint = nothing.message, nothing.hint
            yield report
        elif isinstance(source, ObjectFile):
            yield from _objects(argument, source, options)
        else:
            _tell_table(report, argument, source, options)
            report.notes += [each.message for each in file_problems(source)]
            yield report
    except (SourceError, MappingError, UsageError) as error:
        report.error, report.hint = error.message, error.hint
        report.is_contested = isinstance(error, ContestedSourceError)
        yield report


def _tell_table(
    report: FileReport, argument: SourceArgument, source: TableSource, options: PrepareOptions
) -> None:
    report.withheld = [name for name in source.header if is_secret(name)]
    readable = as_resubmitted(WithoutSecrets(source))
    file = chosen_mapping(readable, argument, options)
    if file is not None:
        _tell_file(report, file, source, _given(argument, source, options))
        absent = {each.name: STANDS_IN for each in report.settings if each.is_missing}
        options = replace(options, settings={**options.settings, **absent})
    try:
        inputs = open_inputs([argument], options)
    except OmetriaImportError:
        report.rows = sum(len(chunk) + len(chunk.rejects) for chunk in source.chunks())
        raise
    for opened in inputs:
        if isinstance(opened, TableInput):
            _tell_mapping(report, opened.mapping)
            read_conventions(report, opened.source, opened.mapping, options.conventions)
    _ask_for_settings(report)


def _ask_for_settings(report: FileReport) -> None:
    """Say which settings are missing, for which something stood in so far."""
    missing = [each.name for each in report.settings if each.is_missing]
    if missing:
        report.conventions = {
            name: said for name, said in report.conventions.items() if said != STANDS_IN
        }
        report.error = f"{report.path} needs {', '.join(missing)}"
        report.hint = "Use " + " ".join(f"--set {name}=…" for name in missing) + "."


def _tell_file(
    report: FileReport, file: MappingFile, source: TableSource, given: Mapping[str, str]
) -> None:
    report.platform, report.mapping = file.platform, file.name
    report.recognised = file.title or file.name
    report.object_type = str(file.object_type)
    report.notes = _notes_of(file)
    report.generation = generation_of(file, source.header)
    names = HeaderNames(source.header, file.columns.aliases)
    missing = missing_settings(file, given, names)
    report.settings = [
        SettingReport(each.name, each.about, each in missing)
        for each in file.settings
        if not any(map(names.has, each.unless)) and (each in missing or not each.unless_file)
    ]


def _given(
    argument: SourceArgument, source: TableSource, options: PrepareOptions
) -> dict[str, str]:
    """What the user says under the names of settings, and the name of the file."""
    return {**options.settings, FILE_NAME: file_name(argument, source)}


def _notes_of(file: MappingFile) -> list[str]:
    notes = list(file.notes)
    if file.lines:
        notes.append(
            f"Its lines are in another file: {file.lines.about}. Name both, or say --lines none."
        )
    return notes


def _tell_mapping(report: FileReport, mapping: BoundMapping) -> None:
    report.object_type = str(mapping.schema.object_type)
    report.grouped_by = tuple(
        column for name in mapping.file.group_by for column in mapping.names.find(name)
    )
    report.has_members = mapping.file.members is not None
    if not mapping.name:
        report.platform, report.mapping, report.recognised = "Ometria", "", OWN_NAMES
        report.generation, report.settings, report.notes = "", [], []
    fields = mapping.fields()
    report.key = tuple(_columns(mapping, name) for name in mapping.schema.key if name in fields)
    report.fed = [FedField(path, _columns(mapping, path)) for path in fields]
    report.missing = _missing(mapping.schema, list(fields))
    report.unused = list(mapping.unmapped)
    report.unused_are_kept = mapping.keeps_unmapped
    report.dropped = [
        column for name in mapping.file.columns.drop for column in mapping.names.find(name)
    ]
    _tell_consent(report, report.unused)


def _tell_consent(report: FileReport, unused: Iterable[str]) -> None:
    """Name what nothing reads of a contact and may be about consent."""
    if report.object_type == ObjectType.CONTACT:
        report.unused_consent = list(filter(looks_like_consent, unused))


def _columns(mapping: BoundMapping, path: str) -> str:
    """What feeds a field: the first of several columns that is not blank."""
    return " or ".join(mapping.columns_of(path)) or path


def _missing(schema: ObjectSchema, fed: list[str]) -> list[str]:
    """Mandatory fields of the record, and of such items as it has."""
    return [
        path
        for path, field in schema.fields()
        if field.required
        and path not in fed
        and ("." not in path or any(each.startswith(f"{path.split('.')[0]}.") for each in fed))
    ]


def _tell_items(
    report: FileReport,
    source: TableSource | ObjectFile,
    argument: SourceArgument,
    options: PrepareOptions,
) -> MappingFile:
    source, file = item_table(source, argument, options)
    report.withheld = [name for name in source.header if is_secret(name)]
    report.platform, report.recognised = "Ometria", OWN_NAMES
    mapping = item_mapping(source, file, argument, options)
    if mapping.name:
        _tell_file(report, mapping.file, source, _given(argument, source, options))
    held = (argument.options, argument.items, str(mapping.schema.object_type))
    report.object_type = " of ".join(filter(None, held))
    columns = {
        each.target.path: _columns(mapping, each.target.path) for each in mapping.file.item_fields
    }
    report.key = (mapping.key_column,)
    if argument.options:
        part = f"{argument.items}.{argument.options}."
        report.key += tuple(name for path, name in columns.items() if not path.startswith(part))
        report.fed = [FedField(path, columns[path]) for path in columns if path.startswith(part)]
    else:
        report.fed = [FedField(path, columns[path]) for path in mapping.fields()]
    report.unused, report.unused_are_kept = list(mapping.unmapped), mapping.keeps_unmapped
    read_conventions(report, source, mapping, options.conventions)
    return mapping.file


def _objects(
    argument: SourceArgument, source: ObjectFile, options: PrepareOptions
) -> Iterator[FileReport]:
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
        _tell_consent(report, opened.shape.map(first, keep_unknown=False)[1])
        _ask_for_settings(report)
        yield report


def _flat(argument: SourceArgument, opened: TableInput, options: PrepareOptions) -> FileReport:
    """Objects that are read as the rows of a table."""
    report = FileReport(str(argument.path), opened.source.format.describe())
    _tell_file(report, opened.mapping.file, opened.source, _given(argument, opened.source, options))
    _tell_mapping(report, opened.mapping)
    report.withheld = list(opened.withheld)
    read_conventions(report, opened.source, opened.mapping, options.conventions)
    return report


def _tell_events(
    report: FileReport, view: ObjectView, mapping: ObjectMapping, first: list[dict[str, Any]]
) -> None:
    """What the events are; what is so for all of a file's views is said by the first."""
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
    report.notes = _notes_of(file)
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
