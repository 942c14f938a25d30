from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from docs.building.nav import navigation, pages_of
from docs.changelog import ReleaseError, with_version
from ometria_import.cli.lines.fields import LINES, AnyEvent
from ometria_import.errors import ExitCode
from tests.docs.pages import DOCS, PAGES, anchors, links

ROOT = Path(__file__).resolve().parents[1]


def run_generator(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "docs.generate", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def test_generated_pages_are_what_the_code_says() -> None:
    outcome = run_generator(ROOT, "--check")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_a_stale_page_is_named_and_written_anew(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    page = tmp_path / "docs" / "problems.md"
    page.write_text("# Problems\n")

    stale = run_generator(tmp_path, "--check")
    assert stale.returncode == 1
    assert "docs/problems.md is stale" in stale.stdout

    assert run_generator(tmp_path).returncode == 0
    assert page.read_bytes() == (ROOT / "docs" / "problems.md").read_bytes()


def kinds_of(union: Any) -> Iterator[type]:
    """The classes of a union of unions."""
    inner = get_args(union)
    if not inner:
        yield union
    for each in inner:
        yield from kinds_of(each)


def test_every_event_has_a_line_that_the_schema_knows() -> None:
    # cli/lines/fields.py says which line an event has, cli/lines/shapes/ what stands in it.
    assert {*kinds_of(AnyEvent)} == set(LINES)


def test_every_page_stands_in_the_navigation_once() -> None:
    named = sorted(pages_of(navigation(DOCS)))
    pages = [page.relative_to(DOCS).as_posix() for page in PAGES]
    assert named == pages, "docs/building/nav.py says where each page stands"


def test_every_link_between_pages_leads_somewhere() -> None:
    found = list(links())
    broken = [
        written
        for written, end, anchor in found
        if not (end.is_file() and end.is_relative_to(DOCS))
        or (anchor and anchor not in anchors(end))
    ]
    assert broken == []
    assert len(found) > 150


def test_every_code_has_a_heading_and_a_remedy() -> None:
    page = (ROOT / "docs" / "problems.md").read_text("utf-8")
    headings = [line for line in page.splitlines() if line.startswith("### ")]
    assert "### E012, W012: " in "".join(headings)
    assert page.count("**What to do:**") == len(headings)


@pytest.mark.parametrize("page", ["reliability.md", "security.md"])
def test_every_test_that_a_promise_names_is_there(page: str) -> None:
    missing = []
    for line in (ROOT / "docs" / page).read_text("utf-8").splitlines():
        folder = Path()
        for name in re.findall(r"`((?:tests/[\w/]*/)?test_\w+\.py)`", line):
            folder = Path(name).parent if "/" in name else folder
            path = ROOT / folder / Path(name).name
            missing += [] if path.is_file() else [f"{name} in {line[:60]}"]
    assert missing == []


def test_the_architecture_names_every_room_and_only_what_is_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    package = ROOT / "ometria_import"
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:/|\.py))`", page))
    assert len(named) > 30
    assert [name for name in sorted(named) if not _is_there(name, package)] == []
    parts = ("prepare", "delivery", "sources", "cli", "actions", "mapping", "drafting")
    rooms = [
        f"{room.relative_to(package)}/"
        for part in parts
        for room in sorted((package / part).iterdir())
        if (room / "__init__.py").is_file()
    ]
    assert [room for room in rooms if room not in named] == []


def _is_there(name: str, package: Path) -> bool:
    return (package / name).exists() or (ROOT / name).exists()


def test_a_page_tells_every_exit_code_in_the_words_of_the_code() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    table = [f"| {code.value} | {code.meaning} |" for code in ExitCode]
    assert "\n".join(table) in page


def test_the_readme_shows_what_check_prints_for_the_sample_data(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("```text\n$ ometria-import ")[2].partition("```")[0]
    command, *lines = shown.splitlines()
    printed = subprocess.run(
        [sys.executable, "-m", "ometria_import", *command.split(), "--home", str(tmp_path)],
        cwd=ROOT / "sample_data",
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    known = {line.rstrip() for line in printed.splitlines()}
    assert [line for line in lines if line != "…" and line not in known] == []


def test_no_link_of_the_readme_needs_the_repository_around_it() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    # A picture may be missing elsewhere: its words say what it shows.
    pictures = re.findall(r"!\[[^\]]{40,}\]\(([^)]+)\)", readme)
    assert [name for name in pictures if (ROOT / name).stat().st_size > 150_000] == []
    targets = re.findall(r"\]\(([^)]+)\)", readme)
    assert [each for each in targets if not each.startswith("https://")] == pictures
    pages = re.findall(r"`((?:docs|benchmarks)/[\w./-]+|[A-Z]+\.md)`", readme)
    assert len(pages) > 5
    assert [page for page in pages if not (ROOT / page).exists()] == []


def test_the_readme_is_one_page_that_begins_with_how_to_try_it() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) < 140
    commands = readme.partition("```sh\n")[2].partition("```")[0]
    assert [line.split("#")[0].strip() for line in commands.splitlines()] == [
        "make demo",
        "make test",
    ]


def test_what_is_unreleased_becomes_a_version_once() -> None:
    before = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- This.\n\n## [0.1.0] - 2026-01-01\n"
    after = with_version(before, "0.2.0", date(2026, 2, 1))
    assert after == before.replace(
        "## [Unreleased]", "## [Unreleased]\n\n## [0.2.0] - 2026-02-01", 1
    )
    assert with_version(after, "0.2.0", date(2026, 3, 1)) == after
    with pytest.raises(ReleaseError, match="nothing under"):
        with_version(after, "0.3.0", date(2026, 3, 1))
