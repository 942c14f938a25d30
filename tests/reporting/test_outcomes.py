"""Verdicts of runs that did not go as they should, and of those that were verified."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ometria_import.config.home import RunId
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from ometria_import.options.choices import ObjectType
from ometria_import.verification import Asked, How, read_summary, write_summary
from ometria_import.verification.sampling.statements import Whole
from ometria_import.verification.wishes import Wishes
from tests.cli.program import Shop
from tests.emulator.scenarios.scenarios import fault
from tests.reporting.pages import Page
from tests.verification.shop import pushed

ORDERS = (
    "id,timestamp,grand_total,currency\n"
    "o1,2024-01-10T10:00:00Z,12.50,GBP\n"
    "o2,2024-01-11T10:00:00Z,30.00,GBP\n"
)


def report(shop: Shop, number: int = -1) -> tuple[dict[str, Any], Page]:
    """The report of a run: its numbers and its page."""
    folder = shop.run_folders()[number]
    numbers = json.loads((folder / "report.json").read_bytes())
    return numbers, Page((folder / "report.html").read_text("utf-8"))


@pytest.fixture
def verified(shop: Shop, emulator: RunningEmulator) -> Shop:
    """A shop whose orders were pushed, and whose account is read without waiting."""
    (shop.folder / "ometria-import.toml").write_text(
        f'[accounts.staging]\nbase_url = "{emulator.base_url}"\nrate = 100\n'
        "read_rate = 100\nwait_for_errors = 0\n"
    )
    assert shop.run("push", shop.write("orders.csv", ORDERS), "--to", "staging").code == 0
    emulator.wait_until_drained()
    return shop


def test_orders_that_were_found_are_in_order(verified: Shop) -> None:
    assert report(verified)[0]["verdict"]["tone"] == "open"

    ended = verified.run("verify", "--all", "--settle", "0")

    assert ended.code == 0, ended.err
    numbers, page = report(verified)
    assert numbers["verdict"] == {
        "tone": "good",
        "sentence": "All 2 records of the package were accepted by staging, and all of them were "
        "found there as they were sent.",
        "details": [],
    }
    assert page.table("Records by object type")[1][-2:] == ["2", "2"]
    assert page.table("Orders and revenue by month")[3] == ["2024-01", *["2", "42.50"] * 4, ""]
    listed = page.table("Records by list of the account")[1]
    assert (listed[0], listed[2:7]) == ("orders", ["2", "2", "2", "0", "0"])


def _verified_again(shop: Shop, **values: Any) -> dict[str, Any]:
    """The verdict after one more verification, which is the last one but for some values."""
    folder = max((shop.folder / ".ometria-import" / "verify").iterdir())
    summary = read_summary(folder / "summary.json")
    again = folder.with_name(f"2{int(folder.name[:8]) % 10**7 + 10_000:07}{folder.name[8:]}")
    again.mkdir()
    write_summary(
        again / "summary.json", replace(summary, verification=RunId(again.name), **values)
    )
    assert shop.run("report").code == 0
    return dict(report(shop)[0])


def test_a_look_at_a_part_takes_nothing_from_a_look_at_all_unless_it_found_something(
    verified: Shop,
) -> None:
    assert verified.run("verify", "--all", "--settle", "0").code == 0
    part = Asked(statement="all", types=(ObjectType.PRODUCT,))

    told = _verified_again(verified, asked=part, types=())
    assert (told["verdict"]["tone"], told["verification"]["asked"]) == ("good", "all")
    assert len(told["verification"]["types"]) == 1

    folder = min((verified.folder / ".ometria-import" / "verify").iterdir())
    (orders,) = read_summary(folder / "summary.json").types
    worse = replace(orders, same=1, differs=1)
    told = _verified_again(verified, asked=part, types=(worse,), is_finished=False)
    assert told["verdict"]["tone"] == "bad"
    assert told["verdict"]["details"][0].startswith(
        "Order records: 2 read back, 1 differs, 0 missing, in the later verification 2"
    )
    assert "What a later verification would say: it has not finished." in told["unknown"]


@pytest.mark.parametrize(
    ("change", "details"),
    [
        ({"package": "0" * 64}, None),
        (
            {"asked": Asked(statement="all", types=(ObjectType.PRODUCT,)), "types": ()},
            ["The verification", "2 order records were not read back."],
        ),
        (
            {"how": How.NONE, "read": 0, "same": 0, "reason": "the key may not"},
            ["2 order records were not read back: the key may not."],
        ),
        (
            {"how": How.SAMPLE, "read": 1, "same": 1},
            ["Of 2 order records, 1 were read back, which says nothing of the others."],
        ),
    ],
)
def test_what_was_not_read_back_is_never_counted_as_found(
    verified: Shop, change: dict[str, Any], details: list[str] | None
) -> None:
    assert verified.run("verify", "--all", "--settle", "0").code == 0
    (folder,) = (verified.folder / ".ometria-import" / "verify").iterdir()
    summary = read_summary(folder / "summary.json")
    if "how" in change:
        change = {"types": (replace(summary.types[0], **change),)}
    write_summary(folder / "summary.json", replace(summary, **change))

    assert verified.run("report").code == 0

    numbers, _ = report(verified)
    assert numbers["verdict"]["tone"] == "open"
    if details is None:
        assert numbers["verification"] is None
    else:
        told = numbers["verdict"]["details"]
        assert [own.startswith(words) for own, words in zip(told, details, strict=True)] == (
            [True] * len(details)
        )


def test_orders_that_are_missing_are_not(shop: Shop, emulator: RunningEmulator) -> None:
    run = pushed(emulator, shop.folder, ("orders.csv", ORDERS))
    run.put("order", "o1", None)
    run.verify(Wishes(statement=Whole()))

    assert shop.run("report").code == 0

    numbers, page = report(shop)
    assert numbers["verdict"]["tone"] == "bad"
    assert numbers["verdict"]["details"] == ["Order records: 2 read back, 0 differ, 1 missing."]
    (period,) = numbers["money"]["periods"]
    sums = [Decimal(period[kind]["revenue"]) for kind in ("sent", "accepted", "found")]
    assert sums == [Decimal("42.5")] * 2 + [Decimal(30)]
    assert page.table("Why one sum differs")[1] == [
        *("accepted → found", "missing", "GBP", "1", "12.50")
    ]


@pytest.mark.usefixtures("errors_with_ids")
def test_what_was_refused_later_is_not_in_order_until_it_is_sent_again(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(
        fault("late_refusal", record_id="c000003", message="too many custom fields")
        + fault("answer", status=422, record_id="c000005")
    )
    assert shop.run("push", shop.contacts(10), "--to", "staging").code == ExitCode.REJECTS
    numbers, page = report(shop)
    assert numbers["verdict"]["tone"] == "bad"
    assert numbers["verdict"]["details"] == [
        "1 record was refused.",
        "1 accepted record was refused later.",
    ]
    assert {row[0] for row in page.table("Problems by cause")[1:]} >= {"E060", "E063"}
    emulator.heal()

    assert shop.run("retry", shop.run_folders()[0].name).code == 0

    numbers, page = report(shop)
    assert numbers["run"]["retry_of"] == shop.run_folders()[0].name
    assert numbers["verdict"]["sentence"].startswith("The one record was accepted by staging")
    assert numbers["chain"][0]["rows"] is None
    assert f"sends records of run {numbers['run']['retry_of']} again" in page.text


def test_a_run_that_stopped_says_how_much_is_left(shop: Shop, emulator: RunningEmulator) -> None:
    emulator.play(fault("answer", status=500, from_request=2))
    ended = shop.run("push", shop.contacts(250), "--to", "staging", "--give-up-after", "0s")
    assert ended.code == ExitCode.TEMPORARY, ended.out

    numbers, _ = report(shop)
    assert numbers["verdict"]["tone"] == "bad"
    assert numbers["verdict"]["sentence"] == (
        "The run is not finished: 100 of 250 records were sent to staging."
    )


def test_the_words_of_an_answer_are_not_repeated(shop: Shop, emulator: RunningEmulator) -> None:
    emulator.play(fault("answer", status=401, text="no such shopper: p1@example.com"))
    assert shop.run("push", shop.contacts(3), "--to", "staging").code == ExitCode.REFUSED
    folder = shop.run_folders()[0]
    assert not (folder / "report.html").exists(), "nothing was sent"

    assert shop.run("report").code == 0

    for name in ("report.html", "report.json"):
        assert "p1@example.com" not in (folder / name).read_text("utf-8")
