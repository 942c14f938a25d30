"""What is to be read in a verification, and what came of it so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from ometria_import.options.choices import ObjectType
from ometria_import.verification.comparing import FoundOrders, Patterns
from ometria_import.verification.records.database import StateFile
from ometria_import.verification.records.tables import (
    INDEXES,
    Known,
    Planned,
    PlannedList,
    Result,
    Stratum,
)
from ometria_import.verification.summary import How

_Tally = TypeVar("_Tally", Patterns, FoundOrders)

_AT_A_TIME = 1_000
_LIST_COLUMNS = (
    "number, object_type, collection, population, in_account, how, reason, is_paged, refused,"
    " next_offset, is_paged_through"
)


@dataclass(slots=True)
class Findings:
    """What was read since the last time that it was written."""

    results: list[tuple[Result, int]] = field(default_factory=list)
    """With the number of each record."""
    differences: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    """Number of the record, field, sent, found, and the rule that would explain it."""
    extras: list[tuple[int, str]] = field(default_factory=list)
    """Number of the list, and id."""


class State(StateFile):
    """The database of one verification, open; a context manager that closes it."""

    def meta(self, name: str) -> str:
        """A text that was noted by name; empty where there is none."""
        rows = self.read("SELECT value FROM meta WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else ""

    def set_meta(self, **values: str) -> None:
        """Note texts by name."""
        with self.writing() as database:
            database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def patterns(self) -> Patterns:
        """The causes of all differences that were written down."""
        return self._tallied("patterns", Patterns)

    def orders(self) -> FoundOrders:
        """What became of the orders that were written down."""
        return self._tallied("orders", FoundOrders)

    def _tallied(self, name: str, kind: type[_Tally]) -> _Tally:
        rows = self.read("SELECT value FROM tally WHERE name = ?", (name,))
        try:
            return kind.decode(rows[0][0]) if rows else kind()
        except msgspec.MsgspecError:
            raise self.damaged() from None

    def plan(
        self, lists: Iterable[PlannedList], strata: Iterable[Stratum], records: Iterable[Planned]
    ) -> None:
        """Write down what is to be read, all or nothing."""
        with self.writing() as database:
            database.executemany(
                f"INSERT INTO list VALUES ({', '.join('?' * 11)})",  # noqa: S608 -- a constant
                (
                    (
                        each.number,
                        each.object_type.value,
                        each.collection,
                        each.population,
                        each.in_account,
                        each.how.value,
                        each.reason,
                        each.is_paged,
                        each.refused,
                        each.next_offset,
                        each.is_paged_through,
                    )
                    for each in lists
                ),
            )
            database.executemany(
                "INSERT INTO stratum VALUES (?, ?, ?, ?, ?)",
                (
                    (each.number, each.list_number, each.source, each.population, each.at_risk)
                    for each in strata
                ),
            )
            database.executemany(
                "INSERT INTO record (list, id, batch, position, stratum, risks, is_even)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        each.list_number,
                        each.record_id,
                        each.batch,
                        each.position,
                        each.stratum,
                        each.risks,
                        each.is_even,
                    )
                    for each in records
                ),
            )
            for index in filter(str.strip, INDEXES.split(";")):
                database.execute(index)
            database.execute("INSERT INTO meta VALUES ('is_planned', '1')")

    @property
    def is_planned(self) -> bool:
        """Whether all of what is to be read is written down."""
        return self.meta("is_planned") == "1"

    def lists(self) -> list[PlannedList]:
        """The lists, in the order in which they are read."""
        rows = self.read(f"SELECT {_LIST_COLUMNS} FROM list ORDER BY number")  # noqa: S608
        with self.guarded():
            return [
                PlannedList(
                    number=row[0],
                    object_type=ObjectType(row[1]),
                    collection=row[2],
                    population=row[3],
                    in_account=row[4],
                    how=How(row[5]),
                    reason=row[6],
                    is_paged=bool(row[7]),
                    refused=row[8],
                    next_offset=row[9],
                    is_paged_through=bool(row[10]),
                )
                for row in rows
            ]

    def strata(self) -> list[Stratum]:
        """The strata of all lists."""
        return [Stratum(*row) for row in self.read("SELECT * FROM stratum ORDER BY number")]

    def by_ids(self, list_number: int, ids: Sequence[str]) -> dict[str, Known]:
        """Those of some records of a list that are to be read."""
        marks = ", ".join("?" * len(ids))
        rows = self.read(
            "SELECT number, id, batch, position, outcome FROM record"  # noqa: S608 -- marks
            f" WHERE list = ? AND id IN ({marks})",
            (list_number, *ids),
        )
        with self.guarded():
            return {row[1]: _known(row, Result(row[4])) for row in rows}

    def with_result(self, list_number: int, result: Result) -> Iterator[Known]:
        """The records of a list of which so much is known; what changes meanwhile is let out."""
        last = 0
        while True:
            rows = self.read(
                "SELECT number, id, batch, position FROM record"
                " WHERE list = ? AND outcome = ? AND number > ? ORDER BY number LIMIT ?",
                (list_number, result.value, last, _AT_A_TIME),
            )
            for row in rows:
                yield _known(row, result)
            if len(rows) < _AT_A_TIME:
                return
            last = rows[-1][0]

    def spread(self, list_number: int, result: Result, records: int) -> Iterator[Known]:
        """Some of the records of a list of which so much is known, from all over it."""
        step = max(self.count(list_number)[result] // records, 1)
        rows = self.read(
            "SELECT number, id, batch, position FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY number)"
            " AS place FROM record WHERE list = ? AND outcome = ?) WHERE place % ? = 0 LIMIT ?",
            (list_number, result.value, step, records),
        )
        for row in rows:
            yield _known(row, result)

    def add(
        self,
        findings: Findings,
        patterns: Patterns,
        orders: FoundOrders,
        *,
        place: tuple[int, int, bool] | None = None,
    ) -> None:
        """Write down what was read, all or nothing.

        Args:
            findings: What was found.
            patterns: Those of all findings so far.
            orders: What became of all orders so far.
            place: Of a list that is read by pages its number, where to go on, and whether it is
                through.
        """
        with self.writing() as database:
            database.executemany("UPDATE record SET outcome = ? WHERE number = ?", findings.results)
            database.executemany(
                "INSERT INTO difference VALUES (?, ?, ?, ?, ?)", findings.differences
            )
            database.executemany("INSERT OR IGNORE INTO extra VALUES (?, ?)", findings.extras)
            database.executemany(
                "INSERT OR REPLACE INTO tally VALUES (?, ?)",
                (("patterns", patterns.encode()), ("orders", orders.encode())),
            )
            if place is not None:
                number, offset, is_through = place
                database.execute(
                    "UPDATE list SET next_offset = ?, is_paged_through = ? WHERE number = ?",
                    (offset, is_through, number),
                )

    def mark_refused(self, list_number: int, reason: str) -> None:
        """Note that the account does not show a list."""
        with self.writing() as database:
            database.execute("UPDATE list SET refused = ? WHERE number = ?", (reason, list_number))

    def count(self, list_number: int) -> dict[Result, int]:
        """How many records of a list are how far."""
        rows = self.read(
            "SELECT outcome, COUNT(*) FROM record WHERE list = ? GROUP BY outcome", (list_number,)
        )
        with self.guarded():
            found = {Result(outcome): count for outcome, count in rows}
        return {each: found.get(each, 0) for each in Result}

    def even_counts(self, stratum: int) -> dict[Result, int]:
        """The same for those of a stratum that represent the population."""
        rows = self.read(
            "SELECT outcome, COUNT(*) FROM record WHERE stratum = ? AND is_even GROUP BY outcome",
            (stratum,),
        )
        found = {Result(outcome): count for outcome, count in rows}
        return {each: found.get(each, 0) for each in Result}

    def risk_counts(self, bit: int) -> dict[Result, int]:
        """The same for the records that are at risk for one reason."""
        rows = self.read(
            "SELECT outcome, COUNT(*) FROM record WHERE risks & ? GROUP BY outcome", (bit,)
        )
        found = {Result(outcome): count for outcome, count in rows}
        return {each: found.get(each, 0) for each in Result}

    def extras(self, list_number: int) -> int:
        """How many records only the account has."""
        ((count,),) = self.read("SELECT COUNT(*) FROM extra WHERE list = ?", (list_number,))
        return int(count)

    def each_extra(self) -> Iterator[tuple[int, str]]:
        """Number of the list and id of every record that only the account has."""
        return self.each("SELECT list, id FROM extra ORDER BY list, id")

    def each_difference(self) -> Iterator[tuple[int, str, int, int, str, str, str, str]]:
        """List, id, batch and position of every record that differs, with each difference."""
        return self.each(
            "SELECT list, id, batch, position, field, sent, found, rule"
            " FROM difference JOIN record ON record.number = difference.record"
            " ORDER BY record.number, difference.rowid"
        )

    def each_missing(self) -> Iterator[tuple[int, str, int, int]]:
        """List, id, batch and position of every record that the account does not have."""
        return self.each(
            "SELECT list, id, batch, position FROM record WHERE outcome = ? ORDER BY number",
            (Result.MISSING.value,),
        )


def _known(row: Sequence[Any], result: Result) -> Known:
    number, record_id, batch, position = row[:4]
    return Known(number, record_id, batch, position, result)
