"""What of a run's rejects was mended and sent later."""

from __future__ import annotations

from ometria_import.config.home import Home
from ometria_import.delivery.runs.run_list import list_runs
from ometria_import.errors import OmetriaImportError
from ometria_import.package import Package, PackageId


def mended_records(home: Home, run_id: str) -> int:
    """Count the records that a run rejected and that finished runs of its account sent since.

    A package that was pushed twice counts once, and one that is gone does not count.
    """
    runs = [run.info for run in list_runs(home) if run.info is not None]
    accounts = {info.account for info in runs if info.run_id == run_id}
    counted: dict[PackageId, int] = {}
    for info in runs:
        if info.is_dry_run or not info.is_finished or info.account not in accounts:
            continue
        try:
            with Package(info.package_path) as package:
                mends = package.sums.get("mends", {})
        except OmetriaImportError:
            continue
        counted[info.package_id] = int(mends.get(run_id, 0)) if isinstance(mends, dict) else 0
    return sum(counted.values())
