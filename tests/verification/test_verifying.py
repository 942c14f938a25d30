"""Verifying a run against the emulator, with changes planted in its account."""

from __future__ import annotations

import codecs
import csv
import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from ometria_import import push
from ometria_import.delivery import StopSignal
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import (
    AccountBusyError,
    ExitCode,
    InterruptedRunError,
    TemporaryFailureError,
    UsageError,
)
from ometria_import.options.choices import ObjectType
from ometria_import.verification import How, Verdict, newest_verification, read_summary
from ometria_import.verification.events import RecordsRead, Settling, VerificationEvent
from ometria_import.verification.sampling.statements import Count, ForTime, Part, Whole
from ometria_import.verification.wishes import Wishes
from tests.emulator.scenarios.scenarios import fault
from tests.verification.conftest import MakeShop
from tests.verification.shop import A_DAY_S, contacts, products, with_others

PRODUCTS = ("products.csv", products(700))
CONTACTS = ("contacts.csv", contacts(30))
EVENTS = (
    "custom_events.csv",
    (
        "id,@type,event_type,timestamp,identity_email\n"
        "e1,custom_event,visit,2024-03-01T10:00:00Z,p1@example.com\n"
    ),
)


def table(path: str) -> list[dict[str, str]]:
    assert Path(path).read_bytes().startswith(codecs.BOM_UTF8)
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_account_that_holds_what_was_sent_is_the_same(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS, CONTACTS)

    verified = shop.verify()

    summary = verified.summary
    assert (summary.verdict, summary.exit_code) == (Verdict.SAME, ExitCode.OK)
    assert (
        summary.sentence == "All 730 records were read; none of them differs and none is missing."
    )
    assert [(each.listing, each.read, each.same, each.how) for each in summary.types] == [
        ("products", 700, 700, How.ALL),
        ("contacts/main", 30, 30, How.ALL),
    ]
    assert summary.files == {}
    assert newest_verification(shop.home, summary.run) == summary
    assert sorted(path.name for path in verified.folder.path.iterdir()) == ["summary.json"]


def test_every_planted_change_is_found_and_written_with_its_line(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS, CONTACTS)
    shop.change("product", "p000005", title="Teapot")
    shop.change("contact", "c000007", email=None)
    shop.put("product", "p000009", None)
    shop.put("contact", "c000003", None)
    shop.put("product", "other", {"@type": "product", "id": "other", "title": "Cup"})

    summary = shop.verify().summary

    assert (summary.verdict, summary.exit_code) == (Verdict.DIFFERS, ExitCode.REJECTS)
    assert summary.sentence == "All 730 records were read; 2 differ and 2 are missing."
    assert [
        (each["object_type"], each["id"], each["field"], each["sent"], each["found"], each["line"])
        for each in table(summary.files["differs"])
    ] == [
        ("product", "p000005", "title", "Kettle 5", "Teapot", "7"),
        ("contact", "c000007", "email", "p7@example.com", "", "9"),
    ]
    assert [(each["id"], each["line"]) for each in table(summary.files["missing"])] == [
        ("p000009", "11"),
        ("c000003", "5"),
    ]
    assert [each["id"] for each in table(summary.files["extra"])] == ["other"]
    assert [(each.extra, each.listing) for each in summary.types] == [
        (1, "products"),
        (0, "contacts/main"),
    ]
    assert {(each.field, each.count, each.of) for each in summary.patterns} == {
        ("title", 1, 699),
        ("email", 1, 29),
    }


def test_missing_records_can_be_pushed_again_as_they_are(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS, CONTACTS)
    before = [shop.record("product", "p000009"), shop.record("contact", "c000003")]
    shop.put("product", "p000009", None)
    shop.put("contact", "c000003", None)
    summary = shop.verify().summary

    result = push(
        summary.files["missing_records"],
        to="staging",
        key="staging-key",
        home=shop.home.root,
        config=shop.folder / "ometria-import.toml",
    )

    assert (result.ok, dict(result.ready)) == (True, {"product": 1, "contact": 1})
    shop.emulator.wait_until_drained()
    assert [shop.record("product", "p000009"), shop.record("contact", "c000003")] == before
    assert shop.verify().summary.verdict is Verdict.SAME


def test_small_run_in_a_large_account_is_read_one_by_one(push_shop: MakeShop) -> None:
    shop = push_shop(("few.csv", products(2)))
    with_others(shop, 2_000)

    (read,) = shop.verify().summary.types

    assert (read.population, read.read, read.how) == (2, 2, How.ALL)
    assert (read.in_account, read.extra) == (2_002, None)
    assert read.reason == "one by one, because the whole list takes 9 pages"
    (whole,) = shop.verify(Wishes(statement=Whole())).summary.types
    assert (whole.read, whole.extra) == (2, 2_000)


def test_sample_says_its_confidence_population_and_seed(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS)
    with_others(shop, 20_000)

    summary = shop.verify(Wishes(statement=Count(70), seed="night")).summary

    (read,) = summary.types
    assert (read.how, read.population, read.read, read.same) == (How.SAMPLE, 700, 72, 72)
    assert summary.seed == "night"
    assert summary.bound == read.bound == pytest.approx(28 / 698)
    assert summary.sentence == (
        "72 of 700 records were read, drawn evenly; none of them differs and none is missing. "
        "With 95 % confidence, fewer than 4.01 % of the 628 others differ or are missing. "
        "Records at risk were all read."
    )
    assert [(each.reason, each.records, each.same) for each in summary.at_risk] == [
        ("changed", 1, 1),
        ("edge", 2, 2),
    ]


def test_same_seed_draws_the_same_records(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS)
    with_others(shop, 25_000)
    shop.hide("internal_id % 5 = 0 OR id = 'p000000'")

    def missing(seed: str) -> list[str]:
        summary = shop.verify(Wishes(statement=Count(70), seed=seed)).summary
        return [each["id"] for each in table(summary.files["missing"])]

    assert missing("one") == missing("one") != missing("two")
    # The first record of a file is read whatever the seed.
    assert missing("two")[0] == "p000000"


def test_custom_events_are_said_and_never_counted_as_verified(push_shop: MakeShop) -> None:
    shop = push_shop(CONTACTS, EVENTS)

    summary = shop.verify().summary

    assert (summary.verdict, summary.exit_code) == (Verdict.SAME, ExitCode.OK)
    assert summary.sentence.startswith("All 30 records that can be read were read;")
    assert summary.sentence.endswith(
        "1 custom event was not read: the API has no way to read them back."
    )
    only = shop.verify(Wishes(types=(ObjectType.CUSTOM_EVENT,))).summary
    assert (only.verdict, only.exit_code) == (Verdict.NOT_READABLE, ExitCode.REFUSED)
    both = shop.verify(Wishes(types=(ObjectType.CONTACT, ObjectType.CUSTOM_EVENT))).summary
    assert (both.types[0].same, both.exit_code) == (30, ExitCode.REFUSED)


def test_list_that_the_key_may_not_read_does_not_keep_others_from_being_verified(
    push_shop: MakeShop,
) -> None:
    shop = push_shop(PRODUCTS, CONTACTS)
    shop.emulator.play(fault("no_reads", paths=["products"]))

    summary = shop.verify().summary

    assert (summary.verdict, summary.exit_code) == (Verdict.NOT_READABLE, ExitCode.REFUSED)
    assert [(each.listing, each.how, each.read) for each in summary.types] == [
        ("products", How.NONE, 0),
        ("contacts/main", How.ALL, 30),
    ]
    assert "/products" in summary.types[0].reason
    assert "staging-key" not in summary.sentence
    assert shop.verify(Wishes(types=(ObjectType.CONTACT,))).summary.exit_code is ExitCode.OK


def test_account_that_shows_nothing_was_not_verified(push_shop: MakeShop) -> None:
    shop = push_shop(CONTACTS)
    shop.emulator.play(fault("no_reads"))

    summary = shop.verify().summary

    assert (summary.verdict, summary.exit_code) == (Verdict.NOT_READABLE, ExitCode.REFUSED)
    assert summary.sentence.startswith("Nothing could be read back.")


def test_records_that_were_refused_are_not_expected_and_their_neighbours_are_read(
    push_shop: MakeShop, shop_emulator: RunningEmulator
) -> None:
    shop_emulator.play(fault("answer", on="push", status=400, record_id="p000150"))
    shop = push_shop(PRODUCTS, is_again=True)
    with_others(shop, 50_000)
    shop.emulator.heal()

    summary = shop.verify(Wishes(statement=Count(10))).summary

    (read,) = summary.types
    assert (read.population, read.missing, read.how) == (699, 0, How.SAMPLE)
    assert [(each.reason, each.records, each.same) for each in summary.at_risk] == [
        ("split", 99, 99),
        ("changed", 1, 1),
        ("edge", 2, 2),
    ]


def test_batches_with_errors_that_name_nobody_are_read_as_a_whole(
    push_shop: MakeShop, shop_emulator: RunningEmulator
) -> None:
    shop_emulator.play(fault("late_refusal", record_id="p000150"))
    shop = push_shop(("products.csv", products(300)), is_again=True)

    summary = shop.verify().summary

    assert [each["id"] for each in table(summary.files["missing"])] == ["p000150"]
    unnamed = {each.reason: each for each in summary.at_risk}["unnamed_errors"]
    assert unnamed.missing == 1
    assert unnamed.records >= 100


def test_missing_record_soon_after_the_run_is_waited_for(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS)
    shop.now_s = 10
    late = {f"p{number:06}": shop.record("product", f"p{number:06}") for number in (1, 2, 3)}
    for record_id in late:
        shop.put("product", record_id, None)

    def come(_: float) -> None:
        record_id = f"p{len(shop.slept):06}"
        shop.put("product", record_id, late[record_id])

    verified = shop.verify(on_sleep=come)

    assert shop.slept == [60, 120, 300]
    assert verified.summary.verdict is Verdict.SAME
    assert [each.records for each in shop.events if isinstance(each, Settling)] == [3, 2, 1]


def test_record_that_never_comes_is_missing_once_the_account_had_its_time(
    push_shop: MakeShop,
) -> None:
    shop = push_shop(PRODUCTS)
    shop.now_s = 10
    shop.put("product", "p000001", None)
    shop.change("product", "p000002", title="Teapot")

    summary = shop.verify().summary

    assert (summary.verdict, summary.is_finished) == (Verdict.DIFFERS, True)
    assert (summary.types[0].missing, summary.types[0].differs) == (1, 1)
    assert sum(shop.slept) == pytest.approx(1_790, abs=5)
    assert [each.count for each in summary.patterns] == [1]


def test_nobody_waits_longer_than_they_said(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS)
    shop.now_s = 10
    shop.put("product", "p000001", None)
    impatient = Wishes(settle=timedelta(0))

    summary = shop.verify(impatient).summary

    assert shop.slept == []
    assert (summary.verdict, summary.exit_code) == (Verdict.NOT_SETTLED, ExitCode.TEMPORARY)
    assert (summary.types[0].not_settled, summary.types[0].missing) == (1, 0)
    assert summary.is_finished is False
    assert summary.sentence == (
        "All 700 records were read; 699 are as they were sent. 1 record is not there as sent "
        "yet, but so soon after the run the account may still be storing them."
    )
    shop.now_s = A_DAY_S
    again = shop.verify(impatient)
    assert again.summary.verification == summary.verification
    assert (again.summary.verdict, again.summary.types[0].missing) == (Verdict.DIFFERS, 1)


def test_account_that_lags_behind_with_everything_is_waited_for(push_shop: MakeShop) -> None:
    shop = push_shop(("products.csv", products(150)))
    shop.now_s = 10
    shop.hide("true")

    def come(_: float) -> None:
        if len(shop.slept) == 2:
            shop.show()

    assert shop.verify(on_sleep=come).summary.verdict is Verdict.SAME
    assert shop.slept == [60, 120]


def test_many_missing_records_are_not_all_asked_for_one_by_one(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS)
    shop.hide("internal_id % 2 = 0")
    before = single_reads(shop.emulator)

    summary = shop.verify(Wishes(statement=Whole())).summary

    assert summary.types[0].missing == 350
    assert len(table(summary.files["missing"])) == 350
    assert single_reads(shop.emulator) - before == 100


def test_what_no_page_shows_soon_after_a_run_is_not_asked_for_until_later(
    push_shop: MakeShop,
) -> None:
    shop = push_shop(PRODUCTS)
    shop.now_s = 10
    shop.hide("true")
    before = single_reads(shop.emulator)

    summary = shop.verify(Wishes(settle=timedelta(0))).summary

    assert (summary.types[0].not_settled, summary.exit_code) == (700, ExitCode.TEMPORARY)
    assert single_reads(shop.emulator) == before


def single_reads(emulator: RunningEmulator) -> int:
    with closing(sqlite3.connect(emulator.database)) as database:
        sql = "SELECT COUNT(*) FROM request WHERE path LIKE '%/products/%'"
        ((count,),) = database.execute(sql)
    return int(count)


def test_stopped_verification_goes_on_where_it_stopped(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS, CONTACTS)
    shop.change("product", "p000001", title="Teapot")
    stop = StopSignal()

    def stop_soon(event: VerificationEvent) -> None:
        if isinstance(event, RecordsRead) and event.done >= 250:
            stop.request()

    stopped = shop.verify(stop=stop, on_event=stop_soon)
    assert isinstance(stopped.failure, InterruptedRunError)
    assert stopped.failure.message == "interrupted; what was read is kept"
    assert (stopped.summary.verdict, stopped.summary.exit_code) == (
        Verdict.INTERRUPTED,
        ExitCode.INTERRUPTED,
    )
    read = stopped.summary.types[0].read
    assert 249 <= read < 700
    assert stopped.summary.is_finished is False

    done = shop.verify()

    assert done.folder == stopped.folder
    assert done.summary.sentence == "All 730 records were read; 1 differs."
    assert [each.count for each in done.summary.patterns] == [1]
    assert shop.verify().folder != done.folder


def test_other_wishes_begin_a_verification_of_their_own(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS)
    stop = StopSignal()
    stop.request()
    stopped = shop.verify(stop=stop)

    other = shop.verify(Wishes(statement=Whole()))

    assert stopped.summary.sentence == "Stopped before anything was read."
    assert other.folder != stopped.folder
    assert shop.verify().folder == stopped.folder


def test_stopped_verification_of_days_ago_does_not_go_on(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS)
    stop = StopSignal()
    stop.request()
    stopped = shop.verify(stop=stop)
    shop.now_s += 2 * A_DAY_S

    assert shop.verify().folder != stopped.folder


@pytest.mark.parametrize("damage", [b"", b"SQLite format 3\0 but not really", None])
def test_half_written_verification_is_left_alone(push_shop: MakeShop, damage: bytes | None) -> None:
    shop = push_shop(PRODUCTS)
    stop = StopSignal()
    stop.request()
    stopped = shop.verify(stop=stop)
    stopped.folder.summary.write_bytes(b"{")
    if damage is None:
        stopped.folder.state.unlink()
    else:
        stopped.folder.state.write_bytes(damage)

    verified = shop.verify()

    assert verified.folder != stopped.folder
    assert verified.summary.verdict is Verdict.SAME


def test_account_that_fails_for_too_long_is_told_and_goes_on_later(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS)
    shop.emulator.play(fault("answer", on="reads", status=503, from_request=3))

    failed = shop.verify()

    assert isinstance(failed.failure, TemporaryFailureError)
    assert (failed.summary.verdict, failed.summary.exit_code) == (
        Verdict.INTERRUPTED,
        ExitCode.TEMPORARY,
    )
    shop.emulator.heal()
    assert shop.verify().folder == failed.folder


def test_same_verification_runs_once_at_a_time(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS)
    refused: list[AccountBusyError] = []

    def verify_again(event: VerificationEvent) -> None:
        if isinstance(event, RecordsRead) and not refused:
            with pytest.raises(AccountBusyError, match="under way in another process") as raised:
                # Another thread, which has no event loop yet.
                pool.submit(shop.verify).result()
            refused.append(raised.value)

    with ThreadPoolExecutor(1) as pool:
        shop.verify(on_event=verify_again)

    assert len(refused) == 1


def test_collections_are_lists_of_their_own_by_their_own_names(push_shop: MakeShop) -> None:
    rows = contacts(6).splitlines()
    rows[1:3] = [row.replace(",main,", ",müller & co/shop,") for row in rows[1:3]]
    shop = push_shop(("contacts.csv", "\n".join(rows)))

    summary = shop.verify(Wishes(statement=Whole())).summary

    assert [(each.listing, each.same, each.extra) for each in summary.types] == [
        ("contacts/main", 4, 0),
        ("contacts/müller & co/shop", 2, 0),
    ]


def test_only_the_records_of_one_file_are_read(push_shop: MakeShop) -> None:
    shop = push_shop(("a.csv", products(10)), ("b.csv", products(20).replace("\np", "\nq")))

    summary = shop.verify(Wishes(source="a.csv")).summary

    assert (summary.types[0].population, summary.types[0].read) == (10, 10)
    assert summary.types[0].extra is None, "records of the other file were sent, too"
    with pytest.raises(UsageError, match=r"no record of the run came from c\.csv"):
        shop.verify(Wishes(source="c.csv"))
    with pytest.raises(UsageError, match="accepted no record of run"):
        shop.verify(Wishes(types=(ObjectType.ORDER,)))


def test_parts_cover_everything_together(push_shop: MakeShop) -> None:
    # So many others hold the list that single reads are cheaper.
    shop = push_shop(("few.csv", products(40)))
    with_others(shop, 20_000)

    read = [shop.verify(Wishes(statement=Part(number, 3))).summary for number in (1, 2, 3)]

    assert all(each.bound is None for each in read)
    assert all("part" in each.sentence for each in read)
    # The first and the last record of the file are read each night.
    assert sum(each.types[0].read for each in read) == 40 + 2 * 2


def test_as_much_is_read_as_fits_into_a_time(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS)
    with_others(shop, 30_000)

    summary = shop.verify(Wishes(statement=ForTime(0.01))).summary

    assert summary.types[0].how is How.SAMPLE
    # 59 of each file, and its first and last record, are read at least.
    assert 60 <= summary.types[0].read <= 64


def test_rule_that_was_offered_can_be_accepted(
    push_shop: MakeShop, shop_emulator: RunningEmulator
) -> None:
    shop_emulator.set_traits(timestamps="days")
    shop = push_shop(CONTACTS, is_again=True)

    summary = shop.verify().summary
    (pattern,) = summary.patterns
    assert (pattern.field, pattern.count, pattern.of) == ("timestamp_acquired", 30, 30)
    assert pattern.offered == "times_to_the_day"

    accepted = shop.verify(Wishes(accepted=("times_to_the_day",))).summary
    assert accepted.verdict is Verdict.SAME
    assert {each.rule: each.count for each in accepted.rules}["times_to_the_day"] == 30
    with pytest.raises(UsageError, match="there is no rule 'times_to_day' that can be accepted"):
        Wishes(accepted=("times_to_day",))


@pytest.mark.parametrize(
    "traits",
    [
        {},
        {"timestamps": "seconds"},
        {"zone": "offset"},
        {"lower_emails": True},
        {"unset_nulls": True},
        {"reads_lag_s": 0.05},
    ],
)
def test_what_servers_are_known_to_do_is_no_difference(
    push_shop: MakeShop, shop_emulator: RunningEmulator, traits: dict[str, object]
) -> None:
    shop_emulator.set_traits(**traits)
    files = (PRODUCTS, ("contacts.csv", contacts(30).replace("@example", "@EXAMPLE")))
    shop = push_shop(*files, is_again=True)
    time.sleep(0.06 if "reads_lag_s" in traits else 0)

    summary = shop.verify().summary

    assert (summary.verdict, summary.patterns) == (Verdict.SAME, ())


def test_deleted_and_added_records_while_a_list_is_read_hide_nothing(
    push_shop: MakeShop, shop_emulator: RunningEmulator
) -> None:
    shop = push_shop(("products.csv", products(1_500)))
    shop.put("product", "p001400", None)
    shop_emulator.play(fault("other_writer", deletes=2, adds=1, where="first", times=6))

    summary = shop.verify().summary

    stored = {f"p{number:06}" for number in range(1_500)}
    with closing(sqlite3.connect(shop_emulator.database)) as database:
        stored -= {str(each) for (each,) in database.execute("SELECT id FROM record")}
    missing = {each["id"] for each in table(summary.files["missing"])}
    assert "p001400" in missing
    assert missing <= stored


def test_account_that_shows_short_pages_is_read_one_by_one(
    push_shop: MakeShop, shop_emulator: RunningEmulator
) -> None:
    shop = push_shop(("products.csv", products(150)))
    shop_emulator.set_traits(largest_page=100)

    summary = shop.verify().summary

    assert (summary.verdict, summary.types[0].same, summary.types[0].extra) == (
        Verdict.SAME,
        150,
        None,
    )
    (note,) = summary.notes
    assert note.startswith("products was read one by one, because of its pages:")


class MachineGoneError(Exception):
    """What nobody foresees."""


def test_crash_loses_nothing_that_was_read(push_shop: MakeShop) -> None:
    shop = push_shop(PRODUCTS)
    shop.change("product", "p000001", title="Teapot")

    def crash(event: VerificationEvent) -> None:
        if isinstance(event, RecordsRead):
            raise MachineGoneError

    with pytest.raises(MachineGoneError):
        shop.verify(on_event=crash)
    (folder,) = shop.home.verifications()
    assert not (folder / "summary.json").exists()

    summary = shop.verify().summary

    assert summary.verification == folder.name
    assert summary.sentence == "All 700 records were read; 1 differs."


def test_summary_is_what_the_file_says(push_shop: MakeShop) -> None:
    verified = push_shop(PRODUCTS).verify()

    assert read_summary(verified.folder.summary) == verified.summary
    assert json.loads(verified.folder.summary.read_text())["asked"]["statement"] == "0.1%@95"
