"""Cells of the shape `k=v,k2=v2`, whose values may hold the separator."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pairs:
    """How such cells are written."""

    between: str = ","
    within: str = "="
    items_between: str = ""
    """What stands between groups of pairs, if there are several in a cell."""

    def cut(self, text: str) -> list[tuple[str, str]]:
        """Names and values; a new pair begins only where a name follows the separator."""
        found = list(self._start().finditer(text))
        ends = [*(each.start() for each in found[1:]), len(text)]
        return [
            (each.group(1).strip(), text[each.end() : end].strip())
            for each, end in zip(found, ends, strict=False)
        ]

    def _start(self) -> re.Pattern[str]:
        name = r"[\w.-]+" if self.between == "," else r"[\w.-]+(?: +[\w.-]+)*"
        within = re.escape(self.within.strip() or self.within)
        separators = (re.escape(each) for each in (self.between, self.items_between) if each)
        return re.compile(rf"(?:\A|{'|'.join(separators)})\s*({name})\s*{within}")
