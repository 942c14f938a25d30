"""`ometria-import emulator`: the push API on this machine, to try everything without an account."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ometria_import.cli.showing.screen import Screen
from ometria_import.errors import UsageError


class Counting(StrEnum):
    """How requests are counted against the rate; the emulator's names, which load lazily."""

    BUCKET = "token-bucket"
    FIXED_WINDOWS = "fixed-windows"
    SLIDING_SECOND = "sliding-second"
    BUCKET_OF_TWO = "bucket-of-two"


def emulator(
    *,
    port: Annotated[
        int, typer.Option(metavar="N", help="Port to listen on; 0 picks a free one.")
    ] = 8081,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Loopback address to listen on.")
    ] = "127.0.0.1",
    rate: Annotated[
        float, typer.Option(metavar="N", help="Pushes per second for each account.")
    ] = 8,
    queue: Annotated[
        int, typer.Option(metavar="N", help="Records that may wait in each account's queue.")
    ] = 50_000,
    latency: Annotated[
        float, typer.Option(metavar="SECONDS", help="Seconds until a request is answered.")
    ] = 0,
    jitter: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            help="Mean random delay, in seconds, added in each direction of a request.",
        ),
    ] = 0,
    jitter_seed: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Seed for the jitter; the same seed gives the same delays, request by request.",
        ),
    ] = 0,
    counting: Annotated[
        Counting, typer.Option(help="How pushes are counted towards the rate.")
    ] = Counting.BUCKET,
    drain: Annotated[
        float, typer.Option(metavar="N", help="Waiting records stored per second.")
    ] = 2_000,
    staging_key: Annotated[
        str, typer.Option(metavar="KEY", help="API key of the staging account.")
    ] = "staging-key",
    live_key: Annotated[
        str, typer.Option(metavar="KEY", help="API key of the live account.")
    ] = "live-key",
    account: Annotated[
        list[str] | None,
        typer.Option(
            "--account",
            metavar="NAME=KEY",
            help="A further account and its API key; may be given several times.",
        ),
    ] = None,
    database: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="SQLite file for what is received; default: a temporary file.",
        ),
    ] = None,
    server: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="How records are stored and shown, such as "
            "errors_fields=record_id,request_id, opt_out=newest, timestamps=seconds, "
            "lower_emails or reads_lag_s=5; see docs/emulator.md. May be given several "
            "times.",
        ),
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="TOML file that says what goes wrong and when; see docs/emulator.md.",
        ),
    ] = None,
) -> None:
    """Run an emulator of Ometria's push API on this machine until Ctrl-C.

    Its keys are invented and no data leaves the machine. Never give it the keys of a real account.
    """
    try:
        from ometria_import.emulator import (
            COUNTERS,
            EmulatorError,
            ScenarioError,
            Settings,
            parse_traits,
            read_scenario,
            serve,
        )
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the emulator is not installed ({error.name} is missing)",
            hint="Install it with pip install 'ometria-import[emulator]'",
        ) from error
    try:
        settings = Settings(
            host=host,
            port=port,
            rate=rate,
            queue=queue,
            latency=latency,
            jitter=jitter,
            jitter_seed=jitter_seed,
            rate_counter=COUNTERS[counting],
            drain=drain,
            staging_key=staging_key,
            live_key=live_key,
            more_keys=dict(map(_named_key, account or ())),
            database=database,
            traits=parse_traits(server or ()),
            scenario=read_scenario(scenario) if scenario else None,
        )
        serve(settings, _announce)
    except ScenarioError as error:
        raise UsageError(
            f"the emulator cannot start: {error}",
            hint="Correct the scenario at this place; docs/emulator.md lists what each setting "
            "accepts.",
        ) from error
    except EmulatorError as error:
        raise UsageError(
            f"the emulator cannot start: {error}",
            hint="See ometria-import emulator --help; --port 0 picks a free port.",
        ) from error


def _named_key(text: str) -> tuple[str, str]:
    """The name and the key of an account.

    Raises:
        UsageError: one of them is missing; the text is not repeated, because it may be a key.
    """
    name, sign, key = text.partition("=")
    if not (sign and name and key):
        raise UsageError(
            "--account is not a name and a key", hint="Write it like this: --account de=de-key."
        )
    return name, key


def _announce(base_url: str, database: Path) -> None:
    Screen().prose(
        f'Emulator ready at {base_url}. To push to it: set base_url = "{base_url}" under '
        "[accounts.staging] in ometria-import.toml and OMETRIA_STAGING_KEY=staging-key (or "
        f"your --staging-key). Received data: {database}. Press Ctrl-C to stop it."
    )
