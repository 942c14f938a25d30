"""Keys that nothing names, beside the custom fields that a mapping names."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.errors import MappingError
from ometria_import.mapping.file.read import parse_mapping
from tests.prepare.outcomes import prepare_files, write

MAPPING = """
object_type = "contact"
[fields]
id = "id"
email = "mail"
"properties.town" = "place.city"
[rest]
into = "properties"
from = ["traits"]
"""
PERSON = (
    '[{"id": "1", "mail": "a@example.com", "place": {"city": "Leeds"}, "traits": {"tier": 1}},'
    ' {"id": "2", "mail": "b@example.com", "traits": {"tier": 2, "town": "York"}}]'
)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", [{"town": "Leeds"}, {"tier": 2, "town": "York"}]),
        ("beside = true", [{"town": "Leeds", "tier": 1}, {"tier": 2, "town": "York"}]),
    ],
)
def test_rest_is_kept_beside_named_fields_if_the_mapping_says_so(
    tmp_path: Path, said: str, kept: list[dict[str, object]]
) -> None:
    mapping = write(tmp_path / "own.toml", MAPPING + said)
    path = write(tmp_path / "people.json", PERSON)
    outcome = prepare_files(tmp_path, path, mapping=mapping)
    assert [each["properties"] for each in outcome.records] == kept


def test_nothing_can_be_kept_beside_fields_without_a_place() -> None:
    text = MAPPING.replace('into = "properties"', "beside = true")
    with pytest.raises(MappingError, match="'beside' has no effect without 'into'"):
        parse_mapping(Path("own.toml"), text)
