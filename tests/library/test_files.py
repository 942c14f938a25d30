"""Open files as sources: for bytes or text, once or as often as one likes."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path
from typing import Any

import pytest

from ometria_import import check, inspect, push
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import SourceError, UsageError
from tests.cli.program import pushes, stored

TEXT = "id,@collection,email,firstname\nc1,main,a@example.com,Zoë\nc2,main,b@example.com,Ann\n"


def pipe(content: bytes) -> io.BufferedReader:
    """What can be read only once."""
    ends = os.pipe()
    with os.fdopen(ends[1], "wb") as writer:
        writer.write(content)
    return os.fdopen(ends[0], "rb")


@pytest.mark.parametrize(
    "open_file",
    [
        lambda: io.BytesIO(TEXT.encode()),
        lambda: io.StringIO(TEXT),
        lambda: io.BytesIO(gzip.compress(TEXT.encode(), mtime=0)),
        lambda: pipe(TEXT.encode()),
    ],
    ids=["bytes", "text", "packed", "pipe"],
)
def test_whatever_can_be_read_is_a_source(open_file: Any, emulator: RunningEmulator) -> None:
    with open_file() as file:
        assert push({"contact": file}, to="staging").ok
    with open_file() as file:
        assert push({"contact": file}, to="staging").nothing_to_do
    assert pushes(emulator) == 1
    assert sum("Zoë" in text for text in stored(emulator)) == 1


def test_a_file_keeps_its_name_in_problems_and_rejects() -> None:
    Path("people.csv").write_text(TEXT.replace("b@example.com", "nope"))
    with Path("people.csv").open("rb") as file:
        result = check({"contact": [file, io.StringIO(TEXT.replace("c", "d"))]})
    assert [str(group.places[0]) for group in result.problems if group.code == "E012"] == [
        "people.csv:3"
    ]
    assert [each.name for each in result.reject_files] == ["people.csv"]


def test_text_is_not_decoded_twice() -> None:
    (report,) = inspect({"contact": io.StringIO(TEXT)}, encoding="cp1252")
    assert report.is_usable
    assert check({"contact": io.StringIO(TEXT)}, encoding="cp1252").ok


def test_a_url_that_became_a_path_is_refused_with_what_to_do() -> None:
    with pytest.raises(UsageError, match="s3:// in a Path") as refused:
        check(Path("s3://shop-exports/night/contacts.csv"))
    assert refused.value.hint == "Give URLs as text."


def test_what_is_no_source_is_refused() -> None:
    with pytest.raises(UsageError, match="a int is no source"):
        check([3])  # type: ignore[list-item]
    with pytest.raises(UsageError, match="'invoice' in"):
        check({"invoice": io.StringIO(TEXT)})
    closed = io.StringIO(TEXT)
    closed.close()
    with pytest.raises(SourceError, match="cannot be read"):
        check(closed)
