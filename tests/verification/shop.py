"""A shop whose export was pushed to an emulator, for those who verify it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ometria_import import push
from ometria_import.config import Account
from ometria_import.config.home import Home, RunFolder
from ometria_import.delivery import Journal, StopSignal
from ometria_import.delivery.pacing.limiter import Clock
from ometria_import.emulator import RunningEmulator
from ometria_import.package import Package
from ometria_import.verification.events import VerificationEvent
from ometria_import.verification.run import Reading, Subject, Verified, verify_package
from ometria_import.verification.wishes import Wishes
from tests.delivery.building import account

A_DAY_S = 86_400.0
_COLUMNS = "account, object_type, collection, id, body, writes, update_number, updated_at"


def contacts(count: int) -> str:
    rows = "".join(
        f"c{n:06},main,p{n}@example.com,2024-03-0{n % 9 + 1}T10:20:30Z\n" for n in range(count)
    )
    return f"id,@collection,email,timestamp_acquired\n{rows}"


def products(count: int) -> str:
    rows = "".join(f"p{n:06},Kettle {n},12.50\n" for n in range(count))
    return f"id,title,price\n{rows}"


@dataclass
class PushedShop:
    """A run that is finished, and the account that it went to."""

    emulator: RunningEmulator
    folder: Path
    run: RunFolder
    events: list[VerificationEvent] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now_s: float = 0.0
    """Seconds since the run ended, as a verification sees it; waiting takes no time."""

    @property
    def home(self) -> Home:
        return Home(self.folder / ".ometria-import")

    @property
    def account(self) -> Account:
        return replace(account(self.emulator.base_url), reads_per_s=5_000)

    def verify(
        self,
        wishes: Wishes | None = None,
        *,
        on_event: Callable[[VerificationEvent], None] = lambda _: None,
        on_sleep: Callable[[float], None] = lambda _: None,
        stop: StopSignal | None = None,
    ) -> Verified:
        """Verify the run, in a world in which nobody waits."""
        signal = stop or StopSignal()

        def hear(event: VerificationEvent) -> None:
            self.events.append(event)
            on_event(event)

        with ExitStack() as held:
            journal = held.enter_context(Journal(self.run.journal, is_read_only=True))
            info = journal.info()
            began_s = info.updated_at.timestamp()

            async def sleep(seconds: float) -> None:
                if seconds >= 1:
                    self.slept.append(seconds)
                    self.now_s += seconds
                    on_sleep(seconds)
                    seconds = 0
                await signal.sleep(seconds)

            clock = Clock(sleep=sleep, wall=lambda: began_s + self.now_s)
            package = held.enter_context(Package(info.package_path))
            subject = Subject(self.run, info, package, journal, self.account, self.home)
            reading = Reading(on_event=hear, stop=signal, clock=clock, give_up_after_s=5)
            return verify_package(subject, wishes or Wishes(), reading)

    def record(self, object_type: str, record_id: str) -> dict[str, Any]:
        """A record as the account stores it."""
        with closing(sqlite3.connect(self.emulator.database)) as database:
            ((body,),) = database.execute(
                "SELECT body FROM record WHERE account = 'staging' AND object_type = ? AND id = ?",
                (object_type, record_id),
            )
        return dict(json.loads(body))

    def change(self, object_type: str, record_id: str, **values: Any) -> None:
        """Let somebody else change fields of a record; None takes the field away."""
        body = self.record(object_type, record_id) | values
        body = {name: value for name, value in body.items() if value is not None}
        self.put(object_type, record_id, body)

    def hide(self, where: str) -> None:
        """Let the account lose products, until they are shown again."""
        self._move("staging", "nobody", where)

    def show(self) -> None:
        """Let it have them again."""
        self._move("nobody", "staging", "true")

    def _move(self, before: str, after: str, where: str) -> None:
        with closing(sqlite3.connect(self.emulator.database)) as database, database:
            database.execute(
                f"UPDATE record SET account = '{after}' WHERE account = '{before}'"
                f" AND object_type = 'product' AND {where}"
            )

    def put(self, object_type: str, record_id: str, body: dict[str, Any] | None) -> None:
        """Let somebody else write or delete a record."""
        collection = "main" if object_type == "contact" else ""
        self.emulator.put_record(object_type, record_id, body, collection=collection)


@dataclass
class Pushes:
    """Pushes files to an account that holds nothing else; the same files only once."""

    emulator: RunningEmulator
    folder: Path
    """Where what was pushed is kept for the next who wants the same."""
    _done: dict[tuple[tuple[str, str], ...], tuple[RunFolder, list[tuple[Any, ...]]]] = field(
        default_factory=dict
    )

    def push(self, folder: Path, *files: tuple[str, str], is_again: bool = False) -> PushedShop:
        """Push files, each with its name and content, and let a day pass.

        Args:
            folder: Where the shop works.
            files: What it pushes.
            is_again: Push even what was pushed before, as the account is in another mood.
        """
        with closing(sqlite3.connect(self.emulator.database)) as database, database:
            database.execute("DELETE FROM record")
        if is_again or files not in self._done:
            place = self.folder / str(len(self._done)) if not is_again else folder / "first"
            place.mkdir(parents=True)
            run = self._pushed(place, files)
            with closing(sqlite3.connect(self.emulator.database)) as database:
                rows = database.execute(f"SELECT {_COLUMNS} FROM record").fetchall()
        else:
            run, rows = self._done[files]
            with closing(sqlite3.connect(self.emulator.database)) as database, database:
                database.executemany(
                    f"INSERT INTO record ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    rows,
                )
        if not is_again:
            self._done[files] = run, rows
        home = run.path.parents[1]
        shutil.copytree(home, folder / home.name)
        own = RunFolder(folder / home.name / "runs" / run.id)
        settings = "ometria-import.toml"
        (folder / settings).write_text((home.parent / settings).read_text())
        return PushedShop(self.emulator, folder, own, now_s=A_DAY_S)

    def _pushed(self, folder: Path, files: tuple[tuple[str, str], ...]) -> RunFolder:
        paths = []
        for name, content in files:
            (folder / name).write_text(content)
            paths.append(folder / name)
        (folder / "ometria-import.toml").write_text(
            f'[accounts.staging]\nbase_url = "{self.emulator.base_url}"\nrate = 100\n'
            "wait_for_errors = 0\n"
        )
        result = push(
            paths,
            to="staging",
            key="staging-key",
            home=folder / ".ometria-import",
            config=folder / "ometria-import.toml",
        )
        self.emulator.wait_until_drained()
        return RunFolder(result.folder)


def pushed(emulator: RunningEmulator, folder: Path, *files: tuple[str, str]) -> PushedShop:
    """Push files to an account that holds nothing else, and let a day pass."""
    return Pushes(emulator, folder).push(folder, *files, is_again=True)


def with_others(shop: PushedShop, count: int) -> None:
    """Let somebody else have put products into the account."""
    with closing(sqlite3.connect(shop.emulator.database)) as database, database:
        database.executemany(
            "INSERT INTO record (account, object_type, collection, id, body, writes,"
            " update_number, updated_at) VALUES ('staging', 'product', '', ?, ?, 1, 0, 0)",
            ((f"x{n}", json.dumps({"@type": "product", "id": f"x{n}"})) for n in range(count)),
        )
