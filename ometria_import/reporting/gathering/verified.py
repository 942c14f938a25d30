"""What the newest verification found, without the values that it compared."""

from __future__ import annotations

from ometria_import.reporting.gathering.material import utc
from ometria_import.reporting.model import CheckedType, Named, Verification
from ometria_import.verification import Summary


def verification_of(summary: Summary | None) -> Verification | None:
    """A verification as a report tells of it; None where there is none."""
    if summary is None:
        return None
    return Verification(
        id=summary.verification,
        verdict=str(summary.verdict),
        sentence=summary.sentence,
        started_at=utc(summary.started_at),
        ended_at=utc(summary.ended_at),
        seed=summary.seed,
        confidence=summary.confidence,
        asked=summary.asked.statement,
        types=[
            CheckedType(
                listing=each.listing,
                object_type=str(each.object_type),
                population=each.population,
                read=each.read,
                same=each.same,
                differs=each.differs,
                missing=each.missing,
                not_settled=each.not_settled,
                how=str(each.how),
                reason=each.reason,
                bound=each.bound,
                extra=each.extra,
            )
            for each in summary.types
        ],
        at_risk=[
            Named(
                name=each.reason,
                words=each.words,
                count=each.records,
                wrong=each.differs + each.missing,
            )
            for each in summary.at_risk
        ],
        rules=[Named(name=each.rule, words=each.words, count=each.count) for each in summary.rules],
        patterns=[
            Named(
                name=f"{each.object_type}.{each.field}",
                words=each.words,
                count=each.count,
                of=each.of,
            )
            for each in summary.patterns
        ],
        notes=list(summary.notes),
    )
