"""The hours in which a run may send: what they are, and when they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.options.sending_hours import SendingHours

LONDON = ZoneInfo("Europe/London")
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/London", "America/New_York", "Asia/Kolkata")]


def hours(text: str, zone: ZoneInfo = LONDON) -> SendingHours:
    said = SendingHours.parse(text)
    return SendingHours(said.begin_min, said.end_min, zone)


def at(text: str) -> float:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def utc(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("01:00-06:00", "01:00-06:00"),
        (" 1:00 - 6:00 ", "01:00-06:00"),
        ("22:00-24:00", "22:00-00:00"),
        ("22:00-06:00", "22:00-06:00"),
        ("Always", "always"),
    ],
)
def test_hours_are_read_and_written(text: str, meant: str) -> None:
    assert str(SendingHours.parse(text)) == meant
    assert SendingHours.parse(meant) == SendingHours.parse(text)


@pytest.mark.parametrize(
    "text", ["", "01:00", "1-6", "25:00-06:00", "24:30-06:00", "01:60-06:00", "01:00-06:00-07:00"]
)
def test_what_is_no_hours_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not hours of a day such as 01:00-06:00"):
        SendingHours.parse(text)


@pytest.mark.parametrize("text", ["06:00-06:00", "00:00-24:00"])
def test_equal_ends_are_refused_with_what_to_write_instead(text: str) -> None:
    with pytest.raises(ValueError, match="write always to send at any time"):
        SendingHours.parse(text)


def test_the_end_is_not_part_of_the_hours() -> None:
    night = hours("01:00-06:00")
    opened = [night.is_open(at(f"2024-01-10 {time}")) for time in ("00:59", "01:00", "05:59")]
    assert opened == [False, True, True]
    assert not night.is_open(at("2024-01-10 06:00"))


def test_hours_can_go_over_midnight() -> None:
    night = hours("22:00-06:00")
    opened = [night.is_open(at(f"2024-01-10 {time}")) for time in ("21:59", "22:00", "00:00")]
    assert opened == [False, True, True]
    assert utc(night.opens_at(at("2024-01-10 06:00"))) == "2024-01-10 22:00"


@pytest.mark.parametrize(
    ("text", "asked", "opens"),
    [
        # On 2024-03-31 the clock in London goes from 01:00 to 02:00, which is 01:00 UTC.
        ("01:00-06:00", "2024-03-30 12:00", "2024-03-31 01:00"),
        ("01:30-06:00", "2024-03-30 12:00", "2024-03-31 01:00"),
        ("02:00-06:00", "2024-03-30 12:00", "2024-03-31 01:00"),
        ("03:00-06:00", "2024-03-30 12:00", "2024-03-31 02:00"),
        ("01:15-01:45", "2024-03-30 12:00", "2024-04-01 00:15"),
        # On 2024-10-27 it goes back from 02:00 to 01:00, at 01:00 UTC.
        ("01:00-06:00", "2024-10-26 12:00", "2024-10-27 00:00"),
        ("01:15-01:45", "2024-10-26 12:00", "2024-10-27 00:15"),
        ("01:15-01:45", "2024-10-27 00:45", "2024-10-27 01:15"),
        ("02:00-06:00", "2024-10-26 12:00", "2024-10-27 02:00"),
        ("03:00-06:00", "2024-10-26 12:00", "2024-10-27 03:00"),
    ],
)
def test_the_next_beginning_follows_a_change_of_the_clock(
    text: str, asked: str, opens: str
) -> None:
    assert utc(hours(text).opens_at(at(asked))) == opens


@pytest.mark.parametrize(
    ("begun", "sending_h", "ends", "days"),
    [
        ("2024-01-10 12:00", 5, "2024-01-11 06:00", 1),
        ("2024-01-10 12:00", 6, "2024-01-12 02:00", 2),
        ("2024-01-10 05:00", 2, "2024-01-11 02:00", 2),
        # The night of the change has an hour less, and the one in autumn an hour more.
        ("2024-03-30 12:00", 5, "2024-04-01 01:00", 2),
        ("2024-10-26 12:00", 6, "2024-10-27 06:00", 1),
    ],
)
def test_the_end_is_forecast_over_nights(
    begun: str, sending_h: float, ends: str, days: int
) -> None:
    forecast = hours("01:00-06:00").forecast(at(begun), sending_h * 3600)
    assert forecast is not None
    assert (utc(forecast.ends_at), forecast.days) == (ends, days)


def test_nobody_waits_more_than_ten_years() -> None:
    assert hours("01:00-01:01").forecast(at("2024-01-10 12:00"), 1e7) is None
    always = SendingHours.parse("always").forecast(5, 10)
    assert always is not None
    assert always.ends_at == 15


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(ZONES),
    st.integers(0, 366 * 1440),
    st.integers(0, 59),
)
def test_they_open_at_the_first_minute_at_which_the_clock_shows_them(
    begin: int, end: int, zone: ZoneInfo, minute: int, second: int
) -> None:
    """Against a search minute by minute, at any time of a year with both changes."""
    chosen = SendingHours(begin, end, zone)
    asked = at("2024-01-01 00:00") + minute * 60 + second
    opens = chosen.opens_at(asked)
    assert chosen.is_open(opens)
    assert opens - asked <= timedelta(days=2).total_seconds()
    if opens != asked:
        assert not chosen.is_open(asked)
        assert not any(chosen.is_open(each) for each in range(int(asked), int(opens), 60))
        assert not chosen.is_open(opens - 1)
