"""How commands fit terminals of every width, and pipes."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from ometria_import.cli.showing.layout import wrapped
from ometria_import.cli.showing.screen import table_of
from ometria_import.emulator import ALL_ERRORS_FIELDS, RunningEmulator, Settings, running
from tests.cli.program import Ended, Shop
from tests.emulator.scenarios.scenarios import fault
from tests.safety.test_leaks import every_command

WIDTHS = (60, 80, 120, 200)
LATELY = f"{datetime.now(UTC) - timedelta(hours=9):%Y-%m-%dT%H:%M}"
FILES = ("products.csv", "contacts.csv", "orders.csv")
CASES: dict[str, tuple[str, ...]] = {
    "check": ("check", *FILES),
    "inspect": ("inspect", *FILES, "missing-export-of-last-winter.csv"),
    "init": ("init", "contacts.csv"),
    "push": ("push", *FILES, "--to", "staging", "--new"),
    "resume": ("resume", "20990101"),
    "retry": ("retry", "RUN"),
    "verify": ("verify", "RUN", "--settle", "0"),
    "promote": ("promote", "RUN", "--to", "live", "--yes"),
    "consent diff": ("consent", "diff", "contacts.csv", "--to", "live", "--since", LATELY),
    "report": ("report", "RUN"),
    "tracking check": ("tracking", "check", "page.html"),
    "checklist": ("checklist",),
    "given show": ("given", "show", "--to", "staging"),
    "given rebuild": ("given", "rebuild", "RUN", "--to", "staging"),
    "given forget": ("given", "forget", "--to", "live"),
    "forget": ("forget", "nobody@example.com"),
    "errors": ("errors",),
    "login": ("login", "--to", "staging", "--stdin"),
    "logout": ("logout", "--to", "staging"),
    "status": ("status",),
    "runs": ("runs",),
    "runs prune": ("runs", "prune", "--keep", "0d", "--dry-run"),
    "show": ("show", "RUN"),
    "pseudonym of": ("pseudonym", "of", "nobody@example.com"),
    "mapping list": ("mapping", "list"),
    "mapping check": ("mapping", "check", "own.toml"),
    "doctor": ("doctor",),
    "fields": ("fields",),
    "explain": ("explain",),
    "help": ("help", "exit-codes"),
}
VERBATIM = {"mapping show", "mapping suggest", "emulator"}
"""The first two print files, and the third does not end."""

PRODUCTS = "id,title,price\np1,Mug,10.00\np2,Kettle of the finest copper,20.00\np3,Pan,POA\n"
CONTACTS = "id,@collection,email,marketing_optin,timestamp_subscribed\n" + "".join(
    f"c{n},everybody,person{n}@example.com,EXPLICITLY_OPTEDIN,2024-01-0{n}T10:00:00Z\n"
    for n in range(1, 8)
)
ORDERS = (
    "id,timestamp,grand_total,currency,is_valid,customer.email,"
    "lineitems.product_id,lineitems.quantity,lineitems.unit_price\n"
    "o1,2023-12-31T10:00:00Z,2000000.00,EUR,true,person1@example.com,p1,2,1000000.00\n"
    "o2,2024-01-05T10:00:00Z,1000000.00,GBP,true,person2@example.com,p2,1,1000000.00\n"
    "o3,2024-02-05T10:00:00Z,99.00,GPB,true,person3@example.com,p9,1,10.00\n"
)
TAG = '<script src="//cdn.ometria.com/tags/0123456789abcdef.js"></script>'

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\")
PIECE = re.compile(r"`ometria-import [^`]*`\S*|ometria-import .*|\S+")
ID = re.compile(r"\d{8}-\d{6}-([a-z]+)-\w{4}")
PATH = re.compile(r"\S*/\S+\.\w+")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, RunningEmulator]]:
    """A home in which much went wrong: rejects, late errors, differences, people who left."""
    folder = tmp_path_factory.mktemp("shop")
    settings = Settings(rate=10_000, read_rate=10_000, queue=1_000_000, drain=1_000_000)
    with running(settings) as emulator:
        emulator.set_traits(errors_fields=ALL_ERRORS_FIELDS)
        yield folder, emulator


@pytest.fixture
def shop(
    home: tuple[Path, RunningEmulator],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shop:
    folder, emulator = home
    shop = Shop(folder, monkeypatch, capsys)
    monkeypatch.setattr("sys.stdin", io.StringIO("staging-key\n" * 9))
    if not shop.run_folders():
        _fill(shop, emulator)
    return shop


def _fill(shop: Shop, emulator: RunningEmulator) -> None:
    shop.send_to(emulator.base_url, wait_for_errors=0)
    for name, text in zip(FILES, (PRODUCTS, CONTACTS, ORDERS), strict=True):
        shop.write(name, text)
    shop.write("page.html", f"<html><head>{TAG}</head><body></body></html>")
    shop.write("own.toml", shop.run("mapping", "show", "shopify-customers").out)
    message = "'nine hundred' is not of type 'number', and so the record was not stored at all"
    emulator.play(fault("late_refusal", record_id="p2", message=message, path="root > price"))
    assert shop.run("push", *FILES, "--to", "staging").code == 3
    emulator.wait_until_drained()
    emulator.heal()
    emulator.put_record(
        "order",
        "o1",
        {"@type": "order", "id": "o1", "timestamp": "2023-12-31", "grand_total": 5},
    )
    emulator.put_record("contact", "c3", None, collection="everybody")
    emulator.unsubscribe("person1@example.com", timestamp=LATELY + ":00Z", account="live")


def shown(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, width: int, *arguments: str, **more: str
) -> Ended:
    """What a command shows on a terminal of a width, without the codes."""
    wishes = {"FORCE_COLOR": "1", "NO_COLOR": "1", "COLUMNS": str(width), **more}
    with monkeypatch.context() as patch:
        for name, value in wishes.items():
            patch.setenv(name, value)
        ended = shop.run(*arguments)
    return Ended(ended.code, CONTROL.sub("", ended.out), CONTROL.sub("", ended.err))


def test_every_command_is_laid_out() -> None:
    assert CASES.keys() | VERBATIM == every_command()


@pytest.mark.parametrize("command", CASES)
def test_lines_fit_and_paths_and_commands_are_whole(
    command: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shop.run_folders()[0].name
    arguments = [run if word == "RUN" else word for word in CASES[command]]
    piped = shop.run(*arguments)
    assert [line for line in piped.out.splitlines() if line != line.rstrip()] == []
    assert "\x1b" not in piped.out + piped.err
    assert "this is a bug" not in piped.err
    paths = {ID.sub(r"\1", path) for path in PATH.findall(piped.out)}
    for width in WIDTHS:
        ended = shown(shop, monkeypatch, width, *arguments)
        assert ended.code == piped.code, ended
        said = [line for line in ended.err.splitlines() if "━" not in line]
        for line in (*ended.out.splitlines(), *said):
            assert len(line) <= width or len(PIECE.findall(line)) == 1, line
        assert [line for line in ended.out.splitlines() if line != line.rstrip()] == []
        assert paths <= {ID.sub(r"\1", path) for path in PATH.findall(ended.out)}


def test_a_path_is_a_link_where_terminals_know_links(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shop.run_folders()[0]
    link = f"\x1b]8;id=\\d+;{(run / 'problems.csv').as_uri()}\x1b\\\\"
    for wishes, has_links in (
        ({}, True),
        ({"FORCE_HYPERLINK": "0"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "linux", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "dumb"}, False),
    ):
        with monkeypatch.context() as patch:
            for name, value in {"FORCE_COLOR": "1", "COLUMNS": "200", **wishes}.items():
                patch.setenv(name, value)
            assert bool(re.search(link, shop.run("show", run.name).out)) is has_links, wishes
    assert "\x1b" not in shop.run("show", run.name).out


def test_times_are_local_and_have_their_zone(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = datetime.strptime(shop.run_folders()[0].name[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    monkeypatch.setenv("TZ", "XYZ-5:30")
    time.tzset()
    try:
        there = f"{begun + timedelta(hours=5, minutes=30):%Y-%m-%d %H:%M} XYZ"
        assert there in shop.run("runs").out
        assert f"Begun:     {there}" in shop.run("show", shop.run_folders()[0].name).out
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)


@given(st.lists(WORDS, min_size=1), st.integers(1, 60), st.integers(0, 12))
def test_no_word_is_broken_or_lost(words: list[str], width: int, hang: int) -> None:
    lines = wrapped(Text(" ".join(words)), width, hang)
    assert " ".join(line.plain for line in lines).split() == words
    for line in lines:
        assert line.cell_len <= width or len(line.plain.split()) == 1
        assert line.plain == line.plain.rstrip()


ROWS = st.integers(1, 4).flatmap(
    lambda columns: st.lists(
        st.lists(WORDS, min_size=columns, max_size=columns), min_size=1, max_size=4
    )
)


@given(ROWS, st.integers(20, 120), st.sets(st.integers(1, 3)))
def test_every_cell_of_a_table_is_whole(
    rows: list[list[str]], width: int, numbers: set[int]
) -> None:
    titles = [f"{'>' * (place in numbers)}title {place}" for place in range(len(rows[0]))]
    lines = [line.plain for line in table_of(titles, rows).lines(width)]
    pieces = " ".join(lines).replace(";", " ").split()
    for cell in (cell for row in rows for cell in row):
        assert set(cell.replace(";", " ").split()) <= set(pieces)
    for line in lines:
        assert Text(line).cell_len <= width or len(line.split()) == 1
        assert line == line.rstrip()
