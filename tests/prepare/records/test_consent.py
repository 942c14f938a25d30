"""What contacts say about consent that cannot all be true, or without its time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.prepare.outcomes import Outcome, Row, prepare_files, prepare_text, write

HEAD = "@collection,id,email,customer_id,marketing_optin,timestamp_subscribed,"
HEAD += "timestamp_unsubscribed\n"


def contacts(folder: Path, *rows: str) -> Outcome:
    return prepare_text(folder, "contacts.csv", HEAD + "".join(f"{row}\n" for row in rows))


def told(outcome: Outcome, code: str) -> list[Row]:
    return [row for row in outcome.problems if row["code"] == code]


@pytest.mark.parametrize(
    ("times", "is_told"),
    [
        ("2020-01-01,2024-01-01", True),
        (",2024-01-01", True),
        ("2024-01-01T01:00:00+02:00,2023-12-31T23:30:00Z", True),
        ("2024-01-01T01:00:00+02:00,2023-12-31T22:30:00Z", False),
        ("2024-01-01,2024-01-01", False),
        ("2024-01-01,", False),
    ],
)
def test_opted_in_and_unsubscribed_after_that_is_told(
    tmp_path: Path, times: str, *, is_told: bool
) -> None:
    rows = [f",1,a@example.com,,yes,{times}", f",2,b@example.com,,unsubscribed,{times}"]

    outcome = contacts(tmp_path, *rows)

    assert outcome.places("W071") == ([(2, "marketing_optin")] if is_told else [])
    state = "EXPLICITLY_OPTEDOUT" if is_told else "EXPLICITLY_OPTEDIN"
    assert outcome.records[0]["marketing_optin"] == state
    assert outcome.summary.cross_checks.optins.get("EXPLICITLY_OPTEDIN", 0) == (not is_told)


def test_leaving_later_wins_over_an_opt_in_and_the_times_stay(tmp_path: Path) -> None:
    outcome = contacts(tmp_path, ",1,a@example.com,,EXPLICITLY_OPTEDIN,2020-01-01,2024-05-01")

    (record,) = outcome.records
    assert record["marketing_optin"] == "EXPLICITLY_OPTEDOUT"
    assert record["timestamp_subscribed"] == "2020-01-01T00:00:00Z"
    assert record["timestamp_unsubscribed"] == "2024-05-01T00:00:00Z"
    (problem,) = told(outcome, "W071")
    assert problem["message"] == (
        "it is EXPLICITLY_OPTEDIN, and timestamp_unsubscribed 2024-05-01T00:00:00Z is later than "
        "timestamp_subscribed 2020-01-01T00:00:00Z, so it is sent as EXPLICITLY_OPTEDOUT"
    )


@pytest.mark.parametrize("is_json", [False, True])
def test_forced_opt_in_is_somebodys_word_and_stays(tmp_path: Path, *, is_json: bool) -> None:
    row = {
        "id": "1",
        "email": "a@example.com",
        "marketing_optin": "EXPLICITLY_OPTEDIN",
        "timestamp_unsubscribed": "2024-05-01T00:00:00Z",
        "@force_optin": True if is_json else "yes",
    }
    lines = [",".join(row), ",".join(map(str, row.values())), ""]
    text = json.dumps([{"@type": "contact", **row}]) if is_json else "\n".join(lines)

    outcome = prepare_text(tmp_path, "contacts.json" if is_json else "contacts.csv", text)

    (record,) = outcome.records
    assert (record["marketing_optin"], record["@force_optin"]) == ("EXPLICITLY_OPTEDIN", True)
    (problem,) = told(outcome, "W071")
    assert problem["message"].endswith("and no timestamp_subscribed, so @force_optin keeps it so")


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        (("yes,2020-01-01,", ",,2024-01-01"), "EXPLICITLY_OPTEDOUT"),
        ((",,2024-01-01", "yes,,"), "EXPLICITLY_OPTEDOUT"),
        ((",,2020-01-01", "yes,2024-01-01,"), "EXPLICITLY_OPTEDIN"),
        (("yes,2020-01-01,2024-01-01", "yes,2024-02-01,"), "EXPLICITLY_OPTEDIN"),
        (("yes,2020-01-01,2024-01-01", "yes,2023-02-01,"), "EXPLICITLY_OPTEDOUT"),
    ],
)
def test_leaving_later_wins_where_it_only_shows_when_rows_are_merged(
    tmp_path: Path, rows: tuple[str, str], state: str
) -> None:
    outcome = contacts(tmp_path, *(f",1,a@example.com,,{row}" for row in rows))

    (record,) = outcome.records
    assert record["marketing_optin"] == state
    assert outcome.summary.cross_checks.optins == {state: 1}
    lone = [line for line, row in enumerate(rows, 2) if row.startswith(",,")]
    assert outcome.places("W118") == [(line, "marketing_optin") for line in lone]


def test_consent_without_its_time_is_counted_once_for_each_source(tmp_path: Path) -> None:
    outcome = contacts(
        tmp_path,
        ",1,a@example.com,,yes,2020-01-01,",
        ",2,b@example.com,,yes,,",
        ",3,c@example.com,,yes,,",
        ",4,d@example.com,,unsubscribed,2020-01-01,",
        ",5,no address,,yes,,",
        ",6,f@example.com,,pending,,",
    )

    problems = [(row["line"], row["field"], row["count"]) for row in told(outcome, "W072")]
    assert problems == [
        ("3", "timestamp_subscribed", "2"),
        ("5", "timestamp_unsubscribed", "1"),
    ]
    assert "timestamp_acquired" in told(outcome, "W072")[0]["hint"]


def test_one_address_that_opts_in_and_out_is_told_by_a_code_of_its_own(tmp_path: Path) -> None:
    outcome = contacts(
        tmp_path,
        "web,1,BO@example.com,,unsubscribed,,2020-01-01",
        "till,7,bo@example.com,,yes,2021-01-01,",
        ",3,cy@example.com,,yes,2021-01-01,",
    )

    (problem,) = told(outcome, "W073")
    assert (problem["line"], problem["field"]) == ("3", "email")
    assert f"{tmp_path / 'contacts.csv'}:2 has the same address and opts out" in problem["message"]
    assert "each is sent with what it says itself" in problem["message"]
    assert told(outcome, "W074") == []
    assert [each["marketing_optin"] for each in outcome.records] == [
        "EXPLICITLY_OPTEDOUT",
        "EXPLICITLY_OPTEDIN",
        "EXPLICITLY_OPTEDIN",
    ]


@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize(
    ("other", "state", "time"),
    [
        ("unsubscribed,,2022-01-01", "EXPLICITLY_OPTEDOUT", "2022-01-01T00:00:00Z"),
        ("unsubscribed,,", "EXPLICITLY_OPTEDOUT", None),
        ("suppressed,,2020-01-01", "EXPLICITLY_OPTEDOUT", "2020-01-01T00:00:00Z"),
        ("perhaps,,", None, None),
    ],
)
def test_an_opt_in_gives_way_to_the_opt_out_of_its_address_under_another_id(
    tmp_path: Path, other: str, state: str | None, time: str | None, *, is_turned: bool
) -> None:
    files = [
        write(tmp_path / "shop.csv", f"{HEAD}web,1,BO@example.com,C1,yes,2021-01-01,\n"),
        write(tmp_path / "left.csv", f"{HEAD}mail,7,bo@example.com,,{other}\n"),
    ]

    outcome = prepare_files(tmp_path, *(reversed(files) if is_turned else files))

    (bo,) = (each for each in outcome.records if each["id"] == "1")
    assert bo == {
        "@type": "contact",
        "id": "1",
        "@collection": "web",
        "email": "bo@example.com",
        "customer_id": "C1",
        **({"timestamp_unsubscribed": time} if time else {}),
        **({"marketing_optin": state} if state else {}),
    }
    (problem,) = told(outcome, "W073")
    assert problem["source"] == str(files[0])
    assert f"{files[1]}:2 has the same address" in problem["message"]
    rows = {Path(each.source).name: each for each in outcome.summary.cross_checks.consents}
    assert (rows["shop.csv"].opted_in, rows["shop.csv"].contradicting) == (0, 1)
    assert rows["left.csv"].contradicting == 0
    assert "EXPLICITLY_OPTEDIN" not in outcome.summary.cross_checks.optins


def test_contacts_of_one_file_keep_what_they_say_and_a_later_opt_in_of_another_stays(
    tmp_path: Path,
) -> None:
    rows = ["web,1,bo@example.com,,yes,,\n", "mail,7,bo@example.com,,unsubscribed,,2020-01-01\n"]
    own = prepare_text(tmp_path, "contacts.csv", HEAD + "".join(rows))
    later = f"{HEAD}web,1,bo@example.com,,yes,2021-01-01,\n"
    files = [write(tmp_path / "a.csv", later), write(tmp_path / "b.csv", HEAD + rows[1])]

    for outcome in (own, prepare_files(tmp_path, *files)):
        states = {each["id"]: each["marketing_optin"] for each in outcome.records}
        assert states == {"1": "EXPLICITLY_OPTEDIN", "7": "EXPLICITLY_OPTEDOUT"}
        (problem,) = told(outcome, "W073")
        assert "each is sent with what it says itself" in problem["message"]


def test_merged_contacts_give_way_to_the_opt_out_of_their_address(tmp_path: Path) -> None:
    rows = [f"web,{number},a{number}@example.com,,yes,2020-01-01," for number in range(250)]
    rows += [f"web,{number},a{number}@example.com,K{number},,," for number in range(0, 250, 2)]
    left = [f"mail,{number},a{number}@example.com,,unsubscribed,," for number in range(0, 250, 5)]
    files = [
        write(tmp_path / f"{name}.csv", "\n".join([HEAD.strip(), *own, ""]))
        for name, own in (("web", rows), ("mail", left))
    ]

    outcome = prepare_files(tmp_path, *files)

    web = {each["id"]: each for each in outcome.records if each["@collection"] == "web"}
    assert len(web) == 250
    for number in range(250):
        record = web[str(number)]
        has_left = number % 5 == 0
        assert record["marketing_optin"] == (
            "EXPLICITLY_OPTEDOUT" if has_left else "EXPLICITLY_OPTEDIN"
        )
        assert ("timestamp_subscribed" in record) is not has_left
        assert record.get("customer_id") == (None if number % 2 else f"K{number}")
        assert record["email"] == f"a{number}@example.com"


@pytest.mark.parametrize(
    ("other", "is_told"),
    [
        (",2,a@example.com,,,,", True),
        ("till,2,a@example.com,,,,", False),
        ("till,1,a@example.com,C1,,,", False),
        ("till,1,a@example.com,C2,,,", True),
        (",2,b@example.com,C3,,,", False),
    ],
)
def test_one_address_under_several_ids_is_told(
    tmp_path: Path, other: str, *, is_told: bool
) -> None:
    outcome = contacts(tmp_path, ",1,a@example.com,C1,,,", other)

    assert outcome.places("W074") == ([(2, "email")] if is_told else [])


def test_one_customer_with_several_addresses_is_told_once(tmp_path: Path) -> None:
    outcome = contacts(
        tmp_path,
        ",1,a@example.com,0,,,",
        ",2,b@example.com,0,,,",
        ",3,c@example.com,0,,,",
        ",4,d@example.com,C4,,,",
    )

    (problem,) = told(outcome, "W075")
    assert (problem["line"], problem["field"]) == ("2", "customer_id")
    assert problem["message"].endswith("another address; 3 addresses have it")


def test_one_id_with_two_addresses_is_told(tmp_path: Path) -> None:
    outcome = contacts(tmp_path, ",1,a@example.com,,,,", ",1,b@example.com,,,,")

    assert outcome.places("W075") == [(2, "email")]
    assert [record["email"] for record in outcome.records] == ["b@example.com"]


def test_merged_contacts_are_compared_as_they_are_sent(tmp_path: Path) -> None:
    first = write(
        tmp_path / "contacts-1.csv",
        f"{HEAD},1,a@example.com,C1,yes,2020-01-01,\n,2,a@example.com,C1,yes,2020-01-01,\n",
    )
    second = write(
        tmp_path / "contacts-2.csv", f"{HEAD},1,b@example.com,,unsubscribed,,2021-01-01\n"
    )

    outcome = prepare_files(tmp_path, first, second)

    assert told(outcome, "W073") == [], "the first contact has another address by now"
    places = [(row["source"], row["line"], row["field"]) for row in told(outcome, "W075")]
    assert places == [(str(first), "3", "customer_id"), (str(first), "2", "email")]


def test_opt_out_in_a_row_that_is_rejected_is_told(tmp_path: Path) -> None:
    outcome = contacts(
        tmp_path,
        ",1,a@example.com,,yes,2020-01-01,",
        ",1,no address,,unsubscribed,,2021-01-01",
        ",2,no address,,yes,2020-01-01,",
    )

    assert outcome.places("W076") == [(3, "marketing_optin")]
    assert [row["reject_codes"] for row in outcome.rejects()] == ["E012 W076", "E012"]


def test_opt_out_in_any_row_of_a_group_counts(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "grouped.toml",
        'name = "grouped"\nobject_type = "contact"\n[rows]\ngroup_by = ["Nr"]\n'
        '[fields]\nid = "Nr"\nemail = "Mail"\nmarketing_optin = "Newsletter"\n',
    )
    rows = "Nr,Mail,Newsletter\n1,a@example.com,yes\n1,a@example.com,unsubscribed\n"

    outcome = prepare_text(tmp_path, "people.csv", rows, mapping=mapping)

    assert [each["marketing_optin"] for each in outcome.records] == ["EXPLICITLY_OPTEDOUT"]
    assert outcome.places("W041") == [(2, "marketing_optin")]


def test_products_in_rows_with_listings_take_the_later_value(tmp_path: Path) -> None:
    text = "id,title,price,listings.store\n7,Mug,8,uk\n7,,9,de\n"

    outcome = prepare_text(tmp_path, "products.csv", text)

    (record,) = outcome.records
    assert (record["title"], record["price"]) == ("Mug", 9)
    assert outcome.places("W041") == [(2, "price")]


@pytest.mark.parametrize("word", ["no", "FALSE", "0", "nein", "off"])
@pytest.mark.parametrize("is_json", [False, True])
def test_a_plain_no_is_no_opt_out(tmp_path: Path, word: str, *, is_json: bool) -> None:
    record = {"@type": "contact", "id": "1", "email": "a@example.com", "marketing_optin": word}
    outcome = (
        prepare_text(tmp_path, "contacts.json", json.dumps([record]))
        if is_json
        else contacts(tmp_path, f",1,a@example.com,,{word},,")
    )

    assert [each["marketing_optin"] for each in outcome.records] == ["NOT_SPECIFIED"]


def test_a_json_false_is_no_opt_out(tmp_path: Path) -> None:
    record = {"@type": "contact", "id": "1", "email": "a@example.com", "marketing_optin": False}

    outcome = prepare_text(tmp_path, "contacts.json", json.dumps([record]))

    assert [each["marketing_optin"] for each in outcome.records] == ["NOT_SPECIFIED"]


def test_a_no_with_the_time_of_leaving_is_an_opt_out_and_told(tmp_path: Path) -> None:
    outcome = contacts(
        tmp_path,
        ",1,a@example.com,,no,,2024-01-01",
        ",2,b@example.com,,NOT_SPECIFIED,,2024-01-01",
        ",3,c@example.com,,no,2024-01-01,",
    )

    assert [each["marketing_optin"] for each in outcome.records] == [
        "EXPLICITLY_OPTEDOUT",
        "NOT_SPECIFIED",
        "NOT_SPECIFIED",
    ]
    assert outcome.places("W077") == [(2, "marketing_optin")]


MAPPING = """name = "people"
object_type = "contact"
[fields]
id = "Nr"
email = "Mail"
marketing_optin = {source}
"channels.sms.allow_marketing" = "No SMS opt-out"
"""


@pytest.mark.parametrize("column", ["Unsubscribed", "opted_out", "OptOut", "Do not email"])
def test_yes_in_a_column_of_those_who_left_is_an_opt_out_and_no_is_nothing(
    tmp_path: Path, column: str
) -> None:
    mapping = write(tmp_path / "people.toml", MAPPING.format(source=f'"{column}"'))
    rows = f"Nr,Mail,{column},No SMS opt-out\n1,a@example.com,yes,1\n2,b@example.com,no,0\n"

    outcome = prepare_text(tmp_path, "people.csv", rows, mapping=mapping)

    assert [each.get("marketing_optin") for each in outcome.records] == [
        "EXPLICITLY_OPTEDOUT",
        None,
    ]
    allows = [each.get("channels", {}).get("sms") for each in outcome.records]
    assert allows == [{"allow_marketing": False}, None]


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize(
    "source",
    [
        '"Unsubscribed"',
        '{ first = ["Newsletter", "Unsubscribed"] }',
        '{ column = "Unsubscribed", when = { filled = ["Mail"] } }',
        '{ column = "Unsubscribed", default = "" }',
    ],
)
def test_nobody_opts_in_by_not_leaving_in_tables_and_json(
    tmp_path: Path, source: str, *, is_json: bool
) -> None:
    mapping = write(
        tmp_path / "people.toml",
        'name = "people"\nobject_type = "contact"\n[columns]\nmissing = "allow"\n[fields]\n'
        f'id = "Nr"\nemail = "Mail"\nmarketing_optin = {source}\n'
        '"channels.sms.allow_marketing" = "sms_opt_out"\n',
    )
    people: list[dict[str, object]] = [
        {"Nr": "1", "Mail": "a@example.com", "Unsubscribed": True, "sms_opt_out": True},
        {"Nr": "2", "Mail": "b@example.com", "Unsubscribed": False, "sms_opt_out": False},
    ]
    lines = ["Nr,Mail,Unsubscribed,sms_opt_out"]
    lines += [",".join(str(value) for value in each.values()) for each in people]
    text = json.dumps(people) if is_json else "\n".join([*lines, ""])

    outcome = prepare_text(
        tmp_path, "people.json" if is_json else "people.csv", text, mapping=mapping
    )

    states = [each.get("marketing_optin") for each in outcome.records]
    assert states == ["EXPLICITLY_OPTEDOUT", None]
    allows = [each.get("channels") for each in outcome.records]
    assert allows == [{"sms": {"allow_marketing": False}}, None]


def test_a_mapping_that_says_itself_what_the_column_means_is_believed(tmp_path: Path) -> None:
    source = '{ column = "Unsubscribed", translate = { yes = "unsubscribed", no = "yes" } }'
    mapping = write(tmp_path / "people.toml", MAPPING.format(source=source))
    rows = "Nr,Mail,Unsubscribed,No SMS opt-out\n1,a@example.com,yes,\n2,b@example.com,no,\n"

    outcome = prepare_text(tmp_path, "people.csv", rows, mapping=mapping)

    assert [each["marketing_optin"] for each in outcome.records] == [
        "EXPLICITLY_OPTEDOUT",
        "EXPLICITLY_OPTEDIN",
    ]


def test_an_opt_out_in_another_language_holds_against_a_later_undated_yes(tmp_path: Path) -> None:
    text = "id,email,marketing_optin\n1,a@example.com,abgemeldet\n1,a@example.com,ja\n"

    outcome = prepare_files(tmp_path, write(tmp_path / "contacts.csv", text))

    assert [each["marketing_optin"] for each in outcome.records] == ["EXPLICITLY_OPTEDOUT"]


@pytest.mark.parametrize(
    ("state", "times", "is_out"),
    [
        ("", ",2024-01-01", True),
        ("", "2020-01-01,2024-01-01", True),
        ("", "2024-02-01,2024-01-01", False),
        ("NOT_SPECIFIED", ",2024-01-01", False),
        ("no idea", ",2024-01-01", False),
        ("", "2024-01-01,", False),
    ],
)
def test_time_of_leaving_alone_is_an_opt_out(
    tmp_path: Path, state: str, times: str, *, is_out: bool
) -> None:
    outcome = contacts(tmp_path, f",1,a@example.com,,{state},{times}")

    (record,) = outcome.records
    said = state if state == "NOT_SPECIFIED" else None
    assert record.get("marketing_optin") == ("EXPLICITLY_OPTEDOUT" if is_out else said)
    assert outcome.places("W118") == ([(2, "marketing_optin")] if is_out else [])


@pytest.mark.parametrize("is_json", [False, True])
def test_list_of_people_who_left_needs_no_states(tmp_path: Path, *, is_json: bool) -> None:
    row = {
        "id": "1",
        "@collection": "main",
        "email": "a@example.com",
        "timestamp_unsubscribed": "2024-05-01T00:00:00Z",
    }
    lines = [",".join(row), ",".join(row.values()), "2,main,b@example.com,", ""]
    text = json.dumps([{"@type": "contact", **row}]) if is_json else "\n".join(lines)

    outcome = prepare_text(tmp_path, "contacts.json" if is_json else "contacts.csv", text)

    assert outcome.records[0]["marketing_optin"] == "EXPLICITLY_OPTEDOUT"
    assert [each.get("marketing_optin") for each in outcome.records[1:]] == [None] * (not is_json)
    assert len(told(outcome, "W118")) == 1


def test_time_of_leaving_alone_gives_way_to_a_later_opt_in_of_another_row(tmp_path: Path) -> None:
    outcome = contacts(
        tmp_path, ",1,a@example.com,,,,2020-01-01", ",1,a@example.com,,yes,2024-01-01,"
    )

    (record,) = outcome.records
    assert record["marketing_optin"] == "EXPLICITLY_OPTEDIN"
