"""The table of consent by source: who is sent with what, and which source says so."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path

from tests.prepare.outcomes import Outcome, prepare_files, write

HEAD = "id,email,marketing_optin,timestamp_subscribed,timestamp_unsubscribed\n"


def table(outcome: Outcome) -> dict[str, tuple[int, ...]]:
    """In, out, none, suppressed and contradicting, by the name of the file."""
    rows = {Path(each.source).name: each for each in outcome.summary.cross_checks.consents}
    found = {name: astuple(each)[1:] for name, each in rows.items()}
    sent = sum(sum(counts[:4]) for counts in found.values())
    assert sent == sum(outcome.summary.records.values()), "every contact counts once"
    return found


def test_contacts_count_where_they_stand_and_rejected_ones_do_not(tmp_path: Path) -> None:
    first = write(
        tmp_path / "a.csv",
        f"{HEAD}1,a@example.com,yes,,\n2,b@example.com,unsubscribed,,\n3,c@example.com,no,,\n"
        "4,d@example.com,,,\n5,e@example.com,suppressed,,\n6,no address,yes,,\n"
        "7,g@example.com,perhaps,,\n",
    )
    record = {"@type": "contact", "id": "8", "email": "h@example.com", "marketing_optin": "yes"}
    second = write(tmp_path / "b.json", json.dumps([record]))

    outcome = prepare_files(tmp_path, first, second)

    assert table(outcome) == {"a.csv": (1, 1, 3, 1, 0), "b.json": (1, 0, 0, 0, 0)}
    assert outcome.summary.as_json()["across"]["consents"][1] == {
        "source": str(second),
        "opted_in": 1,
        "opted_out": 0,
        "none": 0,
        "suppressed": 0,
        "contradicting": 0,
    }
    assert outcome.summary.cross_checks.optins == {
        "": 2,
        "EXPLICITLY_OPTEDIN": 2,
        "EXPLICITLY_OPTEDOUT": 2,
        "NOT_SPECIFIED": 1,
    }


def test_a_contact_of_several_files_counts_at_the_one_that_decides(tmp_path: Path) -> None:
    profiles = write(
        tmp_path / "profiles.csv",
        f"{HEAD}1,a@example.com,yes,2020-01-01,\n2,b@example.com,yes,2024-01-01,\n"
        "3,c@example.com,yes,,\n4,d@example.com,yes,,\n5,e@example.com,,,\n",
    )
    left = write(
        tmp_path / "left.csv",
        f"{HEAD}1,a@example.com,unsubscribed,,2022-01-01\n"
        "2,b@example.com,unsubscribed,,2022-01-01\n3,c@example.com,suppressed,,\n"
        "4,d@example.com,perhaps,,\n5,e@example.com,suppressed,,\n",
    )

    for paths in ((profiles, left), (left, profiles)):
        assert table(prepare_files(tmp_path, *paths)) == {
            "profiles.csv": (1, 0, 0, 0, 3),
            "left.csv": (0, 1, 1, 2, 1),
        }


def test_rows_of_one_group_contradict_each_other_too(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "till.toml",
        'name = "till"\nobject_type = "contact"\n[rows]\ngroup_by = ["Nr"]\n[fields]\n'
        'id = "Nr"\nemail = "Mail"\nmarketing_optin = "News"\n',
    )
    path = write(
        tmp_path / "till.csv",
        "Nr,Mail,News\n1,a@example.com,yes\n1,a@example.com,unsubscribed\n1,a@example.com,true\n"
        "2,b@example.com,yes\n2,b@example.com,true\n",
    )

    outcome = prepare_files(tmp_path, path, mapping=mapping)

    assert table(outcome) == {"till.csv": (1, 1, 0, 0, 2)}


def test_a_suppression_list_decides_for_every_contact_that_it_joins(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "list.toml",
        'name = "list"\nobject_type = "contact"\n[rows]\njoin = "email"\n[fields]\n'
        'email = "Mail"\nid = "Nr"\n[consent]\nstate = "State"\nin = ["in"]\nsuppressed = "Why"\n',
    )
    path = write(
        tmp_path / "list.csv",
        "Nr,Mail,State,Why\n,a@example.com,,spam\n1,a@example.com,in,\n2,a@example.com,in,\n"
        ",b@example.com,,spam\n3,c@example.com,in,\n",
    )

    outcome = prepare_files(tmp_path, path, mapping=mapping)

    assert table(outcome) == {"list.csv": (1, 0, 0, 3, 2)}
