"""The admin endpoint: what a test changes while the emulator runs.

It stands beside the API on the same port, needs no key, counts against nothing and is kept
nowhere.

    PUT    /_admin/scenario        play the TOML text of the body instead of what is played
    DELETE /_admin/scenario        play nothing any more
    GET    /_admin/state           what is played, what each fault came to, limits and queues
    PATCH  /_admin/settings        `latency` in seconds; JSON
    PATCH  /_admin/accounts/NAME   `rate`, `read_rate`, `queue`, `drain`, `is_revoked`; JSON

Every answer but a refusal is the state.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeAlias

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ometria_import.emulator.exchange import PushApi
from ometria_import.emulator.faults import Limits, Seconds
from ometria_import.emulator.gate import ADMIN_PATH
from ometria_import.emulator.scenario import Scenario, ScenarioError, parse_scenario

_Work: TypeAlias = Callable[[Request], Awaitable[Response]]


class _SettingsChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    latency: Seconds


class _AccountChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rate: float | None = None
    read_rate: float | None = None
    queue: int | None = None
    drain: float | None = None
    is_revoked: bool | None = None


def admin_routes(api: PushApi) -> list[Route]:
    """The admin endpoint of one emulator."""

    def state() -> Response:
        return JSONResponse(api.state())

    async def show(_: Request) -> Response:
        return state()

    async def play(request: Request) -> Response:
        text = (await request.body()).decode("utf-8", "replace")
        api.play(parse_scenario(text))
        return state()

    async def stop(_: Request) -> Response:
        api.play(Scenario())
        return state()

    async def change_settings(request: Request) -> Response:
        change = msgspec.json.decode(await request.body(), type=_SettingsChange)
        api.latency = change.latency
        return state()

    async def change_account(request: Request) -> Response:
        account = api.accounts.get(request.path_params["name"])
        if account is None:
            return _refused(
                f"no such account; known: {', '.join(api.accounts)}", HTTPStatus.NOT_FOUND
            )
        change = msgspec.json.decode(await request.body(), type=_AccountChange)
        named = msgspec.structs.asdict(change)
        is_revoked = named.pop("is_revoked")
        account.set_limits(msgspec.convert(named | {"do": "limits"}, Limits))
        if is_revoked is not None:
            account.set_revoked(is_revoked=is_revoked)
        return state()

    work: list[tuple[str, str, _Work]] = [
        ("GET", "/state", show),
        ("PUT", "/scenario", play),
        ("DELETE", "/scenario", stop),
        ("PATCH", "/settings", change_settings),
        ("PATCH", "/accounts/{name}", change_account),
    ]
    return [Route(f"{ADMIN_PATH}{path}", _refusing(do), methods=[how]) for how, path, do in work]


def _refusing(work: _Work) -> _Work:
    async def endpoint(request: Request) -> Response:
        try:
            return await work(request)
        except (ScenarioError, msgspec.MsgspecError) as error:
            return _refused(str(error), HTTPStatus.BAD_REQUEST)

    return endpoint


def _refused(message: str, status: int) -> Response:
    return JSONResponse({"status": "ERROR", "message": message}, status)
