from __future__ import annotations

import pickle

import pytest

from ometria_import import errors
from ometria_import.errors import ExitCode, OmetriaImportError

DOCUMENTED = {
    "OmetriaImportError": 1,
    "UsageError": 2,
    "MachineError": 2,
    "LostOutputError": 2,
    "SourceError": 4,
    "MappingError": 4,
    "ContestedSourceError": 4,
    "RejectLimitError": 4,
    "GateShutError": 4,
    "PackageError": 4,
    "AccountRefusedError": 5,
    "AccountBusyError": 6,
    "TemporaryFailureError": 75,
    "InterruptedRunError": 130,
}
CLASSES = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, OmetriaImportError)
]


def test_every_error_has_its_documented_exit_code() -> None:
    assert {kind.__name__: int(kind.exit_code) for kind in CLASSES} == DOCUMENTED


@pytest.mark.parametrize("kind", CLASSES)
def test_error_survives_pickling_with_its_hint(kind: type[OmetriaImportError]) -> None:
    error = kind("orders.csv line 812: no", hint="Mend it.")

    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is kind
    assert (copy.message, copy.hint, str(copy)) == (error.message, error.hint, error.message)


def test_every_leaf_is_drawn_in_the_tree_with_its_exit_code() -> None:
    drawing = errors.__doc__ or ""

    for name, code in DOCUMENTED.items():
        if name != "OmetriaImportError":
            (line,) = (each for each in drawing.splitlines() if f" {name} " in each)
            assert f" {code} " in line


def test_every_exit_code_has_a_meaning_of_its_own() -> None:
    meanings = [code.meaning for code in ExitCode]

    assert all(meanings)
    assert len(set(meanings)) == len(meanings)
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 5, 6, 75, 130]
