"""The members of a record's schema, each of which knows how its two values are compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from ometria_import.schema import Field, Group, Items, Member, ObjectSchema, Options, Properties
from ometria_import.schema.field_types import FieldTypeName
from ometria_import.verification.comparing.causes import ABSENT
from ometria_import.verification.comparing.difference import Outcome
from ometria_import.verification.comparing.pairing import KEYS, Key, pairs_of
from ometria_import.verification.comparing.rules import (
    INSTRUCTIONS,
    ITEMS,
    NAMED_BY_PATH,
    SETS,
    UNSET,
    Rule,
)
from ometria_import.verification.comparing.values import (
    SAME_VALUES,
    SameValue,
    is_identical,
    same_consent_time,
    same_custom_value,
    same_text,
)

CONSENTS = frozenset(
    {
        "marketing_optin",
        "@force_optin",
        "timestamp_subscribed",
        "timestamp_unsubscribed",
        "channels.sms.allow_marketing",
        "channels.sms.allow_transactional",
        "channels.sms.dt_updated_marketing",
        "channels.sms.dt_updated_transactional",
    }
)
"""The fields of which no rule excuses a difference."""

_MAY_BE_ABSENT = {
    "@type": NAMED_BY_PATH,
    "@collection": NAMED_BY_PATH,
    "@merge": INSTRUCTIONS,
    "@force_optin": INSTRUCTIONS,
    "@add_to_lists": INSTRUCTIONS,
    "@remove_from_lists": INSTRUCTIONS,
}


class ComparedMember(ABC):
    """One member of an object. Only values that are not equal scalars come here."""

    @abstractmethod
    def compare(
        self, outcome: Outcome, path: str, pattern: str, sent: Any, found: Any, currency: str | None
    ) -> None:
        """Compare what was sent with what was found, which is None where there is nothing."""


@dataclass(frozen=True, slots=True)
class Value(ComparedMember):
    """A plain field."""

    kind: FieldTypeName | None
    same: SameValue
    may_be_absent: Rule | None = None
    is_consent: bool = False

    def compare(
        self, outcome: Outcome, path: str, pattern: str, sent: Any, found: Any, currency: str | None
    ) -> None:
        """Compare two values by the rules of the field's type."""
        if is_unset(found):
            if is_unset(sent):
                outcome.uses(UNSET)
            elif self.may_be_absent is not None:
                outcome.uses(self.may_be_absent)
            else:
                self._differs(outcome, path, pattern, sent, ABSENT)
            return
        answer = False if is_unset(sent) else self.same(sent, found, currency)
        if answer is False:
            self._differs(outcome, path, pattern, sent, found)
        elif answer is not True:
            outcome.uses(answer)

    def _differs(self, outcome: Outcome, path: str, pattern: str, sent: Any, found: Any) -> None:
        outcome.differs(self.kind, path, pattern, sent, found, is_consent=self.is_consent)


_CUSTOM = Value(None, same_custom_value)


@dataclass(frozen=True, slots=True)
class ObjectMembers(ComparedMember):
    """An object with fields: a record, an address, a line item."""

    members: Mapping[str, ComparedMember]

    @classmethod
    def of_schema(cls, schema: ObjectSchema) -> Self:
        """The members of a whole record."""
        return cls({"@type": _value("@type", FieldTypeName.TEXT), **_members(schema.members, "")})

    def compare(
        self, outcome: Outcome, path: str, pattern: str, sent: Any, found: Any, currency: str | None
    ) -> None:
        """Compare what was sent field by field, and count what else there is."""
        if not isinstance(found, Mapping):
            if found is not None:
                outcome.differs(None, path, pattern, sent, found)
                return
            found = {}
        currency = sent.get("currency", currency)
        members = self.members
        prefix, pattern_prefix = path and f"{path}.", pattern and f"{pattern}."
        for name, value in sent.items():
            other = found.get(name)
            kind = type(value)
            if kind is type(other) and other == value and kind is not dict and kind is not list:
                continue
            member = members.get(name, _CUSTOM)
            member.compare(
                outcome, f"{prefix}{name}", f"{pattern_prefix}{name}", value, other, currency
            )
        for name in found.keys() - sent.keys():
            if is_unset(found[name]):
                outcome.uses(UNSET)
            else:
                outcome.extra_fields += 1


@dataclass(frozen=True, slots=True)
class ListOfObjects(ComparedMember):
    """Line items, attributes, listings: each is compared with the one that has its key."""

    item: ObjectMembers
    key: Key
    reordered: Rule
    is_ordered: bool
    """Whether items are named by their position, and changed keys are changes of items."""

    def compare(
        self, outcome: Outcome, path: str, pattern: str, sent: Any, found: Any, currency: str | None
    ) -> None:
        """Compare item by item."""
        if is_identical(sent, found):
            return
        if found is not None and not isinstance(found, list):
            outcome.differs(None, path, pattern, sent, found)
            return
        if not sent and not found:
            outcome.uses(UNSET)
            return
        found = found or []
        pairs, is_reordered = pairs_of(sent, found, self.key, by_position=self.is_ordered)
        if is_reordered:
            outcome.uses(self.reordered)
        for first, second in pairs:
            own = ABSENT if first is None else sent[first]
            other = ABSENT if second is None else found[second]
            if is_identical(own, other):
                continue
            item = other if first is None else own
            place = (second if first is None else first) if self.is_ordered else self.key(item)
            own_path = f"{path}[{place}]"
            if isinstance(own, Mapping) and isinstance(other, Mapping):
                self.item.compare(outcome, own_path, f"{pattern}[]", own, other, currency)
            else:
                outcome.differs(None, own_path, f"{pattern}[]", own, other)


@dataclass(frozen=True, slots=True)
class SetOfValues(ComparedMember):
    """Store ids and list ids."""

    may_be_absent: Rule | None = None

    def compare(
        self, outcome: Outcome, path: str, pattern: str, sent: Any, found: Any, currency: str | None
    ) -> None:
        """Compare as sets."""
        del currency  # Of no meaning here.
        if sent == found:
            return
        if is_unset(found):
            if rule := UNSET if is_unset(sent) else self.may_be_absent:
                outcome.uses(rule)
                return
            found = []
        if not isinstance(found, list):
            outcome.differs(None, path, pattern, sent, found)
            return
        lost = [each for each in sent if each not in found]
        added = [each for each in found if each not in sent]
        for each in lost:
            outcome.differs(None, f"{path}[{each}]", f"{pattern}[]", each, ABSENT)
        for each in added:
            outcome.differs(None, f"{path}[{each}]", f"{pattern}[]", ABSENT, each)
        if not lost and not added:
            outcome.uses(SETS)


def is_unset(value: Any) -> bool:
    """Whether there is nothing in it, at any depth of objects; zero and false are something."""
    values = [value]
    while values:
        each = values.pop()
        if isinstance(each, Mapping):
            values += each.values()
        elif each is not None and (each or not isinstance(each, str | list)):
            return False
    return True


def _members(members: Iterable[Member], prefix: str) -> dict[str, ComparedMember]:
    return {member.name: _member(member, f"{prefix}{member.name}") for member in members}


def _member(member: Member, path: str) -> ComparedMember:
    match member:
        case Field(type=FieldTypeName.TEXT_LIST | FieldTypeName.WHOLE_NUMBER_LIST):
            return SetOfValues(_MAY_BE_ABSENT.get(path))
        case Field():
            return _value(path, member.type)
        case Group():
            return ObjectMembers(_members(member.members, f"{path}."))
        case Options():
            fields = {"type": same_text, "id": SAME_VALUES[FieldTypeName.ID], "label": same_text}
            item = {name: Value(FieldTypeName.TEXT, same) for name, same in fields.items()}
            return ListOfObjects(ObjectMembers(item), KEYS["options"], SETS, is_ordered=False)
        case Items():
            is_ordered = member.name == "lineitems"
            item_members = ObjectMembers(_members(member.members, f"{path}."))
            rule = ITEMS if is_ordered else SETS
            return ListOfObjects(item_members, KEYS[member.name], rule, is_ordered=is_ordered)
        case Properties():
            return ObjectMembers({})


def _value(path: str, kind: FieldTypeName) -> Value:
    if path not in CONSENTS:
        return Value(kind, SAME_VALUES.get(kind, same_text), _MAY_BE_ABSENT.get(path))
    same = same_consent_time if kind is FieldTypeName.TIMESTAMP else same_text
    return Value(kind, same, _MAY_BE_ABSENT.get(path), is_consent=True)
