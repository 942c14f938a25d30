from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ometria_import.schema.field_types import (
    FIELD_TYPE_NAMES,
    Conventions,
    FieldTypeName,
    JsonKind,
    field_type,
)

NEUTRAL = Conventions()


@pytest.mark.parametrize("name", FIELD_TYPE_NAMES)
def test_every_name_has_a_field_type_with_a_rule_and_an_example(name: FieldTypeName) -> None:
    found = field_type(name, NEUTRAL)

    assert found.name == name
    assert found.rule.endswith(".")
    assert found.parse(found.example) == found.example


@pytest.mark.parametrize("name", FIELD_TYPE_NAMES)
def test_example_is_written_into_json_as_its_kind_says(name: FieldTypeName) -> None:
    found = field_type(name, NEUTRAL)

    if found.json is JsonKind.STRING:
        assert json.loads(json.dumps(found.example)) == found.example
    else:
        kinds = {JsonKind.NUMBER: "int float", JsonKind.BOOLEAN: "bool", JsonKind.JSON: "list"}
        assert type(json.loads(found.example)).__name__ in kinds[found.json]


def test_field_type_is_built_once_for_each_name_and_conventions() -> None:
    assert field_type("money", Conventions()) is field_type("money", NEUTRAL)
    assert field_type("money", Conventions(country="GB")).name == "money"


def test_unknown_name_is_a_value_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="colour"):
        field_type("colour", NEUTRAL)


def test_importing_field_types_loads_no_heavy_library() -> None:
    program = (
        "import sys\n"
        "from ometria_import.schema.field_types import Conventions, field_type\n"
        "field_type('timestamp', Conventions()).parse('2024-01-31')\n"
        "field_type('money', Conventions()).parse('12.50')\n"
        "field_type('phone', Conventions()).parse('+442071838750')\n"
        "print(*sorted({'pandas', 'pyarrow', 'numpy', 'phonenumbers', 'pycountry', 'zoneinfo'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == ""
