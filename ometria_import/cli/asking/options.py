"""The flags that several commands share, said once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from ometria_import.cli.asking.durations import parse_between, parse_duration
from ometria_import.options.choices import (
    ConsentRule,
    Danger,
    SamplePhonesChoice,
)
from ometria_import.options.sending_hours import SendingHours

READING_PANEL = "Reading the files"
_OUTPUT = "Output"

Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE",
        help="Exports in any order: files, folders, quoted patterns, URLs (s3://, gs://, sftp://), "
        "or - for standard input; order=FILE gives the object type of a file that does not state "
        "it. Default: the sources listed in ometria-import.toml.",
        show_default=False,
    ),
]
To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="ACCOUNT",
        help="The account to send to: staging, live, or another of the settings.",
        show_default=False,
    ),
]
GiveUpAfter = Annotated[
    timedelta,
    typer.Option(
        "--give-up-after",
        metavar="DURATION",
        parser=parse_duration,
        help="How long to retry a request that fails temporarily before the run stops with "
        "exit code 75: seconds, or a number with s, m, h or d, such as 2h.",
        show_default="1h",
    ),
]
Between = Annotated[
    SendingHours | None,
    typer.Option(
        "--between",
        metavar="HH:MM-HH:MM",
        parser=parse_between,
        help="Send only in these hours of this machine's clock, such as 01:00-06:00 or "
        "22:00-06:00, and wait outside of them; always sends at any time. Default: what the run "
        "began with, or the account's setting.",
        show_default=False,
    ),
]
Allow = Annotated[
    list[Danger] | None,
    typer.Option(
        "--allow",
        help="Allow this run to trigger something on the live account that it would otherwise "
        "stop for; may be given several times.",
        show_default=False,
    ),
]
New = Annotated[
    bool,
    typer.Option(
        "--new",
        help="Start a fresh run, even if an unfinished run of the same files could continue or "
        "nothing has changed since they were sent.",
    ),
]
Changed = Annotated[
    bool | None,
    typer.Option(
        "--changed/--full",
        help="Leave out every record that the account was given before and that is still the same; "
        "--full sends all of them, whatever the settings say.",
        show_default=False,
    ),
]
Consent = Annotated[
    ConsentRule | None,
    typer.Option(
        "--consent",
        help="What to do about opt-ins: keep asks the account, and leaves out those of people who "
        "have opted out there and not opted in again since; lower leaves out those of everybody "
        "who is not opted in there already; file sends them as the files have them. Default: keep "
        "for live, file for staging.",
        show_default=False,
    ),
]
Pseudonymise = Annotated[
    bool | None,
    typer.Option(
        "--pseudonymise/--no-pseudonymise",
        help="Send a fake for each person, the same one in all files and runs; for staging alone. "
        "--no-pseudonymise sends people as they are, whatever the settings say.",
        show_default=False,
    ),
]
Phones = Annotated[
    SamplePhonesChoice | None,
    typer.Option(
        "--phones",
        help="With --pseudonymise: give up to 1,000 people a number of nobody's, the others none. "
        "Without it, all phones are left out.",
        show_default=False,
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        "--keep",
        metavar="PROPERTY",
        help="With --pseudonymise: keep this custom field, as all others are left out; may be "
        "given several times.",
        show_default=False,
    ),
]
EvenIfOlder = Annotated[
    bool,
    typer.Option(
        "--even-if-older",
        help="Send even though a later run has sent records of the same object types, which "
        "these may overwrite.",
    ),
]
HomeOption = Annotated[
    Path,
    typer.Option(
        "--home",
        metavar="DIR",
        help="Folder for packages and runs.",
        rich_help_panel=_OUTPUT,
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings for accounts and sources; default: ometria-import.toml, if there is one.",
        rich_help_panel=_OUTPUT,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json", help="Print one JSON object on stdout at the end.", rich_help_panel=_OUTPUT
    ),
]
JsonLinesOption = Annotated[
    bool,
    typer.Option(
        "--json-lines",
        help="Print every event on stdout as it happens, one JSON object a line; the last says "
        "what --json does.",
        rich_help_panel=_OUTPUT,
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Print nothing except one line on stderr if the exit code is not 0.",
        rich_help_panel=_OUTPUT,
    ),
]
YesOption = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Confirm sending to the live account without being asked."),
]
BaseHost = Annotated[
    list[str] | None,
    typer.Option(
        "--base-host",
        metavar="HOST",
        help="Allow the key to be sent to this base_url host, although it is not Ometria's; "
        "may be given several times.",
        rich_help_panel=_OUTPUT,
    ),
]
KeyEnv = Annotated[
    list[str] | None,
    typer.Option(
        "--key-env",
        metavar="NAME",
        help="Read the account's key from this environment variable, whose name need not begin "
        "with OMETRIA_.",
        rich_help_panel=_OUTPUT,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Write what would be sent to files instead; needs no key and no network."
    ),
]
