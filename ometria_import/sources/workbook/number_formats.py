"""Number formats of a workbook: what people see of a number, as far as it changes its meaning.

Zeros at the start, hyphens between digits, a percent sign and the sign of a currency do; the
rounding of decimals and separators of thousands do not, and the number keeps all its digits.
Source: ECMA-376 part 1, section 18.8.31 (numFmt).
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import takewhile

Number = int | float

_MOST_DIGITS = 15
"""A spreadsheet keeps no more of a number."""
_PIECE = re.compile(
    r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|general|[0#?]|[eE][+-]|.', re.DOTALL | re.IGNORECASE
)
_DIGITS = frozenset("0#?")
PLAIN_NUMBERS = r"^(?:0|-?[1-9][0-9]{0,14}|-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,5}[1-9])$"
"""Some of the numbers that a format without any effect shows as they are written."""
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[0-9]+(?:\.[0-9]+)?)\]")
_COMPARE: dict[str, Callable[[Number, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_CURRENCY = re.compile(r"\[\$([^-\]]+)(?:-[^\]]*)?\]")
_CURRENCY_CODES = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HRK HUF IDR ILS INR ISK JPY "
    "KRW KWD MAD MXN MYR NGN NOK NZD PEN PHP PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD "
    "VND ZAR"
)
_CURRENCY_WORDS = {
    *_CURRENCY_CODES.split(),
    *("kr", "kr.", "z\u0142", "K\u010d", "Ft", "lei", "Fr", "Fr.", "Rs", "Rs.", "R$"),
}
"""Of other texts beside a number nobody knows whether they are one: `pcs`, `QTY`."""


@dataclass(slots=True)
class _Section:
    """The part of a format that is for some numbers only."""

    condition: tuple[str, float] | None = None
    parts: list[tuple[bool, str]] = field(default_factory=list)
    """In order: whether it is a placeholder of a digit, and the placeholder or the text."""
    marks: set[str] = field(default_factory=set)
    """What is neither: `.`, `,`, `%`, `E`, `/`, `@`."""
    currency: str = ""
    is_currency_first: bool = False

    def add(self, piece: str) -> None:
        """Take the next piece of the format."""
        if piece in _DIGITS:
            self.parts.append((True, piece))
        elif found := _CONDITION.fullmatch(piece):
            self.condition = found.group(1), float(found.group(2))
        elif found := _CURRENCY.fullmatch(piece):
            self._add_currency(found.group(1).strip())
        elif piece[0] in "[_*" and len(piece) > 1:
            pass  # colours, languages, blanks as wide as a sign, filling
        elif piece in {".", ",", "%", "/", "@"} or piece.lower() in {"e+", "e-", "general"}:
            self.marks.add(piece[0].upper())
        else:
            self._add_text(piece[1:-1] if piece[0] == '"' else piece.removeprefix("\\"))

    @property
    def zeros(self) -> int:
        """How many digits are shown at least."""
        return sum(1 for is_digit, text in self.parts if is_digit and text == "0")

    @property
    def before(self) -> str:
        """The text before the first digit."""
        return "".join(text for _, text in takewhile(lambda part: not part[0], self.parts))

    @property
    def between(self) -> str:
        """The text between the first and the last digit."""
        places = [at for at, (is_digit, _) in enumerate(self.parts) if is_digit]
        inner = self.parts[places[0] : places[-1]] if places else []
        return "".join(text for is_digit, text in inner if not is_digit)

    def _add_text(self, text: str) -> None:
        word = text.strip()
        if word in _CURRENCY_WORDS or any(unicodedata.category(char) == "Sc" for char in word):
            self._add_currency(word)
        else:
            self.parts.append((False, text))

    def _add_currency(self, mark: str) -> None:
        self.currency = mark
        self.is_currency_first = not any(is_digit for is_digit, _ in self.parts)


class NumberFormat:
    """One format, read once for all its cells."""

    def __init__(self, code: str, *, has_own_currency: bool = True) -> None:
        """Read a format.

        Args:
            code: As the workbook has it.
            has_own_currency: Whether the currency in it is what everybody sees; that of some
                built-in formats is the one of whoever looks.
        """
        sections = [_Section()]
        for piece in _PIECE.findall(code):
            if piece == ";":
                sections.append(_Section())
            else:
                sections[-1].add(piece)
        self._sections = sections
        self._has_own_currency = has_own_currency
        self._keys = [section for section in sections if _is_like_a_key(section)]
        self.is_plain = not self._keys and not any(
            "%" in section.marks or section.currency for section in sections
        )

    def shown(self, number: Number) -> str:
        """What people see of a number, with all of its decimals."""
        if abs(number) >= 10**_MOST_DIGITS:
            # The digits behind the first fifteen are lost; no id and no amount looks like this.
            return format(Decimal(repr(number)), "E")
        if self.is_plain:
            return _plain(number)
        section = self._section_of(number)
        if "%" in section.marks:
            return f"{_without_zeros(format(Decimal(repr(number)) * 100, 'f'))}%"
        plain = _plain(number)
        if float(number).is_integer() and any(section is each for each in self._keys):
            return _filled(section, plain)
        if section.currency and self._has_own_currency:
            mark, gap = section.currency, " " if section.currency[-1].isalpha() else ""
            return f"{mark}{gap}{plain}" if section.is_currency_first else f"{plain} {mark}"
        return plain

    def _section_of(self, number: Number) -> _Section:
        sections = self._sections
        if any(section.condition for section in sections):
            for section in sections:
                if section.condition is None:
                    return section
                sign, limit = section.condition
                if _COMPARE[sign](number, limit):
                    return section
        # What is shown for zero is often a dash.
        return sections[1] if number < 0 and len(sections) > 1 else sections[0]


def _is_like_a_key(section: _Section) -> bool:
    """Whether the digits are those of an id: filled up with zeros, or with texts in their row."""
    if section.marks or section.currency or not section.zeros + len(section.between):
        return False
    return section.zeros > 1 or bool(section.between.strip() or section.before.strip("( -+"))


def _filled(section: _Section, plain: str) -> str:
    """Put digits into the places of a format, from the last to the first."""
    digits, sign = plain.removeprefix("-"), "-" if plain.startswith("-") else ""
    left = list(digits)
    places = [at for at, (is_digit, _) in enumerate(section.parts) if is_digit]
    shown: list[str] = []
    for at in reversed(range(places[-1] + 1)):
        is_digit, text = section.parts[at]
        if not is_digit:
            shown.append(text)
        elif left:
            shown.append(left.pop())
        elif text == "0":
            shown.append("0")
        if at == places[0] and left:
            shown.append("".join(left))
            left = []
    return sign + "".join(reversed(shown)).strip()


def _plain(number: Number) -> str:
    """All digits of a number, and no zeros behind them."""
    text = repr(number)
    return _without_zeros(format(Decimal(text), "f") if "e" in text else text)


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
