"""What a verification must have proved before a run may be promoted."""

from __future__ import annotations

from contextlib import suppress

from ometria_import.errors import UsageError
from ometria_import.verification.sampling.statements import Claim, parse_sample

_LEAST_CONFIDENCE = 50.0


def parse_requirement(text: str) -> Claim:
    """Read `0.1%@95`.

    Raises:
        UsageError: the text is no statement that a verification could prove.
    """
    with suppress(UsageError):
        claim = parse_sample(text)
        if isinstance(claim, Claim) and claim.confidence >= _LEAST_CONFIDENCE:
            return claim
    raise UsageError(
        f"--require-verify: {text!r} is not a statement such as 0.1%@95",
        hint="0.1%@95 asks for a verification that says with 95 % confidence that fewer than "
        "0.1 % of the records are wrong.",
    )
