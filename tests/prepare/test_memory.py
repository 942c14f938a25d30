"""The memory of Arrow and the garbage collector while files are prepared."""

from __future__ import annotations

import gc
from pathlib import Path

import pyarrow as pa
import pytest

from ometria_import.mapping.recognition.recognition import parse_source_argument
from ometria_import.prepare import PrepareOptions, check
from ometria_import.prepare.events import PrepareEvent
from tests.prepare.outcomes import write


@pytest.mark.parametrize("chosen", ["", "system"])
def test_a_program_that_prepares_gets_its_memory_pool_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    monkeypatch.delenv("ARROW_DEFAULT_MEMORY_POOL", raising=False)
    if chosen:
        monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", chosen)
    before = pa.default_memory_pool().backend_name
    used: set[str] = set()

    def note(_: PrepareEvent) -> None:
        used.add(pa.default_memory_pool().backend_name)

    source = write(tmp_path / "contacts.csv", "id,email\n1,jo@example.com\n")
    check([parse_source_argument(str(source))], PrepareOptions(), tmp_path / "run", note)

    assert pa.default_memory_pool().backend_name == before
    has_jemalloc = "jemalloc" in pa.supported_memory_backends()
    assert used == ({"jemalloc"} if has_jemalloc and not chosen else {before})


def test_garbage_is_looked_for_less_often_while_files_are_prepared(tmp_path: Path) -> None:
    before, kept = gc.get_threshold(), gc.get_freeze_count()
    used: set[int] = set()
    source = write(tmp_path / "contacts.csv", "id,email\n1,jo@example.com\n")

    check(
        [parse_source_argument(str(source))],
        PrepareOptions(),
        tmp_path / "run",
        lambda _: used.add(gc.get_threshold()[0]),
    )

    assert min(used) > before[0]
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, kept)
