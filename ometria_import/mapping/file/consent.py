"""`[consent]`: which columns and words of an export say in, out, suppressed, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ometria_import.mapping.expressions.consenting import (
    Bounce,
    Said,
    State,
    Time,
)
from ometria_import.mapping.expressions.model import Expression
from ometria_import.mapping.expressions.origins import Braced, First, cut_braces
from ometria_import.mapping.expressions.verdicts import MAIL, SMS, Words, word_key
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.file.sources import ReadSource, SourceReader
from ometria_import.mapping.model import FieldSource
from ometria_import.mapping.targets import find_target
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.schema import ObjectSchema, ObjectType
from ometria_import.schema.field_types.consent_names import says_who_left

_WORDS = ("in", "out", "nothing")
_LISTS = (*_WORDS, "bounces")
_TIMES = ("in_time", "out_time", "time")
_KEYS = ("state", *_LISTS, "suppressed", "opted_out", *_TIMES)
_STATUS = "properties.email_status"
_FORCE = "@force_optin"


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields that a table of consent feeds."""

    state: str
    times: tuple[str, ...]
    """Those of in and out, or one of both."""


_OF_MAIL = _Fields("marketing_optin", ("timestamp_subscribed", "timestamp_unsubscribed"))
_OF_SMS = _Fields("channels.sms.allow_marketing", ("channels.sms.dt_updated_marketing",))


def read_consent(
    record: Section, schema: ObjectSchema, sources: SourceReader, fields: Iterable[FieldSource]
) -> tuple[FieldSource, ...]:
    """The fields that `[consent]` feeds; none without such a table.

    Args:
        record: The table that says what makes the records.
        schema: The schema of the records.
        sources: Reads the sources.
        fields: All that feeds a field otherwise.

    Raises:
        MappingError: with file and line.
    """
    if "consent" not in record.values:
        return ()
    section = record.section("consent")
    if schema.object_type is not ObjectType.CONTACT:
        raise record.error(f"a {schema.object_type} has no consent, only contacts have", "consent")
    section.only(*_KEYS, "sms")
    has_mail = any(key in section.values for key in _KEYS)
    mail = _Reader(section, schema, sources, _OF_MAIL) if has_mail else None
    sms = None
    if "sms" in section.values:
        inner = section.section("sms")
        inner.only(*_KEYS)
        sms = _Reader(inner, schema, sources, _OF_SMS)
    if mail is None and sms is None:
        raise section.error("consent needs 'state', 'suppressed' or 'opted_out'")
    found = [each for reader in (mail, sms) if reader for each in reader.fields()]
    if mail is not None and sms is not None:
        mail.refuse_shared(sms)
    _refuse_fed_twice(section, [*found, *fields], {each.target.path for each in found})
    fed = {each.target.path for each in fields}
    return tuple(each for each in found if not (each.target.path == _STATUS and _STATUS in fed))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one table of consent: that to e-mail, or that to text messages."""

    section: Section
    schema: ObjectSchema
    sources: SourceReader
    into: _Fields

    def fields(self) -> Iterator[FieldSource]:
        """What it feeds."""
        section, values = self.section, self.section.values
        self._refuse_idle()
        said = self._said()
        is_mail = self.into is _OF_MAIL
        keys = (*section.keys, next(key for key in _KEYS if key in values))
        yield self._field(self.into.state, State(said), keys)
        if is_mail:
            for path, own in zip(self.into.times, _TIMES, strict=False):
                if own in values or "time" in values:
                    yield self._time(said, path, (own, "time"))
        elif any(key in values for key in _TIMES):
            yield self._time(said, self.into.times[0], _TIMES)
        if is_mail and "bounces" in values:
            yield self._field(_STATUS, Bounce(said), (*section.keys, "bounces"))

    def refuse_shared(self, sms: _Reader) -> None:
        """Refuse text messages that are agreed to in a column about e-mail."""
        if not {"state"} <= self.section.values.keys() & sms.section.values.keys():
            return
        mine = set(self.sources.read(self.section, "state").expression.columns())
        for name in sms.sources.read(sms.section, "state").expression.columns():
            if name in mine:
                raise sms.section.error(
                    f"'{name}' is about e-mail here, so it says nothing about text messages",
                    "state",
                    near=name,
                )

    def _refuse_idle(self) -> None:
        section, values = self.section, self.section.values
        if not {"state", "suppressed", "opted_out"} & values.keys():
            raise section.error("consent needs 'state', 'suppressed' or 'opted_out'")
        for key in (*_WORDS, "time", "in_time"):
            if key in values and "state" not in values:
                hint = "The time of a suppression or of a refusal is out_time." * (key == "time")
                raise section.error(f"'{key}' has no effect without 'state'", key, hint=hint)
        if "in_time" in values and "in" not in values:
            raise section.error("'in_time' has no effect without 'in'", "in_time")
        if "state" in values and not {"in", "out"} & values.keys():
            raise section.error(
                "nothing says which words of 'state' mean in or out",
                "state",
                hint='For example: in = ["subscribed"], out = ["unsubscribed"].',
            )
        if "bounces" in values and not {"state", "suppressed"} & values.keys():
            raise section.error(
                "'bounces' has no effect without 'suppressed' or 'state'", "bounces"
            )

    def _said(self) -> Said:
        section, values = self.section, self.section.values
        said = Said(
            MAIL if self.into is _OF_MAIL else SMS,
            Words(*(self._words(key) for key in _LISTS)),
            self._single("state").expression if "state" in values else None,
            tuple(self._several("suppressed")),
            tuple(self._several("opted_out")),
        )
        listed: dict[str, str] = {}
        for key in _LISTS:
            for word in section.texts_of(key):
                other = listed.setdefault(word_key(word), key)
                if other != key:
                    raise section.error(f"'{word}' is in '{other}' and in '{key}'", key, near=word)
        if said.state is not None and "in" in values:
            for name in said.state.columns():
                if says_who_left(name):
                    raise section.error(
                        f"'{name}' says who left, and nobody opts in by not leaving",
                        "state",
                        near=name,
                        hint=f'Write opted_out = "{name}" instead of state.',
                    )
        return said

    def _words(self, key: str) -> tuple[Braced, ...]:
        found = []
        for word in self.section.texts_of(key):
            text = cut_braces(word)
            for name in text.names:
                if name not in self.sources.settings:
                    raise self.section.error(
                        f"'{{{name}}}' is not a setting{did_you_mean(name, self.sources.settings)}",
                        key,
                        near=f"{{{name}}}",
                        hint=f"Declare it: [settings.{name}].",
                    )
            found.append(text)
        return tuple(found)

    def _single(self, key: str) -> ReadSource:
        read = self.sources.read_text(self.section, key)
        if read.is_list:
            raise self.section.error(f"'{key}' takes one value, and this makes several", key)
        return read

    def _several(self, key: str) -> Iterator[Expression]:
        """One source or a list of them."""
        value = self.section.values.get(key, [])
        entries = value if isinstance(value, list) else [value]
        if key in self.section.values and not entries:
            raise self.section.error(f"'{key}' must be a source or a list of sources", key)
        for number, entry in enumerate(entries):
            keys = (*self.section.keys, key) if isinstance(value, list) else self.section.keys
            name = str(number) if isinstance(value, list) else key
            own = replace(self.section, values={name: entry}, keys=keys)
            read = self.sources.read_text(own, name)
            if read.is_list and key == "opted_out":
                raise own.error("'opted_out' takes one value, and this makes several", name)
            yield read.expression

    def _time(self, said: Said, path: str, keys: tuple[str, ...]) -> FieldSource:
        """What feeds a time: that of one direction, or of both, one of which a row has."""
        read = {key: self._single(key) for key in keys if key in self.section.values}
        first = next(iter(read))
        for key, each in read.items():
            if (each.conventions, each.form) != (read[first].conventions, read[first].form):
                raise self.section.error(
                    f"'{key}' and '{first}' feed {path}, so they must be read in the same way", key
                )
        given = {key: each.expression for key, each in read.items()}
        times = [
            Time(said, given.get(key), given.get("time"), is_of_in=key == "in_time")
            for key in keys
            if key != "time" and (key in given or "time" in given)
        ]
        source = times[0] if len(times) == 1 else First(tuple(times))
        field = self._field(path, source, (*self.section.keys, first))
        return replace(field, conventions=read[first].conventions, form=read[first].form)

    def _field(self, path: str, source: Expression, keys: tuple[str, ...]) -> FieldSource:
        target = find_target(self.schema, path)
        if target is None:
            raise self.section.error(f"contacts have no field '{path}'")
        field = dict(self.schema.fields()).get(path)
        return FieldSource(target, source, keys=keys, type=field.type if field else None)


def _refuse_fed_twice(
    section: Section, fields: Iterable[FieldSource], by_consent: set[str]
) -> None:
    governed = {_FORCE, _OF_MAIL.state, *_OF_MAIL.times}
    for each in fields:
        path = each.target.path
        is_own = each.keys[: len(section.keys)] == section.keys
        if is_own or path == _STATUS or path not in by_consent | governed:
            continue
        why = (
            "no export may force a consent on the preference centre"
            if path == _FORCE
            else "[consent] says all of it"
        )
        raise replace(section, values={}, keys=each.keys).error(
            f"{path} cannot be fed beside [consent]: {why}", hint="Leave one of them out."
        )
