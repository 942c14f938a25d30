"""Tables of words, in the mapping or in a file beside it."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from ometria_import.errors import MappingError
from ometria_import.mapping.file.read import load_mapping, parse_mapping
from ometria_import.mapping.file.source_parts import tables
from ometria_import.mapping.recognition.recognition import parse_source_argument
from ometria_import.prepare import PrepareOptions, fingerprint
from tests.mapping.file.test_mappings import mapped
from tests.prepare.outcomes import prepare_text, write

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"
ORDER = """
object_type = "order"
[columns]
unmapped = "ignore"
[fields]
id = "No"
timestamp = { constant = "2024-01-31T09:30:00Z" }
currency = { constant = "GBP" }
grand_total = { constant = "1" }
status = { column = "State", translate = "states" }
"""
FILE = '[tables.states]\nfile = "states.csv"\nfrom = "id"\nto = "name"\n'


def states(folder: Path, toml: str, *cells: str, **options: Any) -> list[str]:
    """What some cells are translated to."""
    rows = "".join(f"{number},{cell}\n" for number, cell in enumerate(cells, 1))
    outcome = mapped(folder, toml, f"No,State\n{rows}", **options)
    return [each.get("status", "") for each in outcome.records]


def test_example_in_the_docs_translates_what_the_page_says(tmp_path: Path) -> None:
    section = PAGE.read_text("utf-8").split("A table that is long")[1]
    (mapping, *_) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    (table, rows, *_) = re.findall(r"\n\n((?:    .*\n)+)", section)
    write(tmp_path / "states.csv", dedent(table))

    outcome = mapped(tmp_path, mapping, dedent(rows))

    told = [(each["status"], each["currency"]) for each in outcome.records]
    assert told == [("complete", "GBP"), ("pending", "EUR")]


def test_table_in_the_mapping_serves_several_sources(tmp_path: Path) -> None:
    toml = ORDER + 'coupon_code = { column = "State", translate = "states", otherwise = "drop" }\n'
    toml += '[tables.states.values]\nPaid = "complete"\n7 = 8\n'

    outcome = mapped(tmp_path, toml, "No,State\n1, paid \n2,7\n3,x\n4,\n")

    told = [(each.get("status"), each.get("coupon_code")) for each in outcome.records]
    assert told == [("complete", "complete"), ("8", "8"), ("x", None), (None, None)]


def test_file_is_found_beside_the_mapping_whatever_its_delimiter(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    write(tmp_path / "lists" / "states.csv", "\ufeffNAME;ID;more\ncomplete; 1 ;\nnew;2;\n;3;\n")
    toml = ORDER + FILE.replace("states.csv", "lists/states.csv")

    assert states(tmp_path, toml, "1", "2", "3", "1") == ["complete", "new", "3", "complete"]


def test_name_of_the_file_may_have_settings(tmp_path: Path) -> None:
    write(tmp_path / "states-uk.csv", "id,name\n1,complete\n")
    toml = ORDER + FILE.replace("states.csv", "states-{shop}.csv")
    toml += '[settings.shop]\nabout = "the shop"\n'

    assert states(tmp_path, toml, "1", settings={"shop": "uk"}) == ["complete"]
    with pytest.raises(MappingError, match="needs the setting shop"):
        states(tmp_path, toml, "1")
    with pytest.raises(MappingError, match=r"states-de\.csv"):
        states(tmp_path, toml, "1", settings={"shop": "de"})


def test_table_translates_values_of_objects(tmp_path: Path) -> None:
    write(tmp_path / "states.csv", "id,name\n1,complete\n")
    mapping = write(tmp_path / "my.toml", ORDER + FILE)
    rows = '{"No": 1, "State": 1}\n{"No": 2, "State": {"a": 1}}\n'

    outcome = prepare_text(tmp_path, "rows.ndjson", rows, mapping=mapping)

    assert [each.get("status") for each in outcome.records] == ["complete", None]


@pytest.mark.parametrize(
    ("toml", "line", "words"),
    [
        ('[tables.state]\nvalues = { a = "b" }\n', 10, "'states' is not under [tables] (did you m"),
        ("[tables.states]\n", 11, "either 'values' or 'file'"),
        ('[tables.states]\nvalues = { a = "b" }\nfile = "f.csv"\n', 11, "either 'values' or 'fi"),
        ('[tables.states]\nvalues = { a = "b" }\nto = "x"\n', 13, "there is no 'file'"),
        ('[tables.states]\nvalues = { a = "b", A = "c" }\n', 12, "the same word twice"),
        ('[tables.states]\nvalue = { a = "b" }\n', 12, "did you mean 'values'"),
        ('[tables.states]\nfile = "states.csv"\nfrom = "id"\n', 11, "'to' is missing"),
        (FILE.replace("states.csv", "none.csv"), 12, "none.csv"),
        (FILE.replace("states.csv", "{shp}.csv"), 12, "'{shp}' is not a setting"),
        (FILE.replace('"name"', '"nam"'), 14, "has no column 'nam' (did you mean 'name'?)"),
        (FILE.replace("states.csv", "damaged.csv"), 12, "damaged.csv, line 3"),
        (FILE.replace("states.csv", "twice.csv"), 12, "says 'a' and 'b' of '1'"),
        (FILE.replace("states.csv", "objects.json"), 12, "must be a table, such as CSV"),
    ],
)
def test_table_that_cannot_be_used_is_refused(
    tmp_path: Path, toml: str, line: int, words: str
) -> None:
    write(tmp_path / "states.csv", "id,name\n1,a\n")
    write(tmp_path / "damaged.csv", "id,name\n1,a\n2,b,c\n")
    write(tmp_path / "twice.csv", "id,name\n1,a\n2,a\n1,b\n")
    write(tmp_path / "objects.json", '[{"id": 1}]')

    with pytest.raises(MappingError, match=re.escape(words)) as refused:
        parse_mapping(tmp_path / "my.toml", ORDER + toml)

    assert f"my.toml:{line}: " in str(refused.value)


def test_file_that_is_far_too_large_for_a_table_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_MOST_ROWS", 2)
    write(tmp_path / "states.csv", "id,name\n1,a\n2,b\n3,c\n")

    with pytest.raises(MappingError, match="far too many"):
        parse_mapping(tmp_path / "my.toml", ORDER + FILE)


def test_changed_table_is_another_input(tmp_path: Path) -> None:
    write(tmp_path / "states.csv", "id,name\n1,complete\n")
    write(tmp_path / "states-uk.csv", "id,name\n1,complete\n")
    toml = ORDER + FILE + '[tables.of_shop]\nfile = "states-{shop}.csv"\nfrom = "id"\nto = "name"\n'
    toml += '[settings.shop]\nabout = "the shop"\ndefault = "uk"\n'
    mapping = write(tmp_path / "my.toml", toml)
    rows = parse_source_argument(str(write(tmp_path / "rows.csv", "No,State\n1,1\n")))
    load_mapping(mapping)

    found = {fingerprint(["rows.csv"], [rows], PrepareOptions(mapping=mapping)).state}
    for name in ("states.csv", "states-uk.csv"):
        write(tmp_path / name, "id,name\n1,cancelled\n")
        found.add(fingerprint(["rows.csv"], [rows], PrepareOptions(mapping=mapping)).state)
    (tmp_path / "states.csv").unlink()

    assert len(found) == 3
    assert fingerprint(["rows.csv"], [rows], PrepareOptions(mapping=mapping)).state == ""
