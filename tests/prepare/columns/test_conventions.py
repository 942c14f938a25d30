from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import ExitCode, UsageError
from ometria_import.schema.field_types import DateOrder, DecimalSign
from tests.prepare.outcomes import Outcome, prepare_rows, prepare_text, small_blocks


def prices(folder: Path, *texts: str, **options: Any) -> list[str | None]:
    """The prices as they stand in the records."""
    rows = [[str(n), f"t{n}", text] for n, text in enumerate(texts)]
    outcome = prepare_rows(folder, "products.csv", [["id", "title", "price"], *rows], **options)
    return [None if "price" not in r else str(r["price"]) for r in outcome.records]


def birthdays(folder: Path, *texts: str, **options: Any) -> Outcome:
    rows = [[str(n), f"a{n}@example.com", text] for n, text in enumerate(texts)]
    header = ["id", "email", "Date of birth"]
    return prepare_rows(folder, "contacts.csv", [header, *rows], **options)


def test_one_day_over_twelve_decides_the_whole_column(tmp_path: Path) -> None:
    outcome = birthdays(tmp_path, "03/04/1990", "25/04/1990", "1990-05-06")

    assert [record["date_of_birth"] for record in outcome.records] == [
        "1990-04-03",
        "1990-04-25",
        "1990-05-06",
    ]


@pytest.mark.parametrize("evidence", ["25/12/1990", "12/25/1990"])
def test_evidence_in_a_later_chunk_decides_the_first_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evidence: str
) -> None:
    small_blocks(monkeypatch, 2_048)

    outcome = birthdays(tmp_path, *["03/04/1990"] * 500, evidence)

    expected = "1990-04-03" if evidence.startswith("25") else "1990-03-04"
    assert {record["date_of_birth"] for record in outcome.records} == {expected, "1990-12-25"}


def test_evidence_in_json_decides_nested_fields(tmp_path: Path) -> None:
    def content(*days: str) -> str:
        return json.dumps(
            [
                {
                    "@type": "contact",
                    "id": n,
                    "email": f"a{n}@example.com",
                    "channels": {"sms": {"dt_updated_marketing": day}},
                }
                for n, day in enumerate(days)
            ]
        )

    outcome = prepare_text(tmp_path, "contacts.json", content("03/04/2020", "", "25/04/2020"))

    sms = outcome.records[0]["channels"]["sms"]
    assert sms["dt_updated_marketing"] == "2020-04-03T00:00:00Z"
    assert outcome.summary.problems == {"W052": 2, "W053": 2}
    with pytest.raises(UsageError, match=r"column 'channels\.sms\.dt_updated_marketing'"):
        prepare_text(tmp_path, "contacts.json", content("03/04/2020"))


def test_evidence_in_json_is_found_beside_line_items(tmp_path: Path) -> None:
    content = (
        '{"@type":"order","id":%d,"timestamp":"%s","grand_total":1,"currency":"EUR",'
        '"lineitems":[{"product_id":1,"quantity":1,"subtotal":1}]}\n'
    )

    outcome = prepare_text(
        tmp_path,
        "orders.ndjson",
        content % (1, "03/04/2024 10:00Z") + content % (2, "25/04/2024 10:00Z"),
    )

    assert outcome.records[0]["timestamp"] == "2024-04-03T10:00:00Z"


def test_open_day_and_month_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        birthdays(tmp_path, "", "1990-01-02", "03/04/1990")

    assert caught.value.message == (
        f"{tmp_path / 'contacts.csv'}, column 'Date of birth': '03/04/1990' does not say which "
        "is the day and which the month, and no value of it tells"
    )
    assert caught.value.hint == "Use --date-order dmy or --date-order mdy."
    assert caught.value.exit_code is ExitCode.USAGE


def test_contradicting_days_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'03/04/1990' .* its values contradict each other"):
        birthdays(tmp_path, "25/04/1990", "04/25/1990", "03/04/1990")


@pytest.mark.parametrize(
    "texts",
    [
        ["25/04/1990", "03/04/1990", *["25/04/1991"] * 500, "04/25/1990"],
        ["04/25/1990", *["1990-01-02"] * 500, "25/04/1990", "03/04/1990"],
        ["04/25/1990", *["1990-01-02"] * 500, "25/04/1990", *["03/04/1990"] * 500],
    ],
    ids=["after the decision", "before it", "long before it"],
)
def test_contradictions_in_other_chunks_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texts: list[str]
) -> None:
    small_blocks(monkeypatch, 2_048)

    with pytest.raises(UsageError, match=r"'03/04/1990' .* its values contradict each other"):
        birthdays(tmp_path, *texts)


@pytest.mark.parametrize(
    "texts",
    [
        ["12.50", "1,234", *["7.50"] * 500, "12,50"],
        ["12.50", *["7"] * 500, "12,50", "1,234"],
    ],
    ids=["after the decision", "before it"],
)
def test_contradicting_decimal_signs_in_other_chunks_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texts: list[str]
) -> None:
    small_blocks(monkeypatch, 1_024)

    with pytest.raises(UsageError, match="contradict each other"):
        prices(tmp_path, *texts)


@pytest.mark.parametrize(
    ("order", "expected"), [(DateOrder.DMY, "1990-04-03"), (DateOrder.MDY, "1990-03-04")]
)
def test_said_date_order_answers_the_question(
    tmp_path: Path, order: DateOrder, expected: str
) -> None:
    outcome = birthdays(tmp_path, "03/04/1990", date_order=order)

    assert outcome.records[0]["date_of_birth"] == expected


def test_many_local_days_are_read_by_the_decided_order(tmp_path: Path) -> None:
    texts = [f"{1 + n % 28:02d}/{1 + n % 12:02d}/{1901 + n % 99}" for n in range(400)]

    outcome = birthdays(tmp_path, *texts)

    assert [record["date_of_birth"] for record in outcome.records] == [
        f"{text[6:]}-{text[3:5]}-{text[:2]}" for text in texts
    ]
    assert outcome.summary.problems == {"W053": 400}


def test_decimal_comma_is_decided_for_the_column(tmp_path: Path) -> None:
    assert prices(tmp_path, "1.234", "12,50", "1.234,50", "7") == ["1234", "12.50", "1234.50", "7"]
    assert prices(tmp_path, "1,234", "12.50") == ["1234", "12.50"]


def test_lone_point_before_a_decimal_comma_is_not_read_in_two_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bug: a chunk with 1.234 alone was read with a decimal point, the next ones with a comma."""
    small_blocks(monkeypatch, 1_024)
    texts = ["1.234"] * 200 + ["12,50"]

    assert set(prices(tmp_path, *texts)) == {"1234", "12.50"}


@pytest.mark.parametrize("text", ["1,234", "1.234", "\u20ac 1.234"])
def test_open_decimal_sign_is_asked_for(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        prices(tmp_path, "7", text)

    assert caught.value.message == (
        f"{tmp_path / 'products.csv'}, column 'price': '{text}' does not say whether a comma or "
        "a point is the decimal sign, and no value of it tells"
    )
    assert caught.value.hint == "Use --decimal-sign point or --decimal-sign comma."


def test_contradicting_decimal_signs_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="contradict each other"):
        prices(tmp_path, "12,50", "12.50", "1,234")


def test_said_decimal_sign_answers_the_question(tmp_path: Path) -> None:
    assert prices(tmp_path, "1,234", decimal_sign=DecimalSign.POINT) == ["1234"]
    assert prices(tmp_path, "1,234", decimal_sign=DecimalSign.COMMA) == ["1.234"]


def test_numbers_of_json_have_a_decimal_point(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path, "products.ndjson", '{"id":1,"price":1.234}\n{"id":2,"price":"1,234"}\n'
    )

    assert [str(record["price"]) for record in outcome.records] == ["1.234", "1234"]


def test_said_decimal_comma_holds_for_texts_in_json(tmp_path: Path) -> None:
    content = (
        '{"@type":"order","id":1,"timestamp":"2024-01-31T09:30:00Z","grand_total":"1,5",'
        '"currency":"EUR","lineitems":[{"product_id":1,"quantity":1,"unit_price":"1.234"}]}\n'
    )

    outcome = prepare_text(tmp_path, "orders.ndjson", content, decimal_sign=DecimalSign.COMMA)

    (record,) = outcome.records
    assert str(record["grand_total"]) == "1.5"
    assert str(record["lineitems"][0]["unit_price"]) == "1234"


def test_question_ends_the_command_while_more_chunks_are_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_blocks(monkeypatch, 1_024)

    with pytest.raises(UsageError, match="which is the day"):
        birthdays(tmp_path, *["03/04/1990"] * 2_000)


def test_many_different_times_without_a_zone_are_counted(tmp_path: Path) -> None:
    rows = [[str(n), f"a{n}@example.com", f"2024-07-01 10:{n:02d}:00"] for n in range(60)]
    rows += [[str(n), f"a{n}@example.com", f"2024-07-02 10:{n - 60:02d}"] for n in range(60, 120)]

    outcome = prepare_rows(tmp_path, "contacts.csv", [["id", "email", "timestamp_acquired"], *rows])

    assert outcome.summary.problems == {"W052": 120, "W053": 120}
    assert outcome.records[60]["timestamp_acquired"] == "2024-07-02T10:00:00Z"


def test_times_without_a_zone_are_utc_with_one_warning_per_column(tmp_path: Path) -> None:
    rows = [
        [str(n), f"a{n}@example.com", "2024-07-01 10:00:00", "2024-07-01T10:00:00Z"]
        for n in range(100)
    ]
    header = ["id", "email", "timestamp_acquired", "timestamp_subscribed"]

    outcome = prepare_rows(tmp_path, "contacts.csv", [header, *rows])

    (problem,) = (row for row in outcome.problems if row["code"] == "W052")
    assert (problem["line"], problem["field"], problem["count"]) == (
        "2",
        "timestamp_acquired",
        "100",
    )
    assert problem["message"] == "100 times without a zone were read as UTC"
    assert outcome.records[0]["timestamp_acquired"] == "2024-07-01T10:00:00Z"
    assert outcome.summary.problems == {"W052": 100, "W053": 100}


def test_said_zone_gives_offsets_and_no_warning(tmp_path: Path) -> None:
    rows = [["1", "a@example.com", "2024-07-01 10:00"], ["2", "a@example.com", "2024-01-01 10:00"]]

    outcome = prepare_rows(
        tmp_path,
        "contacts.csv",
        [["id", "email", "timestamp_acquired"], *rows],
        timezone="Europe/London",
    )

    assert [record["timestamp_acquired"] for record in outcome.records] == [
        "2024-07-01T10:00:00+01:00",
        "2024-01-01T10:00:00Z",
    ]
    assert "W052" not in outcome.summary.problems


@pytest.mark.parametrize("distinct", [1, 100, 1_000])
def test_rewritten_values_are_counted_and_the_first_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, distinct: int
) -> None:
    small_blocks(monkeypatch, 8_192)
    texts = ["2.50"] + [f"1,{n % distinct:03d}.50" for n in range(1_000)]
    rows = [[str(n), text] for n, text in enumerate(texts)]

    outcome = prepare_rows(tmp_path, "products.csv", [["id", "price"], *rows])

    (problem,) = outcome.problems
    assert (problem["code"], problem["line"], problem["count"]) == ("W053", "3", "1000")
    assert problem["message"] == "'1,000.50' became '1000.50'"


def test_findings_of_many_texts_stand_at_their_own_rows(tmp_path: Path) -> None:
    texts = [f"{n}.50" for n in range(500)]
    texts[17] = texts[400] = "much"

    assert [n for n, price in enumerate(prices(tmp_path, *texts)) if price is None] == [17, 400]
