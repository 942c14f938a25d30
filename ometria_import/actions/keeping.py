"""Leaving opt-ins out of a push that the account contradicts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted
from ometria_import.actions.calling.run import sums_of
from ometria_import.actions.calling.words import counted
from ometria_import.actions.consent import ConsentTelling
from ometria_import.config import Account, AccountSettings
from ometria_import.config.home import RunFolder
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.consent import REASONS, Kept, contacts_asking, keep_consent
from ometria_import.delivery import RunInfo, RunRequest
from ometria_import.errors import UsageError
from ometria_import.options.choices import ConsentRule, ObjectType
from ometria_import.package import Batch, Derivation, Package
from ometria_import.verification.reading import NotReadableError

LIST_FILE = "consent.csv"
_FRESH = timedelta(days=2)
"""How long a run may go on without asking again: long enough to go on the next night."""
STALE = "its account was asked about consent more than two days ago: people may have left since"
CHANNELS = {"email": "by email", "sms": "by text message"}
"""The channels of consent in words, by their names in `consent.csv`."""


def keep(
    package: Package,
    rule: ConsentRule,
    account: Account | AccountSettings,
    folder: RunFolder,
    give_up_after: timedelta,
    context: Context,
) -> tuple[Package, ConsentRule]:
    """A package without the opt-ins that its account contradicts; the caller is told how many.

    Args:
        package: What would be sent.
        rule: What is left out.
        account: Where to; without its key it is not asked, as in a dry run.
        folder: Of the run, whose sums learn of it.
        give_up_after: For how long a request that fails in a temporary way is made again.
        context: The caller, who is asked where the account cannot be.

    Returns:
        The package, and the rule that it was made by: `file` where the account cannot be read.

    Raises:
        UsageError: the account cannot be read, and nobody allows to send consent as it is.
        PackageError: the package is damaged.
        TemporaryFailureError: the account or the disk fails.
        InterruptedRunError: it was stopped.
    """
    with storage_errors(context.home.root):
        asking = contacts_asking(package)
    if not asking:
        return package, rule
    contacts = counted(asking, "contact")
    if not isinstance(account, Account):
        context.caller.tell(
            Noted(
                f"--consent {rule}: a push asks {account.name} about the people of {contacts} that "
                f"opt somebody in, and leaves out what {_whom(rule)}; a dry run does not ask, and "
                "leaves nothing out"
            )
        )
        return package, rule
    context.caller.tell(
        Noted(
            f"asking {account.name} about the people of {contacts} that opt somebody in, at "
            f"{account.reads_per_s:g} requests a second"
        )
    )
    try:
        with context.caller.stopping() as stop:
            kept = keep_consent(
                package,
                account,
                context.home,
                rule,
                folder.path / LIST_FILE,
                give_up_after_s=give_up_after.total_seconds(),
                on_event=ConsentTelling(context),
                stop=stop,
            )
    except NotReadableError as error:
        context.caller.confirm_unread_consent(account.name, contacts, error)
        context.caller.tell(Noted(f"consent is sent as the files have it: {error.message}"))
        return package, ConsentRule.FILE
    _tell(kept, rule, account, context)
    _note(folder, kept, rule)
    return kept.package, rule


def is_stale(request: RunRequest, begun: datetime) -> bool:
    """Whether the account was asked about consent too long ago to send more of a run."""
    is_asked = bool(request.promotes) or request.consent is not ConsentRule.FILE
    return is_asked and datetime.now(UTC) - begun > _FRESH


def refuse_stale(info: RunInfo, request: RunRequest) -> None:
    """Stop before contacts are sent whose consent was checked too long ago.

    Raises:
        UsageError: it was.
    """
    if is_stale(request, info.created_at):
        raise UsageError(
            f"run {info.run_id} has contacts left, and {STALE}",
            hint="Push the files again with --new, which asks again. To send what is left as it "
            "is, add --even-if-older.",
        )


def check_of_age(info: RunInfo, request: RunRequest) -> Callable[[Batch], None]:
    """A check for each batch of a run: may it still be sent after a pause?"""

    def check(batch: Batch) -> None:
        if batch.object_type is ObjectType.CONTACT:
            refuse_stale(info, request)

    return check


def left_out_by(package: Package) -> ConsentRule:
    """The rule by which opt-ins were left out of a package; `file` if none were."""
    reasons = {step.reason for step in Derivation.chain(package.sums)}
    return next((rule for rule, reason in REASONS.items() if reason in reasons), ConsentRule.FILE)


def _whom(rule: ConsentRule) -> str:
    if rule is ConsentRule.LOWER:
        return "opts in anybody who is not opted in there already"
    return "opts in anybody who has opted out there, and did not come back later"


def _tell(kept: Kept, rule: ConsentRule, account: Account, context: Context) -> None:
    for doubt in kept.diff.doubts if kept.diff else ():
        context.caller.tell(Noted(f"warning: {doubt}"))
    people = counted(kept.asking, "person", "people")
    if not kept.people:
        context.caller.tell(
            Noted(f"consent: nothing that the files say of {people} is against {account.name}")
        )
        return
    held = " and ".join(
        f"{counted(count, 'person', 'people')} {CHANNELS[channel]}"
        for channel, count in kept.people.items()
    )
    context.caller.tell(
        Noted(
            f"consent: {held} stay as {account.name} has them, of {people} whom the files opt in "
            f"(--consent {rule}); the contacts are in {kept.list_file}"
        )
    )


def _note(folder: RunFolder, kept: Kept, rule: ConsentRule) -> None:
    """Add to the totals of the run what of the files is sent."""
    told = {
        "records": {str(name): count for name, count in kept.package.record_counts().items()},
        "consent": {
            "rule": str(rule),
            "asked": kept.asking,
            "held": kept.people,
            "file": kept.list_file,
            "diff": kept.diff.summary_file if kept.diff else "",
        },
    }
    with storage_errors(folder.sums):
        private_file(folder.sums).write_text(json.dumps({**sums_of(folder), **told}))
