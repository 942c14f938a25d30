"""`show --results`: what became of every row, once each, in numbers that come to the run's."""

from __future__ import annotations

import csv
import json
import stat
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ometria_import import write_results
from ometria_import.actions.results import rows as rows_at_a_time
from ometria_import.actions.results import writing as writing_at_a_time
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode, UsageError
from tests.cli.program import Shop
from tests.cli.till import SALES, TILL
from tests.emulator.scenarios.scenarios import fault

TO = ("--to", "staging")
CONTACTS = (
    "id,@collection,email,firstname\n"
    "c1,main,one@example.com,=1+1\n"
    "\n"
    "c2,main,two@@example.com,Bob\n"
    "c3,main,three@example.com,Cy\n"
    "c1,main,one@example.com,Ann\n"
    "c4,main\n"
    "id,@collection,email,firstname\n"
    "c5,main,five@example.com,Dora\n"
    "c6,main,six@example.com,Ed\n"
)
ORDERS = (
    "id,timestamp,grand_total,currency,lineitems.product_id,lineitems.quantity,"
    "lineitems.unit_price\n"
    "o1,2024-01-05T10:00:00Z,30.00,EUR,a,1,10.00\n"
    "o1,2024-01-05T10:00:00Z,30.00,EUR,b,2,10.00\n"
    "o2,2024-01-06T10:00:00Z,10.00,XXX,a,1,10.00\n"
    "o2,2024-01-06T10:00:00Z,10.00,XXX,b,1,0.00\n"
    "o3,2024-01-07T10:00:00Z,10.00,EUR,a,1,10.00\n"
    "o4,2024-01-07T10:00:00Z,10.00,EUR,a,1,10.00\n"
    "o3,2024-01-07T10:00:00Z,10.00,EUR,a,1,10.00\n"
)
LATER = "id,timestamp,grand_total,currency\no4,2024-01-07T10:00:00Z,12.00,EUR\n"


class Told:
    """A results file that was read back."""

    def __init__(self, shop: Shop, *words: str) -> None:
        name = f"results-{len(list(shop.folder.glob('results-*')))}.csv"
        ended = shop.run("show", *words, "--results", name, "--json")
        assert ended.code == ExitCode.OK, ended.err
        self.run: dict[str, Any] = ended.json
        self.path = shop.folder / name
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            self.lines = list(csv.DictReader(file))
        self.of = {(each["file"], int(each["line"])): each for each in self.lines}
        assert len(self.of) == len(self.lines)
        assert list(self.of) == sorted(self.of, key=lambda each: (self._order(each[0]), each[1]))
        self.verdicts = Counter(each["verdict"] for each in self.lines)
        told = self.run["results"]
        assert told == {"file": name, "rows": len(self.lines), "verdicts": dict(self.verdicts)}

    def _order(self, file: str) -> int:
        return list(dict.fromkeys(each["file"] for each in self.lines)).index(file)

    def says(self, file: str, line: int) -> tuple[str, str, str]:
        """The key, the verdict and the row that counts, of a row."""
        each = self.of[file, line]
        return each["key"], each["verdict"], each["into"]


def lines_of(told: Told, file: str) -> dict[int, tuple[str, str, str]]:
    return {line: told.says(name, line) for name, line in told.of if name == file}


@pytest.fixture
def emulator_with_faults(emulator: RunningEmulator, errors_with_ids: None) -> RunningEmulator:  # noqa: ARG001
    emulator.play(
        fault("answer", status=422, record_id="c3", text="No such consent")
        + fault("late_refusal", record_id="c5", path="root > email", message="is not known")
    )
    return emulator


@pytest.mark.usefixtures("emulator_with_faults")
def test_every_row_of_every_source_has_one_line_and_the_numbers_come_out(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("contacts.csv", CONTACTS)
    shop.write("orders.csv", ORDERS)
    shop.write("later.csv", LATER)
    files = ("contacts.csv", "order=orders.csv", "order=later.csv")
    assert shop.run("push", *files, *TO).code == ExitCode.REJECTS
    told = Told(shop)
    assert lines_of(told, "contacts.csv") == {
        2: ("c1", "merged", "6"),
        4: ("c2", "rejected", ""),
        5: ("c3", "refused", ""),
        6: ("c1", "accepted", ""),
        7: ("", "rejected", ""),
        8: ("", "header", ""),
        9: ("c5", "rejected_later", ""),
        10: ("c6", "accepted", ""),
    }
    assert lines_of(told, "orders.csv") == {
        2: ("o1", "accepted", ""),
        3: ("o1", "accepted", "2"),
        4: ("o2", "rejected", ""),
        5: ("o2", "rejected", ""),
        6: ("o3", "accepted", ""),
        7: ("o4", "superseded", "later.csv:2"),
        8: ("o3", "repeated", "6"),
    }
    assert told.says("later.csv", 2) == ("o4", "accepted", "")
    assert list(dict.fromkeys(each["file"] for each in told.lines)) == [
        *("contacts.csv", "orders.csv", "later.csv")
    ]
    whys = {line: (each["codes"], each["why"]) for (_, line), each in told.of.items()}
    assert told.of["contacts.csv", 4]["codes"] == "E012"
    assert told.of["contacts.csv", 5]["why"] == "the push API answered 422: No such consent"
    assert told.of["contacts.csv", 9]["codes"] == "E063"
    assert "is not known" in told.of["contacts.csv", 9]["why"]
    assert whys[10] == ("", "")
    sent = told.of["contacts.csv", 6]
    assert sent["batch"] == told.of["contacts.csv", 2]["batch"] == "1"
    assert sent["request_id"]
    # The batch was split to find the record that was refused.
    assert sent["request_id"] != told.of["contacts.csv", 10]["request_id"]
    assert [each["object_type"] for each in told.lines] == ["contact"] * 8 + ["order"] * 8
    rows, beginning = (
        told.run["rows"],
        Counter(each["verdict"] for each in told.lines if not each["into"]),
    )
    assert rows["read"] == len(told.lines)
    assert beginning["accepted"] + beginning["rejected_later"] == told.run["accepted"]
    assert told.verdicts["refused"] == told.run["refused"] == 1
    assert told.verdicts["rejected_later"] == told.run["rejected_later"] == 1
    for verdict in ("rejected", "merged", "repeated", "superseded"):
        assert told.verdicts[verdict] == rows[verdict]
    assert told.verdicts["header"] == rows["headers"]
    sent_rows = ("accepted", "rejected_later", "refused")
    assert sum(map(told.verdicts.__getitem__, sent_rows)) == rows["in_records"] + rows["folded"]
    assert stat.S_IMODE(told.path.stat().st_mode) == 0o600
    for size in (1, 3, 10):
        monkeypatch.setattr(rows_at_a_time, "_TOGETHER", size)
        monkeypatch.setattr(writing_at_a_time, "_TOGETHER", 2)
        assert Told(shop).path.read_bytes() == told.path.read_bytes()


def test_what_is_not_sent_yet_and_what_is_in_doubt_is_said(
    shop: Shop, emulator: RunningEmulator
) -> None:
    shop.send_to(emulator.base_url, rate=1)
    emulator.play(fault("answer", status=503, from_request=2))
    stopped = shop.run("push", shop.contacts(350), *TO, "--give-up-after", "0")
    assert stopped.code == ExitCode.TEMPORARY
    told = Told(shop)
    assert told.verdicts["accepted"] == told.run["accepted"] == 100
    doubtful = told.verdicts["in_doubt"]
    assert doubtful == 100
    assert told.verdicts["not_sent"] + doubtful == told.run["to_send"] == 250
    emulator.heal()
    shop.send_to(emulator.base_url)
    assert shop.run("resume").code == ExitCode.OK
    assert Told(shop).verdicts == {"accepted": 350}


@pytest.mark.parametrize(
    ("faults", "verdict", "code", "words"),
    [
        (fault("answer", accepted_less=1), "uncertain", "W062", "does not add up"),
        (fault("answer", accepted_less=1, skipped=1), "uncertain", "", "nobody knows which"),
        (fault("answer", accepted_less=3, skipped=3), "skipped", "", "counted it as skipped"),
        (
            fault("late_refusal", record_id="c000001", message="=SUM(1)")
            + fault("errors_feed", hide=["record_id"]),
            "accepted",
            "W064",
            "an error that names no record may be about it: =SUM(1)",
        ),
    ],
)
def test_nobody_is_told_that_a_doubtful_record_got_in(
    shop: Shop, emulator: RunningEmulator, faults: str, verdict: str, code: str, words: str
) -> None:
    emulator.play(faults)
    shop.run("push", shop.contacts(3), *TO)
    told = Told(shop)
    assert {each["verdict"] for each in told.lines} == {verdict}
    assert {each["codes"] for each in told.lines} == {code}
    assert all(words in each["why"] for each in told.lines)


@pytest.mark.usefixtures("emulator")
def test_what_is_left_out_on_purpose_says_why(shop: Shop) -> None:
    contacts = shop.contacts(5)
    assert shop.run("push", contacts, *TO).code == ExitCode.OK
    assert shop.run("forget", "p3@example.com").code == ExitCode.OK
    assert Told(shop).says(contacts, 5) == ("", "forgotten", "")
    (shop.folder / contacts).write_text((shop.folder / contacts).read_text().replace("p1@", "new@"))
    assert shop.run("push", contacts, *TO, "--changed").code == ExitCode.OK
    assert lines_of(Told(shop), contacts) == {
        2: ("c000000", "unchanged", ""),
        3: ("c000001", "accepted", ""),
        4: ("c000002", "unchanged", ""),
        5: ("", "forgotten", ""),
        6: ("c000004", "unchanged", ""),
    }
    for package in (shop.folder / ".ometria-import" / "packages").glob("*.db"):
        if str(package.name) not in Told(shop).run["files"]["package"]:
            package.unlink()
    # What the run's package was made of is gone, and with it the difference.
    assert Told(shop).verdicts == {"accepted": 1, "not_in_package": 4}


@pytest.mark.usefixtures("emulator")
def test_rows_that_a_mapping_leaves_out_and_young_orders_say_so(shop: Shop) -> None:
    shop.write("sales.csv", f"{SALES}R3,{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ},9.00,a,1,9.00\n")
    void = '\n[rows]\nleave_out = [{ column = "Receipt", equals = ["R2"] }]'
    shop.write("till.toml", TILL.replace("\n[rows]", void, 1))
    words = ("--mapping", "till.toml", "--set", "currency=EUR", "--older-than", "2d")
    ended = shop.run("push", "order=sales.csv", *TO, *words, "--dry-run")
    assert ended.code == ExitCode.OK, ended.err
    assert lines_of(Told(shop), "sales.csv") == {
        2: ("R1", "ready", ""),
        3: ("R1", "ready", "2"),
        4: ("", "left_out", ""),
        5: ("", "held_back", ""),
    }


def test_a_file_that_is_no_results_file_is_left_alone_and_an_old_one_replaced(
    shop: Shop, emulator: RunningEmulator
) -> None:
    del emulator
    assert shop.run("push", shop.contacts(2), *TO).code == ExitCode.OK
    before = (shop.folder / "contacts.csv").read_bytes()
    refused = shop.run("show", "--results", "contacts.csv")
    assert refused.code == ExitCode.USAGE
    assert "exists and is not a results file" in refused.err
    assert (shop.folder / "contacts.csv").read_bytes() == before
    assert "folder none does not exist" in shop.run("show", "--results", "none/r.csv").err
    for _ in range(2):
        shown = shop.run("show", "--results", "r.csv")
        assert shown.code == ExitCode.OK
        assert "Rows:      2: 2 accepted\n" in shown.out
    assert [path.name for path in shop.folder.glob(".r.csv*")] == []
    (run,) = shop.run_folders()
    whole = (run / "rows.parquet").read_bytes()
    (run / "rows.parquet").write_bytes(whole[:-20])
    assert "rows.parquet is damaged" in shop.run("show", "--results", "r.csv").err
    (run / "rows.parquet").unlink()
    missing = shop.run("show", "--results", "r.csv")
    assert missing.code == ExitCode.USAGE
    assert "push the sources again" in missing.err
    assert shop.run("show").code == ExitCode.OK


@pytest.mark.usefixtures("errors_with_ids")
def test_a_retry_tells_of_what_it_sent_again(shop: Shop, emulator: RunningEmulator) -> None:
    emulator.play(fault("late_refusal", record_id="c000002", message="too many custom fields"))
    contacts = shop.contacts(4)
    with (shop.folder / contacts).open("a") as file:
        file.write("=c9,main,nobody\n")
    first = shop.run("push", contacts, *TO, "--json").json["run"]
    emulator.heal()
    assert shop.run("retry", first).code == ExitCode.OK
    told = Told(shop)
    assert told.says(contacts, 4) == ("c000002", "accepted", "")
    assert told.says(contacts, 6) == ("'=c9", "rejected", "")
    assert told.says(contacts, 2) == ("c000000", "not_retried", "")
    assert told.verdicts == {"accepted": 1, "not_retried": 3, "rejected": 1}
    assert Told(shop, first).verdicts == {"accepted": 3, "rejected_later": 1, "rejected": 1}


@pytest.mark.usefixtures("emulator")
def test_a_pseudonymised_run_names_no_real_person(shop: Shop) -> None:
    real = shop.write("contacts.csv", CONTACTS)
    assert shop.run("push", real, *TO).code == ExitCode.REJECTS
    assert shop.run("forget", "six@example.com").code == ExitCode.OK
    assert shop.run("push", real, *TO, "--pseudonymise").code == ExitCode.REJECTS
    told = Told(shop)
    # Ids that are nobody's address stay in such a package, and nothing else is told of.
    assert told.says(real, 4) == ("", "rejected", "")
    assert told.says(real, 6) == ("c1", "accepted", "")
    assert told.says(real, 10) == ("", "forgotten", "")
    assert b"example.com" not in told.path.read_bytes()


@pytest.mark.usefixtures("emulator")
def test_objects_and_joined_files_and_the_library(shop: Shop) -> None:
    people = [{"id": "j1", "@type": "contact", "@collection": "main", "email": "a@example.com"}]
    people += [{**people[0], "id": "j2", "email": "nobody"}]
    shop.write("people.json", json.dumps(people))
    shop.write("orders.csv", LATER.replace("12.00", "20.00"))
    shop.write(
        "items.csv",
        "order_id,product_id,quantity,unit_price\no4,a,1,10.00\nlost,a,1,1.00\no4,b,1,10.00\n",
    )
    files = ("people.json", "order=orders.csv", "lineitem=items.csv")
    assert shop.run("push", *files, *TO).code == ExitCode.REJECTS
    told = Told(shop)
    assert sorted(told.says("people.json", line) for _, line in told.of if _ == "people.json") == [
        ("j1", "accepted", ""),
        ("j2", "rejected", ""),
    ]
    assert lines_of(told, "items.csv") == {
        2: ("o4", "accepted", "orders.csv:2"),
        3: ("lost", "rejected", ""),
        4: ("o4", "accepted", "orders.csv:2"),
    }
    written = write_results(shop.folder / "library.csv", home=".ometria-import")
    assert written.verdicts == {"accepted": 4, "rejected": 2}
    assert (shop.folder / "library.csv").read_bytes() == told.path.read_bytes()
    with pytest.raises(UsageError, match="not a results file"):
        write_results(shop.folder / "items.csv", home=".ometria-import")
    assert Path("items.csv").read_text().startswith("order_id")
