"""What is kept and attested of the runs of a promotion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ometria_import.config import Account
from ometria_import.delivery import Journal, delivery_problems
from ometria_import.errors import PackageError
from ometria_import.options.choices import Danger
from ometria_import.package import Package
from ometria_import.promotion.candidate import Candidate
from ometria_import.promotion.gate import GateLine
from ometria_import.promotion.passed_gate import (
    PassedGate,
    RunFacts,
    SourceFacts,
    VerificationFacts,
)
from ometria_import.promotion.verified import counted_verification
from ometria_import.verification import Summary

_COUNTS = ("records", "accepted", "refused", "skipped", "unclear", "rejected_later")
_OF_PREPARING = ("rejected", "superseded", "held_back", "merged", "repeated")


def facts_of(journal: Journal, package: Package) -> RunFacts:
    """What is attested of a run that has ended."""
    info = journal.info()
    return RunFacts(
        run=info.run_id,
        base_url=info.base_url,
        began_at=info.created_at,
        ended_at=info.updated_at,
        tool_version=info.tool_version,
        counts={
            str(total.object_type): {name: int(getattr(total, name)) for name in _COUNTS}
            for total in journal.totals()
        },
        problems=dict(_codes(package, journal)),
    )


def passed_gate(
    run: Candidate,
    lines: Sequence[GateLine],
    staging: RunFacts,
    package: Package,
    *,
    account: Account,
    allowed: frozenset[Danger],
    now: datetime,
) -> PassedGate:
    """What is kept of a gate whose every line is open.

    Raises:
        PackageError: the package could not be read, so the gate is not open.
    """
    if isinstance(run.survey, PackageError):
        raise run.survey
    found = counted_verification(run)
    return PassedGate(
        passed_at=now,
        lines=tuple(lines),
        package=package.content_hash,
        records=dict(run.survey.records),
        sha256=dict(run.survey.sha256),
        sources=tuple(
            SourceFacts(
                object_type=source.object_type,
                sha256=source.sha256,
                bytes=source.bytes,
                rows=source.rows,
            )
            for source in package.sources()
        ),
        prepared=_prepared(run.sums),
        problems=_numbers(run.sums.get("problems")),
        staging=staging,
        account_fingerprint=account.key.fingerprint(),
        allowed=tuple(sorted(allowed)),
        verification=_verification(found) if found is not None else None,
    )


def _prepared(sums: Mapping[str, Any]) -> dict[str, int]:
    rows = _numbers(sums.get("rows"))
    return {"rows": rows.get("read", 0)} | _numbers(
        {name: sums[name] for name in _OF_PREPARING if name in sums}
    )


def _numbers(said: object) -> dict[str, int]:
    """The counts of a part of the sums, whatever a damaged file says there."""
    items = said.items() if isinstance(said, dict) else ()
    return {str(name): count for name, count in items if isinstance(count, int)}


def _codes(package: Package, journal: Journal) -> Counter[str]:
    codes: Counter[str] = Counter()
    for problem in delivery_problems(package, journal):
        codes[problem.code] += problem.count
    return codes


def _verification(found: Summary) -> VerificationFacts:
    return VerificationFacts(
        verification=found.verification,
        ended_at=found.ended_at,
        verdict=str(found.verdict),
        sentence=found.sentence,
        statement=found.asked.statement,
        confidence=found.confidence,
        bound=found.bound,
        seed=found.seed,
        accepted_rules=found.asked.accepted_rules,
    )
