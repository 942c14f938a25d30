"""Tables: what a shop writes, and the normal form or the cause that it has."""

from __future__ import annotations

import pytest

from ometria_import.problems import CAUSES, Finding
from ometria_import.problems import catalogue as causes
from ometria_import.schema.field_types import Conventions, DateOrder, DecimalSign, field_type

NEUTRAL = Conventions()
POINT = Conventions(decimal_sign=DecimalSign.POINT)
COMMA = Conventions(decimal_sign=DecimalSign.COMMA)
DMY = Conventions(date_order=DateOrder.DMY)
MDY = Conventions(date_order=DateOrder.MDY)
YMD = Conventions(date_order=DateOrder.YMD)
LONDON = Conventions(timezone="Europe/London")


READ: dict[str, list[tuple[str, str]]] = {
    "text": [
        ("Ada's shears", "Ada's shears"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("NA", "NA"),
        ("00123", "00123"),
        ("'75008", "75008"),
        ("'SW1A 1AA", "SW1A 1AA"),
        ("'=1+1", "=1+1"),
        ("'90s jeans", "'90s jeans"),
        ("''5", "''5"),
        ("\U0001f469\u200d\U0001f33e farm", "\U0001f469\u200d\U0001f33e farm"),
    ],
    "id": [
        ("00123", "00123"),
        ("12E5", "12E5"),
        ("12e-5", "12e-5"),
        ("5E12AB-77", "5E12AB-77"),
        ("'7210448301122", "7210448301122"),
        ("#1001", "#1001"),
        ("1.5 E", "1.5 E"),
        ("Stra\u00dfe 7", "Stra\u00dfe 7"),
    ],
    "email": [
        ("Ada@Example.COM", "ada@example.com"),
        ("mailto:ada@example.com", "ada@example.com"),
        ("MAILTO:Ada@example.com", "ada@example.com"),
        ("Ada Byron <Ada@Example.com>", "ada@example.com"),
        ("<mailto:ada@example.com>", "ada@example.com"),
        ("o'brien+tag@mail.example.co.uk", "o'brien+tag@mail.example.co.uk"),
        ("j\u00f6rg@b\u00fccher.example", "j\u00f6rg@b\u00fccher.example"),
        ("a@xn--bcher-kva.xn--p1ai", "a@xn--bcher-kva.xn--p1ai"),
        ("\u0130da@example.com", "ida@example.com"),
        ("\u0930\u093e\u092e@example.com", "\u0930\u093e\u092e@example.com"),
    ],
    "phone": [
        ("+442071838750", "+442071838750"),
        ("+9991234567", "+9991234567"),
        ("+44 20 7183 8750", "+442071838750"),
        ("+44 (0)20-7183-8750", "+442071838750"),
        ("+1 (202) 555.0123", "+12025550123"),
        ("+44 7700 900123", "+447700900123"),
        ("0044 20 7183 8750", "+442071838750"),
        ("'+33 1 23 45 67 89", "+33123456789"),
        ("tel:+33123456789", "+33123456789"),
    ],
    "money": [
        ("0", "0"),
        ("1234.50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("12,50", "12.50"),
        ("12,5", "12.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("12,34,567.00", "1234567.00"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234,50", "1234.50"),
        ("1\u202f234.50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1\u2019234\u2019567", "1234567"),
        ("\u20ac 12,50", "12.50"),
        ("\u20ac\u00a012,50", "12.50"),
        ("12,50 EUR", "12.50"),
        ("12.50eur", "12.50"),
        ("USD 12.50", "12.50"),
        ("US$12.50", "12.50"),
        ("R$ 12,50", "12.50"),
        ("12,50 z\u0142", "12.50"),
        ("kr. 100", "100"),
        ("lei 12.50", "12.50"),
        ("-\u00a33", "-3"),
        ("\u00a3-3", "-3"),
        ("\u2212 3.00", "-3.00"),
        ("3.00-", "-3.00"),
        ("(3.00)", "-3.00"),
        ("(\u00a33.00)", "-3.00"),
        ("+3", "3"),
        ("+\u00a33", "3"),
        ("-0", "0"),
        ("-0.00", "0.00"),
        ("-0.50", "-0.50"),
        ("007.10", "7.10"),
        (".5", "0.5"),
        ("5.", "5"),
        ("'12.50", "12.50"),
        ("123456789012345678", "123456789012345678"),
        ("000000123456789012345678", "123456789012345678"),
    ],
    "number": [("12.5", "12.5"), ("1,234.5", "1234.5"), ("-7", "-7")],
    "whole_number": [
        ("3", "3"),
        ("3.0", "3"),
        ("3.00", "3"),
        ("-3,0", "-3"),
        ("-0.0", "0"),
        ("1,234,567", "1234567"),
        ("1 234", "1234"),
    ],
    "timestamp": [
        ("2024-01-31T09:30:00Z", "2024-01-31T09:30:00Z"),
        ("2024-01-31t09:30:00z", "2024-01-31T09:30:00Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("2024-01-31T09:30:00.123456789Z", "2024-01-31T09:30:00.123456Z"),
        ("2024-01-31T09:30:00,5Z", "2024-01-31T09:30:00.5Z"),
        ("2024-01-15 11:13:25 -0500", "2024-01-15T11:13:25-05:00"),
        ("2024-01-15T11:13:25+05", "2024-01-15T11:13:25+05:00"),
        ("2024-01-15T11:13+05:30", "2024-01-15T11:13:00+05:30"),
        ("2024-01-15 11:13:25 +00:00", "2024-01-15T11:13:25Z"),
        ("2024-01-15 11:13:25 UTC", "2024-01-15T11:13:25Z"),
        ("2024-01-15 11:13:25 GMT", "2024-01-15T11:13:25Z"),
        ("2024-01-15 11:13:25 GMT+0100", "2024-01-15T11:13:25+01:00"),
        ("2024-01-15 11:13:25+14:00", "2024-01-15T11:13:25+14:00"),
        ("2015-10-25 3:34:20", "2015-10-25T03:34:20Z"),
        ("2024-1-5", "2024-01-05T00:00:00Z"),
        ("2024/01/15 11:13", "2024-01-15T11:13:00Z"),
        ("2024.01.15", "2024-01-15T00:00:00Z"),
        ("31/01/2024 09:30", "2024-01-31T09:30:00Z"),
        ("01/31/24, 3:34 PM", "2024-01-31T15:34:00Z"),
        ("01/31/24, 3:34\u202fPM", "2024-01-31T15:34:00Z"),
        ("1/31/2024 12:05:06 a.m.", "2024-01-31T00:05:06Z"),
        ("31.01.2024 12:30 pm", "2024-01-31T12:30:00Z"),
        ("31-01-68", "2068-01-31T00:00:00Z"),
        ("31-01-69", "1969-01-31T00:00:00Z"),
        ("05/05/2024", "2024-05-05T00:00:00Z"),
        ("31 Jan 2024 9:30pm", "2024-01-31T21:30:00Z"),
        ("31-Jan-24", "2024-01-31T00:00:00Z"),
        ("Jan 31, 2024", "2024-01-31T00:00:00Z"),
        ("January 31st, 2024 at 9:30 AM", "2024-01-31T09:30:00Z"),
        ("Wed, 31 Jan 2024 09:30:00 +0000", "2024-01-31T09:30:00Z"),
        ("Wednesday, 31 January 2024 09:30:00 -0800 (PST)", "2024-01-31T09:30:00-08:00"),
        ("1706693400", "2024-01-31T09:30:00Z"),
        ("1706693400123", "2024-01-31T09:30:00.123Z"),
        ("1706693400000", "2024-01-31T09:30:00Z"),
    ],
    "date": [
        ("1990-12-31", "1990-12-31"),
        ("2024-02-29", "2024-02-29"),
        ("2099-01-01", "2099-01-01"),
        ("31.12.1990", "1990-12-31"),
        ("12/31/1990", "1990-12-31"),
        ("31 December 1990", "1990-12-31"),
        ("1990-12-31T23:30:00-05:00", "1990-12-31"),
        ("1990-12-31 00:00:00", "1990-12-31"),
        ("1706693400", "2024-01-31"),
    ],
    "currency": [
        ("EUR", "EUR"),
        ("gbp", "GBP"),
        ("\u20ac", "EUR"),
        ("\u00a3", "GBP"),
        ("z\u0142", "PLN"),
        ("978", "EUR"),
        ("dem", "DEM"),
        ("HRK", "HRK"),
    ],
    "country": [
        ("GB", "GB"),
        ("gb", "GB"),
        ("GBR", "GB"),
        ("826", "GB"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("England", "GB"),
        ("scotland", "GB"),
        ("Wales", "GB"),
        ("Northern Ireland", "GB"),
        ("Great Britain", "GB"),
        ("United Kingdom (UK)", "GB"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("United States of America", "US"),
        ("The United States", "US"),
        ("Russia", "RU"),
        ("South Korea", "KR"),
        ("Republic of Korea", "KR"),
        ("Czech Republic", "CZ"),
        ("Czechia", "CZ"),
        ("Holland", "NL"),
        ("The Netherlands", "NL"),
        ("Ivory Coast", "CI"),
        ("C\u00f4te d'Ivoire", "CI"),
        ("Cote D\u2019Ivoire", "CI"),
        ("Turkey", "TR"),
        ("T\u00fcrkiye", "TR"),
        ("Bosnia & Herzegovina", "BA"),
        ("Virgin Islands, British", "VG"),
        ("Virgin Islands (US)", "VI"),
        ("Congo (Kinshasa)", "CD"),
        ("Congo (Brazzaville)", "CG"),
        ("Macao SAR China", "MO"),
    ],
    "gender": [
        ("m", "m"),
        ("Male", "m"),
        ("WOMAN", "f"),
        ("weiblich", "f"),
        ("W", "f"),
        ("f\u00e9minin", "f"),
        ("divers", "o"),
        ("non-binary", "o"),
    ],
    "boolean": [
        ("true", "true"),
        ("TRUE", "true"),
        ("Yes", "true"),
        ("1", "true"),
        ("1.0", "true"),
        ("s\u00ed", "true"),
        ("on", "true"),
        ("FALSCH", "false"),
        ("n", "false"),
        ("0", "false"),
        ("Off", "false"),
    ],
    "optin": [
        ("EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDIN"),
        ("explicitly_optedout", "EXPLICITLY_OPTEDOUT"),
        ("Subscribed", "EXPLICITLY_OPTEDIN"),
        ("opted in", "EXPLICITLY_OPTEDIN"),
        ("opt-in", "EXPLICITLY_OPTEDIN"),
        ("opted_in", "EXPLICITLY_OPTEDIN"),
        ("yes", "EXPLICITLY_OPTEDIN"),
        ("1", "EXPLICITLY_OPTEDIN"),
        ("unsubscribed", "EXPLICITLY_OPTEDOUT"),
        ("Opted-Out", "EXPLICITLY_OPTEDOUT"),
        ("no", "EXPLICITLY_OPTEDOUT"),
        ("0", "EXPLICITLY_OPTEDOUT"),
        ("not specified", "NOT_SPECIFIED"),
        ("not_subscribed", "NOT_SPECIFIED"),
        ("non-subscribed", "NOT_SPECIFIED"),
        ("pending", "NOT_SPECIFIED"),
        ("never", "NOT_SPECIFIED"),
        ("n/a", "NOT_SPECIFIED"),
    ],
    "timezone": [
        ("Europe/London", "Europe/London"),
        ("europe/london", "Europe/London"),
        ("America/New York", "America/New_York"),
        ("utc", "UTC"),
        ("Etc/GMT+5", "Etc/GMT+5"),
    ],
    "url": [
        ("https://shop.example.com/a?b=c#d", "https://shop.example.com/a?b=c#d"),
        ("HTTP://Shop.Example.com", "HTTP://Shop.Example.com"),
        ("http://localhost:8080/x", "http://localhost:8080/x"),
        ("https://b\u00fccher.example/\u00fcber", "https://b\u00fccher.example/\u00fcber"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("https://shop.example.com./x", "https://shop.example.com./x"),
    ],
    "text_list": [
        ('["a","b"]', '["a","b"]'),
        ('[ "a", "b" ]', '["a","b"]'),
        ("[1, 2.50]", '["1","2.50"]'),
        ("[]", "[]"),
        ("a, b", '["a","b"]'),
        ("a;b,c", '["a","b,c"]'),
        ("a|b;c|", '["a","b;c"]'),
        ("a\nb", '["a","b"]'),
        ("example.com", '["example.com"]'),
        ('say "hi"', '["say \\"hi\\""]'),
        ("'75008, x", '["75008","x"]'),
        ("Gr\u00fcn,Blau", '["Gr\u00fcn","Blau"]'),
    ],
    "whole_number_list": [
        ("[1, 2]", "[1,2]"),
        ('["1", 2.0]', "[1,2]"),
        ("1,2,3", "[1,2,3]"),
        ("1,234", "[1,234]"),
        ("12", "[12]"),
        ("007|8", "[7,8]"),
        ("[]", "[]"),
    ],
}

REFUSED: dict[str, tuple[str, list[str]]] = {
    "text": (causes.BAD_TEXT, ["a\x00b", "a\x1bb", "half \ud800"]),
    "email": (
        causes.BAD_EMAIL,
        [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "ada@example.c",
            "a@b@example.com",
            "a..b@example.com",
            ".a@example.com",
            "a b@example.com",
            "ada@-example.com",
            "ada@exa_mple.com",
            "ada@example.com, bob@example.com",
            "a" * 65 + "@example.com",
            "a@" + ("b" * 60 + ".") * 4 + "example.com",
            "\u00e4" * 33 + "@example.com",
            "half\ud800@example.com",
            "Ada <ada>",
        ],
    ),
    "phone": (
        causes.BAD_PHONE,
        [
            "",
            "020 7183 8750",
            "call me",
            "+44 123",
            "+",
            "+ 44",
            "00",
            "1-800-FLOWERS",
            "+44 20 7183 8750 ext 5",
            "+999 123 456 78",
            "7.21E+12",
            "+442071838750" + " " * 60 + "1",
        ],
    ),
    "money": (
        causes.BAD_NUMBER,
        [
            "",
            "abc",
            "abc 12",
            "1,234",
            "1_000",
            "\u0663",
            "\uff11",
            "nan",
            "inf",
            "1e5",
            "7.21E+12",
            "0x10",
            "1,2,3",
            "1,23,4",
            "1.2.3",
            "12,",
            ".",
            ",",
            "--3",
            "-(3)",
            "(3",
            "3)",
            "\u20ac3\u20ac",
            "50\u00a2",
            "1,234.",
            "1.234,56.7",
            "1,234,567,8",
            "1 23",
            "50%",
            "12 XYZ",
            "1234567890123456789",
            "0.1234567890123456789",
            "1" * 61,
        ],
    ),
    "number": (causes.BAD_NUMBER, ["\u20ac 3", "3 EUR", "1,234", "x"]),
    "whole_number": (causes.BAD_WHOLE_NUMBER, ["3.5", "1,234", "1.234", "x", "1_000", "3 EUR"]),
    "timestamp": (
        causes.BAD_TIMESTAMP,
        [
            "",
            "now",
            "20230102",
            "20240131T093000Z",
            "2024-02-30T00:00:00Z",
            "2023-02-29",
            "0000-00-00 00:00:00",
            "1899-12-31",
            "2101-01-01",
            "1024-01-01",
            "2024-13-01",
            "2024-01-31T24:00:00Z",
            "2024-01-31T09:60:00Z",
            "2024-01-31T09:30:60Z",
            "2024-01-31T09:30:00+15:00",
            "2024-01-31T09:30:00+05:99",
            "2024-01-31 09:30 CET",
            "2024-01-31 13:30 PM",
            "2024-01-31 0:30 AM",
            "31 Jan 2024 25:00",
            "03/04/2024",
            "03/04/24 10:00",
            "31/31/2024",
            "30/02/2024",
            "31-01/2024",
            "2024-01",
            "45322",
            "12:30",
            "31 Foo 2024",
            "\u0662\u0660\u0662\u0664-01-31",
            "9999999999",
            "2024-01-31" + " " * 100,
        ],
    ),
    "date": (
        causes.BAD_DATE,
        ["1990-02-30", "19901231", "03/04/1990", "0000-00-00", "x", "12-1990"],
    ),
    "currency": (causes.BAD_CURRENCY, ["", "$", "\u00a5", "kr", "EURO", "DDM", "1", "XYZ"]),
    "country": (
        causes.BAD_COUNTRY,
        ["", "ZZ", "Atlantis", "Korea", "()", "1", "Ireland (Northern)", "Spain (UK)", "x" * 200],
    ),
    "gender": (causes.BAD_GENDER, ["", "1", "2", "Mr", "h", "unknown", "x" * 99]),
    "boolean": (causes.BAD_BOOLEAN, ["", "2", "-1", "maybe", "null", "yes?"]),
    "optin": (causes.BAD_OPTIN, ["", "-1", "yes?", "not yes", "cleaned", "maybe", "2", "y-1"]),
    "timezone": (
        causes.BAD_TIMEZONE,
        ["", "localtime", "Factory", "Mars/Base", "London", "+01:00"],
    ),
    "url": (
        causes.BAD_URL,
        [
            "",
            "//cdn.example.com/x",
            "www.example.com/x",
            "/x",
            "ftp://example.com",
            "https://",
            "https:///x",
            "https://example..com",
            "https://user@example.com",
            "https://example.com/a b",
            "https://example.com/a\nb",
            "https://example.com/<x>",
            "https://example.com/\x00",
            "javascript:alert(1)",
        ],
    ),
    "text_list": (
        causes.BAD_LIST,
        [
            ",,",
            '["a"',
            "['a']",
            "[red]",
            "[true]",
            "[null]",
            "[NaN]",
            '[["a"]]',
            '[{"a":1}]',
            "a\x00,b",
            '["\\ud800"]',
            '[" "]',
            "[" * 100_000,
        ],
    ),
    "whole_number_list": (
        causes.BAD_LIST,
        ["a", "1,b", "[1.5]", "[true]", "[Infinity]", "1;2,345", '["x"]', "[[1]]"],
    ),
}

UNDER_CONVENTIONS: list[tuple[str, Conventions, str, str | None]] = [
    ("money", POINT, "1,234", "1234"),
    ("money", POINT, "1.234", "1.234"),
    ("money", POINT, "1,234.5", "1234.5"),
    ("money", POINT, "1 234", "1234"),
    ("money", POINT, "12,50", None),
    ("money", POINT, "1.234.567", None),
    ("money", POINT, "1 234,50", None),
    ("money", COMMA, "1.234", "1234"),
    ("money", COMMA, "1,234", "1.234"),
    ("money", COMMA, "12,5", "12.5"),
    ("money", COMMA, "1.234,50", "1234.50"),
    ("money", COMMA, "-1.234,50", "-1234.50"),
    ("money", COMMA, "1.234.567", "1234567"),
    ("money", COMMA, "12.50", None),
    ("money", COMMA, "0.125", None),
    ("money", COMMA, "1,234,567", None),
    ("number", COMMA, "1.234", "1234"),
    ("whole_number", POINT, "1,234", "1234"),
    ("whole_number", COMMA, "1.234", "1234"),
    ("whole_number", COMMA, "3,00", "3"),
    ("whole_number", COMMA, "3.0", None),
    ("timestamp", DMY, "03/04/2024", "2024-04-03T00:00:00Z"),
    ("timestamp", MDY, "03/04/2024", "2024-03-04T00:00:00Z"),
    ("timestamp", DMY, "03.04.24 9:05", "2024-04-03T09:05:00Z"),
    ("timestamp", YMD, "24/01/31", "2024-01-31T00:00:00Z"),
    ("timestamp", YMD, "2024-01-31", "2024-01-31T00:00:00Z"),
    ("timestamp", YMD, "31/01/2024", None),
    ("timestamp", DMY, "01/31/2024", None),
    ("timestamp", MDY, "31/01/2024", None),
    ("timestamp", DMY, "29/02/2024", "2024-02-29T00:00:00Z"),
    ("timestamp", DMY, "29/02/2023", None),
    ("timestamp", LONDON, "2024-01-31 09:30:00", "2024-01-31T09:30:00Z"),
    ("timestamp", LONDON, "2024-07-31 09:30:00.5", "2024-07-31T09:30:00.5+01:00"),
    ("timestamp", LONDON, "2024-07-31", "2024-07-31T00:00:00+01:00"),
    ("timestamp", LONDON, "2024-07-31T09:30:00Z", "2024-07-31T09:30:00Z"),
    ("timestamp", LONDON, "2024-03-31 01:30", "2024-03-31T01:30:00Z"),
    ("timestamp", LONDON, "2024-10-27 01:30", "2024-10-27T01:30:00+01:00"),
    (
        "timestamp",
        Conventions(timezone="America/New_York"),
        "2024-01-31 09:30",
        "2024-01-31T09:30:00-05:00",
    ),
    # Before 1937 Amsterdam was 19 minutes and 32 seconds ahead.
    (
        "timestamp",
        Conventions(timezone="Europe/Amsterdam"),
        "1930-01-01 12:00:32",
        "1930-01-01T11:41:00Z",
    ),
    ("timestamp", Conventions(timezone="Europe/Amsterdam"), "1900-01-01", None),
    ("date", DMY, "03/04/1990", "1990-04-03"),
    ("date", MDY, "03/04/1990 10:00", "1990-03-04"),
    ("date", MDY, "31/04/1990", None),
    ("phone", Conventions(country="GB"), "020 7183 8750", "+442071838750"),
    ("phone", Conventions(country="GB"), "0033 1 23 45 67 89", "+33123456789"),
    ("phone", Conventions(country="US"), "011 44 20 7183 8750", "+442071838750"),
    ("phone", Conventions(country="US"), "(202) 555-0123", "+12025550123"),
    ("phone", Conventions(country="GB"), "+33 1 23 45 67 89", "+33123456789"),
    ("phone", Conventions(country="GB"), "12345", None),
    ("phone", Conventions(country="AT"), "0123", None),
    ("phone", Conventions(country="XX"), "020 7183 8750", None),
]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [(name, text, expected) for name, rows in READ.items() for text, expected in rows],
)
def test_text_is_read_as_its_normal_form(name: str, text: str, expected: str) -> None:
    assert field_type(name, NEUTRAL).parse(text) == expected


@pytest.mark.parametrize(
    ("name", "cause", "text"),
    [(name, cause, text) for name, (cause, texts) in REFUSED.items() for text in texts],
    ids=lambda value: ascii(value)[:40],
)
def test_text_that_is_no_such_value_is_a_finding_of_its_cause(
    name: str, cause: str, text: str
) -> None:
    found = field_type(name, NEUTRAL).parse(text)

    assert isinstance(found, Finding)
    assert found.cause == cause
    assert not found.message.endswith(".")


@pytest.mark.parametrize(("name", "conventions", "text", "expected"), UNDER_CONVENTIONS)
def test_conventions_decide_what_a_text_leaves_open(
    name: str, conventions: Conventions, text: str, expected: str | None
) -> None:
    found = field_type(name, conventions).parse(text)

    if expected is None:
        assert isinstance(found, Finding)
        assert found.cause in CAUSES
    else:
        assert found == expected


@pytest.mark.parametrize("text", ["7.21E+12", "7,21E+12", "7.21e12", "7E+12", "'7.21E+12", "1.E+5"])
def test_id_that_a_spreadsheet_has_rounded_is_refused(text: str) -> None:
    found = field_type("id", NEUTRAL).parse(text)

    assert isinstance(found, Finding)
    assert found.cause == causes.RUINED_ID


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\x00"])
def test_id_is_one_line_without_control_characters(text: str) -> None:
    found = field_type("id", NEUTRAL).parse(text)

    assert isinstance(found, Finding)
    assert found.cause == causes.BAD_TEXT


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("money", "1,234", "ambiguous"),
        ("money", "1.234", "ambiguous"),
        ("timestamp", "03/04/2024", "leaves open which number is the day"),
        ("timestamp", "0000-00-00", "between the years 1900 and 2100"),
        ("date", "2023-02-30", "no calendar"),
        ("phone", "020 7183 8750", "has no country code"),
        ("url", "//cdn.example.com/x", "does not start with https://"),
        ("currency", "$", "several currencies"),
        ("text", "a\x07", "U+0007"),
    ],
)
def test_message_says_what_is_wrong(name: str, text: str, words: str) -> None:
    found = field_type(name, NEUTRAL).parse(text)

    assert isinstance(found, Finding)
    assert words in found.message


def test_message_repeats_only_the_beginning_of_a_long_value() -> None:
    found = field_type("money", NEUTRAL).parse("x" * 100_000)

    assert isinstance(found, Finding)
    assert len(found.message) < 200
