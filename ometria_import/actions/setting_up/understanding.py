"""What each file is: a preset's, Ometria's own, or one for which a mapping is drafted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ometria_import.actions.inspection.drafting import read_draft
from ometria_import.actions.inspection.inspecting import inspect_source
from ometria_import.actions.inspection.report import FileReport
from ometria_import.actions.setting_up.found import FoundSource
from ometria_import.drafting.draft import Draft, draft_all
from ometria_import.drafting.tables.reading import Join
from ometria_import.drafting.tables.tables import LINES, Table
from ometria_import.drafting.writing.writing import slug
from ometria_import.errors import InterruptedRunError, OmetriaImportError
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.prepare import PrepareOptions
from ometria_import.prepare.inputs.item_files import with_items_named
from ometria_import.schema import ObjectType

_NOTHING = "no column says that its rows are products, contacts, orders, line items or events"


def understand(
    found: Sequence[FoundSource], taken: Iterable[str] = ()
) -> tuple[list[Join], list[Join]]:
    """Find out what files are, which name the records of others, and which hold the same.

    Args:
        found: The files; what each of them is, is noted there.
        taken: Names of mapping files that are there already.
    """
    arguments, _ = with_items_named([each.argument for each in found], PrepareOptions())
    for source in found:
        _recognise(source, [each for each in arguments if each.path != source.path])
    unknown = [each for each in found if not each.kind and not each.reason]
    tables: list[Table] = []
    for each in unknown:
        try:
            drafted = read_draft(each.argument, ReadingOptions())
            tables.append(replace(drafted.table, name=str(each.path)))
        except InterruptedRunError:
            raise
        except OmetriaImportError as error:
            each.reason, each.hint = error.message, error.hint
    drafts, joins, twins = draft_all(tables)
    by_path = {draft.table.name: draft for draft in drafts}
    names = set(taken)
    for each in unknown:
        if draft := by_path.get(str(each.path)):
            _take_draft(each, draft, _free_name(each, names))
    return joins, twins


def _take_draft(source: FoundSource, draft: Draft, name: str) -> None:
    if not draft.reading.kind:
        source.reason = _NOTHING
        return
    source.kind, source.mapping = draft.reading.kind, f"mappings/{name}.toml"
    source.draft, source.what = draft, f"{draft.reading.kind}, by a drafted mapping"


def _free_name(source: FoundSource, names: set[str]) -> str:
    """A name for the mapping file that no other has."""
    stem = slug(source.name.split(".")[0]) or "mapping"
    name, number = stem, 2
    while name in names:
        name, number = f"{stem}-{number}", number + 1
    names.add(name)
    return name


def _recognise(source: FoundSource, beside: Sequence[SourceArgument]) -> None:
    """Note what a file is by itself; no kind where neither a preset nor its names say it."""
    reports = reports_of(source, beside)
    report = reports[0]
    if report.recognised:
        source.kind = _kind_of(report)
        source.mapping = report.mapping
        preset = f" (preset {report.mapping})" if report.mapping else ""
        types = ", ".join(dict.fromkeys(each.object_type for each in reports))
        source.what = f"{types}, {report.recognised}{preset}"
        _take_error(source, report)
    elif not report.format or report.is_contested:
        source.reason, source.hint = report.error, report.hint
    source.rows = sum(each.rows for each in reports)


def read_by(source: FoundSource, mapping: str | Path | None) -> None:
    """Find out what a file that nothing recognises is by the mapping that somebody chose."""
    report = reports_of(source, [], mapping)[0]
    source.kind = _kind_of(report) if report.recognised else ""
    _take_error(source, report)


def _take_error(source: FoundSource, report: FileReport) -> None:
    """Why a file cannot be imported; what is only to be asked is no reason."""
    is_asked = any(each.is_missing for each in report.settings)
    source.reason, source.hint = ("", "") if is_asked else (report.error, report.hint)


def reports_of(
    source: FoundSource, beside: Sequence[SourceArgument], mapping: str | Path | None = None
) -> list[FileReport]:
    """What `inspect` says of a file with the answers that are known.

    Args:
        source: The file.
        beside: The other files, of which one may have its lines or the records of its items.
        mapping: Its mapping file or preset, where one was drafted or chosen.
    """
    argument = source.argument
    options = PrepareOptions.checked(_said(source, mapping))
    of_all = PrepareOptions(of_sources={argument: options}) if mapping else options
    return [*inspect_source(argument, of_all, beside)]


def beside(source: FoundSource, sources: Iterable[FoundSource]) -> list[SourceArgument]:
    """The other files as a command would name them."""
    return [
        replace(each.argument, object_type=ObjectType.ORDER, items="lineitems")
        if each.kind == LINES
        else each.argument
        for each in sources
        if each is not source
    ]


def _said(source: FoundSource, mapping: str | Path | None) -> ReadingOptions:
    options: dict[str, Any] = {**source.options}
    return ReadingOptions(mapping=mapping, settings=source.settings, **options)


def _kind_of(report: FileReport) -> str:
    held = report.object_type.split(" of ")
    return "lineitem" if "lineitems" in held[:-1] else held[-1]


def arguments_of(
    sources: Sequence[FoundSource], folder: Path
) -> dict[SourceArgument, PrepareOptions]:
    """The usable sources with their options, as a command would read them."""
    chosen = {}
    for each in sources:
        if each.is_usable:
            mapping: str | Path = each.mapping
            if each.mapping.endswith(".toml"):
                mapping = folder / each.mapping
            said = _said(each, mapping or None)
            chosen[each.argument] = PrepareOptions.checked(said)
    return chosen
