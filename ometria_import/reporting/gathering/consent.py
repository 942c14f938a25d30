"""Consent, and what the package sets off in a live account."""

from __future__ import annotations

import msgspec

from ometria_import.reporting.gathering.material import Material, read_as
from ometria_import.reporting.model import Allowed, Consent, SourceConsent


class _ConsentTold(msgspec.Struct):
    source: str
    opted_in: int
    opted_out: int
    none: int
    suppressed: int
    contradicting: int


def consent_of(material: Material) -> Consent:
    """What the run says of marketing, and who allowed what comes of it."""
    across = material.told("across", dict[str, object]) or {}
    sources = read_as(across.get("consents"), list[_ConsentTold]) or []
    effects, approvals = material.effects, material.request.approvals
    return Consent(
        states=read_as(across.get("contacts_by_optin"), dict[str, int]),
        sources=[
            SourceConsent(
                source=each.source,
                opted_in=each.opted_in,
                opted_out=each.opted_out,
                none=each.none,
                suppressed=each.suppressed,
                contradicting=each.contradicting,
            )
            for each in sources
        ],
        effects=None if effects is None else list(material.effect_lines),
        dangers={} if effects is None else {str(d): n for d, n in effects.dangers.items()},
        allowed=[
            Allowed(danger=str(danger), by=known.by, at=known.at)
            if (known := approvals.get(danger))
            else Allowed(danger=str(danger))
            for danger in sorted(material.request.allowed)
        ],
    )
