"""Setting up a project from a folder of exports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.inspection.report import FileReport
from ometria_import.actions.setting_up.found import FoundSource, candidates, newest_last
from ometria_import.actions.setting_up.previews import Preview, previews
from ometria_import.actions.setting_up.project import SETTINGS, Project
from ometria_import.actions.setting_up.questions import Question, questions_of
from ometria_import.actions.setting_up.understanding import (
    beside,
    read_by,
    reports_of,
    understand,
)
from ometria_import.actions.sources import files_at
from ometria_import.drafting.tables.reading import Join
from ometria_import.mapping.recognition.recognition import source_path

Ask = Callable[[Question], str | None]
"""Asks somebody; None where nobody answers."""
_MOST_ROUNDS = 3
"""An answer may raise a question, such as the order of days in a column that was just named."""


@dataclass
class SetUp:
    """What was found, asked and written."""

    sources: list[FoundSource]
    joins: list[Join]
    twins: list[Join]
    """Files with the same records, such as an export beside an older one."""
    answered: list[Question] = field(default_factory=list)
    open: list[Question] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)

    @property
    def usable(self) -> list[FoundSource]:
        """The files that can be imported."""
        return [each for each in self.sources if each.is_usable]


def init(
    paths: Sequence[str],
    folder: Path,
    ask: Ask,
    found: Callable[[SetUp], None],
    context: Context,
) -> SetUp:
    """Find out what files are, ask what they cannot say, and write the settings for them.

    What was answered before an interruption is written.

    Args:
        paths: Folders and files, which may be on other machines; the settings name them alike.
        folder: Takes `ometria-import.toml` and `mappings/`; what a person wrote there stays.
        ask: Asks a question.
        found: Told what was found, before anything is asked.
        context: The home takes copies of files of other machines, for whoever reads them next.

    Raises:
        SourceError: there is no file.
        UsageError: the settings file that is there cannot be read, or a URL cannot be used.
    """
    project = Project(folder, lambda path: files_at(path, context))
    sources = [*candidates([source_path(each) for each in paths], context)]
    joins, twins = understand(sources, project.mappings)
    for each in sources:
        if entry := project.entry_of(each.path):
            _take_entry(each, entry, project)
            project.take_up(each)
    done = SetUp(newest_last(sources, twins), joins, twins)
    found(done)
    project.write_mappings(done.usable)
    try:
        _ask_all(done, project, ask)
    finally:
        if done.usable:
            project.write_mappings(done.usable)
            project.write_settings(done.sources, done.open)
            done.written = [project.settings, *project.written]
    return done


def _take_entry(source: FoundSource, entry: dict[str, object], project: Project) -> None:
    """What the settings file says of a source that it lists: none of it is asked again."""
    source.is_listed = True
    source.mapping = str(entry.get("mapping", ""))
    if source.mapping and not source.kind:
        read_by(source, _mapping_of(source, project))
    elif source.mapping:
        source.reason = ""
    if source.kind and source.mapping:
        source.what = f"{source.kind}, as {SETTINGS} says"
    settings = entry.get("settings")
    if isinstance(settings, dict):
        source.settings = {str(name): str(value) for name, value in settings.items()}
    source.options = {
        str(name): str(value)
        for name, value in entry.items()
        if name in {"timezone", "country", "date_order", "decimal_sign"}
    }


def _ask_all(done: SetUp, project: Project, ask: Ask) -> None:
    asked: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        reports = {str(each.path): _report(each, done.usable, project) for each in done.usable}
        answered = {question.key for question in done.answered}
        questions = questions_of(done.usable, reports)
        done.open = [question for question in questions if question.key not in answered]
        fresh = [question for question in done.open if question.key not in asked]
        for question in fresh:
            asked.add(question.key)
            answer = ask(question)
            if answer is not None:
                question.answer(answer)
                done.answered.append(question)
                done.open.remove(question)
        project.write_mappings(done.usable)
        if not fresh:
            return


def _mapping_of(source: FoundSource, project: Project) -> str | Path | None:
    """The mapping file of a source, or the preset that somebody chose; None where it is found."""
    if source.mapping.endswith(".toml"):
        return project.folder / source.mapping
    return source.mapping if source.is_listed and source.mapping else None


def _report(source: FoundSource, sources: Sequence[FoundSource], project: Project) -> FileReport:
    mapping = _mapping_of(source, project)
    reports = reports_of(source, beside(source, sources), mapping)
    source.rows = source.rows or sum(each.rows for each in reports)
    source.unused = [*reports[0].unused, *reports[0].dropped]
    return reports[0]


def show_records(done: SetUp, folder: Path) -> tuple[list[Preview], str]:
    """The first rows of each source beside their records, or why they cannot be shown."""
    return previews(done.usable, folder)
