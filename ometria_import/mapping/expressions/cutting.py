"""Cutting a cell into values that may hold the separator: behind a mark, or within quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ometria_import.mapping.expressions.linear import LinearPattern


@dataclass(frozen=True, slots=True)
class Cutter:
    """Where a cell with several values is cut."""

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
