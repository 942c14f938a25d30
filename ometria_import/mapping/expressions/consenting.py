"""What the columns of a row say together about consent: `[consent]` of a mapping.

Each source gives every row a verdict, and the weightiest counts, whatever their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.model import (
    STRUCTURE,
    Expression,
    Has,
    SourceRows,
    is_blank,
    per_distinct,
    plain_boolean,
    repeated,
)
from ometria_import.mapping.expressions.origins import AnyFitting, AnyTrue, Column, First
from ometria_import.mapping.expressions.steps import Default, PerText, When
from ometria_import.mapping.expressions.verdicts import (
    Verdict,
    Wording,
    Words,
    of_state,
    per_word,
    reasons_in,
    refusal,
    suppression,
)
from ometria_import.schema.field_types.consent_names import says_who_left

if TYPE_CHECKING:
    from ometria_import.mapping.expressions.verdicts import Verdicts


def texts_of(sources: tuple[Expression, ...], rows: SourceRows) -> Iterator[Texts]:
    """The texts of each source that the file has something to make it of.

    Of several columns in one source each is looked at: behind a plain no, the next one may hold
    a word that nobody understands.
    """
    for source in sources:
        if isinstance(source, AnyFitting):
            yield from texts_of(source.fitting(rows), rows)
        elif isinstance(source, AnyTrue):
            yield from texts_of(source.alternatives, rows)
        elif (texts := source.texts(rows)) is not None:
            yield texts


def heeding_refusals(source: Expression, refused: str) -> Expression:
    """The source of a consent field, in which columns that say who left are read as that.

    A yes under `Unsubscribed` is an opt-out, and a no is blank: nobody opts in by not leaving. A
    source that translates such a column has decided itself what its values mean.

    Args:
        source: The source.
        refused: The value of the field for somebody who left.
    """
    match source:
        case Column(name) if says_who_left(name):
            meant = {"true": refused, "false": ""}
            return PerText(source, lambda text: meant.get(plain_boolean(text), text))
        case First(alternatives):
            heeding = tuple(heeding_refusals(each, refused) for each in alternatives)
            return replace(source, alternatives=heeding)
        case Default(inner) | When(inner):
            return replace(source, source=heeding_refusals(inner, refused))
        case _:
            return source


@dataclass(frozen=True, slots=True)
class Said:
    """The sources of one consent."""

    wording: Wording
    words: Words
    state: Expression | None = None
    suppressed: tuple[Expression, ...] = ()
    opted_out: tuple[Expression, ...] = ()

    def columns(self) -> Iterator[str]:
        """Those of all its sources."""
        for each in self._all():
            yield from each.columns()

    def lacking(self, has: Has) -> Iterator[str]:
        """What any of them lacks."""
        for each in self._all():
            yield from each.lacking(has)

    def _all(self) -> Iterator[Expression]:
        if self.state is not None:
            yield self.state
        yield from self.suppressed
        yield from self.opted_out

    def of_state(self, rows: SourceRows) -> Verdicts | None:
        """What the state alone says; None where the file has nothing to make it of."""
        texts = None if self.state is None else self.state.texts(rows)
        if texts is None:
            return None
        known = self.words.verdicts(rows.settings)
        return per_word(texts, lambda word: of_state(word, known))

    def verdicts(self, rows: SourceRows) -> Verdicts | None:
        """What each row says; None where the file has nothing to make it of."""
        import numpy as np

        known = self.words.verdicts(rows.settings)
        state = self.of_state(rows)
        found = [] if state is None else [state]
        found.extend(
            per_word(texts, lambda word: suppression(word, known))
            for texts in texts_of(self.suppressed, rows)
        )
        found.extend(per_word(texts, refusal) for texts in texts_of(self.opted_out, rows))
        return np.maximum.reduce(found) if found else None


@dataclass(frozen=True, slots=True)
class State:
    """The consent itself."""

    said: Said

    def texts(self, rows: SourceRows) -> Texts | None:
        """The words of the field, or the word that nobody listed."""
        import numpy as np
        import pyarrow as pa

        verdicts = self.said.verdicts(rows)
        if verdicts is None:
            return None
        wording = self.said.wording
        texts = pa.array(wording.words, pa.string()).take(pa.array(verdicts))
        unclear = np.flatnonzero(verdicts == Verdict.UNCLEAR)
        if not len(unclear):
            return texts
        words = self._unlisted(rows).take(pa.array(unclear)).to_pylist()
        spelt = texts.to_pylist()
        for entry, word in zip(unclear.tolist(), words, strict=True):
            spelt[entry] = wording.unclear(word.strip())
        return pa.array(spelt, pa.string())

    def columns(self) -> Iterator[str]:
        """All that are looked at."""
        return self.said.columns()

    def lacking(self, has: Has) -> Iterator[str]:
        """What any source lacks."""
        return self.said.lacking(has)

    def _unlisted(self, rows: SourceRows) -> Texts:
        """The word of each row that is in no list, where there is one."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = repeated("", rows.length)
        state = self.said.state
        own = None if state is None else state.texts(rows)
        by_state = self.said.of_state(rows)
        pairs = [] if own is None or by_state is None else [(own, by_state)]
        refusals = texts_of(self.said.opted_out, rows)
        pairs += [(each, per_word(each, refusal)) for each in refusals]
        for texts, verdicts in pairs:
            found = pc.if_else(pa.array(verdicts == Verdict.UNCLEAR), texts, found)
        return found


@dataclass(frozen=True, slots=True)
class Time:
    """The time of a consent, only beside the state that it belongs to."""

    said: Said
    of_direction: Expression | None
    """The time of this direction alone."""
    of_last_change: Expression | None
    """The time of the last change in either direction, for rows without the other."""
    is_of_in: bool
    """Whether the direction is in, and not out."""

    def texts(self, rows: SourceRows) -> Texts | None:
        """Blank beside another state."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        verdicts, by_state = self.said.verdicts(rows), self.said.of_state(rows)
        if verdicts is None:
            return None
        is_there = verdicts == Verdict.IN if self.is_of_in else verdicts >= Verdict.OUT
        found = None if self.of_direction is None else self.of_direction.texts(rows)
        taken = None if found is None else pc.if_else(pa.array(is_there), found, "")
        last = None if self.of_last_change is None else self.of_last_change.texts(rows)
        if last is None:
            return taken
        if not self.is_of_in:
            # Where somebody was suppressed, the last change of the state is not that.
            left = np.zeros(rows.length, bool) if by_state is None else by_state >= Verdict.OUT
            is_there &= left
        changed = pc.if_else(pa.array(is_there), last, "")
        return changed if taken is None else pc.if_else(is_blank(taken), changed, taken)

    def columns(self) -> Iterator[str]:
        """Those of the times, and all that decide on the state."""
        for each in self._times():
            yield from each.columns()
        yield from self.said.columns()

    def lacking(self, has: Has) -> Iterator[str]:
        """What the times lack; the state tells of its own."""
        for each in self._times():
            yield from each.lacking(has)

    def _times(self) -> Iterator[Expression]:
        yield from (each for each in (self.of_direction, self.of_last_change) if each)


def _unlisted(text: str) -> str:
    """The reasons of a list in JSON as people write them."""
    is_list = text.removeprefix(STRUCTURE).startswith("[")
    return ", ".join(reasons_in(text)) if is_list else text


@dataclass(frozen=True, slots=True)
class Bounce:
    """The word for an address that does not work, which says nothing about the person's will."""

    said: Said

    def texts(self, rows: SourceRows) -> Texts | None:
        """Blank where it is no bounce."""
        import pyarrow as pa
        import pyarrow.compute as pc

        known = self.said.words.verdicts(rows.settings)
        found = None
        state = (self.said.state,) if self.said.state else ()
        for texts in texts_of((*self.said.suppressed, *state), rows):
            own = per_word(texts, lambda word: suppression(word, known))
            reasons = pc.if_else(pa.array(own == Verdict.BOUNCED), texts, "")
            found = reasons if found is None else pc.if_else(is_blank(found), reasons, found)
        return None if found is None else per_distinct(found, _unlisted)

    def columns(self) -> Iterator[str]:
        """All that are looked at."""
        return self.said.columns()

    def lacking(self, has: Has) -> Iterator[str]:  # noqa: ARG002 -- seam
        """None: the state tells of them."""
        return iter(())
