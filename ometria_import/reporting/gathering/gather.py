"""Putting the numbers of a report together."""

from __future__ import annotations

from ometria_import.delivery import RunState, without_answer
from ometria_import.errors import ExitCode, PackageError
from ometria_import.package import Package
from ometria_import.reporting.gathering.chain import chain_of, inputs_of, row_fates
from ometria_import.reporting.gathering.columns import columns_of
from ometria_import.reporting.gathering.consent import consent_of
from ometria_import.reporting.gathering.examples import with_examples
from ometria_import.reporting.gathering.material import Material, utc
from ometria_import.reporting.gathering.money import joins_of, money_of
from ometria_import.reporting.gathering.problems import problems_of
from ometria_import.reporting.gathering.unknown import checklist_of, unknown_of
from ometria_import.reporting.gathering.verdict import verdict_of
from ometria_import.reporting.gathering.verified import verification_of
from ometria_import.reporting.model import Report, Run, Step


def gather(material: Material) -> Report:
    """All numbers of a run; what cannot be read is said to be unknown."""
    chain, consent, rows = chain_of(material), consent_of(material), row_fates(material)
    columns, problems = columns_of(material), problems_of(material)
    if columns and material.with_examples and isinstance(material.package, Package):
        columns = with_examples(columns, material.package)
    return Report(
        verdict=verdict_of(material, chain, rows),
        run=_run(material),
        chain=chain,
        rows=rows,
        money=money_of(material),
        joins=joins_of(material),
        columns=columns,
        problems=problems,
        consent=consent,
        verification=verification_of(material.verification),
        inputs=inputs_of(material),
        unknown=unknown_of(
            material,
            has_columns=columns is not None,
            has_problems=not problems.unreadable,
        ),
        checklist=checklist_of(material, chain, consent),
        way_live=[
            Step(
                number=each.number,
                words=each.words,
                mark=str(each.mark),
                evidence=list(each.evidence),
                by_hand=each.by_hand,
            )
            for each in material.way_live
        ],
    )


def _run(material: Material) -> Run:
    info, told = material.info, material.delivered
    is_over = info.state is not RunState.RUNNING
    damage = material.package if isinstance(material.package, PackageError) else None
    code = info.exit_code
    rejected = material.told("rejected", int)
    if code is ExitCode.OK and rejected:
        code = ExitCode.REJECTS
    return Run(
        id=info.run_id,
        account=str(info.account),
        address=info.base_url,
        state="dry run" if info.is_dry_run and not info.is_unsent else str(info.state),
        reason=without_answer(info.reason),
        started_at=utc(info.created_at),
        ended_at=utc(info.updated_at) if is_over else None,
        seconds=(info.updated_at - info.created_at).total_seconds() if is_over else None,
        tool_version=info.tool_version,
        package=info.content_hash,
        package_problem=damage.message if damage else "",
        retry_of=info.retry_of,
        promotes=material.request.promotes,
        is_pseudonymised=material.request.is_pseudonymised,
        requests=told.requests,
        retries=told.retries,
        batches=told.batches,
        batches_settled=told.batches_settled,
        exit_code=None if code is None else int(code),
        command=material.request.command,
        paused_s=told.paused_total_s,
    )
