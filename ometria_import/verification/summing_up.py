"""What a verification found, in counts, in a verdict and in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ometria_import.delivery import RunInfo
from ometria_import.errors import ExitCode, OmetriaImportError
from ometria_import.options.choices import ObjectType
from ometria_import.verification.folders import VerificationFolder
from ometria_import.verification.records.expected import Risk
from ometria_import.verification.records.state import State
from ometria_import.verification.records.tables import PlannedList, Result, Stratum
from ometria_import.verification.sampling.bounds import Drawn, upper_bound
from ometria_import.verification.sampling.statements import Part
from ometria_import.verification.sentence import sentence_of
from ometria_import.verification.summary import (
    AtRiskSummary,
    How,
    LoadSummary,
    Summary,
    TypeSummary,
    Verdict,
)
from ometria_import.verification.unfinished import started_at
from ometria_import.verification.wishes import Wishes
from ometria_import.version import __version__

_EXIT_CODES = {
    Verdict.SAME: ExitCode.OK,
    Verdict.DIFFERS: ExitCode.REJECTS,
    Verdict.NOT_SETTLED: ExitCode.TEMPORARY,
    Verdict.NOT_READABLE: ExitCode.REFUSED,
}
Counts = Mapping[Result, int]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a verification ended, for now or for good."""

    folder: VerificationFolder
    wishes: Wishes
    at: datetime
    failure: OmetriaImportError | None
    """What stopped it."""
    notes: tuple[str, ...]
    files: Mapping[str, str]
    load: LoadSummary | None
    unchanged: int
    """Records that the run left out because the account was given them before."""


def sum_up(info: RunInfo, state: State, ended: Ended) -> Summary:
    """Sum up what is in the database.

    Raises:
        PackageError: the database is damaged.
    """
    wishes, patterns = ended.wishes, state.patterns()
    types = tuple(_types(state, wishes))
    verdict = _verdict(types, ended)
    is_finished = ended.failure is None and not any(each.not_settled for each in types)
    summary = Summary(
        verification=ended.folder.id,
        run=info.run_id,
        account=str(info.account),
        package=info.content_hash,
        tool_version=__version__,
        started_at=started_at(state),
        ended_at=ended.at,
        verdict=verdict,
        sentence="",
        is_finished=is_finished,
        seed=state.meta("seed"),
        confidence=wishes.confidence,
        bound=_bound(state, wishes, _sampled(state)),
        asked=wishes.asked,
        types=types,
        at_risk=tuple(_at_risk(state)),
        rules=patterns.rules(),
        patterns=patterns.as_list(),
        load=ended.load,
        files=dict(ended.files),
        exit_code=ended.failure.exit_code if ended.failure else _EXIT_CODES[verdict],
        notes=ended.notes,
        unchanged=ended.unchanged,
    )
    return replace(summary, sentence=sentence_of(summary))


def _types(state: State, wishes: Wishes) -> Iterator[TypeSummary]:
    strata, patterns = state.strata(), state.patterns()
    told_fields: set[ObjectType] = set()
    for planned in state.lists():
        counts = state.count(planned.number)
        is_listed = planned.is_paged_through and not wishes.source
        own = [each for each in strata if each.list_number == planned.number]
        is_first_of_type = planned.object_type not in told_fields
        told_fields.add(planned.object_type)
        yield TypeSummary(
            object_type=planned.object_type,
            listing=planned.name,
            population=planned.population,
            read=sum(counts.values()) - counts[Result.UNREAD],
            same=counts[Result.SAME],
            differs=counts[Result.DIFFERS],
            missing=counts[Result.MISSING],
            not_settled=counts[Result.NOT_YET],
            extra=state.extras(planned.number) if is_listed else None,
            how=How.NONE if planned.refused else planned.how,
            reason=planned.refused or planned.reason,
            bound=_bound(state, wishes, own) if planned.how is How.SAMPLE else None,
            in_account=planned.in_account,
            # They are counted by object type, and shown once.
            extra_fields=patterns.extra_fields(planned.object_type) if is_first_of_type else 0,
        )


def _sampled(state: State) -> list[Stratum]:
    lists = {each.number for each in state.lists() if _is_sampled(each)}
    return [each for each in state.strata() if each.list_number in lists]


def _is_sampled(planned: PlannedList) -> bool:
    return planned.how is How.SAMPLE and not planned.refused


def _bound(state: State, wishes: Wishes, strata: Sequence[Stratum]) -> float | None:
    """The share of wrong records that the sample excludes; None where nothing can be said."""
    if not strata or isinstance(wishes.sample, Part):
        return None
    drawn = []
    for each in strata:
        counts = state.even_counts(each.number)
        read = sum(counts.values()) - counts[Result.UNREAD]
        drawn.append(Drawn(each.drawn_from, read, read - counts[Result.SAME]))
    return upper_bound(drawn, wishes.confidence)


def _at_risk(state: State) -> Iterator[AtRiskSummary]:
    for risk in Risk:
        counts = state.risk_counts(risk.bit)
        if records := sum(counts.values()):
            yield AtRiskSummary(
                reason=risk.value,
                words=risk.words,
                records=records,
                same=counts[Result.SAME],
                differs=counts[Result.DIFFERS],
                missing=counts[Result.MISSING],
                not_settled=counts[Result.NOT_YET],
            )


def _verdict(types: Sequence[TypeSummary], ended: Ended) -> Verdict:
    """The verdict; what is certain outweighs what is not."""
    asked = ended.wishes.types
    refused = [
        each
        for each in types
        if each.how is How.NONE and (each.listing or each.object_type in asked)
    ]
    if ended.failure is not None:
        return Verdict.INTERRUPTED
    if any(each.differs or each.missing for each in types):
        return Verdict.DIFFERS
    if any(each.not_settled for each in types):
        return Verdict.NOT_SETTLED
    # A run of custom events alone was not verified, and must not look as if it were.
    if refused or not any(each.read for each in types):
        return Verdict.NOT_READABLE
    return Verdict.SAME
