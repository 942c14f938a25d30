from __future__ import annotations

import csv
import gzip
import json
import shlex
import signal

import pytest

from ometria_import.errors import ExitCode
from tests.cli.program import Shop, finished, wait_until

ORDERS = (
    "id;timestamp;grand_total;currency;lineitems.product_id;lineitems.quantity;"
    "lineitems.unit_price\n"
    "1;2024-01-05 10:00;20,00;EUR;p1;1;10,00\n"
    "1;2024-01-05 10:00;20,00;EUR;p2;1;10,00\n"
    "2;2024-13-45;20,00;EUR;p2;1;10,00\n"
)


def test_check_says_what_was_read_what_is_wrong_and_what_comes_next(shop: Shop) -> None:
    contacts = shop.write(
        "my contacts.csv",
        "id,@collection,email,nickname\n"
        "1,main,a@example.com,Al\n2,main,nobody,Bo\n3,main,nowhere,Cy\n1,main,b@example.com,Di\n",
    )
    orders = shop.write("orders.csv.gz", gzip.compress(ORDERS.encode("utf-16")))
    ended = shop.run("check", contacts, orders, "--timezone", "Europe/London")
    assert ended.code == ExitCode.REJECTS
    assert "my contacts.csv: contact, CSV, UTF-8, comma" in ended.err
    assert "orders.csv.gz: order, CSV, UTF-16" in ended.err
    assert "semicolon, gzip" in ended.err
    out = ended.out
    assert out.index("E012 Malformed email address  2×") < out.index("E015 Not a timestamp  1×")
    assert "contact.email  2×  my contacts.csv:3, 4\n" in out
    assert "'nobody' has no @" in out
    assert "→ Correct the address at its source." in out
    assert "+ 1 folded into one + 1 merged into a later record + 3 rejected" in out
    assert "Ready to send: 1 contact, 1 order\n" in out
    last = out.splitlines()[-1]
    words = shlex.split(last.removeprefix("Next:"))
    assert words == [
        *("ometria-import", "push", "my contacts.csv", "orders.csv.gz"),
        *("--timezone", "Europe/London", "--to", "staging"),
    ]
    (folder,) = (shop.folder / ".ometria-import" / "checks").iterdir()
    with (folder / "problems.csv").open(encoding="utf-8-sig", newline="") as file:
        codes = {row["code"] for row in csv.DictReader(file)}
    assert {"E012", "E015", "W040"} <= codes
    assert {path.name for path in (folder / "rejects").iterdir()} == {
        "my contacts.csv",
        "orders.csv",
    }
    assert f"Rejects:   {folder.relative_to(shop.folder)}/rejects\n" in out


def test_clean_files_end_with_0_as_a_process_of_its_own(shop: Shop) -> None:
    ended = shop.run_alone("check", shop.contacts(3), shop.products(2), "--json")
    assert ended.code == 0, ended.err
    told = ended.json
    assert told["rows"] == {
        "read": 5,
        "in_records": 5,
        "folded": 0,
        "rejected": 0,
        "superseded": 0,
        "left_out": 0,
        "members": 0,
        "held_back": 0,
        "headers": 0,
        "merged": 0,
        "repeated": 0,
    }
    assert told["records"] == {"product": 2, "contact": 3}
    assert (told["rejected"], told["superseded"], told["exit_code"]) == (0, 0, 0)
    # The products have no url and no image: a notice, and nothing wrong.
    assert told["problems"] == {"W100": 2}
    assert [source["object_type"] for source in told["sources"]] == ["product", "contact"]
    assert not list(shop.folder.rglob("packages"))


def test_quiet_prints_errors_only(shop: Shop) -> None:
    name = shop.write("contacts.csv", "id,@collection,email\n1,main,nobody\n")
    ended = shop.run("check", name, "--quiet")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("check: 0 ready to send, 1 rejected; ")
    ended = shop.run("check", "missing.csv", "--quiet")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.startswith("error: missing.csv does not exist. ")


def test_many_fields_of_one_cause_are_summed_up(shop: Shop) -> None:
    names = [f"totals.base.{name}" for name in ("shipping", "tax", "discount", "subtotal")]
    header = ",".join(["id", "timestamp", "grand_total", "currency", *names, "discount", "tax"])
    row = "1,2024-01-05T10:00:00Z,1.00,EUR," + ",".join(["x"] * 6)
    ended = shop.run("check", shop.write("orders.csv", f"{header}\n{row}\n"))
    assert "W013 Not a number  6×" in ended.out
    assert "… and 2 more fields" in ended.out


def test_what_nothing_can_be_made_of_is_not_suggested_for_a_push(shop: Shop) -> None:
    ended = shop.run("check", shop.write("contacts.csv", "id,@collection,email\n1,main,nobody\n"))
    assert "Ready to send: nothing" in ended.out
    assert "Next:" not in ended.out


@pytest.mark.parametrize(
    "flags",
    [
        ["--encoding", "cp1252"],
        ["--delimiter", "pipe"],
        ["--date-order", "dmy"],
        ["--decimal-sign", "comma"],
        ["--country", "GB"],
        ["--unmapped", "ignore"],
        ["--allow-empty"],
        ["--home", "else where"],
    ],
)
def test_what_was_said_about_reading_is_said_again_in_the_next_step(
    shop: Shop, flags: list[str]
) -> None:
    name = shop.write("contacts.csv", "id|@collection|email\n1|main|a@example.com\n")
    ended = shop.run("check", name, *flags)
    assert ended.code == 0, ended.err
    assert shlex.join(flags) in ended.out.splitlines()[-1]


def test_objects_and_lines_are_read_like_rows(shop: Shop) -> None:
    objects = [
        {"@type": "contact", "id": str(n), "@collection": "main", "email": f"p{n}@example.com"}
        for n in range(4)
    ]
    array = shop.write("a.json", json.dumps(objects[:2]))
    lines = shop.write("b.ndjson", "\n".join(map(json.dumps, objects[2:])))
    told = shop.run("check", array, lines, "--json").json
    assert told["records"] == {"contact": 4}
    assert [source["format"] for source in told["sources"]] == [
        "JSON array, UTF-8",
        "NDJSON, UTF-8",
    ]


def test_all_open_questions_are_asked_at_once_and_one_flag_is_named_once(shop: Shop) -> None:
    header = "id,email,Date of birth\n"
    one = shop.write("one-contacts.csv", f"{header}1,a@example.com,03/04/1990\n")
    other = shop.write("more-contacts.csv", f"{header}2,b@example.com,04/03/1990\n")
    unknown = shop.write("unknown.csv", "foo,bar\n1,2\n")

    asked = shop.run("check", one, other, "--json")
    assert asked.code == asked.json["exit_code"] == ExitCode.USAGE
    assert [each["error"].split(",")[0] for each in asked.json["errors"]] == [one, other]
    assert asked.err.count("error: ") == 2
    assert asked.err.count("--date-order dmy or --date-order mdy") == 1

    with_unknown = shop.run("check", one, unknown)
    assert with_unknown.code == ExitCode.UNUSABLE
    assert "it is not certain which object type" in with_unknown.err
    assert "--date-order" in with_unknown.err

    assert shop.run("check", one, other, "--date-order", "dmy").code == ExitCode.OK


def test_what_a_check_has_found_until_it_is_interrupted_is_told_and_kept(shop: Shop) -> None:
    row = "{0},p{0} example.com,EXPLICITLY_OPTEDIN,2023-01-02T10:00:00Z\n"
    header = "id,email,marketing_optin,timestamp_subscribed\n"
    shop.write("contacts.csv", header + "".join(map(row.format, range(600_000))))
    with shop.start("check", "contacts.csv", "--json-lines") as process:
        assert process.stdout is not None
        told = (json.loads(line) for line in process.stdout)
        next(line for line in told if line["event"] == "source_progress" and line["rejected"])
        process.send_signal(signal.SIGINT)
        lines = list(told)
    assert process.returncode == ExitCode.INTERRUPTED
    interrupted, ended = lines[-2:]
    assert (interrupted["event"], ended["event"]) == ("preparing_interrupted", "ended")
    assert 0 < interrupted["rejected"] <= interrupted["problems"]["E012"] < 600_000
    assert ended["error"] == "interrupted; what was found until then is kept"
    checks = shop.folder / ".ometria-import" / "checks"
    (kept,) = checks.glob("*/problems.csv")
    assert len(kept.read_text("utf-8-sig").splitlines()) == 1 + interrupted["problems"]["E012"]
    assert [each.name for each in kept.parent.iterdir() if each.is_dir()] == ["rejects"]


def test_a_check_that_is_interrupted_before_it_found_anything_leaves_nothing(shop: Shop) -> None:
    rows = "".join(f"{n},p{n}@example.com\n" for n in range(10**6))
    shop.write("contacts.csv", f"id,email\n{rows}")
    process = shop.start("check", "contacts.csv")
    checks = shop.folder / ".ometria-import" / "checks"
    wait_until(lambda: any(checks.glob("*/problems.csv")))
    process.send_signal(signal.SIGINT)
    ended = finished(process)
    assert ended.code == ExitCode.INTERRUPTED, ended
    assert list(checks.iterdir()) == []
