"""Packages, journals and accounts for the tests of delivery: invented data only."""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ometria_import.config import Account, AccountName, Secret
from ometria_import.config.home import Home, RunFolder
from ometria_import.delivery import Journal, StopSignal, create_journal
from ometria_import.delivery.pacing.limiter import Clock
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package, PackageWriter, PackedBatch, SourceSummary

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
KEY = "staging-key"


def record(object_type: ObjectType, number: int) -> bytes:
    """One record that the API takes."""
    name = f"{object_type[0]}-{number:06}"
    rest = {
        ObjectType.PRODUCT: f'"title":"Kettle № {number}"',
        ObjectType.CONTACT: f'"@collection":"customers","email":"{name}@shop.example.com"',
        ObjectType.ORDER: '"timestamp":"2024-05-01T10:00:00Z","grand_total":12.50,"currency":"EUR"',
        ObjectType.CUSTOM_EVENT: '"event_type":"visit","timestamp":"2024-05-01T10:00:00Z",'
        f'"identity_email":"{name}@shop.example.com"',
    }[object_type]
    return f'{{"@type":"{object_type}","id":"{name}",{rest}}}'.encode()


def pack(folder: Path, counts: dict[ObjectType, int], batch_size: int = 100) -> Package:
    """Make a package; record n of a type stands on line n + 1 of source 1."""
    with PackageWriter(folder) as writer:
        for object_type, count in counts.items():
            for first in range(1, count + 1, batch_size):
                numbers = range(first, min(first + batch_size, count + 1))
                writer.add(packed(object_type, [record(object_type, n) for n in numbers], first))
        source = SourceSummary(1, "shop.csv", "product", 1, "", sum(counts.values()))
        return writer.finish([source], {})


def packed(object_type: ObjectType, records: Sequence[bytes], first: int = 1) -> PackedBatch:
    """Join records to a batch."""
    origins = b"".join(struct.pack("<qq", 1, first + n + 1) for n in range(len(records)))
    return PackedBatch(object_type, len(records), b"[" + b",".join(records) + b"]", origins)


def account(
    base_url: str, rate_per_s: float = 500, key: str = KEY, wait_for_errors_s: float = 0
) -> Account:
    """The staging account of a server of these tests."""
    return Account(
        AccountName.STAGING,
        base_url,
        rate_per_s,
        "OMETRIA_STAGING_KEY",
        wait_for_errors_s=wait_for_errors_s,
        key=Secret(key),
    )


@dataclass(frozen=True)
class Run:
    """A package with a journal of its own."""

    home: Home
    folder: RunFolder
    package: Package

    def journal(self, *, is_read_only: bool = False) -> Journal:
        return Journal(self.folder.journal, is_read_only=is_read_only)


def begin_run(
    root: Path, package: Package, to: Account | None = None, *, is_dry_run: bool = False
) -> Run:
    """Make a run's folder and its journal, and close it again."""
    home = Home(root / "home")
    folder = home.create_run("staging", NOW)
    target = to or account("http://127.0.0.1:1/v2")
    create_journal(folder, package, target, NOW, is_dry_run=is_dry_run).close()
    return Run(home, folder, package)


def fast_clock(stop: StopSignal, factor: float = 200) -> Clock:
    """A clock on which an hour passes in seconds."""

    async def sleep(seconds: float) -> None:
        await stop.sleep(seconds / factor)

    return Clock(monotonic=lambda: time.monotonic() * factor, sleep=sleep)
