from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ometria_import.config import Account, AccountName, Secret
from ometria_import.delivery import Journal, RunHistory, RunRequest, RunState
from ometria_import.errors import ExitCode
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package, PackageWriter
from tests.delivery.building import Run, begin_run, packed, record

LIVE = Account(AccountName.LIVE, "http://127.0.0.1:1/v2", 5, "OMETRIA_LIVE_KEY", key=Secret("k"))


Making = Callable[[int, Any], Package]


@pytest.fixture
def package_that_mends(tmp_path: Path) -> Iterator[Making]:
    """Make packages by the number of a record and by what they mend; they stay open."""
    with ExitStack() as opened:

        def made(number: int, mends: Any) -> Package:
            with PackageWriter(tmp_path / "packages") as writer:
                writer.add(packed(ObjectType.PRODUCT, [record(ObjectType.PRODUCT, number)]))
                return opened.enter_context(writer.finish([], {"mends": mends}))

        yield made


def finished(root: Path, package: Package, to: Account | None = None) -> Run:
    run = begin_run(root, package, to)
    with run.journal() as journal:
        journal.mark_run(RunState.FINISHED, ExitCode.OK)
    return run


def test_every_journal_is_opened_once_for_all_questions(
    tmp_path: Path, package_that_mends: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [finished(tmp_path, package_that_mends(number, {})) for number in range(20)]
    begin_run(tmp_path, package_that_mends(20, {}))
    opened: list[Path] = []

    class Counted(Journal):
        def __init__(self, path: Path, **options: bool) -> None:
            opened.append(path)
            super().__init__(path, **options)

    monkeypatch.setattr("ometria_import.delivery.runs.listed_run.Journal", Counted)
    first = runs[0].folder.id
    known = RunHistory.load(runs[0].home)
    known.newest_unfinished()
    known.overtaker(first, {"product"})
    known.earlier_run(LIVE, RunRequest("asked"))
    known.pause_left_s(LIVE, 0)
    known.next_turn()
    known.resubmitted(first)
    known.open_rejects(first)
    known.is_accepted_on_staging("")
    known.is_newest_of_account(first)

    assert len(opened) == len(set(opened)) == 21


def test_records_that_later_runs_mended_are_counted_once(
    tmp_path: Path, package_that_mends: Making
) -> None:
    first = finished(tmp_path, package_that_mends(1, {}))
    run_id = first.folder.id
    some = package_that_mends(2, {run_id: 3, "another": 9})
    finished(tmp_path, some)
    finished(tmp_path, some)
    finished(tmp_path, package_that_mends(3, {run_id: 2}))

    assert RunHistory.load(first.home).resubmitted(run_id) == 5
    assert RunHistory.load(first.home).resubmitted("20200101-000000-live-0000") == 0


def test_only_what_reached_the_same_account_is_mended(
    tmp_path: Path, package_that_mends: Making
) -> None:
    first = finished(tmp_path, package_that_mends(1, {}))
    run_id = first.folder.id
    begin_run(tmp_path, package_that_mends(2, {run_id: 1}))
    begin_run(tmp_path, package_that_mends(3, {run_id: 1}), is_dry_run=True)
    finished(tmp_path, package_that_mends(4, {run_id: 1}), LIVE)

    assert RunHistory.load(first.home).resubmitted(run_id) == 0


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_lost_package_mends_nothing(
    tmp_path: Path, package_that_mends: Making, damage: Any
) -> None:
    first = finished(tmp_path, package_that_mends(1, {}))
    lost = package_that_mends(2, {first.folder.id: 1})
    finished(tmp_path, lost)
    lost.close()
    damage(lost.path)

    assert RunHistory.load(first.home).resubmitted(first.folder.id) == 0
