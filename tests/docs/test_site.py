"""The site: every page has its place, every link an end, and every command that is shown exists."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.main import get_command

from docs.building.pictures import says_of
from docs.building.site import PICTURE, with_pictures
from ometria_import.cli.command_words import COMMANDS
from ometria_import.cli.main import build_app
from tests.docs.pages import DOCS, FENCE, PAGES, ROOT, prose

SHELL = ("sh", "crontab", "text", "ini")


def test_every_place_of_a_picture_names_one_and_every_picture_is_shown() -> None:
    wanted = {name for page in PAGES for name in PICTURE.findall(page.read_text("utf-8"))}
    assert wanted == set(says_of())
    assert all(len(words) > 20 for words in says_of().values())


def test_a_picture_that_could_not_be_taken_leaves_the_page_as_it_is() -> None:
    page = "# Runs\n\n<!-- picture: runs -->\n\n<!-- picture: report -->\n\nText.\n"
    shown = with_pictures(page, {"runs": "runs.svg"}, "../")
    assert "(../pictures/runs.svg)" in shown
    assert "lists the runs" in shown
    assert "report" not in shown
    assert with_pictures(page, {}, "") == "# Runs\n\n\n\n\n\nText.\n"


def test_no_page_asks_another_server_for_anything() -> None:
    fetched = re.compile(r"!\[[^\]]*\]\(https?:|<(?:script|img|iframe|link)\b")
    assert [page.name for page in PAGES if fetched.search(prose(page))] == []


def shown_commands() -> Iterator[tuple[str, list[str]]]:
    """Every command line on a page or in the README, with the page's name."""
    for page in [*PAGES, ROOT / "README.md"]:
        if page == DOCS / "reference" / "commands.md":
            continue
        text = re.sub(r"\\\n *", "", page.read_text("utf-8"))
        blocks = [code for _, _, kind, code in FENCE.findall(text) if kind.strip() in SHELL]
        for line in [*"\n".join(blocks).splitlines(), *re.findall(r"(?m)^    .*$", text)]:
            found = re.match(r"(?:\$ )?ometria-import (.+)", line.strip())
            if found and "…" not in line:
                yield page.name, shlex.split(found[1], comments=True)


@cache
def program_with(name: str) -> Any:
    return get_command(build_app([name]))


def flags_of(command: Any) -> set[str]:
    own = {flag for each in command.params for flag in (*each.opts, *each.secondary_opts)}
    return own | {"--help", "-h"}


def test_every_command_that_a_page_shows_can_be_typed() -> None:
    wrong = []
    shown = list(shown_commands())
    for page, words in shown:
        if words[0].startswith("-"):
            continue
        command = program_with(words[0]).commands.get(words[0])
        if command is not None and hasattr(command, "commands"):
            alone = command if command.invoke_without_command else None
            command = command.commands.get(next(iter(words[1:]), ""), alone)
        until = words.index("|") if "|" in words else len(words)
        given = {
            word.partition("=")[0] for word in words[:until] if word.startswith("-") and word != "-"
        }
        if words[0] not in COMMANDS or command is None or not given <= flags_of(command):
            wrong.append(f"{page}: {shlex.join(words)}")
    assert wrong == []
    assert len(shown) > 100


def test_the_page_of_commands_has_each_with_its_flags() -> None:
    page = (DOCS / "reference" / "commands.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"\n## {name}\n" not in page] == []
    for inner in ("runs prune", "given rebuild", "consent diff", "mapping suggest"):
        assert f"\n### {inner}\n" in page
    assert "- `--max-rejects N|N%`: Stop before sending" in page
    assert "ometria-import push --to live --yes --max-rejects 1%" in page


def settings_shown() -> dict[str, Any]:
    page = (DOCS / "reference" / "settings.md").read_text("utf-8")
    return tomllib.loads(page.partition("```toml\n")[2].partition("```")[0])


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads((DOCS / "reference" / "settings.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_schema_takes_the_settings_that_the_page_shows(
    validator: Draft202012Validator,
) -> None:
    assert list(validator.iter_errors(settings_shown())) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[accounts.staging]\nrates = 8", "'rates' was unexpected"),
        ("[accounts.staging]\nrate = 0", "less than the minimum"),
        ('[accounts.live]\nconsent = "guess"', "not valid under any"),
        ("[[sources]]\ncomplete = true", "'path' is a required property"),
    ],
)
def test_the_schema_refuses_what_the_tool_refuses(
    validator: Draft202012Validator, settings: str, words: str
) -> None:
    (error,) = validator.iter_errors(tomllib.loads(settings))
    assert words in error.message
