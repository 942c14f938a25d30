"""Hostile texts reach neither the terminal nor a spreadsheet as commands."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.problems.spreadsheet_cells import (
    guarded,
    guarded_name,
    unguarded,
    unguarded_name,
)
from tests.cli.program import Shop
from tests.delivery.scripted_server import Answer, ScriptedServer
from tests.thoroughness import COSTLY

ESCAPES = (
    "\x1b]52;c;Y2F0\x07",
    "\x1b]0;title\x07",
    "\x1b[2J\x1b[1;1H",
    "\x9b31m",
    "\x85",
    "\u202e\u2066",
    "[bold red]x[/nothing]",
    "[link=https://example.com]",
)
EVIL = "".join(ESCAPES)
CONTROLS = [chr(code) for code in (*range(32), *range(0x7F, 0xA0), 0x202E, 0x2066) if code != 10]


def assert_harmless(shown: str) -> None:
    """Not one control character is left, and no text was taken for markup."""
    assert [char for char in CONTROLS if char in shown] == []
    assert "Traceback" not in shown
    assert "MarkupError" not in shown


@pytest.mark.parametrize("command", ["inspect", "check", "push", "mapping suggest"])
def test_texts_of_files_are_shown_harmless(shop: Shop, command: str) -> None:
    buffer = io.StringIO()
    header = ["id", "@collection", "email", f"x{EVIL}", "title"]
    csv.writer(buffer).writerows([header, ["1", "main", f"bad{EVIL}", EVIL, EVIL]])
    name = shop.write(f"contacts{EVIL.replace('/', '')}.csv", buffer.getvalue())
    arguments = [*command.split(), f"contact={name}"]
    if command == "push":
        arguments += ["--to", "staging", "--dry-run"]
    ended = shop.run(*arguments)
    assert ended.code != 1, ended
    assert_harmless(ended.out + ended.err)
    for path in (shop.folder / ".ometria-import").rglob("run.log*"):
        assert_harmless(path.read_text())


@pytest.mark.parametrize("status", [200, 403, 422, 500])
def test_answers_of_the_api_are_shown_harmless(shop: Shop, status: int) -> None:
    said = json.dumps({"error": EVIL}, ensure_ascii=False).encode() + EVIL.encode()
    entry = json.dumps([{"message": EVIL, "path": EVIL, "id": EVIL}]).encode()
    with ScriptedServer(lambda _: Answer(status, said)).running() as server:
        server.feed = lambda _: Answer(200, entry)
        shop.send_to(server.base_url)
        shown = ""
        for command in (
            ("push", shop.contacts(2), "--to", "staging", "--give-up-after", "1s"),
            ("show",),
            ("runs",),
            ("errors",),
            ("doctor",),
        ):
            ended = shop.run(*command)
            assert ended.code != 1, ended
            shown += ended.out + ended.err
    assert_harmless(shown)


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", EVIL),
        ("show", EVIL),
        ("resume", EVIL),
        ("mapping", "show", EVIL),
        ("mapping", "check", EVIL),
        ("check", EVIL),
        ("check", f"{EVIL}=a.csv"),
        ("check", "a.csv", "--set", EVIL),
        ("check", "a.csv", "--timezone", EVIL),
        ("check", "a.csv", "--max-rejects", EVIL),
        ("check", "a.csv", "--config", EVIL),
        ("push", "--to", EVIL),
        (EVIL,),
        (f"--{EVIL}",),
    ],
)
def test_words_of_the_command_line_are_shown_harmless(
    shop: Shop, arguments: tuple[str, ...]
) -> None:
    ended = shop.run(*(word.replace("\0", "") for word in arguments))
    assert ended.code in {2, 4}, ended
    assert_harmless(ended.out + ended.err)


@pytest.mark.parametrize(
    "text",
    [
        "[accounts.staging]\n{quoted} = 1\n",
        "[accounts.staging]\nkey_env = {quoted}\n",
        "[accounts.staging]\nbase_url = {quoted}\n",
        "[accounts.staging]\nca_file = {quoted}\n",
        "[[sources]]\npath = {quoted}\n",
        '[[sources]]\npath = "a.csv"\nmapping = {quoted}\n',
        '[[sources]]\npath = "a.csv"\ndelimiter = {quoted}\n',
        '[[sources]]\npath = "a.csv"\ndate_order = {quoted}\n',
        '[[sources]]\npath = "a.csv"\nobject_type = {quoted}\n',
        '[[sources]]\npath = "a.csv"\nsettings = {{ {quoted} = "x" }}\n',
        '[[sources]]\npath = "\\u0000"\n',
        '[[sources]]\npath = "a.csv"\nmapping = "\\u0000.toml"\n',
        "x = " + "[" * 50_000,
        ".".join(["a"] * 20_000) + " = 1",
        "[" + ".".join(["a"] * 20_000) + "]",
        "x = " + "{{a=" * 5_000,
        "x = " + "9" * 100_000,
        "x = 1\n" * 400_000,
    ],
)
@pytest.mark.parametrize("kind", ["settings", "mapping"])
def test_toml_of_strangers_is_refused_in_words(shop: Shop, text: str, kind: str) -> None:
    shop.write("a.csv", "id,@collection,email\n1,main,a@example.com\n")
    content = text.format(quoted=json.dumps(EVIL).replace("\x7f", ""))
    name = shop.write("stranger.toml", content)
    if kind == "mapping":
        ended = shop.run("mapping", "check", name)
    else:
        ended = shop.run("push", "--to", "staging", "--dry-run", "--config", name)
    assert ended.code in {2, 4}, ended
    assert ended.err.startswith("error: ")
    assert len(ended.err) < 3_000
    assert_harmless(ended.out + ended.err)


RUNS_IN_A_SPREADSHEET = tuple("=+-@\t\r\0\uff1d\uff0b\uff0d\uff20")
HOSTILE = st.text(
    st.sampled_from("'\"=+-@\t\r\n;, ab1.\uff1d\uff0b\uff0d\uff20\u2212\u00e9|"), max_size=12
)


@given(HOSTILE)
def test_a_guarded_cell_is_text_whatever_separates_the_columns(cell: str) -> None:
    written = guarded(cell)
    if not written.lstrip("+-").replace(".", "").replace(",", "").isdigit():
        for separator in (";", "\t", "\n", "\r", None):
            for part in written.split(separator) if separator else [written]:
                assert not part.lstrip(' "').startswith(RUNS_IN_A_SPREADSHEET)
    assert unguarded(written) == cell
    assert unguarded_name(guarded_name(cell)) == cell


@COSTLY
@given(rows=st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=5))
def test_reject_files_run_nothing_and_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    # Imported here: pandas and pyarrow take a second that the other tests do not need.
    from tests.prepare.outcomes import prepare_text, read_csv

    folder = tmp_path_factory.mktemp("rejects")
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["id", "@collection", "email", "=1+1", "properties.x"])
    writer.writerows([str(n), "main", "bad", *row] for n, row in enumerate(rows))
    outcome = prepare_text(folder, "contacts.csv", buffer.getvalue())
    (path,) = outcome.summary.reject_paths
    for table in (path, outcome.summary.problems_path):
        for row in read_csv(table):
            for cell in (*row.keys(), *row.values()):
                is_field = cell == "@collection"
                is_number = cell.lstrip("+-").replace(".", "").replace(",", "").isdigit()
                assert is_field or is_number or not cell.startswith(RUNS_IN_A_SPREADSHEET)
    read_back = [(unguarded(r["'=1+1"]), unguarded(r["properties.x"])) for r in read_csv(path)]
    written = csv.reader(io.StringIO(buffer.getvalue(), newline=""))
    assert read_back == [(row[3], row[4]) for row in list(written)[1:] if len(row) == 5]


def test_a_bad_name_of_a_file_is_no_formula(shop: Shop) -> None:
    shop.run("check", "contact=" + shop.write("=1+1.csv", "id,email\n1,bad\n"))
    (problems,) = Path(shop.folder).rglob("problems.csv")
    assert ",'=1+1.csv," in problems.read_text()


SLOW = ("(a|a)*", "(?:a+)+", "(?:a*)*b", "(?:[ab]|a)*c", "a*a*a*a*a*a*a*a*a*a*b", "(?:(?:a+)+)+$b")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_that_is_made_to_take_for_ever_takes_no_time(shop: Shop, pattern: str) -> None:
    shop.write(
        "mine.toml",
        'object_type = "contact"\n[fields]\nid = "id"\nemail = "email"\n'
        f"firstname = {{ column = \"name\", match = '({pattern.replace('(a|', '(?:a|')})', "
        f"when = {{ column = \"name\", matches = '(?:{pattern}|.*)' }} }}\n",
    )
    name = shop.write("a.csv", f"id,email,name\n1,a@example.com,{'a' * 50_000}!\n")
    ended = shop.run("check", "--mapping", "mine.toml", name)
    assert ended.code in {0, 3}, ended


@pytest.mark.parametrize("pattern", ["(?=a)(b)", r"(a)\\1", "(", "(a{1000}{1000})", "(a)(b)"])
def test_a_pattern_that_is_none_is_refused_with_its_line(shop: Shop, pattern: str) -> None:
    text = f'object_type = "contact"\n[fields]\nid = {{ column = "a", match = "{pattern}" }}\n'
    ended = shop.run("mapping", "check", shop.write("mine.toml", text))
    assert ended.code == 4
    assert ended.err.startswith("error: mine.toml:3: 'match' ")
