"""What nobody may look into is not taken to be missing, by no version of Python."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ometria_import.config import load_settings
from ometria_import.config.home import Home
from ometria_import.errors import MappingError, SourceError, UsageError
from ometria_import.forgotten import Kind, known_people, list_people
from ometria_import.mapping.presets import find_mapping
from ometria_import.on_disk import is_file, is_folder, is_there
from ometria_import.pseudonyms.phones import SamplePhones
from ometria_import.sources import find_paths

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
NOBODY = 65534


@contextmanager
def unreachable(folder: Path) -> Iterator[None]:
    """Let what is in a folder be out of reach while the block runs, for root too."""
    mode, user = folder.stat().st_mode, os.geteuid()
    folder.chmod(0)
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(mode)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that everybody may look into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_what_is_not_there_is_told_from_what_nobody_knows_of(tmp_path: Path) -> None:
    file, link, loop = tmp_path / "file", tmp_path / "link", tmp_path / "loop"
    file.touch()
    link.symlink_to(file)
    loop.symlink_to(loop)
    assert [is_there(each) for each in (file, link, tmp_path)] == [True] * 3
    assert [is_file(each) for each in (file, link, tmp_path)] == [True, True, False]
    assert [is_folder(each) for each in (file, link, tmp_path)] == [False, False, True]
    missing = (tmp_path / "gone", file / "in it", loop, Path("a\0"))
    assert not any(ask(each) for ask in (is_there, is_file, is_folder) for each in missing)
    with unreachable(tmp_path):
        for ask in (is_there, is_file, is_folder):
            with pytest.raises(PermissionError):
                ask(file)


def test_people_who_asked_to_be_forgotten_stay_so(tmp_path: Path) -> None:
    home = Home(tmp_path)
    people = list_people(home, lambda people: [people.entry(Kind.EMAIL, "ann@example.com")])
    with unreachable(tmp_path / "forgotten"), pytest.raises(UsageError, match="cannot be used"):
        known_people(home)
    assert known_people(home) == people


def test_runs_are_not_taken_to_be_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    run = home.create_run("staging", NOW)
    with unreachable(tmp_path), pytest.raises(UsageError, match="runs cannot be used"):
        home.runs()
    with unreachable(run.path), pytest.raises(UsageError, match=r"journal\.db cannot be used"):
        assert run.has_journal
    assert not run.has_journal


def test_numbers_of_samples_are_not_given_away_twice(tmp_path: Path) -> None:
    path = tmp_path / "phones.json"
    path.write_text('{"ann": 7}')
    with unreachable(tmp_path), pytest.raises(UsageError, match="cannot be used"):
        SamplePhones(path)


def test_settings_and_mappings_are_not_replaced_by_what_is_built_in(
    tmp_path: Path, reachable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(reachable)
    for name in ("ometria-import.toml", "shopify-orders"):
        (tmp_path / name).touch()
        Path(name).symlink_to(tmp_path / name)
    with unreachable(tmp_path):
        with pytest.raises(UsageError, match="Permission denied"):
            load_settings(None, {})
        with pytest.raises(MappingError, match="Permission denied"):
            find_mapping("shopify-orders")


def test_an_export_is_not_left_out_of_its_folder(tmp_path: Path, reachable: Path) -> None:
    (reachable / "a.csv").touch()
    (tmp_path / "b.csv").touch()
    (reachable / "b.csv").symlink_to(tmp_path / "b.csv")
    for text in (str(reachable), f"{reachable}/*.csv"):
        assert len(find_paths(text).paths) == 2
        with unreachable(tmp_path), pytest.raises(SourceError, match="cannot be listed"):
            find_paths(text)
