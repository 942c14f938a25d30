"""Many differences as the few causes behind them, in memory that does not grow with the records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec

from ometria_import.options.choices import ObjectType
from ometria_import.verification.comparing.causes import ABSENT
from ometria_import.verification.comparing.compare import Comparison
from ometria_import.verification.comparing.difference import Difference, as_text
from ometria_import.verification.comparing.rules import WORDS
from ometria_import.verification.summary import Example, PatternSummary, RuleSummary

MAX_EXAMPLES = 3
MAX_PATTERNS = 300
"""Of one object type; what comes after them is told of as one."""
MAX_FIELDS = 2_000
"""Of one object type, custom fields among them, whose records are counted."""
OFFERED_FROM = 0.99
"""A rule is offered where it explains this share of the differences of a field."""

_PROPERTIES = "properties"
_OTHERS = ("", "differ in fields or ways that are not listed here")


@dataclass(slots=True)
class _Pattern:
    """The records that differ in one field for one cause."""

    name: str
    """Of the field."""
    words: str
    rule: str | None
    """The rule that would explain it."""
    is_unsent: bool
    count: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class _Records:
    """What is known of the records of one object type."""

    compared: int = 0
    having: Counter[str] = field(default_factory=Counter)
    """Records by the fields that they have at the top, and by custom fields."""
    patterns: list[_Pattern] = field(default_factory=list)
    differing: Counter[str] = field(default_factory=Counter)
    """Differences by field."""
    extra_fields: int = 0


@dataclass(slots=True)
class Patterns:
    """The causes of all differences so far, and how often each rule was needed."""

    _types: dict[ObjectType, _Records] = field(default_factory=dict)
    _rules: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        object_type: ObjectType,
        sent: Mapping[str, Any],
        comparison: Comparison,
        *,
        key: str = "",
        source: str = "",
        line: int = 0,
    ) -> None:
        """Add a record that was compared, be it the same or not.

        Args:
            object_type: Of the record.
            sent: The record as the package has it.
            comparison: What came of it.
            key: The record's key, for examples.
            source: The file that it came from.
            line: Where in this file.
        """
        records = self._types.get(object_type)
        if records is None:
            records = self._types[object_type] = _Records()
        records.compared += 1
        _count_names(records.having, sent.keys(), "")
        if properties := sent.get(_PROPERTIES):
            _count_names(records.having, properties, f"{_PROPERTIES}.")
        if comparison.rules:
            self._rules.update(comparison.rules)
            records.extra_fields += comparison.extra_fields
        if comparison.differences:
            for each in _once_a_record(comparison.differences):
                pattern = _pattern_of(records, each)
                pattern.count += 1
                records.differing[pattern.name] += 1
                if len(pattern.examples) < MAX_EXAMPLES:
                    sent_text, found_text = as_text(each.sent), as_text(each.found)
                    pattern.examples.append(
                        Example(key=key, sent=sent_text, found=found_text, source=source, line=line)
                    )

    def as_list(self) -> tuple[PatternSummary, ...]:
        """Every cause, the most frequent first within each object type."""
        return tuple(
            PatternSummary(
                object_type=object_type,
                field=pattern.name,
                words=pattern.words,
                count=pattern.count,
                of=_records_with(records, pattern),
                examples=tuple(pattern.examples),
                offered=pattern.rule if _explains(records, pattern) else None,
            )
            for object_type in ObjectType
            if (records := self._types.get(object_type))
            for pattern in sorted(
                records.patterns, key=lambda each: (-each.count, each.name, each.words)
            )
        )

    def rules(self) -> tuple[RuleSummary, ...]:
        """Every rule that was needed, in the order of the table."""
        return tuple(
            RuleSummary(rule=name, words=words, count=self._rules[name])
            for name, words in WORDS.items()
            if self._rules[name]
        )

    def extra_fields(self, object_type: ObjectType) -> int:
        """Fields of a type's records that only the account has."""
        records = self._types.get(object_type)
        return records.extra_fields if records else 0

    def encode(self) -> bytes:
        """All of it, for `decode`."""
        return msgspec.msgpack.encode((self._types, self._rules))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Go on from what `encode` returned.

        Raises:
            msgspec.MsgspecError: the data are damaged.
        """
        types, rules = msgspec.msgpack.decode(
            data,
            type=tuple[dict[ObjectType, _Records], Counter[str]],
            dec_hook=lambda _, counts: Counter(counts),
        )
        return cls(types, rules)


def _once_a_record(differences: tuple[Difference, ...]) -> Iterator[Difference]:
    """The first difference of each kind: ten lines of one order are one order."""
    if len(differences) == 1:
        yield differences[0]
        return
    seen: set[tuple[str, str]] = set()
    for each in differences:
        if (kind := (each.pattern_field, each.words)) not in seen:
            seen.add(kind)
            yield each


def _pattern_of(records: _Records, difference: Difference) -> _Pattern:
    """The pattern of a difference, or that of all others if there are too many already."""
    name, words = difference.pattern_field, difference.words
    for each in records.patterns:
        if each.name == name and each.words == words:
            return each
    if len(records.patterns) > MAX_PATTERNS:
        return records.patterns[-1]
    rule = difference.rule.name if difference.rule else None
    if len(records.patterns) == MAX_PATTERNS:
        (name, words), rule = _OTHERS, None
    records.patterns.append(_Pattern(name, words, rule, difference.sent is ABSENT))
    return records.patterns[-1]


def _count_names(counts: Counter[str], names: Any, prefix: str) -> None:
    """Count a record under each of its fields, but under no more of them than there may be."""
    if not prefix and len(counts) < MAX_FIELDS:
        counts.update(names)
        return
    for name in names:
        path = f"{prefix}{name}"
        if path in counts or len(counts) < MAX_FIELDS:
            counts[path] += 1


def _records_with(records: _Records, pattern: _Pattern) -> int:
    """How many records have the field of a pattern, or the field that this one is within."""
    if pattern.is_unsent or not pattern.name:
        return records.compared
    name = pattern.name
    if not name.startswith(f"{_PROPERTIES}."):
        name = name.replace("[", ".").partition(".")[0]
    return records.having[name] or records.compared


def _explains(records: _Records, pattern: _Pattern) -> bool:
    if pattern.rule is None:
        return False
    explained = sum(
        each.count
        for each in records.patterns
        if each.name == pattern.name and each.rule == pattern.rule
    )
    return explained >= OFFERED_FROM * records.differing[pattern.name]
