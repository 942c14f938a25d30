"""The totals of a check or a package, which account for every row."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ometria_import.errors import ExitCode, RejectLimitError, UsageError
from ometria_import.prepare.cross_checks import CrossCheckReport
from ometria_import.problems.log import ProblemGroup
from ometria_import.schema import ObjectType

_LIMIT = re.compile(r"([0-9]{1,12})|([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%")
_ALL = 100


@dataclass(frozen=True, slots=True)
class RejectLimit:
    """A number of rejects, or a share of all records."""

    count: int = 0
    percent: Decimal | None = None
    """Between 0 and 100; where it is given, the count does not matter."""

    @classmethod
    def parse(cls, text: str) -> RejectLimit:
        """Read `25` or `0.5%`.

        Raises:
            UsageError: the text is neither.
        """
        found = _LIMIT.fullmatch(text.strip())
        if found is None or Decimal(found.group(2) or 0) > _ALL:
            raise UsageError(
                f"--max-rejects: {text!r} is neither a number nor a percentage",
                hint="Give a number of rejects, like 25, or a share of the records, like 0.5%.",
            )
        count, percent = found.groups()
        return cls(int(count)) if count else cls(percent=Decimal(percent))

    def allows(self, rejected: int, ready: int) -> bool:
        """Whether so many rejects are few enough.

        Args:
            rejected: Rejects; just as many as the limit are still allowed.
            ready: Records that are ready to be sent.
        """
        if self.percent is None:
            return rejected <= self.count
        return rejected * _ALL <= self.percent * (rejected + ready)

    def __str__(self) -> str:
        return f"{self.count:,}" if self.percent is None else f"{self.percent:f}%"


@dataclass(frozen=True, slots=True)
class RowSums:
    """Every row read ends in exactly one of the others, but for `members`."""

    read: int
    in_records: int
    """The first row of each record that is ready."""
    folded: int
    """Further rows of the same records: line items, listings."""
    rejected: int
    superseded: int
    left_out: int = 0
    """By the mapping, without becoming part of a record."""
    members: int = 0
    """Records that are ready beside that of their group, whose rows are counted there."""
    held_back: int = 0
    """Of orders that are too young."""
    headers: int = 0
    """Lines that say the names of the columns once more."""
    merged: int = 0
    """Of contacts and products that are part of a later record with their key."""
    repeated: int = 0
    """Of records that stand once more in the input."""

    @property
    def comes_out(self) -> bool:
        """Whether every row is accounted for; False is a bug of ours."""
        ready = self.in_records + self.folded
        others = self.rejected + self.superseded + self.left_out + self.held_back + self.headers
        return self.read == ready + others + self.merged + self.repeated


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source and what it yielded."""

    path: str
    description: str
    object_type: ObjectType
    rows: int
    records: int
    """Before a later record takes the place of any of them."""
    rejected: int

    def as_json(self) -> dict[str, Any]:
        """For `--json`, where the description is the format."""
        return {name.replace("description", "format"): own for name, own in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class PrepareSummary:
    """The outcome of preparing."""

    sources: tuple[SourceReport, ...]
    rows: RowSums
    records: dict[ObjectType, int]
    """Ready to send, in sending order."""
    rejected: int
    """Records, and rows that could not be read."""
    superseded: int
    problems: dict[str, int]
    """By code."""
    groups: tuple[ProblemGroup, ...]
    problems_path: Path
    reject_paths: tuple[Path, ...]
    cross_checks: CrossCheckReport = field(default_factory=CrossCheckReport)
    fixed_rejects: dict[str, int] = field(default_factory=dict)
    """Records that are ready now and were rejected in a run, by the run's id."""
    held_back: int = 0
    """Orders that are too young to be sent yet."""
    rejected_of: dict[ObjectType, int] = field(default_factory=dict)
    """The same as `rejected` by object type, without those that have none."""
    merged: int = 0
    """Contacts and products that are part of a later record with their key."""
    repeated: int = 0
    """Orders and events that a later record repeats to the byte."""
    earlier_states: int = 0
    """Part of `superseded`: orders that their own file has once more, of whose earlier rows no
    records were made."""

    @property
    def exit_code(self) -> ExitCode:
        """What `check` ends with."""
        return ExitCode.REJECTS if self.rejected else ExitCode.OK

    def require_within(self, limit: RejectLimit | None) -> None:
        """Stop where more was rejected than a limit allows.

        A number is for all records together. A share is for each object type by itself: a large
        catalogue of good products must not hide that all orders are bad. None allows any number.

        Raises:
            RejectLimitError: it was.
        """
        if limit is not None and (beyond := self._beyond(limit)):
            each = "" if limit.percent is None else " of each object type"
            raise RejectLimitError(
                f"{' and '.join(beyond)} were rejected, "
                f"--max-rejects allows {limit}{each}; nothing was sent",
                hint=f"Fix the problems listed in {self.problems_path}, or allow more rejects.",
            )

    def _beyond(self, limit: RejectLimit) -> list[str]:
        """What is over a limit, in words."""
        ready = sum(self.records.values())
        if limit.percent is None:
            is_over = not limit.allows(self.rejected, ready)
            return [f"{self.rejected:,} of {self.rejected + ready:,} records"] if is_over else []
        return [
            f"{rejected:,} of {rejected + self.records.get(name, 0):,} "
            f"{name.replace('_', ' ')} records"
            for name, rejected in self.rejected_of.items()
            if not limit.allows(rejected, self.records.get(name, 0))
        ]

    def as_json(self) -> dict[str, Any]:
        """The part of `--json` that preparing knows."""
        return {
            "rows": asdict(self.rows),
            "records": {str(name): count for name, count in self.records.items()},
            "rejected": self.rejected,
            "rejected_of": {str(name): count for name, count in self.rejected_of.items()},
            "superseded": self.superseded,
            "held_back": self.held_back,
            "merged": self.merged,
            "repeated": self.repeated,
            "earlier_states": self.earlier_states,
            "problems": self.problems,
            "sources": [each.as_json() for each in self.sources],
            "problems_file": str(self.problems_path),
            "reject_files": [str(path) for path in self.reject_paths],
            "mends": self.fixed_rejects,
            "across": self.cross_checks.as_json(),
        }
