"""Judging what was read, and writing it down in good time."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ometria_import.options.choices import ObjectType
from ometria_import.package import Package
from ometria_import.problems import Origin
from ometria_import.verification.comparing import Difference, as_text, compare
from ometria_import.verification.records.sent import SentRecords
from ometria_import.verification.records.state import Findings, State
from ometria_import.verification.records.tables import Known, PlannedList, Result

_MOST_UNWRITTEN = 1_000
_MOST_UNWRITTEN_S = 2.0
_FILE_CHARS = 2_000
"""How much of a value a file shows."""
_NOWHERE = Origin("", 0)


class Recorder:
    """Takes what the account showed of each record, and compares it with what was sent."""

    def __init__(
        self,
        state: State,
        package: Package,
        accepted: Collection[str],
        is_too_soon: Callable[[], bool],
    ) -> None:
        """Go on from what the database has.

        Args:
            state: Where everything is written down.
            package: What was sent.
            accepted: The names of loose rules that the user accepts.
            is_too_soon: Whether a record may still come, or change, without anybody's doing.

        Raises:
            PackageError: the database is damaged.
        """
        self.state = state
        self.sent = SentRecords(package)
        self._accepted = accepted
        self.is_too_soon = is_too_soon
        self._patterns = state.patterns()
        self._orders = state.orders()
        self._findings = Findings()
        self._written_at = time.monotonic()
        counts = [state.count(each.number) for each in state.lists()]
        self.wrong = sum(each[Result.DIFFERS] + each[Result.MISSING] for each in counts)
        """Records that differ or are missing."""

    def add(self, planned: PlannedList, known: Known, found: Mapping[str, Any] | None) -> Result:
        """Judge one record, which is None where the account has none."""
        result = self._judged(planned, known, found)
        if result is not known.result:
            self._findings.results.append((result, known.number))
        self.wrong += result in (Result.DIFFERS, Result.MISSING)
        is_late = time.monotonic() - self._written_at > _MOST_UNWRITTEN_S
        if is_late or len(self._findings.results) >= _MOST_UNWRITTEN:
            self.write()
        return result

    def add_extra(self, planned: PlannedList, record_id: str) -> None:
        """Note a record that only the account has."""
        self._findings.extras.append((planned.number, record_id))

    def write(self, place: tuple[int, int, bool] | None = None) -> None:
        """Write down what is not written yet, and where to go on in a list's pages."""
        self.state.add(self._findings, self._patterns, self._orders, place=place)
        self._findings = Findings()
        self._written_at = time.monotonic()

    def _judged(
        self, planned: PlannedList, known: Known, found: Mapping[str, Any] | None
    ) -> Result:
        object_type = planned.object_type
        sent = self.sent.record(known.batch, known.position)
        if found is None:
            if self.is_too_soon():
                return Result.NOT_YET
            self._add_order(object_type, sent, None)
            return Result.MISSING
        comparison = compare(object_type, sent, found, self._accepted)
        if not comparison.is_same and self.is_too_soon():
            return Result.NOT_YET
        self._add_order(object_type, sent, found)
        # Where a record came from matters to examples only.
        origin = _NOWHERE if comparison.is_same else self.sent.origin(known.batch, known.position)
        self._patterns.add(
            object_type,
            sent,
            comparison,
            key=known.record_id,
            source=origin.source,
            line=origin.line,
        )
        for each in comparison.differences:
            self._findings.differences.append((known.number, *_texts(each)))
        return Result.SAME if comparison.is_same else Result.DIFFERS

    def _add_order(
        self, object_type: ObjectType, sent: Mapping[str, Any], found: Mapping[str, Any] | None
    ) -> None:
        if object_type is ObjectType.ORDER:
            self._orders.add(sent, found)


def _texts(difference: Difference) -> tuple[str, str, str, str]:
    rule = difference.rule.name if difference.rule else ""
    sent, found = (as_text(each, _FILE_CHARS) for each in (difference.sent, difference.found))
    return difference.field, sent, found, rule
