"""Make a killed run of a home many times as long, half of it sent: `lengthen.py FOLDER TIMES`.

Preparing ten million records would take longer than everything that is measured of them. Imports
nothing but the importer, because it is run by whichever installation is measured.
"""

from __future__ import annotations

import os
import shutil
import sys
from array import array
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from ometria_import.config import AccountName, load_settings
from ometria_import.config.home import Home
from ometria_import.delivery import create_journal, load_request, save_request
from ometria_import.delivery.api.sink import Receipt
from ometria_import.delivery.journal.model import Outcome
from ometria_import.given import Given, fingerprints_of
from ometria_import.package import Package, PackageWriter, PackedBatch

_ACCOUNT = AccountName.STAGING


def lengthen(folder: Path, times: int) -> None:
    """Replace the one run of a home."""
    home = Home(folder / "home")
    (run,) = home.runs()
    account = load_settings(folder / "ometria-import.toml", os.environ).accounts[_ACCOUNT]
    (path,) = home.packages.glob("*.db")
    with Package(path) as short, PackageWriter(home.packages) as writer:
        packed = [
            PackedBatch(each.object_type, each.records, each.body, _origins(short, each.number))
            for each in short.batches()
        ]

        def repeated() -> Iterator[PackedBatch]:
            for _ in range(times):
                yield from packed

        writer.add_all(repeated())
        package = writer.finish(
            [replace(each, rows=each.rows * times) for each in short.sources()], short.sums
        )
    request = load_request(run)
    shutil.rmtree(run.path)
    now = datetime.now(UTC)
    again = home.create_run(_ACCOUNT.stored, now)
    save_request(again, request)
    with package, create_journal(again, package, account, now) as journal:
        for number, _, records in package.sizes()[: len(packed) * times // 2]:
            batch = package.batch(number)
            outcome = Outcome(answered=1)
            outcome.add(Receipt(202, f"request-{number}", records, 0, 0), 0, records)
            journal.mark_settled(batch, outcome)
        with Given(home, account) as given:
            # As the push did that began it. The records come again and again, so these are all.
            given.begin(again.id, _records(package, len(packed)))


def _records(package: Package, batches: int) -> Iterator[tuple[bytes, bytes]]:
    for number in range(1, batches + 1):
        prints = fingerprints_of(package.batch(number))
        yield from zip(prints.keys, prints.bodies, strict=True)


def _origins(package: Package, number: int) -> bytes:
    return array("q", chain.from_iterable(package.origins(number))).tobytes()


if __name__ == "__main__":
    lengthen(Path(sys.argv[1]), int(sys.argv[2]))
