"""Whether a staging run was verified, and whether that proves what is required."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ometria_import.errors import PackageError
from ometria_import.options.choices import ObjectType
from ometria_import.options.counting import counted, enumerated
from ometria_import.promotion.candidate import Candidate
from ometria_import.verification import How, Summary, Verdict
from ometria_import.verification.sampling.statements import Claim

_ALL = 100
_ROUNDING = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifications say of a run."""

    evidence: str
    remedy: str = ""
    """What to do; empty where nothing stands against the run."""
    is_asked: bool = True
    """Whether a verification was required, or there is one."""


def verified(run: Candidate, requirement: Claim | None, way: str) -> Verified:
    """Judge a run by its verifications.

    The newest finished one that looked at the whole run counts, and each newer one that found
    something wrong, be it only in a part or not finished. What was found to be wrong stands
    against a run even where no verification is required.

    Args:
        run: The run.
        requirement: None where no verification is required.
        way: The command that verifies the run.
    """
    for each in _judged(run):
        if each.is_finished and each.verdict is Verdict.DIFFERS:
            return Verified(
                f"{each.verification}: {each.sentence}",
                "Look into the differences. Where staging is wrong, correct the files, push them "
                "to staging again, and promote that run; where only the form of values differs, "
                f"accept the rule that it offers with `{way} --accept RULE`.",
            )
        if not each.is_finished and _found_wrong(each):
            return Verified(
                f"{each.verification} has not ended, but found: {each.sentence}",
                f"Let it end with `{way}`.",
            )
    whole = counted_verification(run)
    if whole is None and requirement is None:
        return Verified("not verified, and not asked to be (--require-verify)", is_asked=False)
    if whole is None:
        return Verified("no finished verification of the whole run", f"Verify it with `{way}`.")
    short = _falls_short(run, whole, requirement) if requirement is not None else ""
    if short:
        more = f"{way} --sample {requirement}"
        return Verified(f"{whole.verification} {short}", f"Verify more of it with `{more}`.")
    return Verified(f"{whole.verification}: {whole.sentence}{_not_readable(run)}")


def counted_verification(run: Candidate) -> Summary | None:
    """The newest verification of the whole run as it ended; None if there is none."""
    return next((each for each in _judged(run) if _is_whole(each)), None)


def _is_whole(found: Summary) -> bool:
    return found.is_finished and found.asked.is_whole_run


def _found_wrong(found: Summary) -> bool:
    return any(found.total(count) for count in ("differs", "missing", "not_settled"))


def _judged(run: Candidate) -> Iterator[Summary]:
    """The verifications that count, newest first; only the last is a whole one that finished."""
    for each in run.verifications:
        is_of_this = each.package == run.info.content_hash and each.account == run.info.account
        if is_of_this and each.started_at >= run.info.updated_at:
            yield each
            if _is_whole(each):
                return


def _falls_short(run: Candidate, found: Summary, required: Claim) -> str:
    """Why a verification without differences does not prove what is required; else empty."""
    read = [each for each in found.types if each.how is not How.NONE]
    types = set() if isinstance(run.survey, PackageError) else set(run.survey.records)
    unread = types - {str(each.object_type) for each in read} - {str(ObjectType.CUSTOM_EVENT)}
    reason = ""
    if unread:
        reason = f"did not read {enumerated(sorted(unread))} records"
    elif not read:
        reason = "read nothing: custom events cannot be read back"
    elif found.verdict is not Verdict.SAME:
        reason = f"does not say that they are the same: {found.sentence}"
    elif not all(each.how is How.ALL for each in read):
        if found.confidence < required.confidence:
            reason = f"is only {found.confidence:g}% sure"
        elif found.bound is None:
            reason = "proves nothing about the records that it has not read"
        elif found.bound * _ALL > required.percent * _ROUNDING:
            reason = f"proves no more than that fewer than {found.bound * _ALL:.4g}% differ"
    return reason


def _not_readable(run: Candidate) -> str:
    records = {} if isinstance(run.survey, PackageError) else run.survey.records
    events = records.get(str(ObjectType.CUSTOM_EVENT), 0)
    return f" ({counted(events, 'custom event')} cannot be read back.)" if events else ""
