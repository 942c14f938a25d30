"""All accounts, the scenario that is being played, and what goes on between the requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from ometria_import.emulator.account import Account, LateMark
from ometria_import.emulator.http.connections import ConnectionControl
from ometria_import.emulator.scenarios.faults import Refuse
from ometria_import.emulator.scenarios.scenario import Scenario
from ometria_import.emulator.scenarios.script import Met, Script
from ometria_import.emulator.settings import Settings
from ometria_import.emulator.storage.deletions import Deletion
from ometria_import.emulator.storage.others import OtherRecord, put_record
from ometria_import.emulator.storage.store import RequestRow, Store
from ometria_import.emulator.storage.unsubscribes import Unsubscribe
from ometria_import.emulator.traits import Traits
from ometria_import.emulator.validation.arrivals import ReceivedRecord
from ometria_import.emulator.validation.rules import Finding

_PAUSE_S = 0.01
_CALL_WITHIN_S = 10
_Result = TypeVar("_Result")


class PushApi:
    """What the server holds; requests reach it through `Exchange`."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.accounts = {name: Account(name, key, settings) for name, key in settings.keys.items()}
        left_over = store.waiting()
        for account in self.accounts.values():
            account.load(store, [each for each in left_over if each.account == account.name])
        self.connections = ConnectionControl()
        self.latency = settings.latency
        """Seconds, as in the settings; may be changed at any time."""
        self.own_traits = settings.traits
        """What holds while a scenario says nothing of it; may be changed at any time."""
        self.script = Script(settings.scenario or Scenario(), settings.clock)
        self._goes_by_clock = asyncio.Event()
        self._has_waiting = asyncio.Event()
        self._has_waiting.set()
        self.is_stopping = asyncio.Event()
        self.play(self.script.scenario)

    @property
    def traits(self) -> Traits:
        """How the server keeps and shows what it has."""
        return self.script.scenario.server or self.own_traits

    @property
    def waiting(self) -> int:
        """Records in both queues; may be read from another thread."""
        return sum(account.waiting for account in self.accounts.values())

    def play(self, scenario: Scenario) -> None:
        """Begin a scenario; the one before ends, and with it what it changed."""
        self.script = Script(scenario, self.settings.clock)
        self.follow_script()
        if self.script.has_spells:
            self._goes_by_clock.set()

    def add_unsubscribes(self, account: str, events: Sequence[Unsubscribe]) -> None:
        """Let people have unsubscribed by other ways than the API."""
        self.store.add_unsubscribes(account, events)

    def remove_unsubscribes(self, account: str) -> None:
        """Let nobody have unsubscribed by another way than the API."""
        self.store.remove_unsubscribes(account)

    def add_deletions(self, account: str, requests: Sequence[Deletion]) -> None:
        """Let people have asked the account to forget them."""
        self.accounts[account].deletions += requests

    def remove_deletions(self, account: str) -> None:
        """Let nobody have asked the account to be forgotten."""
        self.accounts[account].deletions.clear()

    def put_records(self, account: str, wanted: Sequence[OtherRecord]) -> None:
        """Let somebody else have written these records, or deleted them."""
        for each in wanted:
            put_record(self.store.records, account, each)

    def work_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note the loop, the only thing that may change anything here."""
        self._loop = loop

    def call(self, change: Callable[[], _Result]) -> _Result:
        """Do something on the emulator's own thread; for callers on another one."""

        async def done() -> _Result:
            return change()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(_CALL_WITHIN_S)

    def state(self) -> dict[str, Any]:
        """What holds now, as the admin endpoint shows it."""
        return {
            "scenario": self.script.scenario.name,
            "seconds": self.settings.clock() - self.script.started_s,
            "connections": self.connections.mode,
            "latency": self.latency,
            "server": msgspec.to_builtins(self.traits),
            "faults": self.script.counts(),
            "accounts": {name: account.state() for name, account in self.accounts.items()},
        }

    def stop_waiting(self) -> None:
        """Send the answers that are held back for latency at once."""
        self.is_stopping.set()

    async def wait(self, seconds: float) -> None:
        """Wait, but no longer than until the emulator stops."""
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.is_stopping.wait(), seconds)

    def keep(
        self,
        row: RequestRow,
        accepted: Sequence[ReceivedRecord],
        account: Account | None,
        met: Met,
    ) -> None:
        """Keep a request, and what was accepted of it in the account's queue."""
        waiting = self.store.add_request(row, accepted)
        if account is None or not waiting:
            return
        marks = {}
        for each in waiting:
            late = self.script.late_refusal(met, each.key.id, each.body)
            if late is not None:
                finding = Finding(late.message, late.path)
                marks[each.receipt] = LateMark(row.arrived_s + late.after_s, finding)
        account.enqueue(waiting, marks)
        self._has_waiting.set()

    async def drain_forever(self) -> None:
        """Validate and store what waits; requests get their turn between the steps."""
        while True:
            await self._has_waiting.wait()
            did_any = [account.drain(self.store, self.traits) for account in self.accounts.values()]
            if not self.waiting:
                self._has_waiting.clear()
            await asyncio.sleep(0 if any(did_any) else _PAUSE_S)

    async def follow_the_clock(self) -> None:
        """Let a scenario's states begin and end by themselves."""
        while True:
            await self._goes_by_clock.wait()
            self.follow_script()
            if not self.script.has_spells:
                self._goes_by_clock.clear()
            await asyncio.sleep(_PAUSE_S)

    def follow_script(self) -> None:
        """Put the states of the script into effect, and end all others."""
        spells = self.script.spells()
        for account in self.accounts.values():
            account.cast(spells)
            if account.let_others_send():
                self._has_waiting.set()
        refusals = [spell.how for spell in spells if isinstance(spell, Refuse)]
        self.connections.move(refusals[0] if refusals else "open")
