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


def messages(outcome: Outcome) -> dict[str, str]:
    found = (row for row in outcome.problems if row["code"] == "W079")
    return {row["field"]: row["message"] for row in found}


OWN = {"id": "7", "email": "a@example.com", "customer_id": "c7"}


def prepared(tmp_path: Path, column: str, texts: list[str], *, is_json: bool) -> Outcome:
    rows = [
        {**OWN, "id": str(number), "email": f"p{number}@example.com", column: text}
        for number, text in enumerate(texts)
    ]
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows), ""]
    text = json.dumps(rows) if is_json else "\n".join(lines)
    return prepare_text(tmp_path, "contacts.json" if is_json else "contacts.csv", text)


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize(
    ("column", "texts", "said"),
    [
        ("x17", ["subscribed", "unsubscribed", ""], "'subscribed' (1), 'unsubscribed' (1)"),
        ("kat", ["Optout", "x", "Optout"], "'Optout' (2), 'x' (1)"),
        ("email_ok", ["yes", "no", "no"], "'yes' (1), 'no' (2)"),
        ("contact_yn", ["Y", "", "Y"], "'Y' (2)"),
        ("sms", ["1", "0", "1"], "'1' (2), '0' (1)"),
        ("Ofertas", ["S", "N", "S"], "'S' (2), 'N' (1)"),
        ("Pazarlama", ["Evet", "Hay\u0131r", ""], "'Evet' (1), 'Hay\u0131r' (1)"),
        ("登録", ["はい", "いいえ", ""], "'はい' (1), 'いいえ' (1)"),
    ],
)
def test_a_column_that_only_its_words_betray_is_named_with_them(
    tmp_path: Path, column: str, texts: list[str], said: str, *, is_json: bool
) -> None:
    outcome = prepared(tmp_path, column, texts, is_json=is_json)

    assert messages(outcome) == {column: f"it may be about consent: its values are {said}"}
    assert [each.get("properties", {}).get(column, "") for each in outcome.records] == texts


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize(
    ("column", "texts"),
    [
        ("vip", ["yes", "no", "yes"]),
        ("gift_wrapped", ["1", "0", "1"]),
        ("email_verified", ["yes", "no", ""]),
        ("contact_is_company", ["yes", "no", ""]),
        ("promo_code_used", ["yes", "no", ""]),
        ("kat", ["A", "B", "A"]),
        ("news", ["read", "unread", ""]),
        ("email_note", [str(number) for number in range(9)] + ["unsubscribed"]),
    ],
)
def test_a_column_that_says_yes_and_no_of_something_else_is_not_named(
    tmp_path: Path, column: str, texts: list[str], *, is_json: bool
) -> None:
    assert messages(prepared(tmp_path, column, texts, is_json=is_json)) == {}


def test_words_are_judged_by_all_rows_of_a_file_and_by_those_of_no_other(tmp_path: Path) -> None:
    rows = [
        f"{each},p{each}@example.com,{'yes' if each < 40_000 else each}" for each in range(40_020)
    ]
    late = prepare_text(tmp_path, "late.csv", "\n".join(["id,email,news", *rows, ""]))
    flags = write(tmp_path / "a.csv", "id,email,news\n1,a@example.com,yes\n2,b@example.com,no\n")
    texts = write(tmp_path / "b.csv", "id,email,news\n3,c@example.com,read\n4,d@example.com,x\n")

    both = prepare_files(tmp_path / "both", flags, texts)

    assert messages(late) == {}
    found = [row for row in both.problems if row["code"] == "W079"]
    assert [(Path(row["source"]).name, row["field"]) for row in found] == [("a.csv", "news")]


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
