"""What a verification must have proved before a run may be promoted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ometria_import.errors import UsageError

_STATEMENT = re.compile(r"(\d{1,2}(?:\.\d{1,6})?) ?%(?:@(\d{2}(?:\.\d{1,4})?))?", re.ASCII)
_USUAL_CONFIDENCE = 95.0
_LEAST_CONFIDENCE = 50.0


@dataclass(frozen=True, slots=True)
class Requirement:
    """With so much confidence, fewer than so many records differ."""

    share: float
    """The largest share of records that may differ unseen, such as 0.001."""
    confidence: float
    """In percent, such as 95."""

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Read `0.1%@95`, or `0.1%`, which means 95.

        Raises:
            UsageError: the text says no share that a verification could prove.
        """
        found = _STATEMENT.fullmatch(text.strip())
        share = float(found[1]) / 100 if found else 0.0
        confidence = float(found[2] or _USUAL_CONFIDENCE) if found else 0.0
        if not share or confidence < _LEAST_CONFIDENCE:
            raise UsageError(
                f"--require-verify: {text!r} is not a statement such as 0.1%@95",
                hint="0.1%@95 asks for a verification that is 95% sure that fewer than 0.1% of "
                "the records differ.",
            )
        return cls(share, confidence)

    def __str__(self) -> str:
        return f"{percent(self.share)}@{self.confidence:g}"


def percent(share: float) -> str:
    """A share such as 0.001 as `0.1%`."""
    return f"{share * 100:.4g}%"
