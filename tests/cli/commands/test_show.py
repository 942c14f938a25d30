"""`show` tells what became of a run by its journal, whatever became of its package."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, finished, pushes, wait_until
from tests.emulator.scenarios.scenarios import fault


def _gone(package: Path) -> None:
    package.unlink()


def _no_package(package: Path) -> None:
    package.write_bytes(b"no package at all" * 500)


def _sources_lost(package: Path) -> None:
    with closing(sqlite3.connect(package)) as database, database:
        database.execute("DROP TABLE source")


DAMAGES: dict[Callable[[Path], None], str] = {
    _gone: "does not exist",
    _no_package: "is damaged",
    _sources_lost: "is damaged",
}


@pytest.mark.parametrize("is_package_gone", [False, True])
@pytest.mark.parametrize("name", ["sums", "effects"])
@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff\xfe",
        b'{"rejected": "two", "superseded": null}',
        b'{"rejected": 0, "superseded": 0, "across": [], "problems": 7}',
        b'{"rejected": 0, "superseded": 0, "across": {"sales": [{"currency": "EUR"}]}}',
        b'{"counts": {}, "day": 1e999, "seal": ""}',
        b"[" * 100_000,
    ],
)
def test_files_beside_a_run_that_are_damaged_keep_nobody_from_telling(
    shop: Shop,
    emulator: RunningEmulator,
    name: str,
    content: bytes | None,
    *,
    is_package_gone: bool,
) -> None:
    """Bug: `show` ended as a bug of ours where the counts of preparing were damaged."""
    del emulator
    assert shop.run("push", shop.contacts(3), "--to", "staging").code == ExitCode.OK
    (run,) = shop.run_folders()
    package = shop.the_package()
    path = run / "sums.json" if name == "sums" else package.with_suffix(".effects.json")
    path.unlink() if content is None else path.write_bytes(content)
    if is_package_gone:
        package.unlink()
    shown = shop.run("show")
    assert (shown.code, shown.err) == (0, "")
    assert re.search(r"contact +3 +3", shown.out)
    told = shop.run("show", "--json").json
    assert (told["accepted"], told["to_send"], told["state"]) == (3, 0, "finished")
    assert shop.run("runs").code == 0
    assert shop.run("resume", run.name).code == 0


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.usefixtures("emulator")
def test_a_finished_run_is_told_of_without_its_package(
    shop: Shop, damage: Callable[[Path], None]
) -> None:
    bad_row = "c000009,main,no address\n"
    rows = (shop.folder / shop.contacts(3)).read_text() + bad_row
    pushed = shop.run("push", shop.write("contacts.csv", rows), "--to", "staging", "--json")
    assert pushed.code == ExitCode.REJECTS
    damage(shop.the_package())
    shown = shop.run("show")
    assert shown.code == 0
    assert DAMAGES[damage] in " ".join(shown.out.split())
    assert "Prepared:  1 rejected" in shown.out
    assert "Next: fix what is in " in shown.out
    told = shop.run("show", "--json").json
    assert DAMAGES[damage] in told["package_error"]
    for sum_of in ("records", "rejected", "accepted", "to_send", "requests", "delivered"):
        assert told[sum_of] == pushed.json[sum_of]
    assert told["exit_code"] == ExitCode.REJECTS
    assert "sets_off" not in told
    resumed = shop.run("resume", told["run"])
    assert resumed.code == ExitCode.REJECTS
    assert "is finished: nothing is left to send" in resumed.out


def test_an_open_run_whose_package_is_gone_is_pushed_anew(
    shop: Shop, emulator: RunningEmulator
) -> None:
    shop.send_to(emulator.base_url, rate=20)
    process = shop.start("push", shop.contacts(5_000), "--to", "staging")
    wait_until(lambda: pushes(emulator) >= 2)
    process.kill()
    finished(process)
    shop.the_package().unlink()
    shown = shop.run("show")
    assert shown.code == 0
    words = " ".join(shown.out.split())
    assert "Next: Push the source files to prepare it again." in words
    assert "ometria-import resume" not in words
    assert shop.run("resume").code == ExitCode.UNUSABLE
    pushed = shop.run("push", "contacts.csv", "--to", "staging", "--json")
    assert (pushed.code, pushed.json["accepted"]) == (0, 5_000)


def test_the_next_command_finds_the_settings_that_the_run_was_begun_with(
    shop: Shop, emulator: RunningEmulator
) -> None:
    shop.send_to(emulator.base_url, rate=20)
    (shop.folder / "ometria-import.toml").rename(shop.folder / "accounts.toml")
    process = shop.start(
        "push", shop.contacts(5_000), "--to", "staging", "--config", "accounts.toml"
    )
    wait_until(lambda: pushes(emulator) >= 2)
    process.kill()
    finished(process)
    step = shop.run("runs").out.partition("Next: ")[2].split()
    assert step[-2:] == ["--config", str(shop.folder / "accounts.toml")]
    assert " ".join(step) in shop.run("show").out
    assert shop.run(*step[1:]).code == 0


ORDERS = (
    "id,timestamp,grand_total,currency,is_valid,lineitems.product_id,lineitems.quantity,"
    "lineitems.unit_price\n"
    "1,2021-12-31T10:00:00Z,20.10,EUR,true,p1,1,20.10\n"
    "2,2022-01-05T10:00:00Z,1000.20,EUR,true,p1,1,1000.20\n"
    "3,2023-02-05T10:00:00Z,99.00,GBP,true,p1,1,99.00\n"
    "4,2023-02-06T10:00:00Z,10.00,GBP,false,p1,1,10.00\n"
)
REVENUE: dict[str, dict[str, object]] = {
    "EUR": {
        "orders": 2,
        "revenue": "1020.30",
        "invalid_orders": 0,
        "invalid_revenue": "0",
    },
    "GBP": {
        "orders": 1,
        "revenue": "99.00",
        "invalid_orders": 1,
        "invalid_revenue": "10.00",
    },
}


def amounts(revenue: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, Decimal]]:
    return {
        currency: {name: Decimal(str(value)) for name, value in each.items()}
        for currency, each in revenue.items()
    }


def test_revenue_and_times_are_told_of_a_run_and_of_its_retry(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("answer", status=422, record_id=["2", "4"]))
    shop.run("push", shop.write("orders.csv", ORDERS), shop.contacts(3), "--to", "staging")
    shown = shop.run("show")
    assert "Revenue:   1,020.30 EUR of 2 orders\n" in shown.out
    assert "Revenue:   99.00 GBP of 1 order; not valid: 10.00 of 1 order\n" in shown.out
    assert re.search(r"\nEnded:     \S+ \S+ UTC, after \d s, [\d.]+ requests/s\n", shown.out)
    told = shop.run("show", "--json").json
    assert amounts(told["revenue"]) == amounts(REVENUE)
    assert told["requests_per_s"] == pytest.approx(told["requests"] / told["duration_s"], rel=0.01)
    emulator.heal()
    assert shop.run("retry", told["run"], "--refused-too").code == 0
    again = shop.run("show", "--json").json["revenue"]
    assert amounts(again) == amounts(
        {
            "EUR": {**REVENUE["EUR"], "orders": 1, "revenue": "1000.20"},
            "GBP": {**REVENUE["GBP"], "orders": 0, "revenue": "0"},
        }
    )


def test_errors_that_name_nobody_stand_right_below_the_table(
    shop: Shop, emulator: RunningEmulator
) -> None:
    names = [f"c{number:06}" for number in range(80)]
    emulator.play(fault("late_refusal", record_id=names) + fault("errors_feed", hide=["record_id"]))
    pushed = shop.run("push", shop.contacts(90), "--to", "staging")
    for ended in (pushed, shop.run("show")):
        lines = ended.out.splitlines()
        table = next(n for n, line in enumerate(lines) if line.startswith("object type"))
        assert lines[table + 2] == "80 refused by Ometria, record unknown (W064)"
    (run,) = shop.run("runs", "--json").json["runs"]
    assert (run["late_errors"], run["exit_code"]) == (80, 3)
