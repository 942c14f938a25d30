"""What a mapping file says of the files that it is for: recognition, settings, columns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ometria_import.mapping.file.conditions import read_condition, read_patterns
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.file.sources import SourceReader
from ometria_import.mapping.model import (
    Anchors,
    ColumnPolicy,
    Generation,
    LinesElsewhere,
    Refusal,
    Setting,
)
from ometria_import.options.choices import Unmapped
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.schema import ObjectType

_REFUSE, _ALLOW = "refuse", "allow"


def object_type_of(root: Section) -> ObjectType:
    """What the mapping's records are, or those whose items its rows are."""
    key = "items_of" if "items_of" in root.values else "object_type"
    name = root.text_of(key)
    if name not in list(ObjectType):
        raise root.error(f"'{name}' is not an object type{did_you_mean(name, ObjectType)}", key)
    return ObjectType(name)


def settings_of(root: Section) -> tuple[Setting, ...]:
    """What the user is to say."""
    return tuple(map(_setting, root.section("settings").tables()))


@dataclass(frozen=True, slots=True)
class HeadingReader:
    """Reads the tables that say what holds for whole files."""

    root: Section
    sources: SourceReader

    def anchors(self) -> Anchors | None:
        """By which columns a file is recognised."""
        if "recognise" not in self.root.values:
            return None
        section = self.root.section("recognise")
        section.only("all", "any", "none", "at_least", "where", "file", "spelt", "alone")
        all_of, any_of, none_of = (section.texts_of(key) for key in ("all", "any", "none"))
        at_least = section.values.get("at_least", 1)
        if type(at_least) is not int or not 1 <= at_least <= max(len(any_of), 1):
            raise section.error("'at_least' must be a number of names under 'any'", "at_least")
        where = tuple(map(read_condition, section.sections("where")))
        anchors = Anchors(
            all_of,
            any_of,
            none_of,
            at_least,
            where,
            read_patterns(section),
            section.texts_of("spelt"),
            section.flag("alone"),
        )
        if "records" in self.root.values and not where:
            raise section.error("recognition needs 'where'")
        if not (anchors.all or anchors.any or anchors.where):
            raise section.error("recognition needs 'all' or 'any'")
        if where and (anchors.spelt or anchors.is_alone):
            key = "spelt" if anchors.spelt else "alone"
            raise section.error(f"'{key}' is about columns, and 'where' about JSON objects", key)
        for name in anchors.none:
            if name in (*anchors.all, *anchors.any):
                raise section.error(f"'{name}' is both required and forbidden", "none", near=name)
        return anchors

    def generations(self) -> tuple[Generation, ...]:
        """The headers that the export had over the years."""
        found = []
        for section in self.root.sections("generations"):
            section.only("name", "has")
            found.append(Generation(section.text_of("name"), section.texts_of("has")))
        return tuple(found)

    def refusal(self) -> Refusal | None:
        """Why such files cannot be imported."""
        if "refuse" not in self.root.values:
            return None
        section = self.root.section("refuse")
        section.only("reason", "instead")
        return Refusal(section.text_of("reason"), section.text_of("instead"))

    def lines(self) -> LinesElsewhere | None:
        """Where the items of the records are, if they are in files of their own."""
        if "lines" not in self.root.values:
            return None
        section = self.root.section("lines")
        section.only("from", "about")
        for key in ("items_of", "items"):
            if key in self.root.values:
                raise self.root.error(
                    f"'lines' says that the lines are in another file, and '{key}' contradicts it",
                    "lines",
                    hint="Leave one of them out.",
                )
        return LinesElsewhere(section.text_of("from"), section.text_of("about"))

    def columns(self) -> ColumnPolicy:
        """What holds for all columns."""
        section = self.root.section("columns")
        section.only("missing", "unmapped", "drop", "nulls", "aliases")
        aliases = section.section("aliases")
        unmapped = section.chosen(
            "unmapped", (Unmapped.PROPERTIES, Unmapped.IGNORE, _REFUSE), Unmapped.PROPERTIES
        )
        return ColumnPolicy(
            section.chosen("missing", (_REFUSE, _ALLOW), _REFUSE) == _ALLOW,
            Unmapped.ERROR if unmapped == _REFUSE else Unmapped(unmapped),
            section.texts_of("drop"),
            section.texts_of("nulls"),
            {name: aliases.texts_of(name) for name in aliases.values},
        )

    def conventions(self) -> dict[str, str]:
        """How the texts of all columns are to be read."""
        section = self.root.section("conventions")
        section.only("date_order", "timezone", "decimal_sign", "country")
        said = self.sources.conventions(section)
        if "country" in section.values:
            self.sources.braced(section, "country")
            said["country"] = section.text_of("country")
        return said


def _setting(section: Section) -> Setting:
    section.only("about", "required", "default", "unless", "unless_file", "one_of", "of")
    name = section.keys[-1]
    if name == "n" or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise section.error(f"'{name}' cannot be the name of a setting: use small letters and _")
    required, default = section.flag("required"), section.text_of("default", "")
    if required and default:
        raise section.error("a setting with a default cannot be required", "default")
    one_of = section.texts_of("one_of")
    if default and one_of and default not in one_of:
        raise section.error(f"the default '{default}' is not one of 'one_of'", "default")
    for key in ("unless", "unless_file"):
        if key in section.values and not required:
            raise section.error(f"'{key}' has no effect on a setting that is not required", key)
    return Setting(
        name,
        section.text_of("about"),
        required,
        default,
        section.texts_of("unless"),
        read_patterns(section, "unless_file"),
        one_of,
        _types_of(section),
    )


def _types_of(section: Section) -> tuple[ObjectType, ...]:
    """The object types that a setting is required for."""
    names = section.texts_of("of")
    if names and not section.flag("required"):
        raise section.error("'of' has no effect on a setting that is not required", "of")
    for name in names:
        if name not in list(ObjectType):
            raise section.error(
                f"'{name}' is not an object type{did_you_mean(name, ObjectType)}", "of", near=name
            )
    return tuple(map(ObjectType, names))
