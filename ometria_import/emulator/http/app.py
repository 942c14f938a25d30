"""The application: its routes, and the work that goes on between the requests.

Unlike the API it speaks plain HTTP, on loopback addresses only.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from ometria_import.emulator.http.admin import admin_routes
from ometria_import.emulator.http.exchange import Exchange
from ometria_import.emulator.http.push_api import PushApi
from ometria_import.emulator.settings import Settings
from ometria_import.emulator.storage.store import Store


class _EncodedPaths:
    """Matches paths as they were sent, so that an id may hold an encoded slash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = scope["raw_path"].decode("ascii")
        await self._app(scope, receive, send)


def create_app(settings: Settings) -> Starlette:
    """Make the application; its `state` has the `PushApi` as `api` and the `database`'s path.

    The database is opened here and closed when the application shuts down.

    Raises:
        EmulatorError: the database cannot be used.
    """
    cleanup = ExitStack()
    database = settings.database
    if database is None:
        folder = tempfile.TemporaryDirectory(prefix="ometria-emulator-")
        database = Path(cleanup.enter_context(folder)) / "emulator.db"
    store = Store(database)
    cleanup.callback(store.close)
    api = PushApi(settings, store)
    exchange = Exchange(api)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        with cleanup:
            api.work_on(asyncio.get_running_loop())
            work = [
                asyncio.create_task(each) for each in (api.drain_forever(), api.follow_the_clock())
            ]
            try:
                yield {"connections": api.connections, "read": exchange.read}
            finally:
                for task in work:
                    task.cancel()
                await asyncio.gather(*work, return_exceptions=True)
                await api.connections.close()

    app = Starlette(
        routes=[*exchange.routes(), *admin_routes(api)],
        middleware=[Middleware(_EncodedPaths)],
        exception_handlers={HTTPException: exchange.answer_stray},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.api = api
    app.state.database = database
    return app
