"""Ways of writing a value beside which nothing is taken, whatever the field could read."""

from __future__ import annotations

from dataclasses import dataclass

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.linear import LinearPattern
from ometria_import.mapping.expressions.model import STRUCTURE, is_blank, trimmed
from ometria_import.problems import Finding, catalogue, shorten


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing."""

    pattern: str
    cause: str
    """Of the finding where a value is written in another way."""
    says: str

    def misfits(self, texts: Texts) -> list[tuple[int, str, Finding]]:
        """The entries that are written in another way: their index, what they say, and why."""
        import numpy as np
        import pyarrow.compute as pc

        texts = trimmed(texts)
        fits = pc.or_(LinearPattern(self.pattern).matches(texts), is_blank(texts))
        found = []
        for index in np.flatnonzero(~fits.to_numpy(zero_copy_only=False)).tolist():
            shown = shorten(texts[index].as_py().removeprefix(STRUCTURE))
            found.append((index, shown, Finding(self.cause, f"'{shown}' {self.says}")))
        return found


FORMS = {
    "iso8601": Form(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
        r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?",
        catalogue.BAD_TIMESTAMP,
        "is not an ISO 8601 time like 2024-01-31T09:30:00Z",
    ),
    "e164": Form(
        r"\+[1-9][0-9]{6,14}",
        catalogue.BAD_PHONE,
        "is not a phone number in E.164, like +442071838750",
    ),
}
