"""The flags that several commands share, said once."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ometria_import.choices import (
    AccountName,
    Danger,
    DateOrder,
    DecimalSign,
    Escape,
    Returns,
    Unmapped,
    WithoutEmail,
)
from ometria_import.cli.asking.durations import parse_age, parse_duration
from ometria_import.errors import ExitCode

EXIT_CODES = "\n".join(["Exit codes:", *(f"{code.value:>3}  {code.meaning}" for code in ExitCode)])
"""Said at the end of each command's help."""

_READING = "Reading the files"
_OUTPUT = "Output"

Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE",
        help="Exports in any order: files, folders, patterns in quotes, or - for standard input;"
        " order=FILE says the object type of one that does not say it itself. Without FILE,"
        " the sources that ometria-import.toml lists.",
        show_default=False,
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Encoding of the files, such as cp1252; else detected.",
        rich_help_panel=_READING,
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Delimiter of CSV files: comma, semicolon, tab, pipe, or the character; else"
        " detected.",
        rich_help_panel=_READING,
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Sheet of Excel workbooks; else the first one that can be seen.",
        rich_help_panel=_READING,
    ),
]
EscapeOption = Annotated[
    Escape | None,
    typer.Option(
        "--escape",
        help="Whether CSV files write a backslash before quotes that are part of a value, as MySQL"
        " and PHP do; default: only where a file proves it.",
        rich_help_panel=_READING,
    ),
]
NullOption = Annotated[
    list[str] | None,
    typer.Option(
        "--null",
        metavar="WORD",
        help="A word that stands for no value, beside NULL, nan, None, #N/A and the like;"
        " customer.id=0 says it of one field. May be given several times.",
        show_default=False,
        rich_help_panel=_READING,
    ),
]
KeepWordOption = Annotated[
    list[str] | None,
    typer.Option(
        "--keep-word",
        metavar="WORD",
        help="A word like NULL that is a value in these files; lastname=NULL says it of one"
        " field. May be given several times.",
        show_default=False,
        rich_help_panel=_READING,
    ),
]
MappingOption = Annotated[
    str | None,
    typer.Option(
        "--mapping",
        metavar="FILE|PRESET",
        help="Which column feeds which field; else the files are recognised by their columns."
        " See ometria-import mapping --help.",
        rich_help_panel=_READING,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="What a mapping asks for and the file does not say, such as currency=GBP; may be"
        " given several times.",
        rich_help_panel=_READING,
    ),
]
DateOrderOption = Annotated[
    DateOrder | None,
    typer.Option(
        "--date-order",
        help="Order of day and month in dates like 03/04/2024, where a column leaves it open.",
        rich_help_panel=_READING,
    ),
]
DecimalSignOption = Annotated[
    DecimalSign | None,
    typer.Option(
        "--decimal-sign",
        help="Decimal sign of amounts like 1,234, where a column leaves it open.",
        rich_help_panel=_READING,
    ),
]
Timezone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="Zone of times without one, such as Europe/London; else UTC, with a warning.",
        rich_help_panel=_READING,
    ),
]
Country = Annotated[
    str | None,
    typer.Option(
        metavar="CODE",
        help="Country of phone numbers without a country code, such as GB; else they are dropped,"
        " with a warning.",
        rich_help_panel=_READING,
    ),
]
ReturnsOption = Annotated[
    Returns | None,
    typer.Option(
        "--returns",
        help="Orders with negative totals or quantities: send them, reject them, or leave them"
        " out; they are sent unless you say otherwise.",
        rich_help_panel=_READING,
    ),
]
WithoutEmailOption = Annotated[
    WithoutEmail | None,
    typer.Option(
        "--without-email",
        help="Contacts without an email: reject them, or send those that have a customer_id or a"
        " phone number; they are rejected unless you say otherwise.",
        rich_help_panel=_READING,
    ),
]
UnmappedOption = Annotated[
    Unmapped,
    typer.Option(
        "--unmapped",
        help="Columns that no field knows: keep them in properties, leave them out, or stop.",
        rich_help_panel=_READING,
    ),
]
AllowEmpty = Annotated[
    bool,
    typer.Option(
        "--allow-empty",
        help="Take files without rows; else they stop the command.",
        rich_help_panel=_READING,
    ),
]
MaxRejects = Annotated[
    str | None,
    typer.Option(
        "--max-rejects",
        metavar="N|N%",
        help="Send nothing, and end with exit code 4, if more than N records are rejected, or more"
        " than N% of the records of any one object type.",
    ),
]


class TablePeriod(StrEnum):
    """What the table of orders and revenue is cut by."""

    YEAR = "year"
    MONTH = "month"


By = Annotated[
    TablePeriod, typer.Option("--by", help="Show orders and revenue by year or by month.")
]
To = Annotated[
    AccountName, typer.Option("--to", help="The account to send to.", show_default=False)
]
GiveUpAfter = Annotated[
    timedelta,
    typer.Option(
        "--give-up-after",
        metavar="DURATION",
        parser=parse_duration,
        help="How long a request that fails in a temporary way is tried again, before the run"
        " stops with exit code 75: seconds, or a number with s, m, h or d, such as 2h.",
        show_default="1h",
    ),
]
OlderThan = Annotated[
    timedelta | None,
    typer.Option(
        "--older-than",
        metavar="DURATION",
        parser=parse_age,
        help="Hold back orders that are younger, such as 3d, 12h or 90m.",
        show_default=False,
    ),
]
Allow = Annotated[
    list[Danger] | None,
    typer.Option(
        "--allow",
        help="Let this run to the live account set off what it would otherwise stop for; may be"
        " given several times.",
        show_default=False,
    ),
]
New = Annotated[
    bool,
    typer.Option(
        "--new",
        help="Begin anew, even where an unfinished run of the same files could go on, or nothing"
        " has changed since they were sent.",
    ),
]
EvenIfOlder = Annotated[
    bool,
    typer.Option(
        "--even-if-older",
        help="Send although a later run sent records of the same object types, which these may"
        " overwrite.",
    ),
]
HomeOption = Annotated[
    Path,
    typer.Option(
        "--home",
        metavar="DIR",
        help="Folder where packages and runs live.",
        rich_help_panel=_OUTPUT,
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings of accounts and sources; else ometria-import.toml, if there is one.",
        rich_help_panel=_OUTPUT,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json", help="Print one JSON object on stdout at the end.", rich_help_panel=_OUTPUT
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Print nothing, and one line on stderr where the exit code is not 0.",
        rich_help_panel=_OUTPUT,
    ),
]
YesOption = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Confirm sending to the live account, without being asked."),
]
BaseHost = Annotated[
    list[str] | None,
    typer.Option(
        "--base-host",
        metavar="HOST",
        help="Let the key go to this host of base_url though it is not Ometria's; may be given"
        " several times.",
        rich_help_panel=_OUTPUT,
    ),
]
KeyEnv = Annotated[
    list[str] | None,
    typer.Option(
        "--key-env",
        metavar="NAME",
        help="Take the account's key from this environment variable, which need not begin with"
        " OMETRIA_.",
        rich_help_panel=_OUTPUT,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Write what would be sent into files; needs no key and no network."
    ),
]
