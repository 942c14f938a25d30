"""What an inspection tells of tables and of the mappings that they are read with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ometria_import.actions.inspection.conventions import read_conventions
from ometria_import.actions.inspection.report import (
    OWN_NAMES,
    FedField,
    FileReport,
    SettingReport,
)
from ometria_import.errors import (
    OmetriaImportError,
)
from ometria_import.mapping.binding.bind import STANDS_IN, missing_settings
from ometria_import.mapping.binding.bound import BoundMapping, generation_of
from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.expressions.model import FILE_NAME
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.mapping.recognition.secret_columns import WithoutSecrets
from ometria_import.mapping.secret_names import is_secret
from ometria_import.prepare.inputs.inputs import open_inputs
from ometria_import.prepare.inputs.opened import TableInput
from ometria_import.prepare.inputs.opening import file_name
from ometria_import.prepare.inputs.table_mappings import (
    chosen_mapping,
    item_mapping,
    item_table,
)
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.rows.resubmitted import as_resubmitted
from ometria_import.schema import ObjectSchema, ObjectType
from ometria_import.schema.field_types.consent_names import names_consent
from ometria_import.sources import ObjectFile, TableSource


def tell_table(
    report: FileReport, argument: SourceArgument, source: TableSource, options: PrepareOptions
) -> None:
    """Tell what a table is, what its columns feed, and what they leave open."""
    report.withheld = [name for name in source.header if is_secret(name)]
    readable = as_resubmitted(WithoutSecrets(source))
    file = chosen_mapping(readable, argument, options)
    if file is not None:
        tell_file(report, file, source, given_settings(argument, source, options))
        absent = {each.name: STANDS_IN for each in report.settings if each.is_missing}
        options = replace(options, settings={**options.settings, **absent})
    try:
        inputs = open_inputs([argument], options)
    except OmetriaImportError:
        report.rows = sum(len(chunk) + len(chunk.rejects) for chunk in source.chunks())
        raise
    for opened in inputs:
        if isinstance(opened, TableInput):
            tell_mapping(report, opened.mapping)
            read_conventions(report, opened.source, opened.mapping, options.conventions)
    ask_for_settings(report)


def ask_for_settings(report: FileReport) -> None:
    """Ask for the settings that are missing, in whose place something stood so far."""
    missing = [each.name for each in report.settings if each.is_missing]
    if missing:
        report.conventions = {
            name: said for name, said in report.conventions.items() if said != STANDS_IN
        }
        report.error = f"{report.path} needs {', '.join(missing)}"
        report.hint = "Use " + " ".join(f"--set {name}=…" for name in missing) + "."


def tell_file(
    report: FileReport, file: MappingFile, source: TableSource, given: Mapping[str, str]
) -> None:
    """Tell what a mapping file says of itself, and which settings it needs."""
    report.platform, report.mapping = file.platform, file.name
    report.recognised = file.title or file.name
    report.object_type = str(file.object_type)
    report.notes = notes_of(file)
    report.generation = generation_of(file, source.header)
    names = HeaderNames(source.header, file.columns.aliases)
    missing = missing_settings(file, given, names)
    report.settings = [
        SettingReport(each.name, each.about, each in missing)
        for each in file.settings
        if not any(map(names.has, each.unless)) and (each in missing or not each.unless_file)
    ]


def given_settings(
    argument: SourceArgument, source: TableSource, options: PrepareOptions
) -> dict[str, str]:
    """What the user says under the names of settings, and the name of the file."""
    return {**options.settings, FILE_NAME: file_name(argument, source)}


def notes_of(file: MappingFile) -> list[str]:
    """What a mapping file tells its users, and where its lines are."""
    notes = list(file.notes)
    if file.lines:
        notes.append(
            f"Its lines are in another file: {file.lines.about}. Name both, or say --lines none."
        )
    return notes


def tell_mapping(report: FileReport, mapping: BoundMapping) -> None:
    """Tell which columns feed which fields, and which feed none."""
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
    tell_consent(report, report.unused)


def tell_consent(report: FileReport, unused: Iterable[str]) -> None:
    """Name the columns of contacts that feed no field but may be about consent."""
    if report.object_type == ObjectType.CONTACT:
        report.unused_consent = list(filter(names_consent, unused))


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


def tell_items(
    report: FileReport,
    source: TableSource | ObjectFile,
    argument: SourceArgument,
    options: PrepareOptions,
) -> MappingFile:
    """Tell what a table of items is; returns the mapping that it is read with."""
    source, file = item_table(source, argument, options)
    report.withheld = [name for name in source.header if is_secret(name)]
    report.platform, report.recognised = "Ometria", OWN_NAMES
    mapping = item_mapping(source, file, argument, options)
    if mapping.name:
        tell_file(report, mapping.file, source, given_settings(argument, source, options))
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
