"""Who buys there, and how contacts stand in a CSV file. Nobody of them exists."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sample_data.shop.catalogue import EU_STORE, UK_STORE
from sample_data.shop.dice import Dice

CUSTOMERS = 1_300
SUBSCRIBERS = 700

COLUMNS = (
    "id", "@collection", "email", "customer_id", "prefix", "firstname", "lastname", "gender",
    "date_of_birth", "phone_number", "country_id", "timezone", "timestamp_acquired",
    "timestamp_subscribed", "timestamp_unsubscribed", "marketing_optin",
    "channels.sms.allow_marketing", "channels.sms.allow_transactional",
    "channels.sms.dt_updated_marketing", "store_ids", "properties.loyalty_tier",
    "properties.favourite_room",
)  # fmt: skip

_FIRST_NAMES = {
    "GB": (
        "Amelia", "Oliver", "Siân", "Zoë", "Harriet", "Callum", "Niamh", "Rhys", "Chloë", "Isaac",
        "Priya", "Tom", "Maeve", "Ewan", "Grace", "Yusuf", "Beth", "Alfie",
    ),
    "DE": (
        "Jürgen", "Käthe", "Anna", "Björn", "Sören", "Lena", "Günther", "Mia", "Jörg", "Antje",
        "Emine", "Lukas", "Frauke", "Hannelore", "Uwe", "Änne",
    ),
    "FR": ("François", "Amélie", "Noël", "Hélène", "Aurélie", "Théo"),
    "NL": ("Daan", "Sanne", "Renée", "Joris", "Anouk"),
}  # fmt: skip
_LAST_NAMES = {
    "GB": (
        "Ashworth", "O'Neill", "Pemberton", "Okafor", "MacLeod", "Trelawney", "Hughes", "Patel",
        "Fairweather", "Lindqvist-Moore", "Thorne", "Birtwistle", "Evans", "Brontley",
    ),
    "DE": (
        "Müller", "Weiß", "Krüger", "Schröder", "Şahin", "Groß", "Böhm", "von der Heide", "Jäger",
        "Köhler", "Petersen", "Łukasik", "Hansen",
    ),
    "FR": ("Lefèvre", "Bérenger", "Dubois", "Château"),
    "NL": ("de Vries", "Bakker", "van den Berg", "Visser"),
}  # fmt: skip
TOWNS = {
    "GB": (
        ("Leeds", "LS1 4AP"), ("Bristol", "BS1 5TR"), ("Glasgow", "G2 1DU"),
        ("Cardiff", "CF10 1EP"), ("London", "E8 3PN"), ("Falmouth", "TR11 3AA"),
        ("Norwich", "NR2 1TF"),
    ),
    "DE": (
        ("Hamburg", "20095"), ("Köln", "50667"), ("Dresden", "01067"), ("München", "80331"),
        ("Lübeck", "23552"), ("Berlin", "10115"),
    ),
    "FR": (("Nîmes", "30000"), ("Paris", "75011"), ("Saint-Malo", "35400")),
    "NL": (("Utrecht", "3511 AB"), ("'s-Hertogenbosch", "5211 AA")),
}  # fmt: skip
_NATIONALITIES = {"GB": 62, "DE": 27, "FR": 7, "NL": 4}
_COUNTRY_NAMES = {"GB": "United Kingdom", "DE": "Germany", "FR": "France", "NL": "Netherlands"}
_TIMEZONES = {
    "GB": "Europe/London", "DE": "Europe/Berlin", "FR": "Europe/Paris", "NL": "Europe/Amsterdam",
}  # fmt: skip
_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")
_PREFIXES = {"GB": ("Mr", "Ms", "Dr"), "DE": ("Herr", "Frau", "Dr."), "FR": ("M.", "Mme", "Dr")}
_LETTERS_TO_ASCII = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "ł": "l", "'": "", " ": "."}
)


@dataclass(frozen=True, slots=True)
class Person:
    """A contact; a person may be one in both collections."""

    number: int
    collection: str
    email: str
    firstname: str
    lastname: str
    gender: str
    """`m`, `f` or `o`."""
    born: date
    country: str
    town: str
    postcode: str
    phone: str
    acquired: datetime
    tier: str

    @property
    def customer_id(self) -> str:
        """Empty for somebody who only reads the newsletter."""
        return f"C{self.number}" if self.collection == "customers" else ""


def make_people() -> list[Person]:
    """First the customers, by the time of their first visit, then the newsletter's readers."""
    dice = Dice(20_211)
    arrivals = sorted(_arrival(dice) for _ in range(CUSTOMERS))
    customers = [
        _person(dice, 50_001 + position, "customers", acquired)
        for position, acquired in enumerate(arrivals)
    ]
    readers = []
    for number in range(80_001, 80_001 + SUBSCRIBERS):
        if dice.chance(0.3):
            reader = replace(dice.pick(customers), number=number, collection="newsletter", phone="")
        else:
            reader = _person(dice, number, "newsletter", _arrival(dice))
        readers.append(reader)
    return customers + readers


def _arrival(dice: Dice) -> datetime:
    """Half of the customers are older than the first order in the files."""
    fraction = dice.fraction()
    years = fraction * fraction * 6.9
    return datetime(2019, 1, 7, 8, tzinfo=UTC) + timedelta(seconds=int(years * 31_557_600))


def _person(dice: Dice, number: int, collection: str, acquired: datetime) -> Person:
    country = dice.weighted(_NATIONALITIES)
    firstname, lastname = dice.pick(_FIRST_NAMES[country]), dice.pick(_LAST_NAMES[country])
    town, postcode = dice.pick(TOWNS[country])
    return Person(
        number=number,
        collection=collection,
        email=f"{ascii_name(f'{firstname}.{lastname}')}{number % 10_000}@{dice.pick(_DOMAINS)}",
        firstname=firstname,
        lastname=lastname,
        gender=dice.weighted({"f": 60, "m": 37, "o": 3}),
        born=date(1944, 1, 1) + timedelta(days=dice.between(0, 22_000)),
        country=country,
        town=town,
        postcode=postcode,
        phone=_phone(dice, country),
        acquired=acquired,
        tier=dice.weighted({"": 6, "Driftwood": 5, "Copper": 3, "Brass": 1}),
    )


def ascii_name(name: str) -> str:
    """A name as people write it in an address: `Jürgen Weiß` → `juergen.weiss`."""
    folded = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS_TO_ASCII))
    return folded.encode("ascii", "ignore").decode()


def _phone(dice: Dice, country: str) -> str:
    """Numbers from the ranges that regulators keep free for fiction, written in many ways."""
    last = dice.between(0, 999)
    written = {
        "GB": (
            f"+447700900{last:03d}", f"+44 7700 900{last:03d}", f"07700 900{last:03d}",
            f"+44 20 7946 0{last:03d}", f"(020) 7946 0{last:03d}",
        ),
        "DE": (f"+493023125{last:03d}", f"+49 (0)30 23125-{last:03d}", f"030/23125{last:03d}"),
        "FR": (f"+3319900{last + 1000:04d}",),
    }  # fmt: skip
    return dice.pick(written[country]) if country in written and dice.chance(0.6) else ""


def rows_of(people: list[Person]) -> Iterator[dict[str, str]]:
    """One row each, in the words that several systems left behind over the years."""
    dice = Dice(20_212)
    for person in people:
        yield _identity_cells(dice, person) | _consent_cells(dice, person)


def _identity_cells(dice: Dice, person: Person) -> dict[str, str]:
    country = person.country
    is_spelt_out = dice.chance(0.1)
    gender = {"m": ("m", "Male"), "f": ("f", "Female"), "o": ("o", "other")}[person.gender]
    return {
        "id": str(person.number),
        "@collection": person.collection,
        "email": person.email.capitalize() if dice.chance(0.05) else person.email,
        "customer_id": person.customer_id,
        "prefix": dice.pick(_PREFIXES.get(country, ("",))) if dice.chance(0.3) else "",
        "firstname": person.firstname,
        "lastname": f" {person.lastname} " if dice.chance(0.02) else person.lastname,
        "gender": dice.pick(gender) if dice.chance(0.7) else "",
        "date_of_birth": person.born.strftime("%d/%m/%Y") if dice.chance(0.5) else "",
        "phone_number": person.phone,
        "country_id": _COUNTRY_NAMES[country] if is_spelt_out else country,
        "timezone": _TIMEZONES[country] if dice.chance(0.4) else "",
        "timestamp_acquired": person.acquired.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "store_ids": _stores(dice, country),
        "properties.loyalty_tier": person.tier,
        "properties.favourite_room": dice.weighted({"": 6, "kitchen": 2, "bedroom; study": 1}),
    }


def _stores(dice: Dice, country: str) -> str:
    home = UK_STORE if country == "GB" else EU_STORE
    return f"{UK_STORE},{EU_STORE}" if dice.chance(0.04) else home


def _consent_cells(dice: Dice, person: Person) -> dict[str, str]:
    is_reader = person.collection == "newsletter"
    is_in, is_out = dice.chance(0.95 if is_reader else 0.55), dice.chance(0.08)
    words = ("EXPLICITLY_OPTEDIN", "yes", "subscribed") if is_in else ("no", "NOT_SPECIFIED", "")
    subscribed = person.acquired + timedelta(minutes=dice.between(1, 50_000))
    left = subscribed + timedelta(days=dice.between(20, 700), minutes=dice.between(0, 1439))
    left = min(left, datetime(2025, 12, 30, 11, 45, tzinfo=UTC))
    takes_texts = bool(person.phone) and dice.chance(0.4)
    return {
        "timestamp_subscribed": subscribed.strftime("%Y-%m-%d %H:%M:%S") if is_in else "",
        "timestamp_unsubscribed": left.strftime("%d/%m/%Y %H:%M") if is_in and is_out else "",
        "marketing_optin": "unsubscribed" if is_in and is_out else dice.pick(words),
        "channels.sms.allow_marketing": dice.pick(("true", "yes", "no")) if takes_texts else "",
        "channels.sms.allow_transactional": "true" if takes_texts else "",
        "channels.sms.dt_updated_marketing": (
            subscribed.strftime("%Y-%m-%dT%H:%M:%S+01:00") if takes_texts else ""
        ),
    }
