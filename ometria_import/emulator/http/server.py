"""Runs the application over a real socket: in the foreground, or beside a test."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette

from ometria_import.emulator.errors import EmulatorError
from ometria_import.emulator.http.app import create_app
from ometria_import.emulator.http.connections import GatedProtocol
from ometria_import.emulator.http.listening import Listener, base_url, bound, listen
from ometria_import.emulator.http.push_api import PushApi
from ometria_import.emulator.scenarios.faults import Limits
from ometria_import.emulator.scenarios.scenario import Scenario, parse_scenario
from ometria_import.emulator.settings import Settings
from ometria_import.emulator.storage.deletions import Deletion
from ometria_import.emulator.storage.others import OtherRecord
from ometria_import.emulator.storage.unsubscribes import Unsubscribe
from ometria_import.emulator.traits import Traits

_KEEP_ALIVE_S = 65
_STOP_WITHIN_S = 2
_TICK_S = 0.1
"""Ten to a second, which uvicorn counts on for its `Date` header."""


@dataclass(frozen=True, slots=True)
class RunningEmulator:
    """An emulator that takes requests in this process."""

    base_url: str
    """What the tool is given as `base_url`."""
    database: Path
    """See `store` for its tables; readable at any time."""
    settings: Settings
    _api: PushApi

    def play(self, scenario: Scenario | str) -> None:
        """Begin a scenario, given or as TOML text; the one before ends with all it changed.

        Raises:
            ScenarioError: the text makes no sense.
        """
        wanted = parse_scenario(scenario) if isinstance(scenario, str) else scenario
        self._api.call(lambda: self._api.play(wanted))

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self.play(Scenario())

    def set_limits(self, account: str = "staging", **limits: float) -> None:
        """Change `rate`, `read_rate`, `queue` or `drain` of an account, for good."""
        change = msgspec.convert({"do": "limits"} | limits, Limits)
        self._api.call(lambda: self._api.accounts[account].set_limits(change))

    def revoke_key(self, account: str = "staging", *, is_revoked: bool = True) -> None:
        """Forget an account's key, or know it again."""
        self._api.call(lambda: self._api.accounts[account].set_revoked(is_revoked=is_revoked))

    def set_traits(self, **traits: Any) -> None:
        """Keep and show records by these traits, and by no others."""
        self._api.call(lambda: setattr(self._api, "own_traits", Traits(**traits)))

    def unsubscribe(
        self, *email_addresses: str, timestamp: str, account: str = "staging", **event: Any
    ) -> None:
        """Let people unsubscribe by another way than the API; `event` has `type` and `reason`."""
        events = [
            msgspec.convert({"email_address": each, "timestamp": timestamp, **event}, Unsubscribe)
            for each in email_addresses
        ]
        self._api.call(lambda: self._api.add_unsubscribes(account, events))

    def ask_to_forget(
        self, *email_addresses: str, timestamp: str, account: str = "staging"
    ) -> None:
        """Let people ask an account to forget them."""
        requests = [
            Deletion(id=str(uuid.uuid4()), email_address=each, timestamp=timestamp)
            for each in email_addresses
        ]
        self._api.call(lambda: self._api.add_deletions(account, requests))

    def put_record(
        self,
        object_type: str,
        record_id: str,
        body: dict[str, Any] | None,
        *,
        collection: str = "",
        account: str = "staging",
    ) -> None:
        """Let somebody else have written a record, unchecked; None deletes it."""
        wanted = OtherRecord(
            object_type=object_type, id=record_id, collection=collection, body=body
        )
        self._api.call(lambda: self._api.put_records(account, [wanted]))

    def state(self) -> dict[str, Any]:
        """What the admin endpoint shows as the state."""
        return self._api.call(self._api.state)

    def wait_until_drained(self, timeout_s: float = 10) -> None:
        """Return when every record that was accepted so far is stored or refused.

        Raises:
            TimeoutError: the queue is not empty by then.
        """
        give_up_at = time.monotonic() + timeout_s
        while self._api.waiting:
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"{self._api.waiting} records are still waiting in the queue")
            time.sleep(0.005)


def serve(settings: Settings, on_ready: Callable[[str, Path], None]) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; only the main thread may call this.

    `on_ready` gets the base URL and the database's path once requests are answered.

    Raises:
        EmulatorError: the address or the database cannot be used.
    """
    with closing(listen(settings)) as listener:
        app = create_app(settings)
        url = base_url(listener)
        gc.freeze()  # else a collection goes through all modules, and requests are read late
        server = _Server(app, on_ready=lambda: on_ready(url, app.state.database))

        def stop(_: int, __: FrameType | None) -> None:
            server.should_exit = True

        # uvicorn raises the signals that it took once more when it has stopped: they end here.
        # Under nohup a hangup is ignored.
        signals = [
            number
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
            if signal.getsignal(number) != signal.SIG_IGN
        ]
        before = [signal.signal(number, stop) for number in signals]
        try:
            server.run(sockets=[listener])
        finally:
            for number, handler in zip(signals, before, strict=True):
                signal.signal(number, handler)


@contextmanager
def running(settings: Settings | None = None) -> Iterator[RunningEmulator]:
    """Serve in a thread, on a free port unless the settings name one.

    Records that still wait when the block ends stay in the database as waiting.

    Raises:
        EmulatorError: the address or the database cannot be used.
    """
    settings = settings or Settings()
    with closing(listen(settings)) as listener:
        app = create_app(settings)
        url = base_url(listener)  # a scenario may have closed the port by the time it is ready
        is_ready = threading.Event()
        server = _Server(app, on_ready=is_ready.set)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="emulator", daemon=True
        )
        thread.start()
        try:
            while not is_ready.wait(0.05):
                if not thread.is_alive():
                    raise EmulatorError("the emulator stopped while it was starting")
            yield RunningEmulator(url, app.state.database, settings, app.state.api)
        finally:
            server.stop()
            thread.join()


class _Server(uvicorn.Server):
    """Says when it is ready, logs no requests, and does not wait out latencies when it stops."""

    def __init__(self, app: Starlette, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=GatedProtocol,
                loop="asyncio",
                access_log=False,
                log_config=None,
                log_level="error",
                lifespan="on",
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=_STOP_WITHIN_S,
            )
        )
        self._api: PushApi = app.state.api
        self._on_ready = on_ready
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Ask it to end now and not at its next tick; for other threads."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended on its own
                self._loop.call_soon_threadsafe(self._woken.set)

    async def main_loop(self) -> None:
        """Tick as uvicorn does, but let `stop` cut the wait short."""
        self._loop = asyncio.get_running_loop()
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _TICK_S)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])  # no server of asyncio's; see `Listener`
        for listening in sockets or []:
            host, port = listening.getsockname()[:2]
            self._listener = Listener(listening, self._connection)
            self._api.connections.attach(
                self._stop_listening, partial(self._listen_again, host, port)
            )
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._api.stop_waiting()
        await self._api.connections.shut()
        await self._listener.wait_closed()
        await super().shutdown(sockets)

    def _connection(self) -> asyncio.Protocol:
        return GatedProtocol(self.config, self.server_state, self.lifespan.state)

    def _stop_listening(self) -> None:
        self._listener.close()

    def _listen_again(self, host: str, port: int) -> None:
        """Listen on the same port.

        Raises:
            OSError: the port is in use.
        """
        self._listener = Listener(bound(host, port), self._connection)
