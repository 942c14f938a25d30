"""Reading the part of a mapping of events that says what feeds the fields of an object."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ometria_import.did_you_mean import did_you_mean
from ometria_import.mapping.events.model import Part, Rest, Rules
from ometria_import.mapping.events.sources import (
    FORMS,
    KEEP,
    Candidate,
    EventPath,
    EventSource,
    Json,
)
from ometria_import.mapping.events.targets import member_at, members_within, paths_of
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.secret_names import is_secret
from ometria_import.schema import Member, Properties

_ORIGINS = ("path", "first", "constant")
_WORDS = ("words", "word", "or_more")
_STEPS = ("case", "translate", "otherwise", "form", "default")
_SETTING = re.compile(r"\{(.*)\}")


class RulesReader:
    """Reads the rules of a mapping's records with its places and settings."""

    def __init__(self, places: Mapping[str, tuple[str, ...]], settings: Mapping[str, str]) -> None:
        self._places = places
        self._settings = settings

    def rules(self, section: Section, members: tuple[Member, ...], owner: str) -> Rules:
        """Read `fields`, `parts` and `rest` of a table.

        Args:
            section: The table.
            members: What the object that it makes may have.
            owner: What it is called in messages.
        """
        fields = section.section("fields")
        sources = tuple((path, self._field(fields, path, members, owner)) for path in fields.values)
        tables = section.section("parts")
        parts = tuple(self._part(tables.section(name), members, owner) for name in tables.values)
        fed = [path for path, _ in sources] + [part.name for part in parts]
        for one, other in itertools.permutations(fed, 2):
            if one.startswith(f"{other}."):
                table = fields if other in fields.values else tables
                raise table.error(f"'{one}' and '{other}' cannot both be fed", other)
        candidates = [
            each
            for source in (*(source for _, source in sources), *(part.source for part in parts))
            for each in source.candidates
        ]
        if "rest" not in section.values:
            return Rules(sources, parts)
        return Rules(sources, parts, self._rest(section.section("rest"), members, candidates))

    def _field(
        self, section: Section, path: str, members: tuple[Member, ...], owner: str
    ) -> EventSource:
        if member_at(members, path) is None:
            raise section.error(
                f"{owner} has no field '{path}'{did_you_mean(path, paths_of(members))}", path
            )
        return self._source(section, path)

    def _part(self, section: Section, members: tuple[Member, ...], owner: str) -> Part:
        section.only("from", "fields", "parts", "rest")
        name = section.keys[-1]
        member = member_at(members, name)
        inner = members_within(member) if member is not None else ()
        if not inner:
            raise section.error(
                f"{owner} has no objects called '{name}'{did_you_mean(name, paths_of(members))}"
            )
        return Part(name, self._source(section, "from"), self.rules(section, inner, name))

    def _rest(
        self, section: Section, members: tuple[Member, ...], candidates: Iterable[Candidate]
    ) -> Rest:
        section.only("into", "from", "leave_out", "keep")
        into = section.text_of("into", "")
        if into and not isinstance(member_at(members, into), Properties):
            raise section.error(f"'{into}' does not accept unknown keys", "into")
        places = [
            path
            for text in section.texts_of("from") or ("",)
            for path in (self._paths(text) if text else [()])
        ]
        used = set(section.texts_of("leave_out"))
        used_if_taken: dict[str, list[Candidate]] = {}
        for each in candidates:
            for place in places:
                if each.path[: len(place)] == place and len(each.path) > len(place):
                    key = each.path[len(place)]
                    if each.words:
                        used_if_taken.setdefault(key, []).append(each)
                    else:
                        used.add(key)
        used -= set(section.texts_of("keep"))
        return Rest(
            into,
            tuple(places),
            frozenset(used),
            {key: tuple(each) for key, each in used_if_taken.items()},
        )

    def _source(self, parent: Section, key: str) -> EventSource:
        value = parent.values.get(key)
        if isinstance(value, str):
            return EventSource(tuple(self._candidates(parent, key, [value])))
        section = parent.section(key)
        section.only(*_ORIGINS, *_WORDS, *_STEPS)
        said = [origin for origin in _ORIGINS if origin in section.values]
        if len(said) != 1:
            raise section.error(f"a source needs exactly one of {', '.join(_ORIGINS)}")
        if "constant" in section.values:
            section.only("constant")
            return EventSource(default=self._constant(section, "constant"))
        entries = [section.values] if "path" in section.values else section.values["first"]
        if not isinstance(entries, list) or not entries:
            raise section.error("'first' must be a list", "first")
        return EventSource(
            tuple(self._candidates(section, said[0], entries)),
            section.chosen("case", ("lower",), "") == "lower",
            self._words(section),
            section.text_of("otherwise", KEEP),
            FORMS.get(section.chosen("form", tuple(FORMS), "")),
            self._constant(section, "default") if "default" in section.values else None,
        )

    def _words(self, section: Section) -> dict[str, Json] | None:
        if "translate" not in section.values:
            return None
        table = section.section("translate")
        return {word.strip().casefold(): self._constant(table, word) for word in table.values}

    def _constant(self, section: Section, key: str) -> Json:
        value = section.values[key]
        if isinstance(value, list | dict):
            raise section.error(f"'{key}' must be one plain value", key)
        found = _SETTING.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return value
        name = found.group(1)
        if name not in self._settings:
            raise section.error(
                f"there is no setting '{name}'{did_you_mean(name, self._settings)}", key
            )
        return self._settings[name] or None

    def _candidates(self, section: Section, key: str, entries: list[Any]) -> Iterator[Candidate]:
        """Each entry in each of its places.

        Neighbours that begin with one place are looked for there, all of them, before its second
        meaning is looked at: a person's newest traits win, however their keys are written.
        """
        read = [self._entry(section, key, entry) for entry in entries]
        for _, neighbours in itertools.groupby(read, key=lambda each: each[0].partition(".")[0]):
            own = [(self._paths(text), words) for text, words in neighbours]
            for rank in range(len(own[0][0])):
                for paths, words in own:
                    yield Candidate(paths[rank], *words)

    def _entry(self, section: Section, key: str, entry: Any) -> tuple[str, tuple[int, int, bool]]:
        values = {"path": entry} if isinstance(entry, str) else entry
        path = values.get("path") if isinstance(values, dict) else None
        if not isinstance(path, str) or not all(path.split(".")):
            raise section.error(f"'{key}' needs paths like \"traits.email\"", key)
        if any(map(is_secret, path.split("."))):
            raise section.error(f"'{path}' holds secrets, which never leave the file", key)
        words, word = values.get("words", 0), values.get("word", 0)
        if not (isinstance(words, int) and isinstance(word, int) and 0 <= word <= words) or (
            bool(words) != bool(word)
        ):
            raise section.error("'word' must be a number from 1 to 'words'", key)
        or_more = values.get("or_more", False)
        if not isinstance(or_more, bool) or (or_more and words < 2):  # noqa: PLR2004 -- see there
            raise section.error("'or_more' is true or false, and needs 'words' of 2 or more", key)
        return path, (words, word, or_more)

    def _paths(self, text: str) -> list[EventPath]:
        """A path, or what it stands for where it begins with the name of a place."""
        first, dot, rest = text.partition(".")
        places = self._places.get(first, (first,))
        return [tuple(f"{place}{dot}{rest}".split(".")) for place in places]
