"""The admin endpoint: what a test changes while the emulator runs.

It stands beside the API on the same port, needs no key, counts against nothing and is kept
nowhere.

    PUT    /_admin/scenario        play the TOML text of the body instead of what is played
    DELETE /_admin/scenario        play nothing any more
    GET    /_admin/state           what is played, what each fault came to, limits and queues
    PATCH  /_admin/settings        `latency` in seconds; JSON
    PUT    /_admin/server          the server's traits, all others off; JSON
    PATCH  /_admin/accounts/NAME   `rate`, `read_rate`, `queue`, `drain`, `is_revoked`; JSON
    POST   /_admin/accounts/NAME/unsubscribes    opt-outs that did not come by the API; JSON
    DELETE /_admin/accounts/NAME/unsubscribes    none of them any more
    POST   /_admin/accounts/NAME/deletions       requests to forget people; JSON
    DELETE /_admin/accounts/NAME/deletions       none of them any more
    PATCH  /_admin/accounts/NAME/records         records that others wrote or deleted; JSON

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

from ometria_import.emulator.account import Account
from ometria_import.emulator.http.connections import ADMIN_PATH
from ometria_import.emulator.http.push_api import PushApi
from ometria_import.emulator.scenarios.faults import Limits, Seconds
from ometria_import.emulator.scenarios.scenario import Scenario, ScenarioError, parse_scenario
from ometria_import.emulator.storage.deletions import Deletion
from ometria_import.emulator.storage.others import OtherRecord
from ometria_import.emulator.storage.unsubscribes import Unsubscribe
from ometria_import.emulator.traits import Traits
from ometria_import.emulator.validation.arrivals import RefusedError

_Work: TypeAlias = Callable[[Request], Awaitable[None]]


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
    work = {**_of_the_whole(api), **_of_an_account(api)}
    return [
        Route(f"{ADMIN_PATH}{path}", _refusing(do, api), methods=[how])
        for (how, path), do in work.items()
    ]


def _of_the_whole(api: PushApi) -> dict[tuple[str, str], _Work]:
    async def show(_: Request) -> None:
        pass

    async def play(request: Request) -> None:
        text = (await request.body()).decode("utf-8", "replace")
        api.play(parse_scenario(text))

    async def stop(_: Request) -> None:
        api.play(Scenario())

    async def change_settings(request: Request) -> None:
        change = msgspec.json.decode(await request.body(), type=_SettingsChange)
        api.latency = change.latency

    async def change_server(request: Request) -> None:
        api.own_traits = msgspec.json.decode(await request.body(), type=Traits)

    return {
        ("GET", "/state"): show,
        ("PUT", "/scenario"): play,
        ("DELETE", "/scenario"): stop,
        ("PATCH", "/settings"): change_settings,
        ("PUT", "/server"): change_server,
    }


def _of_an_account(api: PushApi) -> dict[tuple[str, str], _Work]:
    def account_of(request: Request) -> Account:
        account = api.accounts.get(request.path_params["name"])
        if account is None:
            raise RefusedError(
                HTTPStatus.NOT_FOUND,
                f"there is no such account; the accounts are {' and '.join(api.accounts)}",
            )
        return account

    async def change(request: Request) -> None:
        account = account_of(request)
        wanted = msgspec.json.decode(await request.body(), type=_AccountChange)
        named = msgspec.structs.asdict(wanted)
        is_revoked = named.pop("is_revoked")
        account.set_limits(msgspec.convert(named | {"do": "limits"}, Limits))
        if is_revoked is not None:
            account.set_revoked(is_revoked=is_revoked)

    async def add_unsubscribes(request: Request) -> None:
        account = account_of(request)
        events = msgspec.json.decode(await request.body(), type=list[Unsubscribe])
        api.add_unsubscribes(account.name, events)

    async def remove_unsubscribes(request: Request) -> None:
        api.remove_unsubscribes(account_of(request).name)

    async def add_deletions(request: Request) -> None:
        account = account_of(request)
        requests = msgspec.json.decode(await request.body(), type=list[Deletion])
        api.add_deletions(account.name, requests)

    async def remove_deletions(request: Request) -> None:
        api.remove_deletions(account_of(request).name)

    async def put_records(request: Request) -> None:
        account = account_of(request)
        wanted = msgspec.json.decode(await request.body(), type=list[OtherRecord])
        api.put_records(account.name, wanted)

    return {
        ("PATCH", "/accounts/{name}/records"): put_records,
        ("PATCH", "/accounts/{name}"): change,
        ("POST", "/accounts/{name}/deletions"): add_deletions,
        ("DELETE", "/accounts/{name}/deletions"): remove_deletions,
        ("POST", "/accounts/{name}/unsubscribes"): add_unsubscribes,
        ("DELETE", "/accounts/{name}/unsubscribes"): remove_unsubscribes,
    }


def _refusing(work: _Work, api: PushApi) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            await work(request)
        except (ScenarioError, msgspec.MsgspecError) as error:
            return _refused(str(error), HTTPStatus.BAD_REQUEST)
        except RefusedError as refusal:
            return _refused(refusal.message, refusal.status)
        return JSONResponse(api.state())

    return endpoint


def _refused(message: str, status: int) -> Response:
    return JSONResponse({"status": "ERROR", "message": message}, status)
