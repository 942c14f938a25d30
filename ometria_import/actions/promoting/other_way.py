"""How records can go live when their run may not be promoted."""

from __future__ import annotations

from ometria_import.actions.calling.events import OtherWay
from ometria_import.actions.calling.suggestions import Commands, live_after
from ometria_import.actions.giving.changed import is_changed_only
from ometria_import.actions.pseudonyms import is_of_fakes
from ometria_import.config.home import RunFolder
from ometria_import.delivery import RunInfo
from ometria_import.errors import PackageError
from ometria_import.package import Package


def other_way(
    folder: RunFolder, info: RunInfo, package: Package | PackageError, commands: Commands
) -> OtherWay | None:
    """The other way for the records of a staging run to go live; None if it can be promoted."""
    live = live_after(info.account)
    if is_of_fakes(folder, package):
        return OtherWay(
            f"run {info.run_id} is pseudonymised: the fakes in it never go to live",
            "push the same files plainly",
            commands.push("FILE", to=live),
        )
    if isinstance(package, Package) and is_changed_only(package):
        return OtherWay(
            f"run {info.run_id} only sent what had changed since earlier runs to staging: live "
            "may lack the rest",
            "push the same files with --changed, which sends what live lacks",
            commands.push("FILE", "--changed", to=live),
        )
    if info.retry_of:
        return OtherWay(
            f"run {info.run_id} only sent some records of run {info.retry_of} again",
            "promote that run, which has them all",
            commands.promote(info.retry_of, live),
        )
    return None
