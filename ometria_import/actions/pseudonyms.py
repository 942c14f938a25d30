"""Sending to staging with a fake for each person."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted
from ometria_import.config import PSEUDONYM_VARIABLE, AccountName
from ometria_import.config.home import RunFolder
from ometria_import.config.storage import PRIVATE_FOLDER, storage_errors
from ometria_import.delivery import RunHistory, RunRequest, load_request, save_request
from ometria_import.errors import PackageError, UsageError
from ometria_import.package import Package
from ometria_import.problems import Finding
from ometria_import.pseudonyms import (
    Fakes,
    PseudonymOptions,
    Secret,
    is_pseudonymised,
    known_secret,
    pseudonymise,
    secret_for,
)
from ometria_import.schema.field_types import Conventions, FieldTypeName, field_type

if TYPE_CHECKING:
    # At run time it would bring pandas along, which no delivery needs.
    from ometria_import.mapping.recognition.recognition import SourceArgument

_PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Pseudonymising:
    """A push that sends fakes: its options, and the secret."""

    options: PseudonymOptions
    secret: Secret

    def of_request(self, request: RunRequest) -> RunRequest:
        """The same request for fakes: no run with real people is continued for it."""
        if not request.asked:
            return replace(request, is_pseudonymised=True)
        reason = self.options.reason(self.secret)
        asked = _hash([request.asked, "pseudonymised"])
        state = _hash([request.state, reason])
        return replace(request, asked=asked, state=state, is_pseudonymised=True)

    def plain(self, folder: RunFolder) -> Path:
        """Where the package with real people lives for as long as the fakes are made."""
        path = folder.path / _PLAIN
        path.mkdir(mode=PRIVATE_FOLDER)
        return path

    def of_package(
        self, plain: Package, folder: RunFolder, context: Context, held: ExitStack
    ) -> Package:
        """The package that is sent; the one with real people is removed.

        Raises:
            PackageError: it is damaged.
            UsageError: what is kept about sample phones is damaged.
        """
        # From here on the run is known to be one of fakes, whatever becomes of it.
        config = context.commands.config_from_root
        save_request(folder, RunRequest(config=config, is_pseudonymised=True))
        home = context.home
        with storage_errors(home.root), plain:
            # It stays readable until it is closed, and is gone then, even after `kill -9`.
            shutil.rmtree(plain.path.parent)
            made = pseudonymise(plain, home.packages, self.secret, self.options, home)
        package = held.enter_context(made.package)
        context.caller.tell(
            Noted(
                "pseudonymised: a fake stands for each person. These are still personal data, as "
                "the secret leads back to people"
            )
        )
        for name in made.not_found:
            context.caller.tell(Noted(f"--keep {name}: no record that is sent has this property"))
        return package


def pseudonymising(
    options: PseudonymOptions | None, to: AccountName, context: Context
) -> Pseudonymising | None:
    """Get ready to make fakes; None where real people are sent.

    Raises:
        UsageError: they would go to live, or the secret cannot be used.
    """
    if options is None:
        return None
    if to.is_live:
        raise UsageError(
            "fakes never go to live: pseudonyms are for staging alone",
            hint=f"Push the same files plainly: {context.commands.push('FILE', to=to)}",
        )
    for name in options.keep:
        if not name.strip():
            raise UsageError("--keep needs the name of a property", hint="For example: --keep tier")
    return Pseudonymising(
        options, secret_for(context.home, context.settings.variable(PSEUDONYM_VARIABLE))
    )


def marked(
    request: RunRequest,
    to: AccountName,
    arguments: Sequence[SourceArgument],
    fakes: Pseudonymising | None,
    context: Context,
    *,
    is_sent: bool,
) -> RunRequest:
    """The request of a push, which says whether it is one of fakes.

    Raises:
        UsageError: fakes would go to live, or get fakes of their own.
    """
    if _holds_fakes(arguments, to, fakes, context):
        request = replace(request, is_pseudonymised=True)
    if fakes is not None:
        request = fakes.of_request(request)
    if is_sent:
        _note_mixture(to, context, is_of_fakes=request.is_pseudonymised)
    return request


def _holds_fakes(
    arguments: Sequence[SourceArgument],
    to: AccountName,
    fakes: Pseudonymising | None,
    context: Context,
) -> bool:
    """Whether files that a pseudonymised run wrote are among those that are pushed.

    Raises:
        UsageError: they would go to live, or get fakes of fakes.
    """
    is_found = False
    for each in arguments:
        folder = _run_of(each.path.absolute(), context.home.root.absolute())
        if folder is None or not load_request(folder).is_pseudonymised:
            continue
        what = f"{each.path} is of run {folder.id}, in which fakes stand for all people"
        if to.is_live:
            raise UsageError(
                f"{what}: they never go to live",
                hint="Push the files that the run was made of plainly: "
                f"{context.commands.push('FILE', to=to)}",
            )
        if fakes is not None:
            raise UsageError(
                f"{what}: fakes of fakes would be other people",
                hint="Push it as it is: "
                f"{context.commands.push(str(each.path), to=to)} --no-pseudonymise",
            )
        is_found = True
    return is_found


def _note_mixture(to: AccountName, context: Context, *, is_of_fakes: bool) -> None:
    """Say which run sent people to staging in the other way last, if one did."""
    if to.is_live or not (context.home.root / "pseudonyms").is_dir():
        return
    for run in RunHistory.load(context.home).runs:
        info = run.info
        if info is None or info.account != to or info.is_dry_run or not run.sent:
            continue
        if load_request(run.folder).is_pseudonymised is is_of_fakes:
            continue
        words = (
            f"run {run.folder.id} sent people to staging as they are, or began to: they stay "
            "there beside the fakes until staging is emptied"
            if is_of_fakes
            else f"run {run.folder.id} sent fakes to staging, and this run sends people as they "
            "are: if they may not be there, stop it now, and add --pseudonymise"
        )
        context.caller.tell(Noted(words))
        return


def _run_of(path: Path, root: Path) -> RunFolder | None:
    """The run that wrote a file, or whose verification did; None where none is known to have."""
    match path.relative_to(root).parts if path.is_relative_to(root) else ():
        case ("runs", name, *_):
            return RunFolder(root / "runs" / name)
        case ("verify", name, *_):
            with suppress(OSError, ValueError, KeyError, TypeError):
                told = json.loads((root / "verify" / name / "summary.json").read_bytes())
                return RunFolder(root / "runs" / str(told["run"]))
    return None


def is_of_fakes(folder: RunFolder, package: Package | PackageError) -> bool:
    """Whether fakes stand for people in a run, as its package or its request says."""
    if isinstance(package, Package) and is_pseudonymised(package.sums):
        return True
    return load_request(folder).is_pseudonymised


def pseudonym_of(email: str, context: Context) -> str:
    """The fake that stands for an address.

    Raises:
        UsageError: it is no address, or no fakes were ever made here, or the secret is lost.
    """
    found = field_type(FieldTypeName.EMAIL, Conventions()).parse(email.strip())
    if isinstance(found, Finding):
        raise UsageError(
            f"that is no email address: {found.message}",
            hint="Give the address as the files have it: pseudonym of ann@example.com",
        )
    secret = known_secret(context.home, context.settings.variable(PSEUDONYM_VARIABLE))
    if secret is None:
        raise UsageError(
            f"there are no pseudonyms in {context.home.root} yet",
            hint="The first push with --pseudonymise makes the secret that they depend on: "
            f"{context.commands.command('push', 'FILE', '--to', 'staging', '--pseudonymise')}",
        )
    return Fakes(secret).email(str(found)) or ""


def pseudonymised_words(folder: RunFolder) -> str:
    """What is said wherever such a run is told of."""
    return f"run {folder.id} is pseudonymised: a fake stands for each person in its records"


def _hash(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
