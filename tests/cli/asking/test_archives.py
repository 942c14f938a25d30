"""Archives with several files: each is a source of its own, named after the archive and itself."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Shop
from tests.prepare.outcomes import write

HEADER = "Email,Joined\n"
MAPPING = """
object_type = "contact"
[rows]
leave_out = [{ file = "cleaned_*" }]
[fields]
id = { hash = "Email" }
email = "Email"
"@collection" = { constant = "list" }
"properties.joined" = "Joined"
"""
PAGE = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"
(EXAMPLE,) = re.findall(
    r"```toml\n# Some exports have a file for each state.*?\n(.*?)```",
    PAGE.read_text("utf-8"),
    re.DOTALL,
)
MAPPING += EXAMPLE
CONSENT = {
    "ada@example.com": "EXPLICITLY_OPTEDIN",
    "bob@example.com": "EXPLICITLY_OPTEDOUT",
    "cyd@example.com": "EXPLICITLY_OPTEDOUT",
}
MEMBERS = {
    "export/subscribed_1.csv": f"{HEADER}ada@example.com,2024\n",
    "export/UNSUBSCRIBED_1.csv": f"{HEADER}bob@example.com,2023\n",
    "gone.csv": f"{HEADER}cyd@example.com,\n",
    "cleaned_1.csv": f"{HEADER}dee@example.com,\n",
}


def packed(path: Path, members: dict[str, str | bytes]) -> Path:
    """Write an archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def bodies(shop: Shop, name: str = "contact") -> list[dict[str, Any]]:
    """The records of the only dry run."""
    (path,) = (shop.folder / ".ometria-import" / "runs").glob(f"*/bodies/{name}.ndjson")
    return [json.loads(line) for line in path.read_text().splitlines()]


def dry(shop: Shop, *words: str) -> Any:
    """Rehearse a push with the mapping."""
    write(shop.folder / "list.toml", MAPPING)
    return shop.run("push", "--to", "staging", "--dry-run", "--mapping", "list.toml", *words)


def consent(shop: Shop) -> dict[str, str]:
    """What the only dry run says of each person."""
    return {each["email"]: each.get("marketing_optin", "") for each in bodies(shop)}


def test_files_of_an_archive_are_sources_of_their_own_whose_names_count(shop: Shop) -> None:
    packed(shop.folder / "list.zip", {**MEMBERS})

    ended = dry(shop, "list.zip")

    assert ended.code == 0, ended.err
    assert consent(shop) == CONSENT
    assert "list.zip!export/UNSUBSCRIBED_1.csv" in ended.out


def test_names_count_outside_of_archives_too(shop: Shop) -> None:
    for name, content in MEMBERS.items():
        write(shop.folder / Path(name).name, content)

    ended = dry(shop, "subscribed_1.csv", "UNSUBSCRIBED_1.csv", "gone.csv", "cleaned_1.csv")

    assert ended.code == 0, ended.err
    assert consent(shop) == CONSENT


def test_name_of_the_only_file_of_an_archive_counts(shop: Shop) -> None:
    name = "export/UNSUBSCRIBED_1.csv"
    packed(shop.folder / "subscribed_list.zip", {name: MEMBERS[name]})

    ended = dry(shop, "subscribed_list.zip")

    assert ended.code == 0, ended.err
    assert consent(shop) == {"bob@example.com": "EXPLICITLY_OPTEDOUT"}
    assert "!" not in ended.out


@pytest.mark.parametrize("name", ["list.zip!UNSUB*", "list.zip!export/UNSUB*", "*.zip!*SUB*.csv"])
def test_single_files_of_an_archive_can_be_named(shop: Shop, name: str) -> None:
    members = {"export/UNSUBSCRIBED_1.csv": MEMBERS["export/UNSUBSCRIBED_1.csv"]}
    packed(shop.folder / "list.zip", {**members, "unsubscribed.txt": "?", "other.csv": "?"})

    ended = dry(shop, name)

    assert ended.code == 0, ended.err
    assert consent(shop) == {"bob@example.com": "EXPLICITLY_OPTEDOUT"}


def test_file_that_is_not_in_the_archive_is_refused_with_what_is(shop: Shop) -> None:
    packed(shop.folder / "list.zip", {**MEMBERS})

    ended = dry(shop, "list.zip!gonee.csv")

    assert ended.code == 4
    assert "list.zip holds no file 'gonee.csv' (did you mean 'gone.csv'?)" in ended.err
    assert "'cleaned_1.csv'" in ended.err


def test_what_is_no_source_is_passed_over_with_a_word(shop: Shop) -> None:
    others = {
        "read me.pdf": b"%PDF-1.4",
        "__MACOSX/._gone.csv": b"?",
        ".DS_Store": b"?",
        "export/": b"",
        "._x.csv": b"?",
    }
    packed(shop.folder / "list.zip", {"gone.csv": MEMBERS["gone.csv"], **others})

    ended = dry(shop, "list.zip")

    assert ended.code == 0, ended.err
    assert consent(shop) == {"cyd@example.com": "EXPLICITLY_OPTEDOUT"}
    assert "list.zip: passed over read me.pdf" in ended.out + ended.err
    assert "MACOSX" not in ended.out + ended.err


def test_problems_rejects_and_json_name_the_file_in_the_archive(shop: Shop) -> None:
    members = {"gone.csv": f"{HEADER}nobody,\n", "subscribed_1.csv": f"{HEADER}nor I,\n"}
    packed(shop.folder / "list.zip", {**members})
    write(shop.folder / "list.toml", MAPPING)

    ended = shop.run("check", "--json", "--mapping", "list.toml", "list.zip")

    assert ended.code == 3
    told = json.loads(ended.out)
    assert {each["path"] for each in told["sources"]} == {
        "list.zip!gone.csv",
        "list.zip!subscribed_1.csv",
    }
    (check,) = (shop.folder / ".ometria-import" / "checks").iterdir()
    rejects = {path.name for path in (check / "rejects").iterdir()}
    assert {"gone.csv", "subscribed_1.csv"} <= rejects
    assert "list.zip!gone.csv,2," in (check / "problems.csv").read_text()


def test_rejects_count_as_rows_of_the_file_whose_name_said_something(shop: Shop) -> None:
    members = {"gone.csv": f"{HEADER}bob,2023\n", "subscribed_1.csv": f"{HEADER}ada,2024\n"}
    packed(shop.folder / "list.zip", {**members})
    write(shop.folder / "list.toml", MAPPING)
    assert shop.run("check", "--mapping", "list.toml", "list.zip").code == 3
    (path,) = (shop.folder / ".ometria-import" / "checks").glob("*/rejects/gone.csv")
    write(shop.folder / "gone.csv", path.read_text().replace("bob,", "bob@example.com,"))

    ended = shop.run("push", "--to", "staging", "--dry-run", "gone.csv")

    assert ended.code == 0, ended.err
    assert consent(shop) == {"bob@example.com": "EXPLICITLY_OPTEDOUT"}


@pytest.mark.usefixtures("emulator")
def test_a_changed_archive_is_another_push(shop: Shop) -> None:
    packed(shop.folder / "list.zip", {**MEMBERS})
    write(shop.folder / "list.toml", MAPPING)
    command = ("push", "--to", "staging", "--yes", "--mapping", "list.toml", "list.zip")
    first, again = shop.run(*command), shop.run(*command)
    packed(shop.folder / "list.zip", {**MEMBERS, "gone.csv": f"{HEADER}eve@example.com,\n"})
    changed = shop.run(*command)

    assert (first.code, again.code, changed.code) == (0, 0, 0), changed.err
    assert "Nothing to do" in again.out
    assert "Nothing to do" not in changed.out


def test_settings_can_list_single_files_of_an_archive(shop: Shop) -> None:
    packed(shop.folder / "list.zip", {"a.csv": MEMBERS["gone.csv"], "b.csv": HEADER + "x@y.zz,1\n"})
    write(shop.folder / "list.toml", MAPPING.replace("gone.*", "a.csv"))
    listed = '[[sources]]\npath = "list.zip!a.csv"\nmapping = "list.toml"\n'
    write(shop.folder / "ometria-import.toml", listed)

    ended = shop.run("push", "--to", "staging", "--dry-run")

    assert ended.code == 0, ended.err
    assert consent(shop) == {"cyd@example.com": "EXPLICITLY_OPTEDOUT"}


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ({"a.csv": HEADER, "b.xlsx": b"PK\x03\x04"}, "b.xlsx holds another archive, a workbook"),
        ({"a.csv": "id\n1\n", "b.csv": bytes(40_000_000)}, "b.csv"),
        ({"a.csv": HEADER + "a@example.com,1\n", "b.csv": b""}, "list.zip!b.csv is empty"),
        ({f"{n}.csv": b"" for n in range(1_001)}, "list.zip holds 1,001 files, and at most 1,000"),
        ({"a.pdf": b"", "b.pdf": b""}, "list.zip holds 2 files: 'a.pdf', 'b.pdf'"),
    ],
)
def test_hostile_and_useless_archives_are_refused(
    shop: Shop, inner: dict[str, str | bytes], message: str
) -> None:
    packed(shop.folder / "list.zip", inner)

    ended = dry(shop, "list.zip")

    assert ended.code == 4
    assert message in ended.err


def test_files_that_share_their_bytes_are_refused(shop: Shop) -> None:
    content = "".join(f"a{number}@example.com,1\n" for number in range(2_000))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", HEADER + content)
        (first,) = archive.infolist()
        archive.filelist += [first] * 3
    write(shop.folder / "list.zip", target.getvalue())

    ended = dry(shop, "list.zip")

    assert ended.code == 4
    assert "list.zip holds two files named 'a.csv'" in ended.err


def test_array_that_is_cut_in_the_middle_is_refused(shop: Shop) -> None:
    whole = json.dumps([{"id": f"p{number}", "title": "Mug", "price": 1} for number in range(50)])
    packed(shop.folder / "list.zip", {"a.json": whole, "b.json": whole[:-400]})

    ended = shop.run("check", "product=list.zip")

    assert ended.code == 4
    assert "list.zip!b.json ends in the middle of its array" in ended.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('when = { file = " " }', "a blank text fits no file name"),
        ('when = { file = "lists/gone.csv" }', "a pattern for a file's own name, without folders"),
        ("when = { file = 3 }", "'file'"),
        ('when = { files = "gone.*" }', "did you mean 'file'"),
    ],
)
def test_patterns_that_make_no_sense_are_refused_with_their_line(
    shop: Shop, text: str, message: str
) -> None:
    write(shop.folder / "my.toml", MAPPING.replace('when = { file = "subscribed_*" }', text))

    ended = shop.run("mapping", "check", "my.toml")

    assert ended.code == 4
    assert "my.toml:" in ended.err
    assert message in ended.err


ORDERS = "id,timestamp,grand_total,currency\n"


@pytest.mark.parametrize("names", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_last_years_file_beside_this_years_is_told_of_and_the_newer_one_counts(
    shop: Shop, names: tuple[str, str]
) -> None:
    old, new = names
    with zipfile.ZipFile(shop.folder / "orders.zip", "w") as archive:
        for name, year, total in ((new, 2024, 9), (old, 2023, 4)):
            rows = "".join(f"{number},2022-03-01T10:00:00Z,{total},EUR\n" for number in (1, 2))
            member = zipfile.ZipInfo(name, (year, 12, 31, 9, 0, 0))
            archive.writestr(member, f"{ORDERS}{rows}{year},2022-03-01T10:00:00Z,1,EUR\n")

    ended = shop.run("push", "--to", "staging", "--dry-run", "orders.zip")

    assert ended.code == 0, ended.err
    totals = {each["id"]: each["grand_total"] for each in bodies(shop, "order")}
    assert totals == {"1": 9, "2": 9, "2023": 1, "2024": 1}
    told = (
        f"{old} (of 2023-12-31) is of the same kind as {new} (of 2024-12-31), and 2 records of it "
        "are in that one, too, which counts where they differ"
    )
    assert told in " ".join(ended.out.split())


def test_files_of_one_kind_without_records_in_common_are_not_told_of(shop: Shop) -> None:
    members = {"a.csv": f"{ORDERS}1,2022-03-01T10:00:00Z,4,EUR\n"}
    packed(
        shop.folder / "orders.zip", {**members, "b.csv": members["a.csv"].replace("1,", "2,", 1)}
    )

    ended = shop.run("check", "orders.zip")

    assert ended.code == 0, ended.err
    assert "W039" not in ended.out


def test_odd_names_in_archives_are_names_like_others(shop: Shop) -> None:
    odd = {f"{'n' * 300}.csv": 1, "../../up.csv": 2, "a\x1b[31m\nb.csv": 3, "é/ü.csv": 4}
    rows = {name: f"{HEADER}no-{number},1\n" for name, number in odd.items()}
    packed(shop.folder / "list.zip", {**rows})
    write(shop.folder / "list.toml", MAPPING)

    ended = shop.run("check", "--mapping", "list.toml", "list.zip")

    assert ended.code == 3, ended.err
    assert "\x1b[31m" not in ended.out + ended.err
    rejects = list((shop.folder / ".ometria-import" / "checks").glob("*/rejects/*.csv"))
    assert len(rejects) == 4
    assert not (shop.folder.parent / "up.csv").exists()
