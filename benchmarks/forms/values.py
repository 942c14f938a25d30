"""Values as a record has them, and the same values as people write them.

Everything is invented. Telephone numbers are those that Ofcom sets aside for drama: 15,000 of
them, each written in one of five forms, so that a column has 75,000 different texts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

ZONE = "Europe/London"
_ZONE = ZoneInfo(ZONE)
_EPOCH_2019, _SIX_YEARS_S = 1_546_300_800, 189_302_400
_FIRST_NAMES = ("Amelia", "Oliver", "Zoë", "Harriet", "Jürgen", "Anna", "Björn", "Priya", "Maeve")
_LAST_NAMES = ("Ashworth", "O'Neill", "Müller", "Hughes", "Patel", "Evans", "de Vries", "Okafor")
_AREAS = (
    ("113", "496 0"), ("114", "496 0"), ("115", "496 0"), ("116", "496 0"), ("117", "496 0"),
    ("118", "496 0"), ("121", "496 0"), ("131", "496 0"), ("141", "496 0"), ("151", "496 0"),
    ("161", "496 0"), ("191", "498 0"), ("20", "7946 0"), ("29", "2018 0"), ("28", "9649 6"),
)  # fmt: skip
_PHONE_FORMS = (
    "0{area} {near}{last}", "(0{area}) {near}{last}", "+44 {area} {near}{last}",
    "0{area}-{near}{last}", "0{area}{joined}{last}",
)  # fmt: skip


class Phone(NamedTuple):
    """One number."""

    area: str
    near: str
    last: str

    @property
    def plain(self) -> str:
        """In E.164."""
        return f"+44{self.area}{self.near.replace(' ', '')}{self.last}"

    def written(self, form: int) -> str:
        """As somebody in the country writes it."""
        joined = self.near.replace(" ", "")
        return _PHONE_FORMS[form % len(_PHONE_FORMS)].format(**self._asdict(), joined=joined)


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a row is about."""

    number: int
    first_name: str
    last_name: str
    email: str
    phone: Phone
    acquired: datetime
    subscribed: datetime
    birthday: str
    chance: int
    """Bits that are left, for what a file does beside."""

    @property
    def mixed_email(self) -> str:
        """The address as people type it."""
        return self.email.upper() if self.chance % 2 else self.email.title()


def people(count: int, seed: int = 23) -> Iterator[Person]:
    """So many people, the same ones every time."""
    draw = random.Random(seed).getrandbits
    for number in range(1, count + 1):
        bits, first = divmod(draw(192), len(_FIRST_NAMES))
        bits, last = divmod(bits, len(_LAST_NAMES))
        bits, digits = divmod(bits, 1_000)
        bits, area = divmod(bits, len(_AREAS))
        bits, acquired = divmod(bits, _SIX_YEARS_S)
        bits, later = divmod(bits, 86_400 * 20)
        bits, day = divmod(bits, 28)
        bits, month = divmod(bits, 12)
        bits, year = divmod(bits, 66)
        yield Person(
            number,
            _FIRST_NAMES[first],
            _LAST_NAMES[last],
            f"c{number:x}.{last}@example.com",
            Phone(*_AREAS[area], f"{digits:03d}"),
            moment(acquired),
            moment(acquired + later),
            f"{1940 + year}-{month + 1:02d}-{day + 1:02d}",
            bits,
        )


def moment(seconds: int) -> datetime:
    """So many seconds after the beginning of 2019, to the minute."""
    return datetime.fromtimestamp(_EPOCH_2019 + seconds // 60 * 60, UTC)


def plain_time(time: datetime) -> str:
    """As Ometria has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def local_time(time: datetime) -> str:
    """As a shop's clock shows it: 03/04/2024 15:04."""
    return time.astimezone(_ZONE).strftime("%d/%m/%Y %H:%M")


def epoch(time: datetime) -> str:
    """In seconds of Unix."""
    return str(int(time.timestamp()))


def british_day(day: str) -> str:
    """A day of ISO 8601 as it is written in Britain."""
    year, month, date = day.split("-")
    return f"{date}/{month}/{year}"


def plain_amount(pence: int) -> str:
    """With a decimal point, and nothing else."""
    return f"{pence // 100}.{pence % 100:02d}"


def continental(pence: int, sign: str = "") -> str:
    """With a decimal comma, and dots between thousands: 1.234,56."""
    return f"{pence // 100:,}".replace(",", ".") + f",{pence % 100:02d}{sign}"
