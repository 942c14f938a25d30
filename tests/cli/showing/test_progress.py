from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ometria_import.cli.showing.delivery_progress import DeliveryProgress
from ometria_import.cli.showing.prepare_progress import PrepareProgress
from ometria_import.cli.showing.screen import Screen, duration
from ometria_import.delivery import (
    BatchSettled,
    HoursBegun,
    OutsideHours,
    Paused,
    QueueSeen,
    RateChanged,
    Retrying,
    RunStarted,
)
from ometria_import.delivery.journal.model import TypeTotals
from ometria_import.options.sending_hours import SendingHours
from ometria_import.prepare import (
    PreparingInterrupted,
    SourceCopying,
    SourceDone,
    SourceOpened,
    SourceProgress,
    SourcesNamed,
)
from ometria_import.problems.log import ProblemGroup
from ometria_import.schema import ObjectType

CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def settled(number: int, object_type: ObjectType, refused: int = 0) -> BatchSettled:
    return BatchSettled(number, object_type, 100, 100 - refused, refused, 0, 0, 0.1, None)


def totals(object_type: ObjectType, records: int) -> TypeTotals:
    return TypeTotals(object_type, records, 0, 0, 0, 0, 0)


@pytest.fixture
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")


def test_without_a_terminal_a_delivery_says_a_line_every_half_minute(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    with DeliveryProgress(Screen(), clock) as progress:
        progress(RunStarted((totals(ObjectType.CONTACT, 20_000),), 200))
        for number in range(1, 101):
            clock.now += 1
            progress(settled(number, ObjectType.CONTACT, refused=number == 10))
        progress(RateChanged(2.0, 8.0))
        clock.now += 25
        progress(Retrying(101, 1, "the push API answered 503", 2.5))
        progress(Paused(30, "the queue is full"))
    assert capsys.readouterr().err.splitlines() == [
        "sending 20,000 records in 200 batches",
        "3,000 of 20,000 records, 1.0 requests/s, 1 refused, 2 min 50 s left",
        "6,000 of 20,000 records, 1.0 requests/s, 1 refused, 2 min 20 s left",
        "9,000 of 20,000 records, 1.0 requests/s, 1 refused, 1 min 50 s left",
        "the push API answered 503; trying again in 2.5 s",
        "the queue is full: waiting 30 s",
    ]


def test_a_pause_for_the_hours_of_a_run_is_told_with_the_local_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        monkeypatch.setattr(time, "time", lambda: 1_704_884_400.0)  # 2024-01-10 12:00 in Berlin
        with DeliveryProgress(Screen(), Clock()) as progress:
            hours = SendingHours.parse("01:00-06:00")
            plan = (totals(ObjectType.CONTACT, 20_000),)
            progress(RunStarted(plan, 200, hours, sending_s=6 * 3600))
            progress(OutsideHours(str(hours), "2024-01-11T00:00:00+00:00", 46_800))
            progress(HoursBegun(str(hours), 46_800))
    finally:
        monkeypatch.undo()
        time.tzset()
    begun = "sending 20,000 records in 200 batches, only between 01:00 and 06:00: 2 nights, until"
    assert capsys.readouterr().err.splitlines() == [
        f"{begun} about Fri 12 Jan 02:00 CET",
        "paused until Thu 01:00 CET: sending only between 01:00 and 06:00",
    ]


@pytest.mark.usefixtures("_terminal")
def test_a_bar_says_in_whole_words_until_when_it_is_paused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with DeliveryProgress(Screen(), Clock()) as progress:
        progress(RunStarted((totals(ObjectType.CONTACT, 20_000),), 200))
        until = datetime.now(UTC) + timedelta(hours=20)
        progress(OutsideHours("01:00-06:00", until.isoformat(), 72_000))
    shown = CODES.sub("", capsys.readouterr().err)
    assert re.search(r"paused until (\w{3} )?\d\d:\d\d [A-Z0-9+-]+ ", shown)
    assert "…" not in shown


def test_quiet_says_no_line_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    with DeliveryProgress(Screen(is_quiet=True)) as progress:
        progress(RunStarted((totals(ObjectType.CONTACT, 100),), 1))
        progress(settled(1, ObjectType.CONTACT))
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("_terminal")
def test_on_a_terminal_each_object_type_has_a_bar_of_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    plan = (totals(ObjectType.PRODUCT, 1_000), totals(ObjectType.CUSTOM_EVENT, 1_000_000))
    with DeliveryProgress(Screen(), clock) as progress:
        progress(RunStarted(plan, 10_010))
        for number in range(1, 11):
            clock.now += 0.5
            progress(settled(number, ObjectType.PRODUCT))
        clock.now += 0.5
        progress(settled(11, ObjectType.CUSTOM_EVENT, refused=3))
        progress(Retrying(12, 1, "the push API answered 503 and more words than fit", 2.5))
    last = CODES.sub("", capsys.readouterr().err).replace("\r", "\n").splitlines()
    product = next(line for line in reversed(last) if line.startswith("product "))
    event = next(line for line in reversed(last) if line.startswith("custom event "))
    assert re.search(r"1,000 of 1,000 +done", product)
    assert re.search(r"100 of 1,000,000 the push API answered 503", event)
    assert max(len(line.rstrip()) for line in last) <= 80
    progress(settled(12, ObjectType.CUSTOM_EVENT))


@pytest.mark.usefixtures("_terminal")
def test_the_time_left_of_a_bar_has_those_before_it_in_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    plan = (totals(ObjectType.PRODUCT, 1_000), totals(ObjectType.CONTACT, 12_000))
    with DeliveryProgress(Screen(), clock) as progress:
        progress(RunStarted(plan, 130))
        for number in range(1, 6):
            clock.now += 1
            progress(settled(number, ObjectType.PRODUCT))
        progress(RunStarted((), 0))
    shown = CODES.sub("", capsys.readouterr().err)
    assert re.search(r"product .*500 of 1,000 +1\.0 requests/s +5 s left", shown)
    assert re.search(r"contact .*0 of 12,000 +2 min 5 s left", shown)


def test_without_a_terminal_preparing_says_a_line_every_half_minute(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    with PrepareProgress(Screen(), clock) as progress:
        progress(SourceOpened(1, "shop.csv", "CSV, UTF-8, comma", ObjectType.CONTACT, 1_000))
        for step in range(1, 10):
            clock.now += 8
            progress(SourceProgress(1, 100 * step, 50 * step, step // 5))
        progress(SourceDone(1, 500, 499, 1))
    assert capsys.readouterr().err.splitlines() == [
        "shop.csv: contact, CSV, UTF-8, comma",
        "shop.csv: 200 rows so far",
        "shop.csv: 400 rows, 1 rejected so far",
        "shop.csv: 500 rows, 1 rejected, 499 records",
    ]


@pytest.mark.usefixtures("_terminal")
@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("exports/2024/a-long-way-down/contacts.csv", "contacts.csv"),
        ("contacts-of-every-shop-since-1999.csv", "contacts-of…ce-1999.csv"),
    ],
)
def test_a_long_name_leaves_room_for_its_bar(
    path: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with PrepareProgress(Screen()) as progress:
        progress(SourceOpened(1, path, "CSV, UTF-8, comma", ObjectType.CONTACT, 10**9))
        progress(SourceProgress(1, 5 * 10**8, 12_000_000, 12_345))
    lines = CODES.sub("", capsys.readouterr().err).replace("\r", "\n").splitlines()
    bars = [line for line in lines if "12,000,000 rows, 12,345 rejected" in line]
    assert bars
    assert bars[-1].startswith(f"{shown} ")
    assert " 50% " in bars[-1]
    assert len(bars[-1].rstrip()) <= 80


def test_durations_are_said_in_two_units_at_most() -> None:
    assert [duration(s) for s in (-1, 45, 725, 12_480)] == [
        "0 s",
        "45 s",
        "12 min 5 s",
        "3 h 28 min",
    ]


def test_the_time_left_goes_by_the_rate_that_was_found_and_by_the_queue(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    with DeliveryProgress(Screen(), clock) as progress:
        progress(RunStarted((totals(ObjectType.CONTACT, 100_000),), 1_000))
        for number in range(1, 321):
            clock.now += 0.125
            progress(settled(number, ObjectType.CONTACT))
        progress(RateChanged(4.0, 8.0))
        clock.now += 30
        progress(settled(321, ObjectType.CONTACT))
        progress(QueueSeen(7_600, 100.0))
        clock.now += 30
        progress(settled(322, ObjectType.CONTACT))
    last = capsys.readouterr().err.splitlines()[-2:]
    # 67,900 records at 400 a second; then 60,200 of them more than the queue takes, at 100.
    assert last[0].endswith("4.0 requests/s, 2 min 50 s left")
    assert re.search(r"1\d min \d+ s left|\d+ h \d+ min left", last[1])


@pytest.mark.usefixtures("_terminal")
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_causes_grow_below_the_bar_errors_first_and_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    found = {"W019": 9_000, "E012": 1_234, "W052": 12, "W042": 4, "W041": 2, "W040": 1, "E010": 7}
    with PrepareProgress(Screen()) as progress:
        progress(SourcesNamed(2))
        progress(SourceOpened(1, "contacts.csv", "CSV, UTF-8", ObjectType.CONTACT, 10_000))
        progress(SourceProgress(1, 5_000, 300, 40, found))
        progress._bars.refresh()  # noqa: SLF001 -- what its own timer does ten times a second
    lines = CODES.sub("", capsys.readouterr().err).replace("\r", "\n").splitlines()
    shown = [line.strip() for line in lines]
    assert any(line.startswith("looking at 2 files") for line in shown)
    first = next(number for number, line in enumerate(shown) if line.startswith("E012"))
    assert shown[first] == "E012 Malformed email address  1,234"
    codes = [line[:4] for line in shown[first : first + 5]]
    assert codes == ["E012", "E010", "W019", "W052", "W042"]
    assert shown[first + 5] == "and 2 more causes"
    assert all(len(line.rstrip()) <= columns for line in lines)


@pytest.mark.usefixtures("_terminal")
def test_what_was_found_until_an_interrupt_stays_on_the_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    group = ProblemGroup.of("E012", "email", "contact")
    group.count = 1_234
    with PrepareProgress(Screen()) as progress:
        progress(SourceOpened(1, "contacts.csv", "CSV, UTF-8", ObjectType.CONTACT, 10_000))
        progress(SourceProgress(1, 5_000, 300, 40, {"E012": 1_234}))
        progress(PreparingInterrupted(4_321, 1_234, (group,), Path("checks/1/problems.csv")))
    shown = CODES.sub("", capsys.readouterr().out)
    assert "Interrupted after 4,321 rows, 1,234 rejected. So far:" in shown
    assert "E012 Malformed email address  1,234" in shown
    assert "checks/1/problems.csv" in shown


@pytest.mark.usefixtures("_terminal")
@pytest.mark.parametrize("columns", [60, 120])
def test_a_copy_has_a_bar_of_one_line_that_goes_once_it_is_over(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    url = "s3://shop-exports/night/all-the-orders-of-2026.csv.gz"
    with PrepareProgress(Screen()) as progress:
        progress(SourceCopying(url, 0, 3_000_000_000))
        progress(SourceCopying(url, 1_234_000_000, 3_000_000_000))
        progress._bars.refresh()  # noqa: SLF001 -- what its own timer does ten times a second
        during = CODES.sub("", capsys.readouterr().err).replace("\r", "\n").splitlines()
        progress(SourceCopying(url, 1_234_000_000, 3_000_000_000, is_over=True))
        assert not progress._bars.live.is_started  # noqa: SLF001 -- results can stand there now
        progress(SourcesNamed(1))
        assert progress._bars.live.is_started  # noqa: SLF001
    words = " ".join("".join(during).split())
    assert f"{url}: copying it to this machine, 3.0 GB".replace(" ", "") in words.replace(" ", "")
    (bar,) = [line for line in during if "1.2 GB" in line]
    assert bar.startswith("copying all-the-ord…2026.csv.gz")
    assert " 41%" in bar
    assert all(len(line.rstrip()) <= columns for line in during)


def test_without_a_terminal_a_copy_says_its_size_and_a_line_every_half_minute(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    with PrepareProgress(Screen(), clock=clock) as progress:
        progress(SourceCopying("s3://shop/a.csv", 0, 2_000_000))
        progress(SourceCopying("s3://shop/a.csv", 1_000_000, 2_000_000))
        clock.now += 31
        progress(SourceCopying("s3://shop/a.csv", 1_500_000, 2_000_000))
        progress(SourceCopying("s3://shop/a.csv", 2_000_000, 2_000_000, is_over=True))
    assert capsys.readouterr().err.splitlines() == [
        "s3://shop/a.csv: copying it to this machine, 2.0 MB",
        "s3://shop/a.csv: 1.5 MB copied so far",
    ]
