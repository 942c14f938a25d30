"""Settings that a file's own name answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.actions.inspection.inspecting import inspect_source
from ometria_import.errors import MappingError
from ometria_import.mapping.binding.bind import MissingSettingsError
from ometria_import.mapping.file.read import parse_mapping
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.prepare import PrepareOptions
from tests.prepare.outcomes import prepare_files, write

MAPPING = """
object_type = "contact"
[settings.list]
about = "what the people are"
required = true
unless_file = ["gone*", "left.*"]
[fields]
id = "Id"
email = "Mail"
"properties.list" = { first = [{ constant = "{list}" }, { constant = "gone" }] }
"""
ROWS = "Id,Mail\n1,a@example.com\n"


def listed(folder: Path, name: str, **settings: str) -> str:
    mapping = write(folder / "own.toml", MAPPING)
    path = write(folder / name, ROWS)
    record = prepare_files(folder, path, mapping=mapping, settings=settings).records[0]
    return str(record["properties"]["list"])


def test_a_name_that_says_it_makes_the_setting_optional(tmp_path: Path) -> None:
    assert listed(tmp_path, "GONE-2024.csv") == "gone"
    assert listed(tmp_path, "left.csv") == "gone"
    assert listed(tmp_path, "left.csv", list="here") == "here"
    with pytest.raises(MissingSettingsError, match=r"people.csv: own needs list: what the people"):
        listed(tmp_path, "people.csv")


def test_objects_have_a_file_name_too(tmp_path: Path) -> None:
    mapping = write(tmp_path / "own.toml", MAPPING)
    for name, is_asked in (("gone.json", False), ("people.json", True)):
        path = write(tmp_path / name, '[{"Id": "1", "Mail": "a@example.com"}]')
        if is_asked:
            with pytest.raises(MissingSettingsError):
                prepare_files(tmp_path, path, mapping=mapping)
        else:
            assert prepare_files(tmp_path, path, mapping=mapping).summary.records


def test_inspect_asks_only_where_the_name_says_nothing(tmp_path: Path) -> None:
    options = PrepareOptions(mapping=write(tmp_path / "own.toml", MAPPING))
    asked = {}
    for name in ("gone.csv", "people.csv"):
        path = write(tmp_path / name, ROWS)
        (report,) = inspect_source(SourceArgument(path, None), options)
        asked[name] = [each.name for each in report.settings if each.is_missing]
    assert asked == {"gone.csv": [], "people.csv": ["list"]}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("required = true", "", "'unless_file' has no effect on a setting that is not required"),
        ('"gone*"', '"x/gone*"', "'unless_file' is a pattern for a file's own name"),
        ('"gone*"', '" "', "a blank text fits no file name"),
    ],
)
def test_what_makes_no_sense_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        parse_mapping(Path("own.toml"), MAPPING.replace(old, new))
