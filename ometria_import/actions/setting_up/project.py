"""What is written: settings with their sources, and mappings; what a person wrote stays."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Container, Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from ometria_import.actions.setting_up.found import FoundSource
from ometria_import.actions.setting_up.questions import Question
from ometria_import.config.storage import private_file
from ometria_import.drafting.asking.answers import answers_in, is_sealed, sealed
from ometria_import.drafting.asking.asking import open_questions, take_answer
from ometria_import.drafting.writing.writing import write_mapping
from ometria_import.errors import UsageError
from ometria_import.options.remote_path import RemotePath, as_path, is_url

SETTINGS = "ometria-import.toml"
_HEAD = """\
# What `ometria-import check` and `ometria-import push` read if no file is named.
# Keys stay in the environment: OMETRIA_STAGING_KEY and OMETRIA_LIVE_KEY.
"""
_QUESTION = "# QUESTION: "
_IN_MAPPING = "The choices stand in"
_OPTIONS = ("timezone", "country", "date_order", "decimal_sign")
_EXAMPLES = tuple(f"# {each}" for each in (*_OPTIONS, "settings = ", _IN_MAPPING))
"""How the lines begin that say how a question can be answered."""


class Project:
    """The settings file and the mappings of a folder."""

    def __init__(self, folder: Path, files_at: Callable[[Path], Container[Path]]) -> None:
        """Read what is there.

        Args:
            folder: Where settings and mappings are.
            files_at: The files that a path or pattern of the settings stands for.

        Raises:
            UsageError: the settings file cannot be read.
        """
        self.folder = folder
        self.settings = folder / SETTINGS
        self._files_at = cache(files_at)
        text = self.settings.read_text("utf-8") if self.settings.exists() else _HEAD
        try:
            self._document = tomlkit.parse(text)
        except TOMLKitError as error:
            raise UsageError(
                f"{self.settings} is not TOML: {error}",
                hint="Correct the file, or move it away; nothing was written.",
            ) from None
        self.written: list[Path] = []
        self._texts: dict[Path, str] = {}
        """What stands in the mapping files that are ours."""

    def entry_of(self, path: Path) -> dict[str, Any] | None:
        """What the settings file says of a file, by its path or a pattern that it fits."""
        for each in self._document.get("sources", []):
            text = str(each.get("path", ""))
            listed = as_path(text) if is_url(text) else self.folder / text
            is_near = isinstance(listed, RemotePath) == isinstance(path, RemotePath)
            if is_near and path.absolute() in self._files_at(listed):
                return dict(each)
        return None

    @property
    def mappings(self) -> list[str]:
        """The names of the mapping files that are there."""
        return [path.stem for path in (self.folder / "mappings").glob("*.toml")]

    def take_up(self, source: FoundSource) -> None:
        """Go on with the draft of an earlier run and its answers.

        Where somebody changed the mapping since, it is theirs: nothing of it is asked, and it
        stays as it is.
        """
        draft, source.draft = source.draft, None
        path = self.folder / source.mapping
        if draft is None or path.suffix != ".toml":
            return
        if not path.exists():
            source.draft = draft
            return
        try:
            text = path.read_text("utf-8")
            is_ours = is_sealed(text)
        except (OSError, ValueError):
            return  # whoever reads it next says what is wrong with it
        if not is_ours:
            return
        for key, answer in answers_in(text).items():
            take_answer(draft.table, draft.reading, key, answer)
        source.draft = draft
        # Where nothing is open the mapping stays as it is, whatever newer rows would suggest.
        if next(open_questions(draft.table, draft.reading), None) is not None:
            self._texts[path] = text

    def write_mappings(self, sources: Iterable[FoundSource]) -> None:
        """Write the mappings that were drafted; a file that is not ours is left alone."""
        for each in sources:
            if each.draft is None or not each.mapping:
                continue
            path = self.folder / each.mapping
            if path.exists() and path.read_bytes() != self._texts.get(path, "").encode():
                continue
            draft = each.draft
            text = sealed(write_mapping(draft.table, draft.reading, each.mapping))
            if text == self._texts.get(path):
                continue
            path.parent.mkdir(exist_ok=True)
            _replace(path, text)
            self._texts[path] = text
            if path not in self.written:
                self.written.append(path)

    def write_settings(
        self,
        sources: Sequence[FoundSource],
        open_ones: Sequence[Question],
    ) -> None:
        """Add the sources that are not listed, the answers, and what is open as comments."""
        self._forget_questions({self.relative(each.path) for each in sources})
        tables = self._document.get("sources")
        if tables is None:
            tables = tomlkit.aot()
            self._document.append("sources", tables)
        for each in sources:
            path = self.relative(each.path)
            table = next((one for one in tables if one.get("path") == path), None)
            if not each.is_usable or (each.is_listed and table is None):
                continue
            if table is None:
                table = tomlkit.table()
                table.add("path", path)
                tables.append(table)
            self._fill(table, each, [one for one in open_ones if each in one.sources])
        _replace(self.settings, tomlkit.dumps(self._document))

    def _forget_questions(self, paths: Container[str]) -> None:
        """Take out the questions about some sources; those that are still open come again."""
        kept: list[str] = []
        is_of_source = is_answer = False
        for line in tomlkit.dumps(self._document).splitlines(keepends=True):
            if line.startswith("["):
                is_of_source = False
            elif line.startswith("path"):
                with suppress(ValueError):
                    is_of_source = tomllib.loads(line).get("path") in paths
            if is_of_source and line.startswith(_QUESTION):
                is_answer = True
            elif not (is_answer and line.startswith(_EXAMPLES)):
                is_answer = False
                kept.append(line)
        self._document = tomlkit.parse("".join(kept))

    def _fill(self, table: Any, source: FoundSource, open_ones: Sequence[Question]) -> None:
        if source.mapping and "mapping" not in table:
            mapping = tomlkit.string(source.mapping)
            if not source.mapping.endswith(".toml"):
                mapping.comment(f"the preset that knows {source.name}")
            table.add("mapping", mapping)
        for name, value in source.options.items():
            table[name] = value
        if source.settings:
            settings = tomlkit.inline_table()
            settings.update({**table.get("settings", {}), **source.settings})
            table["settings"] = settings
        # Whatever settings are open stand in one line: a second one would be a second table.
        names = [name for each in open_ones if (name := each.setting)]
        ordered = sorted(open_ones, key=lambda each: not each.setting)
        for place, question in enumerate(ordered, 1):
            table.add(tomlkit.comment(f"QUESTION: {question.text}"))
            if question.is_of_mapping:
                table.add(tomlkit.comment(f"{_IN_MAPPING} {source.mapping}."))
            if question.setting and place == len(names):
                values = ", ".join(f'{name} = "…"' for name in names)
                table.add(tomlkit.comment(f"settings = {{ {values} }}"))
            elif example := _example(question):
                table.add(tomlkit.comment(example))

    def relative(self, path: Path) -> str:
        """A path as the settings file names it."""
        if isinstance(path, RemotePath):
            return str(path)
        return os.path.relpath(path.absolute(), self.folder.absolute())


def _example(question: Question) -> str:
    """The line that would answer a question."""
    name = question.key.split()[0]
    if name in _OPTIONS:
        words = (
            " or ".join(f'"{each}"' for each in question.choices) or f'"{question.default or "…"}"'
        )
        return f"{name} = {words}"
    return ""


def _replace(path: Path, text: str) -> None:
    """Write a file at once, so that what stops the writing leaves the old one."""
    beside = private_file(path.with_name(f".{path.name}.new"))
    beside.write_text(text, "utf-8")
    beside.replace(path)
