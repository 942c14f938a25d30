"""What somebody wants of a promotion."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from ometria_import.actions.delivering import Sending
from ometria_import.config import AccountName
from ometria_import.promotion import Attestation
from ometria_import.verification.sampling.statements import Claim

DEFAULT_MAX_AGE = timedelta(days=7)
"""People change their minds about consent, and orders their state: what is older asks for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """Which run is to be promoted, and what is asked of it."""

    run: str
    """The beginning of a staging run's id."""
    to: AccountName
    sending: Sending = field(default_factory=Sending)
    requirement: Claim | None = None
    """What a verification must have proved; None where none is required."""
    max_age: timedelta = DEFAULT_MAX_AGE
    is_ids_checked: bool = False
    """Whether the ids that only one account gives are known to be live's."""
    is_consent_unasked: bool = False
    """Whether it is sent although live was not asked who has opted out there."""
    is_even_if_older: bool = False
    """Whether it is sent although later runs sent newer records."""
    attestation: Attestation | None = None
