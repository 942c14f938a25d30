"""What the push API refused, written where the run's other rejects and problems are."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import ExitStack
from typing import BinaryIO

from ometria_import.choices import ObjectType
from ometria_import.config.home import (
    PRIVATE_FOLDER,
    REFUSED_FILE,
    RunFolder,
    private_file,
    storage_errors,
)
from ometria_import.delivery.answers.findings import delivery_problems, words_of
from ometria_import.delivery.api.bodies import records_of
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.late import Scope
from ometria_import.package import Package
from ometria_import.problems import Problem
from ometria_import.problems.log import API_COLUMNS, ProblemLog


def write_outcome_files(run: RunFolder, package: Package, journal: Journal) -> list[Problem]:
    """Write `api-problems.csv` and `rejects/<object_type>-refused.ndjson` anew.

    Returns:
        The problems, which are few: one for each refused record, late error and unclear batch.
    """
    problems = list(delivery_problems(package, journal))
    path = run.path / "api-problems.csv"
    with storage_errors(run.path):
        if not problems:
            # What it said before was settled since.
            path.unlink(missing_ok=True)
            return []
        with ProblemLog(private_file(path), API_COLUMNS) as log:
            log.add(problems)
        run.rejects.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        _write_refused(run, package, journal)
    return problems


def _write_refused(run: RunFolder, package: Package, journal: Journal) -> None:
    """Write each record with all its reasons, batch after batch: memory holds one at a time."""
    sources = {source.number: source.path for source in package.sources()}
    reasons = _reasons(journal)
    with ExitStack() as held:
        files: dict[ObjectType, BinaryIO] = {}
        for number in sorted(reasons):
            batch, origins = package.batch(number), package.origins(number)
            if batch.object_type not in files:
                path = private_file(run.rejects / f"{batch.object_type}{REFUSED_FILE}")
                files[batch.object_type] = held.enter_context(path.open("wb"))
            records = records_of(batch)
            for position in sorted(reasons[number]):
                source, line = origins[position]
                why = {
                    "source": sources.get(source, ""),
                    "line": line,
                    "reasons": "; ".join(dict.fromkeys(reasons[number][position])),
                    "run": run.id,
                }
                text = records[position][:-1] + b', "reject": ' + json.dumps(why).encode()
                files[batch.object_type].write(text + b"}\n")


def _reasons(journal: Journal) -> dict[int, dict[int, list[str]]]:
    """Why each record was not taken, by batch and position: at once, then later."""
    reasons: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for number, refused in journal.refused_records():
        reasons[number][refused.position].append(f"{refused.status}: {refused.answer}")
    for error in journal.late.errors(Scope.RECORD):
        reasons[error.batches.first][error.position].append(words_of(error))
    return reasons
