"""What is known of the way live, from runs, verifications and checks of pages in a home."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ometria_import.actions.calling.run import sums_of
from ometria_import.actions.calling.suggestions import Commands
from ometria_import.actions.calling.words import effect_lines
from ometria_import.actions.giving.changed import is_changed_only
from ometria_import.checklist import AccountFacts, ConsentFacts, Facts, RunFacts, Step, steps_of
from ometria_import.config.home import Home
from ometria_import.consent import Standing, diffs_of, standing_of
from ometria_import.delivery import ListedRun, RunHistory, RunInfo, load_request
from ometria_import.errors import InterruptedRunError, OmetriaImportError, PackageError
from ometria_import.options.choices import AccountName, ConsentRule
from ometria_import.package import Derivation, Effects, Package, effects_of
from ometria_import.reporting import Checked
from ometria_import.tracking import last_check
from ometria_import.verification import verifications_of

if TYPE_CHECKING:
    from ometria_import.actions.calling.caller import Context

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
Finished = tuple[ListedRun, RunInfo]


def checklist(to: AccountName, context: Context) -> list[Step]:
    """The thirteen steps, as this home and these settings prove them now."""
    history = RunHistory.load(context.home)
    finished = [
        each
        for each in _finished(history)
        if (account := context.settings.accounts.get(each[1].account)) and each[0].is_to(account)
    ]
    goal = _goal(to)
    live = _newest(finished, lambda name: name == goal)
    staged = _taken(finished, live) or _newest(finished, lambda name: _is_before(name, to))
    accounts = _accounts((staged[1].account if staged else AccountName.STAGING, goal), context)
    facts = _facts(context.home, to, finished, staged, live, accounts=accounts, at=context.commands)
    return steps_of(facts)


def checklist_of_run(home: Home, info: RunInfo) -> list[Step]:
    """The same around one run, without the settings: for its report.

    What has happened since changes it, but not when it is asked for, and not by whom.
    """
    finished = _finished(RunHistory.load(home))
    own = next((each for each in finished if each[1].run_id == info.run_id), None)
    staged = live = None
    if own is not None and info.account.is_live:
        live, staged = own, _taken(finished, own)
    elif own is not None:
        staged = own
        live = _sent_on(finished, own)
    goal = live[1].account if live is not None else AccountName.LIVE
    return steps_of(_facts(home, goal, finished, staged, live))


def _goal(to: AccountName) -> AccountName:
    """The live account that the steps lead to."""
    return to if to.is_live else AccountName.LIVE


def _is_before(name: AccountName, to: AccountName) -> bool:
    """Whether an account is one to try things in before they go to another."""
    usual = AccountName.STAGING if to == AccountName.LIVE else to
    return not name.is_live if usual.is_live else name == usual


def _finished(history: RunHistory) -> list[Finished]:
    """Finished runs that sent something and are no retries, newest first."""
    return [
        (run, info)
        for run in history.runs
        if (info := run.info) and info.is_finished and not (info.is_dry_run or info.retry_of)
    ]


def _newest(finished: list[Finished], is_wanted: Callable[[AccountName], bool]) -> Finished | None:
    """The newest run to such an account that sent everything, not only what had changed."""
    to_it = (each for each in finished if is_wanted(each[1].account))
    return next(
        (each for each in to_it if not _of_package(each[1], is_changed_only, otherwise=False)), None
    )


def _taken(finished: list[Finished], live: Finished | None) -> Finished | None:
    """The staging run whose package a live run sent, or one that has an ancestor in common."""
    if live is None or not live[1].account.is_live:
        return None
    promotes = load_request(live[0].folder).promotes
    earlier = [
        each
        for each in finished
        if not each[1].account.is_live and each[1].created_at <= live[1].created_at
    ]
    own = live[1].content_hash
    same = [each for each in earlier if each[1].content_hash == own]
    found = next((each for each in same if each[1].run_id == promotes), next(iter(same), None))
    if found is not None:
        return found
    packages = _packages(live[1])
    return next((each for each in earlier if packages & _packages(each[1])), None)


def _sent_on(finished: list[Finished], staged: Finished) -> Finished | None:
    """The newest live run that sent a staging run's package, or one with an ancestor in common."""
    later = [
        each
        for each in finished
        if each[1].account.is_live and each[1].created_at >= staged[1].created_at
    ]
    same = (each for each in later if each[1].content_hash == staged[1].content_hash)
    found = next(same, None)
    if found is not None:
        return found
    packages = _packages(staged[1])
    return next((each for each in later if packages & _packages(each[1])), None)


def _packages(info: RunInfo) -> frozenset[str]:
    """The hashes of a run's package and of those that it was made of."""
    steps = _of_package(info, lambda package: Derivation.chain(package.sums), otherwise=[])
    return frozenset({info.content_hash, *(step.package for step in steps)})


def _facts(
    home: Home,
    to: AccountName,
    finished: list[Finished],
    staged: Finished | None,
    live: Finished | None,
    *,
    accounts: Mapping[AccountName, AccountFacts] | None = None,
    at: Commands | None = None,
) -> Facts:
    commands = at or Commands()
    effects, lines = _effects(staged or live)
    last = live or staged
    return Facts(
        to=to,
        accounts=accounts,
        staged=_run_facts(home, staged),
        live=_run_facts(home, live),
        changed_only=_changed_only(finished, live),
        across=_across(staged),
        effects=effects,
        effect_lines=lines,
        consent=_consent(home, _goal(to), last),
        kept_run=_kept_run(live),
        consent_command=commands.command(
            *("consent", "diff", last[0].folder.id if last else "FILE", "--to", _goal(to)),
            is_delivering=True,
        ),
        check=last_check(home, to),
        check_command=commands.command("tracking", "check", "PAGE", "--to", to, is_delivering=True),
        verify_command=commands.command("verify", is_delivering=True),
    )


def _run_facts(home: Home, found: Finished | None) -> RunFacts | None:
    if found is None:
        return None
    run, info = found
    checked = Checked.of(verifications_of(home, run.folder.id), info)
    return RunFacts(
        run=run,
        info=info,
        verified=checked.shown,
        is_contradicted=bool(checked.contrary),
        allowed=load_request(run.folder).allowed,
        made_of=tuple(_of_package(info, _reasons, otherwise=[])),
        packages=_packages(info),
    )


def _reasons(package: Package) -> list[str]:
    return [each.reason for each in Derivation.chain(package.sums)]


def _of_package(info: RunInfo, read: Callable[[Package], Any], *, otherwise: Any) -> Any:
    """What a run's package tells; something else where it cannot be read."""
    with suppress(PackageError), Package(info.package_path) as package:
        return read(package)
    return otherwise


def _across(staged: Finished | None) -> Mapping[str, Any]:
    if staged is None:
        return {}
    run, info = staged
    sums = sums_of(run.folder) or _of_package(info, lambda package: package.sums, otherwise={})
    told = sums.get("across")
    return told if isinstance(told, dict) else {}


def _effects(found: Finished | None) -> tuple[Effects | None, tuple[str, ...]]:
    """What the package sets off, counted from the end of the run, as reports do."""
    if found is None:
        return None, ()
    ended = found[1].updated_at
    effects = _of_package(found[1], lambda package: effects_of(package, ended), otherwise=None)
    return effects, () if effects is None else tuple(effect_lines(effects, ended))


def _consent(home: Home, to: AccountName, found: Finished | None) -> ConsentFacts | None:
    """The last comparison of a run's package with a live account, or of one it was made from."""
    if found is None:
        return None
    now = datetime.now(UTC)
    diffs = list(diffs_of(home, to, _packages(found[1]), now, now - _EVER))
    standing = standing_of(diffs, diffs[0].base_url) if diffs else Standing()
    told = standing.contrary or standing.proof
    if told is None:
        return None
    return ConsentFacts(at=told.at, danger=told.danger, doubts=told.doubts)


def _kept_run(live: Finished | None) -> str:
    """The live run, if live was asked about consent for it."""
    if live is None or load_request(live[0].folder).consent is ConsentRule.FILE:
        return ""
    return live[0].folder.id


def _changed_only(finished: list[Finished], live: Finished | None) -> str:
    """The newest run after a live run that left out what had not changed."""
    return next((run.folder.id for run, _ in _since(finished, live)), "")


def _since(finished: list[Finished], live: Finished | None) -> Iterator[Finished]:
    for each in finished:
        if live is None or each == live:
            return
        is_live = each[1].account.is_live
        if is_live and _of_package(each[1], is_changed_only, otherwise=False):
            yield each


def _accounts(names: Iterable[AccountName], context: Context) -> dict[AccountName, AccountFacts]:
    """What the settings and the environment say of accounts."""
    found = {}
    for name in names:
        each = context.settings.of(name)
        problem = ""
        try:
            context.settings.account(name, context.trust)
        except InterruptedRunError:
            raise
        except OmetriaImportError as error:
            problem = error.message
        found[name] = AccountFacts(
            problem=problem,
            account_hash=each.account_hash,
        )
    return found
