"""The gate's line about people who have opted out in live."""

from __future__ import annotations

from datetime import datetime, timedelta

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.words import counted, local_moment
from ometria_import.actions.promoting.wish import Promote
from ometria_import.config import Account
from ometria_import.config.home import RunFolder
from ometria_import.consent import Standing, contacts_asking, diffs_of, standing_of
from ometria_import.package import Package
from ometria_import.promotion import GateLine, Mark

_YOUNG = timedelta(hours=24)
_FEW = 5


def consent_line(
    package: Package,
    staged: RunFolder,
    wish: Promote,
    account: Account,
    now: datetime,
    context: Context,
) -> GateLine:
    """Judge a package by its comparisons with live.

    Raises:
        PackageError: the package is damaged.
    """
    if not contacts_asking(package):
        return _line(Mark.PASSED, "none of its contacts opts anybody in")
    packages = frozenset({package.content_hash})
    diffs = diffs_of(context.home, str(account.name), packages, now, _YOUNG)
    found = standing_of(diffs, account.base_url)
    if found.contrary is not None:
        people = counted(found.contrary.danger, "person", "people")
        files = [each.path for each in package.sources()]
        named = files if 0 < len(files) <= _FEW else ["FILE"]
        way = context.commands.push(*named, "--consent", "keep", to=account.name)
        return _line(
            Mark.SHUT,
            f"{people} in it opted out in live: {found.contrary.danger_file}",
            "promote never changes a record. Push the files to live, which leaves out what these "
            f"people did not choose: `{way}`.",
        )
    if found.is_clean and found.proof is not None:
        return _line(
            Mark.PASSED,
            f"compared {local_moment(found.proof.at)}: nobody would be opted in again",
        )
    evidence = _why_not(found)
    if wish.is_consent_unasked:
        return _line(Mark.NOT_ASKED, f"{evidence}, and not asked to be (--consent-unasked)")
    compare = context.commands.consent_diff(staged.id, to=account.name)
    return _line(
        Mark.SHUT,
        evidence,
        f"Compare it with `{compare}`. If the key of live may not read that, add "
        "--consent-unasked.",
    )


def _why_not(found: Standing) -> str:
    if found.proof is None:
        return "not compared with everybody in live within 24 hours"
    return f"compared, but {'; '.join(found.proof.doubts)}"


def _line(mark: Mark, evidence: str, remedy: str = "") -> GateLine:
    return GateLine(
        name="consent",
        words="It opts nobody in who has opted out in live",
        mark=mark,
        evidence=evidence,
        remedy=remedy,
    )
