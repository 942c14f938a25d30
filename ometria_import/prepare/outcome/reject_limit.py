"""How many rejects a user puts up with before anything is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from ometria_import.errors import UsageError

_BUDGET = re.compile(r"([0-9]{1,12})|([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%")
_ALL = 100


@dataclass(frozen=True, slots=True)
class RejectLimit:
    """A number of rejects, or a share of all records."""

    count: int = 0
    percent: Decimal | None = None
    """Between 0 and 100; where it is given, the count does not matter."""

    @classmethod
    def parse(cls, text: str) -> RejectLimit:
        """Read `25` or `0.5%`.

        Raises:
            UsageError: the text is neither.
        """
        found = _BUDGET.fullmatch(text.strip())
        if found is None or Decimal(found.group(2) or 0) > _ALL:
            raise UsageError(
                f"--max-rejects: {text!r} is neither a number nor a percentage",
                hint="Say how many rejects are too many to send, like 25, or a share, like 0.5%.",
            )
        count, percent = found.groups()
        return cls(int(count)) if count else cls(percent=Decimal(percent))

    def allows(self, rejected: int, ready: int) -> bool:
        """Whether so many rejects are few enough.

        Args:
            rejected: Rejects; just as many as the limit are still allowed.
            ready: Records that are ready to be sent.
        """
        if self.percent is None:
            return rejected <= self.count
        return rejected * _ALL <= self.percent * (rejected + ready)

    def __str__(self) -> str:
        return f"{self.count:,}" if self.percent is None else f"{self.percent:f}%"
