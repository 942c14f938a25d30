"""Problems by cause, counted from the files that list each of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from ometria_import.problems import cause_of
from ometria_import.problems.spreadsheet_cells import ENCODING
from ometria_import.reporting.gathering.material import Material
from ometria_import.reporting.model import Problem, Problems

_PLACES = 3
_NEEDED = ("code", "object_type", "field", "source", "line", "count")

_Places = tuple[tuple[str, str], ...]
_Groups = dict[tuple[str, str, str], tuple[int, _Places]]


def problems_of(material: Material) -> Problems:
    """All problems of a run; no values and no messages, as these repeat personal data."""
    groups: _Groups = {}
    unreadable = []
    for path in _files(material):
        try:
            groups = _counted(path, groups)
        except (OSError, ValueError, csv.Error):
            unreadable.append(path.name)
    causes = [_problem(key, *own) for key, own in groups.items()]
    causes.sort(key=lambda each: (not each.code.startswith("E"), -each.count, each.code))
    return Problems(causes=causes, unreadable=unreadable)


def _files(material: Material) -> Iterator[Path]:
    # Whoever retries has read no files, so nothing can be wrong with them.
    if not material.info.retry_of:
        yield material.prepared_in.problems
    of_account = material.folder.path / "api-problems.csv"
    if of_account.exists():
        yield of_account


def _counted(path: Path, before: _Groups) -> _Groups:
    """The groups of the files before, and of one more.

    Raises:
        ValueError: it is no such file.
        OSError: it cannot be read.
    """
    groups = before.copy()
    with path.open(encoding=ENCODING, newline="") as file:
        lines = csv.reader(file)
        header = next(lines, [])
        code, object_type, field, source, line, count = map(header.index, _NEEDED)
        for cells in lines:
            if len(cells) != len(header):
                raise ValueError(path.name)
            key = cells[code], cells[object_type], cells[field]
            known, places = groups.get(key, (0, ()))
            if len(places) < _PLACES:
                places = (*places, (cells[source], cells[line]))
            groups[key] = known + int(cells[count]), places
    return groups


def _problem(key: tuple[str, str, str], count: int, places: _Places) -> Problem:
    code, object_type, field = key
    # A row can have several codes at once; the first says why it was rejected.
    cause = cause_of(code.split(" ")[0])
    return Problem(
        code=code,
        title=cause.title if cause else "",
        remedy=cause.remedy if cause else "",
        object_type=object_type,
        field=field,
        count=count,
        places=_by_file(places),
    )


def _by_file(places: _Places) -> list[str]:
    """`orders.csv: 12, 17` for each of the files."""
    lines: dict[str, list[str]] = {}
    for source, line in places:
        lines.setdefault(source, []).append(line)
    return [f"{source}: {', '.join(own)}" for source, own in lines.items()]
