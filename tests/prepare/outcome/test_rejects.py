from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from ometria_import.errors import ExitCode, SourceError
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.choices import Unmapped
from ometria_import.package import Package
from ometria_import.prepare import (
    PackingStarted,
    PrepareEvent,
    PrepareOptions,
    SourceDone,
    SourceOpened,
    SourceProgress,
    SourcesNamed,
    check,
    prepare,
)
from ometria_import.problems import Severity
from ometria_import.schema import ObjectType
from tests.prepare.outcomes import prepare_files, prepare_rows, prepare_text, write

CONTACT = '{"@type":"contact","id":"%s","email":"a@example.com"%s}\n'
ORDER_HEAD = ["id", "timestamp", "grand_total", "currency"]
ORDER = ["2024-01-31T09:30:00Z", "10.00", "EUR"]


def test_all_problems_of_a_record_are_reported_not_the_first(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "orders.csv",
        [
            [*ORDER_HEAD, "customer.email", "tax"],
            ["7.21E+12", "soon", "much", "", "nobody", "some"],
        ],
    )

    (reject,) = outcome.rejects()
    assert set(reject["reject_codes"].split()) == {"E011", "E015", "E013", "E010", "W012", "W013"}
    assert "currency: it is missing" in reject["reject_reasons"]
    assert "id: '7.21E+12' is a number that a spreadsheet has rounded" in reject["reject_reasons"]
    assert outcome.places("E010") == [(2, "currency")]
    assert outcome.summary.exit_code is ExitCode.REJECTS


def test_bad_value_of_an_optional_field_is_dropped_and_the_record_kept(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "contacts.csv",
        [
            ["id", "email", "phone_number", "gender", "country_id", "marketing_optin"],
            ["1", "a@example.com", "call me", "?", "Atlantis", "maybe"],
        ],
    )

    assert outcome.records == [{"@type": "contact", "id": "1", "email": "a@example.com"}]
    assert sorted(outcome.summary.problems) == ["W018", "W019", "W020", "W022", "W117"]
    assert outcome.summary.exit_code is ExitCode.OK


def test_control_character_in_a_property_or_option_drops_it(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "products.csv",
        [["id", "properties.note", "attributes.size"], ["1", "a\x01b", "\x02"]],
    )

    assert outcome.records == [{"@type": "product", "id": "1"}]
    assert outcome.places("W026") == [(2, "attributes.size"), (2, "properties.note")]


def test_force_optin_alone_is_dropped(tmp_path: Path) -> None:
    contact = ["1", "a@example.com", "yes"]

    without_column = prepare_rows(tmp_path, "c.csv", [["id", "email", "@force_optin"], contact])
    with_blank = prepare_rows(
        tmp_path, "c.csv", [["id", "email", "@force_optin", "marketing_optin"], [*contact, ""]]
    )

    for outcome in (without_column, with_blank):
        assert outcome.records == [{"@type": "contact", "id": "1", "email": "a@example.com"}]
        assert outcome.places("W044") == [(2, "@force_optin")]


def test_listings_of_a_variant_are_dropped(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "products.csv",
        [
            ["id", "is_variant", "listings.store"],
            ["1", "true", "uk"],
            ["2", "no", "uk"],
            ["3", "", "uk"],
        ],
    )

    assert ["listings" in record for record in outcome.records] == [False, True, True]
    assert outcome.places("W042") == [(2, "listings")]


def test_reject_file_has_the_columns_of_its_source_and_the_reasons(tmp_path: Path) -> None:
    content = 'id;email;"first;name"\n1;bad;"A;B"\n2;b@example.com\n\n3;c@example.com;C\n'

    outcome = prepare_text(tmp_path, "contacts.csv", content)

    ragged, bad = sorted(outcome.rejects(), key=lambda row: row["reject_codes"])
    assert list(bad) == [
        "id",
        "email",
        "first;name",
        "reject_line",
        "reject_codes",
        "reject_reasons",
        "reject_raw",
        "reject_run",
    ]
    assert (bad["id"], bad["email"], bad["first;name"]) == ("1", "bad", "A;B")
    assert (bad["reject_line"], bad["reject_codes"], bad["reject_raw"]) == ("2", "E012", "")
    assert bad["reject_reasons"] == "email: 'bad' has no @"
    assert (ragged["id"], ragged["reject_line"], ragged["reject_codes"]) == ("", "3", "E001")
    assert ragged["reject_raw"] == "2;b@example.com"
    assert [record["id"] for record in outcome.records] == ["3"]


def test_all_rows_of_a_rejected_order_are_in_the_reject_file(tmp_path: Path) -> None:
    line = ["lineitems.product_id", "lineitems.quantity", "lineitems.unit_price"]
    rows = [["1", *ORDER, f"p{n}", "1", "4"] for n in range(3)]
    bad = [["2", "", "10.00", "EUR", f"p{n}", "1", "4"] for n in range(3)]

    outcome = prepare_rows(tmp_path, "orders.csv", [[*ORDER_HEAD, *line], *rows, *bad])

    rejects = outcome.rejects()
    assert [row["lineitems.product_id"] for row in rejects] == ["p0", "p1", "p2"]
    assert [row["reject_codes"] for row in rejects] == ["E010", "", ""]
    assert rejects[2]["reject_reasons"] == "belongs to the order of line 5"
    assert outcome.summary.rejected == 1
    assert outcome.summary.rows.rejected == 3


def test_file_whose_name_is_no_text_is_prepared_like_any_other(tmp_path: Path) -> None:
    """Bug: the first problem of such a file stopped the command."""
    path = write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/contacts\xff.csv")), "id,email\n1,x\n")

    outcome = prepare_files(tmp_path, path)

    (problem,) = outcome.problems
    assert problem["source"].endswith("contacts\\udcff.csv")
    assert outcome.rejects()[0]["id"] == "1"


def test_mended_reject_file_can_be_pushed_again(tmp_path: Path) -> None:
    """Bug: the columns with the reasons went into properties."""
    outcome = prepare_text(tmp_path, "contacts.csv", "id,email,tier\n1,bad,gold\n2,worse,gold\n")
    reject_path = outcome.summary.reject_paths[0]
    mended = write(
        tmp_path / "contacts-mended.csv", reject_path.read_text().replace("bad,", "a@example.com,")
    )

    again = prepare_files(tmp_path, mended, unmapped=Unmapped.PROPERTIES)

    assert again.records == [
        {"@type": "contact", "id": "1", "email": "a@example.com", "properties": {"tier": "gold"}}
    ]
    (reject,) = again.rejects()
    assert (reject["id"], reject["reject_line"]) == ("2", "3")
    assert list(reject).count("reject_line") == 1


def test_rejected_objects_keep_their_own_numbers(tmp_path: Path) -> None:
    content = (
        '{"@type":"order","id":"1","grand_total":10.10,"big":123456789012345678.9012345}\n'
        "nonsense\n"
        "{}\n"
    )

    outcome = prepare_text(tmp_path, "orders.ndjson", content)

    first, second, third = outcome.summary.reject_paths[0].read_text().splitlines()
    assert '"grand_total":10.10,"big":123456789012345678.9012345' in first
    assert json.loads(first)["reject"]["line"] == 1
    assert json.loads(first)["reject"]["codes"] == "E010"
    assert json.loads(second)["reject"]["raw"] == "nonsense"
    assert set(json.loads(third)) == {"reject"}


def test_mended_reject_file_of_objects_can_be_pushed_again(tmp_path: Path) -> None:
    outcome = prepare_text(tmp_path, "contacts.ndjson", CONTACT.replace("a@", "a@@") % ("1", ""))
    text = outcome.summary.reject_paths[0].read_text()

    again = prepare_text(tmp_path, "mended.ndjson", text.replace("a@@", "a@"))

    assert again.records == [{"@type": "contact", "id": "1", "email": "a@example.com"}]
    assert again.summary.problems == {}


def test_reject_files_of_sources_with_one_name_do_not_meet(tmp_path: Path) -> None:
    """Bug: a file named like the third source's second choice was overwritten."""
    for folder in ("x", "y", "z"):
        (tmp_path / folder).mkdir()
    sources = [
        write(tmp_path / "x" / "a-3.csv", "id,email\n1,bad\n"),
        write(tmp_path / "y" / "a.csv", "id,email\n2,bad\n"),
        write(tmp_path / "z" / "a.csv", "id,email\n3,bad\n"),
    ]

    outcome = prepare_files(tmp_path, *sources)

    assert [outcome.rejects(number)[0]["id"] for number in range(3)] == ["1", "2", "3"]


@pytest.mark.parametrize(("length", "codes"), [(999, {}), (1_000, {"E031": 1})])
def test_properties_stay_under_a_thousand_characters(
    tmp_path: Path, length: int, codes: dict[str, int]
) -> None:
    value = "\u00e9" * (length - len('{"note":""}'))

    table = prepare_rows(
        tmp_path,
        "contacts.csv",
        [["id", "email", "properties.note"], ["1", "a@example.com", value]],
    )
    objects = prepare_text(
        tmp_path, "contacts.ndjson", CONTACT % ("1", f',"properties":{{"note":"{value}"}}')
    )

    assert table.summary.problems == objects.summary.problems == codes
    assert table.summary.rejected == objects.summary.rejected == len(codes)


@pytest.mark.parametrize(("size", "codes"), [(60_000, {"W100": 1}), (60_001, {"E030": 1})])
def test_record_has_sixty_thousand_bytes_at_most(
    tmp_path: Path, size: int, codes: dict[str, int]
) -> None:
    empty = '{"@type":"product","id":"1","title":""}'

    outcome = prepare_rows(
        tmp_path, "products.csv", [["id", "title"], ["1", "x" * (size - len(empty))]]
    )

    assert outcome.summary.problems == codes


def test_event_needs_one_identity(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "events.csv",
        [
            ["id", "event_type", "timestamp", "profile_id", "identity_email"],
            ["1", "visit", "2024-01-31T09:30:00Z", "", "a@example.com"],
            ["2", "visit", "2024-01-31T09:30:00Z", "p", ""],
            ["3", "visit", "2024-01-31T09:30:00Z", "", "nobody"],
        ],
    )

    assert [record["id"] for record in outcome.records] == ["1", "2"]
    assert outcome.places("E032") == [(4, "profile_id")]
    assert outcome.places("W012") == [(4, "identity_email")]


def test_id_that_holds_personal_data_is_a_warning(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "contacts.csv",
        [
            ["id", "email"],
            ["ada@example.com", "ada@example.com"],
            ["+44 20 7183 8750", "b@example.com"],
            ["C-1", "c@example.com"],
        ],
    )

    assert outcome.places("W043") == [(2, "id"), (3, "id")]
    assert len(outcome.records) == 3


def test_problems_are_grouped_errors_first_and_most_frequent_first(tmp_path: Path) -> None:
    rows = [[str(n), "bad", "?"] for n in range(5)] + [["7", "a@example.com", "?"], ["", "", ""]]

    outcome = prepare_rows(tmp_path, "contacts.csv", [["id", "email", "gender"], *rows])

    groups = outcome.summary.groups
    assert [(group.code, group.field, group.count) for group in groups] == [
        ("E012", "email", 5),
        ("E010", "id", 1),
        ("E010", "email", 1),
        ("W020", "gender", 6),
    ]
    assert [place.line for place in groups[0].places] == [2, 3, 4]
    assert (groups[0].value, groups[0].object_type) == ("bad", "contact")
    assert groups[0].title == "Malformed email address"
    assert groups[0].hint
    assert groups[-1].severity is Severity.WARNING


def test_value_is_shown_as_the_user_wrote_it(tmp_path: Path) -> None:
    """Bug: in a column of many different addresses it was shown in lower case."""
    rows = [[str(n), f"a{n}@example.com"] for n in range(50)] + [["x", "NO Address"]]

    outcome = prepare_rows(tmp_path, "contacts.csv", [["id", "email"], *rows])

    (problem,) = outcome.problems
    assert problem["value"] == "NO Address"


def test_lower_cased_addresses_are_counted_once(tmp_path: Path) -> None:
    """Bug: what was lower-cased and then rewritten counted twice."""
    rows = [[str(n), f"a{n}@example.com"] for n in range(50)]
    rows += [["x", "mailto:X@EXAMPLE.COM"], ["y", "Y@example.com"], ["z", "NO"]]

    outcome = prepare_rows(tmp_path, "contacts.csv", [["id", "email"], *rows])

    assert outcome.summary.problems == {"E012": 1, "W053": 2}


def test_more_than_a_hundred_properties_are_a_warning_in_tables_and_json(tmp_path: Path) -> None:
    names = [f"p{n}" for n in range(101)]
    header = ["id", "email", *(f"properties.{name}" for name in names)]
    properties = json.dumps({"p0": "x"})
    lines = [CONTACT % (n, f',"properties":{{"p{n}":1}}') for n in range(101)]

    table = prepare_rows(tmp_path, "contacts.csv", [header, ["1", "a@example.com", *["x"] * 101]])
    objects = prepare_text(tmp_path, "contacts.ndjson", "".join(lines))
    few = prepare_text(tmp_path, "contacts.ndjson", CONTACT % (1, f',"properties":{properties}'))

    assert table.summary.problems["W054"] == objects.summary.problems["W054"] == 1
    assert few.summary.problems == {}


@pytest.mark.parametrize("name", ["contacts.csv", "contacts.json"])
def test_source_without_rows_is_refused_unless_it_may_be_empty(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, "[]" if name.endswith("json") else "id,email\n")
    arguments = [SourceArgument(path, ObjectType.CONTACT)]

    with pytest.raises(SourceError, match="there are no rows") as caught:
        check(arguments, PrepareOptions(), tmp_path / "check")
    summary = check(arguments, PrepareOptions(allow_empty=True), tmp_path / "check")

    assert "--allow-empty" in caught.value.hint
    assert summary.rows.read == 0
    assert summary.exit_code is ExitCode.OK


def test_check_finds_what_prepare_finds_and_leaves_only_what_it_found(tmp_path: Path) -> None:
    path = write(tmp_path / "contacts.csv", "id,email\n1,bad\n2,b@example.com\n")
    arguments = [SourceArgument(path, None)]

    checked = check(arguments, PrepareOptions(), tmp_path / "check")
    with prepare(arguments, PrepareOptions(), tmp_path / "run", tmp_path / "packages").package as p:
        sums = p.sums
        (source,) = p.sources()

    assert {key: sums[key] for key in ("rows", "records", "rejected", "problems")} == {
        key: checked.as_json()[key] for key in ("rows", "records", "rejected", "problems")
    }
    assert (source.path, source.rows, source.object_type) == (str(path), 2, "contact")
    assert source.bytes == path.stat().st_size
    assert sorted(item.name for item in (tmp_path / "check").iterdir()) == [
        "problems.csv",
        "reading.json",
        "rejects",
    ]
    for item in (tmp_path / "check").rglob("*"):
        assert stat.S_IMODE(item.stat().st_mode) == (0o700 if item.is_dir() else 0o600)


def test_listener_is_told_what_goes_on(tmp_path: Path) -> None:
    contacts = write(tmp_path / "contacts.csv", "id,email\n1,bad\n2,b@example.com\n")
    products = write(tmp_path / "products.csv", "id,title\n1,Kettle\n")
    arguments = [SourceArgument(contacts, None), SourceArgument(products, None)]
    events: list[PrepareEvent] = []

    prepared = prepare(
        arguments, PrepareOptions(), tmp_path / "run", tmp_path / "packages", events.append
    )
    prepared.package.close()

    assert [type(event) for event in events] == [
        SourcesNamed,
        SourceOpened,
        SourceOpened,
        SourceProgress,
        SourceDone,
        SourceProgress,
        SourceDone,
        PackingStarted,
    ]
    opened, _, progress, done = events[1:5]
    assert isinstance(opened, SourceOpened)
    assert (opened.number, opened.path) == (1, str(products)), "products are sent first"
    assert isinstance(progress, SourceProgress)
    assert progress == SourceProgress(1, products.stat().st_size, 1, 0, progress.problems)
    assert done == SourceDone(1, rows=1, records=1, rejected=0)
    assert events[-1] == PackingStarted(records=2)


def test_package_without_any_record_is_one(tmp_path: Path) -> None:
    outcome = prepare_text(tmp_path, "contacts.csv", "id,email\n1,bad\n")

    assert outcome.records == []
    with Package(outcome.package_path) as package:
        assert package.record_counts() == {}
