"""Leaving out of a push what its account was given before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted
from ometria_import.actions.calling.run import sums_of
from ometria_import.actions.calling.words import counted
from ometria_import.config import AccountSettings
from ometria_import.config.home import RunFolder
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.given import (
    Changes,
    Counts,
    Given,
    UnusableStoreError,
    changes_of,
    has_store,
)
from ometria_import.options.choices import ObjectType
from ometria_import.options.remote_path import as_path
from ometria_import.package import ONLY_CHANGED, Derivation, Package, Revenue, sales_of

if TYPE_CHECKING:
    # At run time it would bring pandas along, which no delivery needs.
    from ometria_import.prepare import PrepareSummary


def only_changed(
    package: Package,
    account: AccountSettings,
    folder: RunFolder,
    complete: Iterable[ObjectType],
    context: Context,
) -> Package:
    """A package without what the account was given before; the caller is told what goes.

    Args:
        package: What would be sent.
        account: Where to.
        folder: Of the run, whose sums learn of it.
        complete: Object types of which the files hold every record that there is.
        context: The caller.

    Raises:
        PackageError: the package is damaged.
    """
    with ExitStack() as held:
        store = _store(account, held, context)
        try:
            changes = changes_of(package, store, frozenset(complete))
        except UnusableStoreError as error:
            _say_unusable(error, context)
            changes = changes_of(package, None)
    derived = changes.derive(package, context.home.packages)
    for line in _lines(changes, account, context):
        context.caller.tell(Noted(line))
    _keep(folder, derived, changes)
    return derived


def is_changed_only(package: Package) -> bool:
    """Whether records were left out of a package because the account had them."""
    return any(step.reason == ONLY_CHANGED for step in Derivation.chain(package.sums))


def complete_types(summary: PrepareSummary, context: Context) -> list[ObjectType]:
    """The object types all of whose sources are listed as complete, once all of them were read."""
    # Here and not above: pandas and pyarrow take a second that no delivery needs.
    from ometria_import.actions.sources import files_at

    complete = [
        files_at(entry.path, context) for entry in context.settings.sources if entry.is_complete
    ]
    of_types: dict[ObjectType, bool] = {}
    for source in summary.sources:
        path = as_path(source.path).absolute()
        is_complete = any(path in files for files in complete)
        of_types[source.object_type] = of_types.get(source.object_type, True) and is_complete
    return [object_type for object_type, is_complete in of_types.items() if is_complete]


def _store(account: AccountSettings, held: ExitStack, context: Context) -> Given | None:
    if not has_store(context.home, account.name):
        words = f"nothing is known yet of what {account.name} was given: everything counts as new"
        context.caller.tell(Noted(words))
        return None
    try:
        return held.enter_context(Given(context.home, account, is_read_only=True))
    except UnusableStoreError as error:
        _say_unusable(error, context)
        return None


def _say_unusable(error: UnusableStoreError, context: Context) -> None:
    context.caller.tell(Noted(f"{error.message}; everything counts as new"))


def _lines(changes: Changes, account: AccountSettings, context: Context) -> Iterator[str]:
    total = changes.total
    parts = [f"{total.new:,} new", f"{total.changed:,} changed"]
    if total.again:
        parts.append(f"{total.again:,} once more, as it is not certain that {account.name} has it")
    if total.along:
        parts.append(f"{total.along:,} along with another contact of the same person")
    yield f"only what changed: {', '.join(parts)}; {total.unchanged:,} unchanged and left out"
    for object_type, counts in changes.counts.items():
        if counts.gone:
            yield (
                f"{_gone(object_type, counts)} that {account.name} was given before "
                f"{'is' if counts.gone == 1 else 'are'} not among the records of these files; "
                "nothing is done about that"
            )
    if total.other_form:
        rebuild = context.commands.command("given", "rebuild", "--to", str(account.name))
        yield (
            f"{total.other_form:,} of what changed was given by another version of this tool, "
            "which wrote values in another form: that may be all that changed. To find out what "
            f"{account.name} has already, without sending it, before you push: {rebuild}"
        )


def _gone(object_type: ObjectType, counts: Counts) -> str:
    return counted(counts.gone or 0, str(object_type).replace("_", " "))


def _keep(folder: RunFolder, package: Package, changes: Changes) -> None:
    """Add to the totals of the run what of the files is sent and what is not."""
    sums = sums_of(folder)
    told: dict[str, Any] = {
        "records": {str(name): count for name, count in package.record_counts().items()},
        "changes": {str(name): each.as_json() for name, each in changes.counts.items()},
    }
    if changes.sales and "across" in sums:
        sent = sales_of(package)
        unchanged = {place: each.minus(sent[place]) for place, each in changes.sales.items()}
        unsent = {**sums["across"].get("unsent", {}), "unchanged": _sales(unchanged)}
        told["across"] = {**sums["across"], "sales": _sales(sent), "unsent": unsent}
    with storage_errors(folder.sums):
        private_file(folder.sums).write_text(json.dumps({**sums, **told}))


def _sales(sales: Mapping[tuple[str, str], Revenue]) -> list[dict[str, Any]]:
    """Orders by month and currency, in the form in which preparing tells them."""
    return [
        {"period": month, "currency": currency, **each.as_json()}
        for (month, currency), each in sorted(sales.items())
        if each.orders or each.invalid_orders
    ]
