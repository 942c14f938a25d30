"""A record as it was sent and as the account shows it, compared field by field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ometria_import.options.choices import ObjectType
from ometria_import.schema import SCHEMAS
from ometria_import.verification.comparing.causes import ABSENT
from ometria_import.verification.comparing.difference import Difference, Outcome
from ometria_import.verification.comparing.members import ObjectMembers
from ometria_import.verification.comparing.rules import OTHERS
from ometria_import.verification.comparing.values import is_identical


@dataclass(frozen=True, slots=True)
class Comparison:
    """In what a record differs, and by which rules the rest of it is the same."""

    differences: tuple[Difference, ...] = ()
    rules: Mapping[str, int] = field(default_factory=dict)
    """How often each rule was needed, by its name."""
    extra_fields: int = 0
    """Fields and custom fields that only the account has."""

    @property
    def is_same(self) -> bool:
        """Whether the account shows what was sent."""
        return not self.differences


SAME = Comparison()

_MEMBERS = {object_type: ObjectMembers.of_schema(schema) for object_type, schema in SCHEMAS.items()}
_TIMES_OF_OPTIN = {
    "EXPLICITLY_OPTEDIN": "timestamp_subscribed",
    "EXPLICITLY_OPTEDOUT": "timestamp_unsubscribed",
}
_SMS_CONSENTS = ("marketing", "transactional")


def compare(
    object_type: ObjectType,
    sent: Mapping[str, Any],
    found: Mapping[str, Any],
    accepted: Collection[str] = (),
) -> Comparison:
    """Compare a record of the package with what the account shows under its key.

    Args:
        object_type: Of both.
        sent: The record as the package has it, numbers exact.
        found: The record as it was read, numbers exact.
        accepted: Names of `LOOSE_RULES` that the user accepts.
    """
    if is_identical(sent, found):
        return SAME
    outcome = Outcome(accepted)
    _MEMBERS[object_type].compare(outcome, "", "", sent, found, None)
    if object_type is ObjectType.CONTACT:
        _compare_unsent_consent_times(outcome, sent, found)
    elif object_type is ObjectType.ORDER:
        # An order that does not say so is valid.
        is_valid = found.get("is_valid")
        if "is_valid" not in sent and is_valid in (False, "false"):
            _was_not_sent(outcome, "is_valid", is_valid, is_consent=False)
    if outcome.extra_fields:
        outcome.rules[OTHERS.name] = outcome.extra_fields
    return Comparison(tuple(outcome.differences), outcome.rules, outcome.extra_fields)


def _compare_unsent_consent_times(
    outcome: Outcome, sent: Mapping[str, Any], found: Mapping[str, Any]
) -> None:
    """A consent that was sent without a time must not have been given one by the account."""
    name = _TIMES_OF_OPTIN.get(str(sent.get("marketing_optin")))
    if name is not None and name not in sent and found.get(name):
        _was_not_sent(outcome, name, found[name])
    ours, theirs = _sms(sent), _sms(found)
    for kind in _SMS_CONSENTS:
        name = f"dt_updated_{kind}"
        if f"allow_{kind}" in ours and name not in ours and theirs.get(name):
            _was_not_sent(outcome, f"channels.sms.{name}", theirs[name])


def _was_not_sent(outcome: Outcome, field: str, found: Any, *, is_consent: bool = True) -> None:
    outcome.extra_fields -= 1
    outcome.differs(None, field, field, ABSENT, found, is_consent=is_consent)


def _sms(record: Mapping[str, Any]) -> Mapping[str, Any]:
    channels = record.get("channels")
    sms = channels.get("sms") if isinstance(channels, Mapping) else None
    return sms if isinstance(sms, Mapping) else {}
