"""Columns that nothing reads and that may be about consent are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ometria_import.errors import MappingError
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text, write

MAPPING = """name = "people"
object_type = "contact"
[columns]
unmapped = "{unmapped}"
drop = ["Newsletter 2020"]
[fields]
id = "Nr"
email = "Mail"
marketing_optin = "News"
"""


def named(outcome: Outcome) -> list[str]:
    return [row["field"] for row in outcome.problems if row["code"] == "W079"]


@pytest.mark.parametrize("unmapped", ["properties", "ignore"])
@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize(
    "column",
    [
        "Unsubscribed",
        "opt_in",
        "EmailOptOut",
        "Accepts Marketing",
        "email_consent",
        "GDPR permission",
        "Einwilligung",
        "Abonnement newsletter",
        "De baja",
        "Suscrito",
        "Consentimento",
        "Iscritto",
        "Nieuwsbrief",
        "Samtykke",
        "Samtycke",
        "Nyhedsbrev",
        "Uutiskirje",
        "Zgoda marketingowa",
        "Odhlášen",
        "Do not mail",
        "Status",
    ],
)
def test_a_column_that_nothing_reads_is_named(
    tmp_path: Path, column: str, unmapped: str, *, is_json: bool
) -> None:
    mapping = write(tmp_path / "people.toml", MAPPING.format(unmapped=unmapped))
    row = {"Nr": "1", "Mail": "a@example.com", "News": "yes", column: "x", "City": "Ulm"}
    row["Newsletter 2020"] = "x"
    text = json.dumps([row]) if is_json else "\n".join([",".join(row), ",".join(row.values()), ""])

    outcome = prepare_text(
        tmp_path, "people.json" if is_json else "people.csv", text, mapping=mapping
    )

    assert named(outcome) == [column]


def test_used_columns_and_other_object_types_are_not_named(tmp_path: Path) -> None:
    contacts = prepare_text(
        tmp_path, "contacts.csv", "id,email,marketing_optin,shoe size\n1,a@example.com,yes,7\n"
    )
    text = "id,title,price,subscription\n7,Mug,8,monthly\n"
    products = prepare_text(tmp_path, "products.csv", text)

    assert named(contacts) == named(products) == []


LEFT = "Id,Email,DateCreated\n1,ann@example.com,\n2,bo@example.com,\n"


@pytest.mark.parametrize("name", ["unsub.csv", "Unsubscribed_2024.csv", "suppressed-contacts.csv"])
def test_a_file_that_only_its_name_calls_one_of_leavers_is_refused(
    tmp_path: Path, name: str
) -> None:
    file = write(tmp_path / name, LEFT)
    with pytest.raises(MappingError, match="its name says that these contacts have left") as found:
        prepare_files(tmp_path, file)
    # The way out that the hint names.
    assert "--mapping klaviyo-suppressed-emails --set list=unsubscribed" in found.value.hint
    outcome = prepare_files(
        tmp_path, file, mapping="klaviyo-suppressed-emails", settings={"list": "unsubscribed"}
    )
    assert [(each["email"], each["marketing_optin"]) for each in outcome.records] == [
        ("ann@example.com", "EXPLICITLY_OPTEDOUT"),
        ("bo@example.com", "EXPLICITLY_OPTEDOUT"),
    ]


def test_a_file_of_leavers_with_their_consent_or_under_another_name_is_read(tmp_path: Path) -> None:
    said = write(tmp_path / "unsubscribed.csv", "id,email,marketing_optin\n1,a@example.com,no\n")
    assert len(prepare_files(tmp_path / "a", said).records) == 1
    assert len(prepare_files(tmp_path / "b", write(tmp_path / "people.csv", LEFT)).records) == 2
