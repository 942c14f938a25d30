"""Which columns a source hands on, as opposed to those that its conditions only look at."""

from __future__ import annotations

from collections.abc import Iterator

from ometria_import.mapping.expressions.model import Expression, Step
from ometria_import.mapping.expressions.origins import First


def value_columns(expression: Expression) -> Iterator[str]:
    """The columns whose cells may become the field's value, the first to be tried first."""
    for origin in origins_of(expression):
        yield from origin.columns()


def origins_of(expression: Expression) -> Iterator[Expression]:
    """Where the texts come from, behind all steps and alternatives."""
    match expression:
        case First(alternatives):
            for each in alternatives:
                yield from origins_of(each)
        case Step(source):
            yield from origins_of(source)
        case _:
            yield expression
