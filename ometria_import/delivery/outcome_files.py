"""What the push API refused, written where the run's other rejects and problems are."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

from ometria_import.delivery.bodies import records_of
from ometria_import.delivery.findings import delivery_problems
from ometria_import.delivery.journal import Journal
from ometria_import.home import PRIVATE_FOLDER, RunFolder, private_file, storage_errors
from ometria_import.package import Package
from ometria_import.problems import Problem

_COLUMNS = ("severity", "code", "source", "line", "object_type", "message", "count")


def write_outcome_files(run: RunFolder, package: Package, journal: Journal) -> list[Problem]:
    """Write `api-problems.csv` and `rejects/<object_type>-refused.ndjson` anew.

    Returns:
        The problems, which are few: one for each refused record and each unclear batch.
    """
    problems = list(delivery_problems(package, journal))
    if not problems:
        return []
    with storage_errors(run.path):
        _write_problems(run.path / "api-problems.csv", problems)
        run.rejects.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        _write_refused(run, package, journal)
    return problems


def _write_problems(path: Path, problems: Iterable[Problem]) -> None:
    with private_file(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for problem in problems:
            origin = problem.origin
            writer.writerow(
                (
                    problem.severity,
                    problem.code,
                    origin.source,
                    origin.line,
                    problem.object_type,
                    problem.message,
                    problem.count,
                )
            )


def _write_refused(run: RunFolder, package: Package, journal: Journal) -> None:
    lines: dict[str, list[bytes]] = {}
    for number, refused in journal.refused_records():
        batch = package.batch(number)
        source, line = package.origins(number)[refused.position]
        reasons = f"{refused.status}: {refused.answer}"
        why = {"source": source, "line": line, "reasons": reasons, "run": run.id}
        record = records_of(batch)[refused.position]
        text = record[:-1] + b', "reject": ' + json.dumps(why).encode() + b"}\n"
        lines.setdefault(batch.object_type, []).append(text)
    for object_type, written in lines.items():
        private_file(run.rejects / f"{object_type}-refused.ndjson").write_bytes(b"".join(written))
