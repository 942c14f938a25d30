"""`push --changed --dry-run` beside `push --dry-run`, and the store that it goes by.

`python -m benchmarks.giving HOME` fills the store of a home's staging account with the records of
its one package, but for one in a hundred, drawn by their keys, which it knows in another form.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.generate import contacts_file
from benchmarks.preparing import Scale
from benchmarks.processes import IMPORTER, BenchmarkError, Usage, run_measured
from benchmarks.table import Row

_COST_GOAL = 0.1
_STORE_GOAL_MB = 60
_GROWTH_GOAL = 0.1
_ONE_IN = 100
_LEAST_SHARE = 0.9


def changed_case(scale: Scale, folder: Path) -> Iterator[Row]:
    """What leaving out costs where one record in a hundred has changed, in processors' time."""
    plain: list[Usage] = []
    changed: list[Usage] = []
    for _ in range(scale.repeats):
        store = _measure(scale.contacts, folder, plain, changed)
    ours, theirs = (statistics.median(each.cpu_s for each in side) for side in (changed, plain))
    yield Row(
        f"push --changed --dry-run: {scale.contacts:,} contact rows, 1 % of them changed",
        f"{ours:.1f} s of processors, {statistics.median(each.seconds for each in changed):.1f} s",
        f"without --changed {theirs:.1f} s, "
        f"{statistics.median(each.seconds for each in plain):.1f} s",
        f"{ours / theirs - 1:+.0%}",
        f"at most {_COST_GOAL:+.0%}",
        ours / theirs - 1 <= _COST_GOAL,
    )
    few = changed[-1].peak_mb
    large = _measure(scale.many_contacts, folder, plain, changed)
    many = changed[-1].peak_mb
    yield Row(
        f"push --changed --dry-run: peak memory, {scale.contacts:,} and {scale.many_contacts:,} "
        "contacts",
        f"{few:.0f} MB, {many:.0f} MB",
        f"without --changed {plain[-1].peak_mb:.0f} MB",
        f"{many / few - 1:+.0%}",
        f"±{_GROWTH_GOAL:.0%}",
        abs(many / few - 1) <= _GROWTH_GOAL,
    )
    per_million = [
        size / rows for size, rows in ((store, scale.contacts), (large, scale.many_contacts))
    ]
    yield Row(
        "store of what was given, for a million records",
        f"{max(per_million):.0f} MB",
        "",
        f"{max(per_million):.0f} MB",
        f"under {_STORE_GOAL_MB} MB",
        max(per_million) < _STORE_GOAL_MB,
    )


def _measure(rows: int, folder: Path, plain: list[Usage], changed: list[Usage]) -> float:
    """Measure both once; returns the bytes of the store."""
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    command = [
        IMPORTER, "push", f"contact={contacts_file(rows)}", "--to", "staging", "--dry-run",
        "--home", str(home), "--json",
    ]  # fmt: skip
    plain.append(run_measured(command))
    run_measured([sys.executable, "-m", "benchmarks.giving", str(home)])
    changed.append(run_measured([*command, "--changed"]))
    counts = json.loads(changed[-1].output)["changes"]["contact"]
    share = counts["changed"] * _ONE_IN / (counts["unchanged"] + counts["changed"])
    if not _LEAST_SHARE < share < 1 / _LEAST_SHARE:
        raise BenchmarkError(f"other records were taken for changed than those that are: {counts}")
    return (home / "given" / "staging.db").stat().st_size


def fill(root: Path) -> None:
    """Fill the store of a home's staging account."""
    from ometria_import.config import AccountName, load_settings
    from ometria_import.config.home import Home
    from ometria_import.given import Given, fingerprints_of
    from ometria_import.package import Package

    home, account = Home(root), load_settings(None, {}).accounts[AccountName.STAGING]

    def records(package: Package) -> Iterator[tuple[bytes, bytes]]:
        for batch in package.batches():
            prints = fingerprints_of(batch)
            for key, body in zip(prints.keys, prints.bodies, strict=True):
                is_changed = int.from_bytes(key[-4:]) % _ONE_IN == 0
                yield key, body[::-1] if is_changed else body

    (path,) = home.packages.glob("*.db")
    with Package(path) as package, Given(home, account) as store:
        store.begin("benchmark", records(package))
        store.settle("benchmark", [])


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
