"""The gate before live: what must hold of a staging run before its very package goes there.

Each line of it is a value: whoever shows it decides how. What a package sets off in a live account
is a line of its own, which `promote` adds: it is told in the same words as before every live push.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from ometria_import.delivery import ListedRun
from ometria_import.errors import PackageError
from ometria_import.options.counting import counted, enumerated
from ometria_import.options.moments import local_moment
from ometria_import.options.reading_options import duration_text
from ometria_import.promotion.candidate import Candidate
from ometria_import.promotion.verified import verified
from ometria_import.verification.sampling.statements import Claim
from ometria_import.version import __version__

_NOT_IN_IT = MappingProxyType(
    {
        "rejected": "rejected while preparing, which are not sent",
        "held_back": "held back as too young, which are not sent",
    }
)
"""What preparing left out of the package."""


class Mark(StrEnum):
    """How a line of the gate stands."""

    PASSED = "passed"
    SHUT = "shut"
    NOT_ASKED = "not_asked"
    """What it is about was not asked for, and is not known to be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLine:
    """One check of the gate, and how it ended."""

    name: str
    """One word, for programs."""
    words: str
    """What must hold."""
    mark: Mark
    evidence: str
    """What was found."""
    remedy: str = ""
    """What to do about it; empty unless it is shut."""

    @property
    def is_open(self) -> bool:
        """Whether this line lets the run pass."""
        return self.mark is not Mark.SHUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The commands to suggest about the staging run."""

    resume: str
    retry: str
    errors: str
    verify: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What was asked of the gate."""

    now: datetime
    max_age: timedelta
    requirement: Claim | None = None
    is_ids_checked: bool = False
    is_even_if_older: bool = False


def gate_lines(run: Candidate, asked: Conditions, ways: Ways) -> Iterator[GateLine]:
    """Every line of the gate, whether or not those before it are open."""
    yield _finished(run, ways)
    yield _totals(run)
    yield _late_errors(run, ways)
    yield _nothing_open(run, ways)
    found = verified(run, asked.requirement, ways.verify)
    yield _line(
        "verified",
        "What staging holds is the same",
        is_passed=not found.remedy,
        evidence=found.evidence,
        remedy=found.remedy,
        is_asked=found.is_asked,
    )
    yield _package(run)
    yield _newest(run, asked)
    yield _young(run, asked)
    yield _same_version(run)
    yield _own_ids(run, asked)


def _finished(run: Candidate, ways: Ways) -> GateLine:
    accepted = sum(total.accepted for total in run.totals)
    records = counted(sum(total.records for total in run.totals), "record")
    ended = f", {local_moment(run.info.updated_at)}" if run.info.is_finished else ""
    return _line(
        "finished",
        "The staging run is finished",
        is_passed=run.info.is_finished,
        evidence=f"{accepted:,} of {records} accepted{ended}",
        remedy=f"Finish it first with `{ways.resume}`.",
    )


def _totals(run: Candidate) -> GateLine:
    """Rows and records of preparing, of the package and of the journal are the same numbers."""
    by_type = {str(total.object_type): total.records for total in run.totals}
    is_sent = all(total.to_send == 0 for total in run.totals)
    rows = run.sums.get("rows")
    evidence = counted(sum(by_type.values()), "record")
    is_same = is_sent and run.sums.get("records", by_type) == by_type
    if not isinstance(run.survey, PackageError):
        is_same = is_same and dict(run.survey.records) == by_type
    if isinstance(rows, dict):
        # Each row that was read is in exactly one of the other counts; members are no rows.
        others = sum(count for name, count in rows.items() if name not in ("read", "members"))
        is_same = is_same and others == rows.get("read")
        evidence += f" of {counted(int(rows.get('read', 0)), 'row')}"
    for name, words in _NOT_IN_IT.items():
        if count := run.sums.get(name):
            evidence += f"; {int(count):,} {words}"
    return _line(
        "totals",
        "Its totals add up",
        is_passed=is_same,
        evidence=evidence,
        remedy="Push the files to staging again, and promote that run.",
    )


def _late_errors(run: Candidate, ways: Ways) -> GateLine:
    late = run.late
    if late.is_known:
        evidence, way = "the account's error list was read until nothing new came", ""
    elif late.missed or late.unread:
        evidence, way = "some of them may have been missed", ways.retry
    elif late.unreadable:
        evidence = f"the account's error list could not be read: {late.unreadable}"
        way = ways.errors
    elif late.was_read:
        evidence, way = "the account's error list kept changing", ways.retry
    else:
        evidence, way = "the account's error list was never read", ways.errors
    return _line(
        "late_errors",
        "Its late errors were read to the end",
        is_passed=late.is_known,
        evidence=evidence,
        remedy=f"Find out first with `{way}`.",
    )


def _nothing_open(run: Candidate, ways: Ways) -> GateLine:
    left = run.left
    parts = [f"{left.refused:,} refused"] if left.refused else []
    parts += [counted(left.late_errors, "late error")] if left.late_errors else []
    good = "nothing is refused, and no late error is open"
    if run.last_retry != run.info.run_id:
        good += f", since run {run.last_retry} sent some of them again"
    return _line(
        "open",
        "Staging took every record",
        is_passed=not parts,
        evidence=" and ".join(parts) or good,
        remedy=f"`{ways.retry}` sends again what can pass. If staging refused a record for its "
        "content, correct it in the files or leave it out, push the files to staging, and promote "
        "that run: promote itself never changes a record.",
    )


def _package(run: Candidate) -> GateLine:
    damage = run.survey.message if isinstance(run.survey, PackageError) else ""
    if not damage and run.package_hash != run.info.content_hash:
        damage = f"the file holds package {run.package_hash[:12]}"
    return _line(
        "package",
        "The package is the one that staging took",
        is_passed=not damage,
        evidence=damage or f"sha256 {run.info.content_hash[:12]}…, read to its end",
        remedy="Push the files to staging again, and promote that run.",
    )


def _newest(run: Candidate, asked: Conditions) -> GateLine:
    newer = {"staging": run.newer_in_staging, "live": run.newer_in_live}
    found = [f"{_did(other)} to {name} since" for name, other in newer.items() if other]
    is_passed = not found or asked.is_even_if_older
    return _line(
        "newest",
        "No newer records were sent since",
        is_passed=is_passed,
        evidence=" and ".join(found) or "neither to staging nor to live",
        remedy="Promote the newest staging run instead, or push the files as they are now to "
        "staging. To send these records anyway, over newer ones, add --even-if-older.",
    )


def _did(other: ListedRun) -> str:
    if other.info is None:
        return f"run {other.folder.id}, which cannot be read, may have sent newer records"
    return f"run {other.folder.id} sent newer {enumerated(sorted(other.sent))} records"


def _young(run: Candidate, asked: Conditions) -> GateLine:
    age = max(asked.now - run.info.created_at, timedelta())
    limit = duration_text(asked.max_age)
    return _line(
        "age",
        f"It is not older than {limit}",
        is_passed=age <= asked.max_age,
        evidence=f"its files were read {_age(age)} ago",
        remedy="Since then, people may have withdrawn their consent, and orders may have changed. "
        "Push the files as they are now to staging; or, if these records are still right, allow "
        "a greater age with --max-age.",
    )


def _same_version(run: Candidate) -> GateLine:
    made_by = run.info.tool_version
    return _line(
        "version",
        "This version of the tool prepared it",
        is_passed=made_by == __version__,
        evidence=f"version {made_by}",
        remedy=f"This is version {__version__}, which may read files in another way: push the "
        f"files to staging again, or promote with version {made_by}.",
    )


def _own_ids(run: Candidate, asked: Conditions) -> GateLine:
    own = {} if isinstance(run.survey, PackageError) else run.survey.own_ids
    found = [f"{counted(count, 'record')} with {name}" for name, count in own.items() if count]
    return _line(
        "ids",
        "It holds no ids that only one account gives",
        is_passed=not found or asked.is_ids_checked,
        evidence=" and ".join(found) or "no profile_id, and no ids of lists",
        remedy="An id of the staging account means something else in live, or nothing. If these "
        "are ids of the live account, add --ids-checked. If not, leave the field out of the "
        "mapping, push the files to staging again, and promote that run.",
    )


def _line(
    name: str, words: str, *, is_passed: bool, evidence: str, remedy: str, is_asked: bool = True
) -> GateLine:
    if not is_passed:
        return GateLine(name=name, words=words, mark=Mark.SHUT, evidence=evidence, remedy=remedy)
    mark = Mark.PASSED if is_asked else Mark.NOT_ASKED
    return GateLine(name=name, words=words, mark=mark, evidence=evidence)


_UNITS: tuple[tuple[str, Callable[[timedelta], int]], ...] = (
    ("day", lambda age: age.days),
    ("hour", lambda age: int(age.total_seconds()) // 3_600),
    ("minute", lambda age: int(age.total_seconds()) // 60),
)


def _age(age: timedelta) -> str:
    """An age in the largest unit of which there are at least two."""
    for unit, count in _UNITS:
        if count(age) > 1:
            return counted(count(age), unit)
    return "a minute"
