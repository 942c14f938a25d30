"""What a mapping file says of objects within objects, and of the keys that feed nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ometria_import.mapping.expressions.conditions import Condition
from ometria_import.mapping.expressions.model import ELEMENTS, NUMBER
from ometria_import.mapping.expressions.origins import Word, origins_of
from ometria_import.mapping.file.arrays import read_children
from ometria_import.mapping.file.conditions import read_condition, read_condition_at
from ometria_import.mapping.file.consent import read_consent
from ometria_import.mapping.file.fields import FieldReader, member_at
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.model import (
    ColumnPolicy,
    FieldSource,
    ItemSource,
    MemberSource,
    NamedValues,
    Rest,
)
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.schema import Group, Items, Member, Options, Properties


@dataclass(slots=True)
class Level:
    """What feeds a record or an item, with the parts within it."""

    fields: tuple[FieldSource, ...] = ()
    named_values: tuple[NamedValues, ...] = ()
    items: tuple[ItemSource, ...] = ()
    members: MemberSource | None = None
    conditions: tuple[Condition, ...] = ()
    """Which objects are such records, and which are left out."""
    rests: tuple[Rest, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()

    def used(self) -> Iterator[str]:
        """The names of all cells that feed something whatever they say."""
        for source in self.fields:
            words = {each.name for each in origins_of(source.source) if isinstance(each, Word)}
            yield from (name for name in source.source.columns() if name not in words)
        for each in self.named_values:
            yield from each.named_columns
        inner_levels: list[ItemSource | MemberSource] = [*self.items]
        if self.members is not None:
            inner_levels.append(self.members)
        for inner in inner_levels:
            yield inner.each
            yield from (name for each in inner.fields for name in each.source.columns())
            yield from inner.where.columns() if inner.where else ()
        yield from (name for each in self.conditions for name in each.columns())
        yield from (name for _, name in self.parts)

    def patterns(self) -> Iterator[str]:
        """What the names of cells look like that are not all named outright."""
        yield from (each.columns for each in self.named_values if each.columns)
        yield from (name.replace(NUMBER, "[0-9]*") for name in self.used() if NUMBER in name)
        yield from (name for name in self.used() if "*" in name)

    def words(self) -> Iterator[Word]:
        """What feeds something only where it has so many words."""
        origins = (each for source in self.fields for each in origins_of(source.source))
        return (each for each in origins if isinstance(each, Word))


@dataclass(frozen=True, slots=True)
class PartReader:
    """Reads the tables of a record or an item: its fields, its parts, and the rest of its keys."""

    fields: FieldReader
    columns: ColumnPolicy
    keeps_rest: bool
    """Whether keys that feed nothing are told of, and kept as custom fields, with nothing said."""

    def record(self, section: Section) -> Level:
        """All that feeds a record."""
        level = self._level(section, self.fields.schema.members, "", "")
        conditions = (*section.sections("where"), *section.section("rows").sections("leave_out"))
        level.conditions = tuple(map(read_condition, conditions))
        level.fields += read_consent(section, self.fields.schema, self.fields.sources, level.fields)
        items = (self._items(each) for each in section.section("items").tables())
        level.items = (*level.items, *items)
        if "members" in section.values:
            level.members = self._members(section.section("members"))
        level.rests = (*level.rests, *self._rests(section, level, self.fields.schema.members, ""))
        return level

    def _whole(
        self,
        section: Section,
        members: tuple[Member, ...],
        target: str,
        items: str,
        place: str | None = None,
    ) -> Level:
        """All that feeds an object within a record, the rest of its keys included.

        Args:
            section: The table that says it.
            members: What may be fed.
            target: Stands before the paths of the fields.
            items: The name of the items; empty for a record.
            place: The name of the object, where names in the table are those from the record on.
        """
        level = self._level(section, members, target, items)
        if place is not None and (where := read_condition_at(section, "where")):
            level.conditions = (where,)
        level.rests += self._rests(section, level, members, target, place)
        return level

    def _level(
        self, section: Section, members: tuple[Member, ...], target: str, items: str
    ) -> Level:
        """The fields of an object and of the parts in it; `target` stands before their paths."""
        level = Level(
            self.fields.of_level(section.section("fields"), target, items),
            self.fields.named_values(section, members),
        )
        for part in section.section("parts").tables():
            self._add_part(level, part, members, target, items)
        return level

    def _add_part(
        self, level: Level, section: Section, members: tuple[Member, ...], target: str, items: str
    ) -> None:
        section.only("from", "fields", "parts", "rest")
        name = section.keys[-1]
        member = member_at(members, name)
        source = self._single(section, "from")
        if isinstance(member, Group):
            inner = self._within(f"{source}.")
            own = inner._whole(section, member.members, f"{target}{name}.", items)  # noqa: SLF001
            level.fields += own.fields
            level.rests += own.rests
            level.parts += ((f"{target}{name}", source), *own.parts)
        elif isinstance(member, Items) and not target:
            level.items += (self._elements(section, member, source),)
        elif isinstance(member, Options):
            raise section.error(
                f"{name} come as a whole: write '{name} = \"{source}\"' among the fields"
            )
        else:
            owner = items or self.fields.schema.object_type
            known = [each.name for each in members]
            near = did_you_mean(name, known)
            raise section.error(f"{owner} has no objects called '{name}'{near}")

    def _items(self, section: Section) -> ItemSource:
        """Items in the syntax of tables; those of an array have names of their own."""
        if "each" not in section.values:
            return self.fields.of_items(section)
        kinds = {each.name: each for each in self.fields.schema.items()}
        if "packed" in section.values:
            raise section.error("elements of an array have no 'packed'", "packed")
        for named in section.sections("named_values"):
            if "columns" in named.values:
                raise named.error(
                    "elements have no columns: name their keys under 'fields'", "columns"
                )
        item = self.fields.of_items(section, "each", "parts", "rest", "children")
        each = self._single(section, "each")
        members, prefix = kinds[item.name].members, f"{item.name}."
        own = replace(self, keeps_rest=True)._whole(  # noqa: SLF001
            section, members, prefix, item.name, f"{each}{ELEMENTS}"
        )
        item = replace(item, fields=own.fields, each=each, rests=own.rests, parts=own.parts)
        if "children" not in section.values:
            return item
        children = read_children(section.section("children"))
        keys = {children.id, children.parent}
        rests = tuple(replace(rest, used=rest.used | keys) for rest in own.rests)
        return replace(item, rests=rests, children=children)

    def _members(self, section: Section) -> MemberSource:
        """Members in rows, or in the elements of an array."""
        if "each" not in section.values:
            return self.fields.of_members(section)
        if "fill_down" in section.values:
            raise section.error(
                "'fill_down' is for rows: elements of an array can name what their owner has",
                "fill_down",
            )
        members = self.fields.of_members(section, "each", "parts", "rest")
        each = self._single(section, "each")
        prefix = f"{each}{ELEMENTS}"
        inner = replace(self, keeps_rest=True)
        own = inner._whole(section, self.fields.schema.members, "", "", prefix)  # noqa: SLF001
        rests = tuple(replace(rest, prefix=f"{prefix}.") for rest in own.rests)
        return replace(members, fields=own.fields, each=each, rests=rests, parts=own.parts)

    def _elements(self, section: Section, member: Items, source: str) -> ItemSource:
        """Items whose names are those within an element."""
        inner = self._within(f"{source}{ELEMENTS}.")
        prefix = f"{member.name}."
        own = inner._whole(section, member.members, prefix, member.name)  # noqa: SLF001
        return ItemSource(
            member.name,
            own.fields,
            named_values=own.named_values,
            each=source,
            rests=own.rests,
            parts=own.parts,
        )

    def _within(self, prefix: str) -> PartReader:
        sources = replace(self.fields.sources, prefix=prefix)
        return replace(self, fields=replace(self.fields, sources=sources), keeps_rest=False)

    def _single(self, section: Section, key: str) -> str:
        """The name of one object or array."""
        names = self.fields.sources.names(section.text_of(key))
        if len(names) > 1:
            raise section.error(f"'{key}' must be one name, and this stands for several", key)
        return names[0]

    def _rests(
        self,
        section: Section,
        level: Level,
        members: tuple[Member, ...],
        target: str,
        own: str | None = None,
    ) -> tuple[Rest, ...]:
        """Where the keys of an object go that feed nothing; nothing where it is not to be said."""
        if "rest" not in section.values and not self.keeps_rest:
            return ()
        rest = section.section("rest")
        rest.only("into", "from", "leave_out", "keep", "beside")
        sources = self.fields.sources
        own = sources.prefix.removesuffix(".") if own is None else own
        default = ""
        if "rest" not in section.values and not target and self.columns.unmapped.keeps:
            # The custom fields, as for columns that feed nothing.
            default = next((each.name for each in members if isinstance(each, Properties)), "")
        into = rest.text_of("into", default)
        if into and not isinstance(member_at(members, into), Properties):
            raise rest.error(f"'{into}' does not accept unknown keys", "into")
        if "beside" in rest.values and not into:
            raise rest.error("'beside' has no effect without 'into'", "beside")
        places = [name for text in rest.texts_of("from") for name in sources.names(text)] or [own]
        drop = (*self.columns.drop, *level.patterns())
        aliases = self.columns.aliases
        names = [each for name in level.used() for each in (name, *aliases.get(name, ()))]
        used = {*rest.texts_of("leave_out"), *_keys_in(places, names)}
        words: dict[str, tuple[Word, ...]] = {}
        for word in level.words():
            for key in _keys_in(places, [word.name]):
                words[key] = (*words.get(key, ()), word)
        kept = frozenset(rest.texts_of("keep"))
        # As columns that nothing names, unless the mapping says where they go.
        merges = "rest" not in section.values or rest.flag("beside")
        return (Rest(into, tuple(places), frozenset(used) - kept, words, target, drop, merges),)


def _keys_in(places: Iterable[str], names: list[str]) -> Iterator[str]:
    """The keys of the objects at some places that lead to some cells."""
    for place in places:
        start = f"{place}." if place else ""
        for name in names:
            if name.startswith(start):
                key = name.removeprefix(start).partition(".")[0]
                yield key.removesuffix(ELEMENTS)
