"""What comparing two records comes to, while it is being done and in the end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec

from ometria_import.schema.field_types import FieldTypeName
from ometria_import.verification.comparing.causes import ABSENT, cause_of
from ometria_import.verification.comparing.rules import Rule

_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not in the account as it was sent."""

    field: str
    """Dotted; members of lists by their key: `lineitems[2].quantity`, `attributes[brand/12]`."""
    sent: Any
    """`ABSENT` where only the account has it."""
    found: Any
    """`ABSENT` where the account has none."""
    pattern_field: str
    """The field without the keys of members: `lineitems[].quantity`."""
    words: str
    """Its cause, as a part of a sentence: `come back at midnight`."""
    rule: Rule | None
    """The rule that would explain it and that the user has not accepted."""


class Outcome:
    """What has been found out about two records so far."""

    __slots__ = ("accepted", "differences", "extra_fields", "rules")

    def __init__(self, accepted: Collection[str]) -> None:
        self.accepted = accepted
        self.differences: list[Difference] = []
        self.rules: dict[str, int] = {}
        self.extra_fields = 0

    def uses(self, rule: Rule) -> None:
        """Count that a rule was needed."""
        self.rules[rule.name] = self.rules.get(rule.name, 0) + 1

    def differs(
        self,
        kind: FieldTypeName | None,
        path: str,
        pattern: str,
        sent: Any,
        found: Any,
        *,
        is_consent: bool = False,
    ) -> None:
        """Add a difference, unless the user has accepted the rule that explains it."""
        words, rule = cause_of(kind, sent, found, is_consent=is_consent)
        if rule is not None and rule.name in self.accepted:
            self.uses(rule)
            return
        self.differences.append(Difference(path, sent, found, pattern, words, rule))


def as_text(value: Any, max_chars: int = _MAX_CHARS) -> str:
    """A value of a difference for people and for CSV files; empty where there is none."""
    if value is ABSENT or value is None:
        return ""
    text = value if isinstance(value, str) else _json(value)
    return text if len(text) <= max_chars else f"{text[: max_chars - 1]}…"


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def _json(value: Any) -> str:
    return _ENCODER.encode(value).decode()
