"""Numbers that are to be computed: a formula is a text that keeps its operands as they are written.

What `1,234` means is known only when all of its column has been looked at. Until then the text of a
product is a formula, and whoever reads the column's numbers reads the operands in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from enum import StrEnum

from ometria_import.problems import Finding, shorten
from ometria_import.problems.catalogue import BAD_NUMBER, MIXED_UNITS, NO_RATE

MARK = "\ufdd1"
"""Begins a formula. Unicode keeps this character for programs' own use."""
SEPARATOR = "\ufdd2"
"""Stands between the operation and its operands, which may be formulas themselves."""
LITERAL, _UNKNOWN = "=", "?"
"""Stand behind the mark of a number that is written with a point, whatever the column says, and of
what says why there is no number."""

Read = Callable[[str], str | Finding]
"""Reads one operand: its normal form, or why it is no number."""

_EXACT = Context(prec=400, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
_ROUNDING = Context(prec=400, traps=[InvalidOperation, DivisionByZero, Overflow])
_PLACES = Decimal("0.000001")
"""The smallest part that a quotient may have."""
_MOST_PLACES = 12
"""No currency has more decimals than this, nor half as many."""


class Operation(StrEnum):
    """What is done to the operands of a formula."""

    MULTIPLY = "*"
    ADD = "+"
    SUBTRACT = "-"
    DIVIDE = "/"
    SCALE = "s"
    """Times a factor that the mapping gives."""
    SHIFT = "d"
    """Divided by 10 to the power of the second operand."""
    NEGATE = "n"
    ABSOLUTE = "a"
    ROUND = "r"
    """To so many decimals as the second operand says."""


class _Unreadable(Exception):  # noqa: N818 -- it never leaves this module
    """An operand is no number, or does not fit the others."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def head(operation: Operation, count: int) -> str:
    """What a formula begins with; its operands follow, each behind a separator."""
    return f"{MARK}{operation}{count}"


def literal(number: Decimal) -> str:
    """A number as a formula that means this number in every column."""
    return f"{MARK}{LITERAL}{number:f}"


def unknown(reason: str) -> str:
    """A formula for a number that is not known."""
    return f"{MARK}{_UNKNOWN}{reason}"


def is_formula(text: str) -> bool:
    """Whether a text is a number that is to be computed."""
    return text.startswith(MARK)


def operands(formula: str) -> list[str]:
    """The texts that stand in a formula as the source has them."""
    return [each.strip() for each in formula.split(SEPARATOR) if each and each[0] != MARK]


def compute(formula: str, read: Read) -> str | Finding:
    """The number that a formula stands for, in plain digits; empty where there is none.

    A quotient that is not exact within six decimals is none, and so is what is computed of it.
    """
    tokens = iter(formula.split(SEPARATOR))
    try:
        number = _value(next(tokens), tokens, read)
    except _Unreadable as unreadable:
        return unreadable.finding
    except (StopIteration, ValueError, ArithmeticError):
        return Finding(BAD_NUMBER, f"'{written(formula)}' cannot be computed")
    return "" if number is None else _plain(number)


def _value(token: str, rest: Iterator[str], read: Read) -> Decimal | None:
    if not token.startswith(MARK):
        return _operand(token, read)
    if token[1] == LITERAL:
        return Decimal(token[2:])
    if token[1] == _UNKNOWN:
        raise _Unreadable(Finding(NO_RATE, token[2:]))
    operation, count = Operation(token[1]), int(token[2:])
    if operation in {Operation.SCALE, Operation.SHIFT}:
        return _scaled(operation, rest, read)
    values = [_value(next(rest), rest, read) for _ in range(count)]
    if operation in {Operation.ADD, Operation.SUBTRACT}:
        if all(each is None for each in values):
            return None
        values = [each or Decimal() for each in values]
    numbers = [each for each in values if each is not None]
    return _outcome(operation, numbers) if len(numbers) == count else None


def _outcome(operation: Operation, numbers: list[Decimal]) -> Decimal | None:
    first, *others = numbers
    match operation:
        case Operation.NEGATE:
            return _EXACT.minus(first)
        case Operation.ABSOLUTE:
            return _EXACT.abs(first)
        case Operation.DIVIDE:
            return _quotient(first, others[0])
        case Operation.ROUND:
            places = Decimal(1).scaleb(-int(others[0]))
            return first.quantize(places, ROUND_HALF_UP, _ROUNDING)
    change = {Operation.ADD: _EXACT.add, Operation.SUBTRACT: _EXACT.subtract}.get(
        operation, _EXACT.multiply
    )
    for each in others:
        first = change(first, each)
    return first


def _quotient(number: Decimal, divisor: Decimal) -> Decimal | None:
    if not divisor:
        return None
    quotient = _ROUNDING.divide(number, divisor).quantize(_PLACES, context=_ROUNDING)
    return quotient if _EXACT.multiply(quotient, divisor) == number else None


def _scaled(operation: Operation, rest: Iterator[str], read: Read) -> Decimal | None:
    """Minor units as major ones: they have no fractions, and what has one is no such number."""
    token = next(rest)
    number, by = _value(token, rest, read), _value(next(rest), rest, read)
    if number is None:
        return None
    is_cell = not token.startswith(MARK)
    shown = _shown(token) if is_cell else f"{number:f}"
    if operation is Operation.SHIFT:
        if by is None or not 0 <= by <= _MOST_PLACES or by % 1:
            says = "is blank" if by is None else f"is {by:f}"
            message = f"'{shown}' has no known unit: its number of decimals {says}"
            raise _Unreadable(Finding(BAD_NUMBER, message))
        by = Decimal(1).scaleb(-int(by))
    if by is None:
        return None
    # Of a cell any decimal sign counts, because 12.00 is as little in cents as 12.50 is.
    has_fraction = number.as_tuple().exponent != 0 if is_cell else bool(number % 1)
    if has_fraction and _is_minor_unit(by):
        message = (
            f"'{shown}' has a decimal sign, but the numbers of this column are whole: they"
            f" are multiplied by {by:f}"
        )
        raise _Unreadable(Finding(MIXED_UNITS, message))
    return _EXACT.multiply(number, by)


def _is_minor_unit(factor: Decimal) -> bool:
    return 0 < factor < 1 and factor.normalize().as_tuple().digits == (1,)


def _operand(token: str, read: Read) -> Decimal | None:
    text = token.strip()
    outcome = read(text) if text else ""
    if isinstance(outcome, Finding):
        raise _Unreadable(outcome)
    return Decimal(outcome) if outcome else None


def _plain(number: Decimal) -> str:
    """In as few digits as it needs."""
    text = f"{number or abs(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_SIGNS = {
    Operation.MULTIPLY: " * ",
    Operation.ADD: " + ",
    Operation.SUBTRACT: " - ",
    Operation.DIVIDE: " / ",
    Operation.SCALE: " * ",
    Operation.SHIFT: " / 10^",
}


def written(text: str) -> str:
    """A formula as people write it; any other text as it is."""
    if not is_formula(text):
        return text
    tokens = iter(text.split(SEPARATOR))
    try:
        return _words(next(tokens), tokens)
    except (StopIteration, ValueError, IndexError):
        return text.replace(MARK, "").replace(SEPARATOR, " ")


def _words(token: str, rest: Iterator[str], *, is_inner: bool = False) -> str:
    if not token.startswith(MARK):
        return token.strip() or "0"
    if token[1] in {LITERAL, _UNKNOWN}:
        return token[2:] if token[1] == LITERAL else "?"
    operation = Operation(token[1])
    parts = [_words(next(rest), rest, is_inner=True) for _ in range(int(token[2:]))]
    if operation is Operation.ABSOLUTE:
        return f"|{parts[0]}|"
    if operation is Operation.ROUND:
        return f"round({', '.join(parts)})"
    words = f"-{parts[0]}" if operation is Operation.NEGATE else _SIGNS[operation].join(parts)
    return f"({words})" if is_inner else words


def _shown(token: str) -> str:
    return shorten(written(token).strip())
