"""Countries and months in other languages than English, and what stays unknown."""

from __future__ import annotations

import pytest

from ometria_import.problems import Finding
from ometria_import.schema.field_types import Conventions, FieldTypeName, field_type

COUNTRY = field_type(FieldTypeName.COUNTRY, Conventions()).parse
TIMESTAMP = field_type(FieldTypeName.TIMESTAMP, Conventions()).parse
BOOLEAN = field_type(FieldTypeName.BOOLEAN, Conventions()).parse


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Espa\u00f1a", "ES"),
        ("Italia", "IT"),
        ("Deutschland", "DE"),
        ("Belgique", "BE"),
        ("\u00d6sterreich", "AT"),
        ("Oesterreich", None),
        ("Polska", "PL"),
        ("Royaume-Uni", "GB"),
        ("Vereinigtes K\u00f6nigreich", "GB"),
        ("Nederland", "NL"),
        ("United Kingdom", "GB"),
        ("Atlantis", None),
        ("Europa", None),
    ],
)
def test_country_is_known_by_its_name_in_several_languages(text: str, code: str | None) -> None:
    found = COUNTRY(text)

    assert found == code if code else isinstance(found, Finding)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("8 mars 2022, 10:15:00", "2022-03-08T10:15:00Z"),
        ("6 oct. 2021, 14:55:00", "2021-10-06T14:55:00Z"),
        ("3. M\u00e4rz 2024", "2024-03-03T00:00:00Z"),
        ("24. Dezember 2023 um 18:00 Uhr", "2023-12-24T18:00:00Z"),
        ("3 de marzo de 2024", "2024-03-03T00:00:00Z"),
        ("1er ao\u00fbt 2024 \u00e0 9:30", "2024-08-01T09:30:00Z"),
        ("5 giugno 2023 alle 10:00", "2023-06-05T10:00:00Z"),
        ("7 mrt. 2024", "2024-03-07T00:00:00Z"),
        ("12 sty 2024", "2024-01-12T00:00:00Z"),
        ("Jan-16-24", "2024-01-16T00:00:00Z"),
        ("30 f\u00e9vr. 2024", None),
        ("Mai 2024", None),
        ("hello 3 world 2024", None),
    ],
)
def test_month_is_known_by_its_name_in_several_languages(text: str, moment: str | None) -> None:
    found = TIMESTAMP(text)

    assert found == moment if moment else isinstance(found, Finding)


@pytest.mark.parametrize("text", ["S\u00ec", "s\u00ed", "Oui", "ja", "tak"])
def test_yes_is_known_in_several_languages(text: str) -> None:
    assert BOOLEAN(text) == "true"
