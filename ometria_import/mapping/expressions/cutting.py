"""Cutting a cell into values, or into pairs of names and values, that may hold the separator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ometria_import.mapping.expressions.linear import LinearPattern


@dataclass(frozen=True, slots=True)
class Cutter:
    """Where a cell with several values is cut; behind a mark or within quotes it is not."""

    separator: str
    escape: str = ""
    """Before a separator, or before itself, it makes of it a part of the value."""
    quote: str = ""
    """Around a value whose separators are its own; inside it stands twice."""
    begins: LinearPattern | None = None
    """What every value but the first looks like, with the blanks before it; what does not belongs
    to the value before it."""

    def parts(self, text: str) -> list[str]:
        """The values that are not blank, trimmed."""
        if self.escape and self.escape in text:
            parts = self._escaped(text)
        elif self.quote and self.quote in text:
            parts = self._quoted(text)
        else:
            parts = self._rejoined(text.split(self.separator))
        return [part.strip() for part in parts if part.strip()]

    def _rejoined(self, parts: list[str]) -> list[str]:
        if self.begins is None or len(parts) == 1:
            return parts
        import pyarrow as pa

        begin = self.begins.matches(pa.array(parts, pa.string())).to_pylist()
        whole = parts[:1]
        for part, begins in zip(parts[1:], begin[1:], strict=True):
            if begins:
                whole.append(part)
            else:
                whole[-1] += self.separator + part
        return whole

    def _escaped(self, text: str) -> list[str]:
        escape, separator = re.escape(self.escape), re.escape(self.separator)
        parts = [""]
        for piece in re.split(rf"({escape}(?:{escape}|{separator})|{separator})", text):
            if piece == self.separator:
                parts.append("")
            elif piece in {self.escape * 2, self.escape + self.separator}:
                parts[-1] += piece.removeprefix(self.escape)
            else:
                parts[-1] += piece
        return parts

    def _quoted(self, text: str) -> list[str]:
        separator = re.escape(self.separator)
        ends = rf"(?={separator}|\Z)"
        part = re.compile(rf"\s*({quoted_text(self.quote)})\s*{ends}|.*?{ends}", re.DOTALL)
        parts, position = [], 0
        while position <= len(text):
            found = part.match(text, position)
            if found is None:
                break
            parts.append(unquoted(found.group(1) or found.group(), self.quote))
            position = found.end() + len(self.separator)
        return parts


def quoted_text(quote: str) -> str:
    """A pattern of a text in quotes."""
    mark = re.escape(quote)
    return rf"{mark}(?:[^{mark}]|{mark}{mark})*{mark}"


def unquoted(text: str, quote: str) -> str:
    """The text without the quotes around all of it, and with those inside it once."""
    stripped = text.strip()
    if not quote or not re.fullmatch(quoted_text(quote), stripped, re.DOTALL):
        return text
    return stripped[len(quote) : -len(quote)].replace(quote * 2, quote)


@dataclass(frozen=True, slots=True)
class Pairs:
    """How cells of the shape `k=v,k2=v2` are written."""

    between: str = ","
    within: str = "="
    items_between: str = ""
    """What stands between groups of pairs, if there are several in a cell."""
    quote: str = ""
    """Stands around values, in which no name begins; it is left there."""

    def cut(self, text: str) -> list[tuple[str, str]]:
        """Names and values; a new pair begins only where a name follows the separator."""
        if self.quote and self.quote in text:
            return list(self._cut_quoted(text))
        found = list(self._start().finditer(text))
        ends = [*(each.start() for each in found[1:]), len(text)]
        return [
            (each.group(1).strip(), text[each.end() : end].strip())
            for each, end in zip(found, ends, strict=False)
        ]

    def _cut_quoted(self, text: str) -> Iterator[tuple[str, str]]:
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
