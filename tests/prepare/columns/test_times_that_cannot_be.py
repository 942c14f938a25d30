"""Orders of the future and of long ago, and birthdays that are nobody's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.prepare.outcomes import prepare_rows

ORDER = ("id", "timestamp", "grand_total", "currency")


def in_hours(hours: float, offset: str = "+00:00") -> str:
    zone = datetime.fromisoformat(f"2024-01-01T00:00:00{offset}").tzinfo
    moment = datetime.now(UTC) + timedelta(hours=hours)
    return moment.astimezone(zone).isoformat(timespec="seconds")


@pytest.mark.parametrize(
    "time",
    ["2099-01-01 00:00", "1989-12-31T23:59:59Z", "1971-06-01 12:00", "1902-05-05"],
)
def test_an_order_of_a_time_that_cannot_be_is_rejected(tmp_path: Path, time: str) -> None:
    rows = [ORDER, ("1", time, "5", "EUR"), ("2", "2024-05-01", "5", "EUR")]
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    assert [record["id"] for record in outcome.records] == ["2"]
    assert outcome.places("E091") == [(2, "timestamp")]


@pytest.mark.parametrize(("hours", "offset"), [(25, "+00:00"), (26, "-11:00"), (26, "+14:00")])
def test_an_order_more_than_a_day_ahead_is_rejected(
    tmp_path: Path, hours: int, offset: str
) -> None:
    rows = [ORDER, ("1", in_hours(hours, offset), "5", "EUR")]

    assert prepare_rows(tmp_path, "orders.csv", rows).places("E091") == [(2, "timestamp")]


@pytest.mark.parametrize(
    ("hours", "offset"), [(-1, "+00:00"), (22, "+00:00"), (20, "+14:00"), (22, "-11:00")]
)
def test_clocks_and_zones_may_be_a_day_ahead(tmp_path: Path, hours: int, offset: str) -> None:
    rows = [ORDER, ("1", in_hours(hours, offset), "5", "EUR"), ("2", "1990-01-01", "5", "EUR")]
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    assert len(outcome.records) == 2
    assert outcome.places("E091") == []


@pytest.mark.parametrize("time", ["1970-01-01 00:00:00", "1970-01-01T01:00:00+01:00"])
def test_the_zero_of_unix_time_is_no_time_of_an_order(tmp_path: Path, time: str) -> None:
    outcome = prepare_rows(tmp_path, "orders.csv", [ORDER, ("1", time, "5", "EUR")])

    assert outcome.records == []
    assert outcome.places("E015") == [(2, "timestamp")]


def test_contacts_lose_times_that_are_none(tmp_path: Path) -> None:
    rows = [
        ("id", "email", "timestamp_acquired", "timestamp_subscribed", "marketing_optin"),
        ("1", "a@example.com", "2099-01-01", "1970-01-01 00:00:00", "unsubscribed"),
    ]
    outcome = prepare_rows(tmp_path, "contacts.csv", rows)

    (record,) = outcome.records
    assert record == {
        "@type": "contact",
        "id": "1",
        "email": "a@example.com",
        "marketing_optin": "EXPLICITLY_OPTEDOUT",
    }
    assert outcome.places("W091") == [(2, "timestamp_acquired")]
    assert outcome.places("W015") == [(2, "timestamp_subscribed")]


def test_a_two_digit_year_of_birth_is_never_in_the_future(tmp_path: Path) -> None:
    this_year = datetime.now(UTC).year
    rows = [
        ("id", "email", "date_of_birth"),
        ("1", "a@example.com", "15/06/31"),
        ("2", "b@example.com", "15/06/68"),
        ("3", "c@example.com", "29/02/04"),
        ("4", "d@example.com", f"15/06/{(this_year + 1) % 100:02}"),
        ("5", "e@example.com", f"15/06/{(this_year - 1) % 100:02}"),
    ]
    outcome = prepare_rows(tmp_path, "contacts.csv", rows)

    assert [record["date_of_birth"] for record in outcome.records] == [
        "1931-06-15",
        "1968-06-15",
        "2004-02-29",
        f"{this_year - 99}-06-15",
        f"{this_year - 1}-06-15",
    ]


@pytest.mark.parametrize(
    "day", ["2099-01-01", "1899-12-31", "0000-00-00", "1900-01-00", "1900-01-01", "0001-01-01"]
)
def test_a_birthday_that_is_nobodys_is_left_out(tmp_path: Path, day: str) -> None:
    rows = [("id", "email", "date_of_birth"), ("1", "a@example.com", day)]
    outcome = prepare_rows(tmp_path, "contacts.csv", rows)

    assert "date_of_birth" not in outcome.records[0]
    assert outcome.places("W016") == [(2, "date_of_birth")]


@pytest.mark.parametrize("form", ["%d/%m/%y", "%d. %b %y", "%d/%m/%y %H:%M"])
def test_a_format_of_a_mapping_leaves_the_century_to_the_field(tmp_path: Path, form: str) -> None:
    mapping = tmp_path / "own.toml"
    mapping.write_text(
        f'object_type = "contact"\n[fields]\nid = "No"\nemail = "Mail"\n'
        f'date_of_birth = {{ column = "Born", date_format = "{form}" }}\n'
        f'timestamp_acquired = {{ column = "Since", date_format = "{form}" }}\n',
        "utf-8",
    )
    born, since = datetime(1931, 6, 15, 10, 5), datetime(2021, 2, 3, 10, 5)  # noqa: DTZ001
    rows = [
        ("No", "Mail", "Born", "Since"),
        ("1", "a@example.com", born.strftime(form), since.strftime(form)),
    ]
    (record,) = prepare_rows(tmp_path, "own.csv", rows, mapping=mapping).records

    assert record["date_of_birth"] == "1931-06-15"
    assert record["timestamp_acquired"][:10] == "2021-02-03"
    assert ("T10:05:00" in record["timestamp_acquired"]) == ("%H" in form)
