from __future__ import annotations

import re
from datetime import datetime

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from ometria_import.problems import CAUSES
from ometria_import.schema import SCHEMAS, ObjectType
from tests.cli.program import Shop


def test_fields_names_every_field_with_type_requirement_example_and_rule(shop: Shop) -> None:
    told = shop.run_alone("fields", "order", "--json")
    assert told.code == 0
    fields = {field["field"]: field for field in told.json["order"]}
    for path, field in SCHEMAS[ObjectType.ORDER].fields():
        line = fields[path]
        assert (line["type"], bool(line["required"])) >= (field.type, field.required)
        assert all(line[name] for name in ("example", "about", "rule"))
    assert fields["lineitems.subtotal"]["required"] == "one of unit_price or subtotal"
    assert {"lineitems.variant_options.<type>", "properties.<name>"} <= fields.keys()


def test_fields_fit_a_terminal_of_80_columns(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    ended = shop.run("fields")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", ended.out)
    lines = [line.rstrip() for line in shown.splitlines()]
    assert max(map(len, lines)) <= 80
    assert "order  told apart by id" in lines
    assert "contact  told apart by @collection + id" in lines
    assert "grand_total  money, required  1234.50" in lines
    assert any(line.startswith("money") and "exact decimal" in line for line in lines)


def test_explain_tells_what_to_do(shop: Shop) -> None:
    ended = shop.run_alone("explain", "e012")
    assert ended.code == 0
    assert ended.out.startswith("E012  Malformed email address\nerror: the record is rejected\n")
    assert "What to do: Correct the address at its source." in ended.out
    warning = shop.run("explain", "W012", "--json").json
    assert (warning["severity"], warning["code"]) == ("warning", "W012")
    assert all(warning[name] for name in ("title", "explanation", "remedy"))


def test_explain_without_a_code_lists_them_all(shop: Shop) -> None:
    codes = {code for cause in CAUSES.values() for code in cause.codes}
    shown = shop.run("explain").out
    assert codes <= set(shown.split())
    assert shop.run("explain", "--json").json["codes"].keys() == codes
    assert "(did you mean 'E012'?)" in shop.run("explain", "EO12").err


def test_runs_of_an_empty_home_say_how_to_begin(shop: Shop) -> None:
    ended = shop.run("runs")
    assert ended.out == (
        "There are no runs in .ometria-import.\nNext: ometria-import push FILE --to staging\n"
    )
    assert shop.run("runs", "--json").json == {"runs": []}


def test_runs_and_show_tell_what_became_of_each(shop: Shop, emulator: RunningEmulator) -> None:
    shop.run("push", shop.contacts(3), "--to", "staging")
    shop.run("push", shop.contacts(4), "--to", "staging")
    first, second = (folder.name for folder in shop.run_folders())
    listed = shop.run_alone("runs")
    assert listed.code == 0
    header, *lines = (line.rstrip() for line in listed.out.splitlines()[:3])
    assert re.split(r"\s{2,}", header) == [
        *("run", "account", "state", "started", "took", "records", "accepted"),
        *("rejected", "late", "exit"),
    ]
    for line, run, count in zip(lines, (second, first), (4, 3), strict=True):
        moment, took, *counts = re.split(r"\s{2,}", line)[3:]
        assert line.startswith(f"{run}  staging  finished  ")
        assert moment == f"{run[:4]}-{run[4:6]}-{run[6:8]} {run[9:11]}:{run[11:13]} UTC"
        assert re.fullmatch(r"\d s", took)
        assert counts == [f"{count}", f"{count}", "0", "0", "0"]
    assert f"Next: ometria-import show {second}" in listed.out
    told = shop.run("runs", "--json").json["runs"]
    assert [(run["run"], run["account"], run["accepted"]) for run in told] == [
        (second, "staging", 4),
        (first, "staging", 3),
    ]
    for run in told:
        begun, ended = (datetime.fromisoformat(run[name]) for name in ("created_at", "ended_at"))
        assert 0 < run["duration_s"] == round((ended - begun).total_seconds(), 3)
        sums = ("rejected", "refused", "late_errors", "to_send", "exit_code")
        assert [run[name] for name in sums] == [0, 0, 0, 0, 0]
    shown = shop.run_alone("show", first)
    assert shown.code == 0
    assert f"{first}  finished, to staging ({emulator.base_url})" in shown.out
    assert "Source:    contacts.csv: contact, 3 rows" in shown.out
    assert re.search(r"\nLog: +\S+run.log\n", shown.out)
    newest = shop.run("show", "--json").json
    assert (newest["run"], newest["accepted"], newest["exit_code"]) == (second, 4, 0)
    assert newest["records"] == {"contact": 4}
    doubtful = shop.run("show", first[:8])
    assert doubtful.code == ExitCode.USAGE
    assert "2 runs begin with" in doubtful.err


@pytest.mark.usefixtures("emulator")
def test_runs_keep_their_ids_whole_in_80_columns(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.run("push", shop.contacts(3), "--to", "staging")
    (run,) = (folder.name for folder in shop.run_folders())
    for name, value in {"FORCE_COLOR": "1", "NO_COLOR": "1", "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", shop.run("runs").out)
    lines = [line.rstrip() for line in shown.splitlines()]
    assert max(map(len, lines)) <= 80
    assert lines[1].split() == [run, "3", "3", "0", "0", "0"]
    about = r"  account staging; state finished; started \S+ \d\d:\d\d UTC; took \d s"
    assert re.fullmatch(about, lines[2])


@pytest.mark.usefixtures("emulator")
def test_a_damaged_run_does_not_hide_the_others(shop: Shop) -> None:
    shop.run("push", shop.contacts(3), "--to", "staging")
    shop.run("push", shop.contacts(4), "--to", "staging")
    broken, whole = shop.run_folders()
    for path in broken.glob("journal.db*"):
        path.write_bytes(b"no journal at all" * 500)
    listed = shop.run("runs")
    assert listed.code == 0
    assert re.search(rf"{broken.name} .*is damaged", listed.out)
    assert whole.name in listed.out
    told = shop.run("runs", "--json").json["runs"]
    assert "is damaged" in told[1]["error"]
    shown = shop.run("show", broken.name)
    assert shown.code == ExitCode.UNUSABLE
    assert "is damaged" in shown.err
