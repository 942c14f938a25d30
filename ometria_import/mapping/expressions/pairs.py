"""Cells of the shape `k=v,k2=v2`, whose values may hold the separator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ometria_import.mapping.expressions.cutting import quoted_text

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Pairs:
    """How such cells are written."""

    between: str = ","
    within: str = "="
    items_between: str = ""
    """What stands between groups of pairs, if there are several in a cell."""
    quote: str = ""
    """Stands around values, in which no name begins; it is left there."""

    def cut(self, text: str) -> list[Pair]:
        """Names and values; a new pair begins only where a name follows the separator."""
        if self.quote and self.quote in text:
            return list(self._cut_quoted(text))
        found = list(self._start().finditer(text))
        ends = [*(each.start() for each in found[1:]), len(text)]
        return [
            (each.group(1).strip(), text[each.end() : end].strip())
            for each, end in zip(found, ends, strict=False)
        ]

    def _cut_quoted(self, text: str) -> Iterator[Pair]:
        start, value = self._start(), quoted_text(self.quote)
        # One value, or several with a separator of their own between them: "Cool"|"Indoor".
        values = re.compile(rf"\s*{value}(?:[^\w{re.escape(self.quote)}]{value})*")
        found = start.search(text)
        while found is not None:
            quoted = values.match(text, found.end())
            following = start.search(text, quoted.end() if quoted else found.end())
            end = following.start() if following else len(text)
            yield found.group(1).strip(), text[found.end() : end].strip()
            found = following

    def _start(self) -> re.Pattern[str]:
        name = r"[\w.-]+" if self.between == "," else r"[\w.-]+(?: +[\w.-]+)*"
        within = re.escape(self.within.strip() or self.within)
        separators = (re.escape(each) for each in (self.between, self.items_between) if each)
        return re.compile(rf"(?:\A|{'|'.join(separators)})\s*({name})\s*{within}")
