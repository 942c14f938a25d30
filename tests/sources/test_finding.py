"""Folders and patterns as arguments."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ometria_import.errors import SourceError
from ometria_import.sources import find_paths


def made(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"id,a\n1,2\n")


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_a_folder_stands_for_its_sources_by_name(tmp_path: Path) -> None:
    sources = ["a.csv", "b.json.gz", "c.NDJSON", "d.csv.zst", "e.zip", "f.xlsx", "g.parquet"]
    others = ["h.pdf", "i", "j.tar.gz", "~$f.xlsx", "k.gz"]
    made(tmp_path, *reversed(sources), *others, ".hidden.csv", "inner/z.csv")
    assert names(find_paths(str(tmp_path)).paths) == sources
    assert sorted(names(find_paths(f"{tmp_path}/").skipped)) == sorted(others)


def test_a_pattern_stands_for_what_it_matches_by_name(tmp_path: Path) -> None:
    made(tmp_path, "b.csv", "a.csv", "c.json", "x/d.csv", ".e.csv", "folder.csv/f.txt")
    assert names(find_paths(str(tmp_path / "*.csv")).paths) == ["a.csv", "b.csv"]
    assert names(find_paths(str(tmp_path / "[bc].*")).paths) == ["b.csv", "c.json"]
    assert names(find_paths(str(tmp_path / "**" / "*.csv")).paths) == ["a.csv", "b.csv", "d.csv"]
    assert find_paths(str(tmp_path / "*.csv")).skipped == []


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path: Path) -> None:
    made(tmp_path, "orders[1].csv", "orders1.csv")
    assert names(find_paths(str(tmp_path / "orders[1].csv")).paths) == ["orders[1].csv"]


@pytest.mark.parametrize("text", ["-", "none.csv", "x" * 300 + "*"])
def test_any_other_name_is_given_back_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if "*" in text:
        with pytest.raises(SourceError, match="and no file matches it"):
            find_paths(text)
    else:
        assert find_paths(text).paths == [Path(text)]


def test_an_empty_folder_or_pattern_is_an_error(tmp_path: Path) -> None:
    made(tmp_path, "a.pdf", "inner/a.csv")
    with pytest.raises(SourceError, match="contains no file that can be a source") as caught:
        find_paths(str(tmp_path))
    assert ".parquet" in caught.value.hint
    with pytest.raises(SourceError, match="and no file matches it"):
        find_paths(str(tmp_path / "*.csv"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_may_not_be_listed_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    with pytest.raises(SourceError, match="cannot be listed"):
        find_paths(str(tmp_path))
    tmp_path.chmod(0o700)
