"""`verify --all` against the emulator: what it costs this machine, and what of the rate it uses."""

from __future__ import annotations

import json
import sqlite3
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.delivering import push_command
from benchmarks.generate import contacts_file
from benchmarks.preparing import Scale
from benchmarks.processes import IMPORTER, BenchmarkError, Emulator, Usage, emulator, run_measured
from benchmarks.table import Row

_READ_RATE_PER_S = 4
_RAISED_PER_S = 100
_PAGE = 250
_OVERHEAD_GOAL = 0.05
"""Of the requests' own time."""
_FLAT_GOAL = 1.15
_OTHER_FORM = ("--server", "zone=offset", "--server", "lower_emails")
"""No record comes back as it was sent, so that each of them is compared field by field."""
_PATIENCE_S = 3_600.0


def verify_case(scale: Scale, folder: Path) -> Iterator[Row]:
    """What reading back and comparing costs, and whether the account's rate is used."""
    few, many = scale.contacts // 10, scale.contacts
    costs = []
    for count in (few, many):
        place = folder / str(count)
        place.mkdir()
        with emulator(place, "--rate", "100000", "--drain", "100000", *_OTHER_FORM) as server:
            run_measured(push_command(contacts_file(count), place, server, rate_per_s=100))
            _wait_until_stored(server)
            _allow(server, 1e6)
            costs.append(_verified(server, place, _RAISED_PER_S))
            if count == few:
                yield _at_the_real_rate(count, place, server)
    small, large = costs
    per_page_ms = 1_000 * large.cpu_s / (many / _PAGE)
    allowed_ms = 1_000 * _OVERHEAD_GOAL / _READ_RATE_PER_S
    yield Row(
        f"verify --all: {many:,} contacts, at up to {_RAISED_PER_S} reads/s",
        f"{large.cpu_s:.1f} s of CPU time",
        "",
        f"{per_page_ms:.1f} ms for a page of {_PAGE}",
        f"under {allowed_ms:.1f} ms, {_OVERHEAD_GOAL:.0%} of the time of a read",
        per_page_ms < allowed_ms,
    )
    ratio = large.peak_mb / small.peak_mb
    yield Row(
        f"verify --all: memory for {many:,} contacts",
        f"{large.peak_mb:.0f} MB",
        f"{few:,} contacts: {small.peak_mb:.0f} MB",
        f"{ratio:.2f} times as much",
        f"under {_FLAT_GOAL}",
        ratio < _FLAT_GOAL,
    )


def _at_the_real_rate(count: int, folder: Path, server: Emulator) -> Row:
    _allow(server, _READ_RATE_PER_S)
    before = _reads(server.database)
    usage = _verified(server, folder, _READ_RATE_PER_S)
    requests = _reads(server.database) - before
    least_s = requests / _READ_RATE_PER_S
    return Row(
        f"verify --all: {count:,} contacts at {_READ_RATE_PER_S} reads/s",
        f"{usage.seconds:.1f} s for {requests} requests",
        f"the requests alone: {least_s:.1f} s",
        f"{usage.seconds / least_s:.3f} times as long",
        f"at most {1 + _OVERHEAD_GOAL}",
        usage.seconds <= least_s * (1 + _OVERHEAD_GOAL),
    )


def _allow(server: Emulator, reads_per_s: float) -> None:
    """Let the emulator answer so many reads per second."""
    address = server.base_url.removesuffix("/v2") + "/_admin/accounts/staging"
    body = json.dumps({"read_rate": reads_per_s}).encode()
    wish = urllib.request.Request(address, body, method="PATCH")
    with urllib.request.urlopen(wish, timeout=60) as answer:
        answer.read()


def _verified(server: Emulator, folder: Path, reads_per_s: int) -> Usage:
    """Verify the newest run of a folder, whose account must hold all of it."""
    config = folder / "ometria-import.toml"
    lines = ("[accounts.staging]", f'base_url = "{server.base_url}"', f"read_rate = {reads_per_s}")
    config.write_text("\n".join(lines), encoding="utf-8")
    command = [IMPORTER, "verify", "--all", "--json", "--home", str(folder / "home")]
    usage = run_measured([*command, "--config", str(config)], done_codes=frozenset({0}))
    told = json.loads(usage.output)
    if told["verdict"] != "same" or not told["is_finished"]:
        raise BenchmarkError(f"the account differs: {told['sentence']}")
    return usage


def _wait_until_stored(server: Emulator) -> None:
    give_up_at = time.monotonic() + _PATIENCE_S
    while _count(server.database, "SELECT COUNT(*) FROM receipt WHERE outcome = 'waiting'"):
        if time.monotonic() > give_up_at:
            raise BenchmarkError("the emulator did not store what it took in")
        time.sleep(0.5)


def _reads(database: Path) -> int:
    return _count(database, "SELECT COUNT(*) FROM request WHERE method = 'GET'")


def _count(database: Path, query: str) -> int:
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as store:
        return int(store.execute(query).fetchone()[0])
