"""What `make demo` runs: raw exports from `init` to live, then the sample files.

The emulator listens on a free loopback port and ends with this script. Everything that is
written goes to `.demo/`, which each demo begins anew.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(".demo")
"""From the root of the repository, where all commands run."""
PROGRAM = Path(sys.executable).with_name("ometria-import")
KEYS = {"OMETRIA_STAGING_KEY": "staging-key", "OMETRIA_LIVE_KEY": "live-key"}
"""The emulator's own keys: no secrets."""
DONE, DONE_WITH_REJECTS = 0, 3
_BASE_URL = re.compile(r"http://[\w.]+:[0-9]+[\w/]*")
_STOP_WITHIN_S = 10


def main() -> int:
    """Run the demo; 0 where every command ended as it should."""
    os.chdir(ROOT)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(mode=0o700)
    files = [*sorted(map(str, Path("sample_data").glob("*.csv"))), "sample_data/orders.json"]
    with _emulator() as base_url:
        settings = FOLDER / "ometria-import.toml"
        accounts = [
            f'[accounts.{name}]\nbase_url = "{base_url}"\nwait_for_errors = 1\n'
            for name in ("staging", "live")
        ]
        settings.write_text("\n".join(accounts), encoding="utf-8")
        print(f"The emulator of the push API answers at {base_url}.")
        if not _import_raw_exports(settings.read_text("utf-8")):
            return 1
        where = ["--home", str(FOLDER)]
        for command in (
            ["check", *files, *where],
            ["push", *files, "--to", "staging", *where, "--config", str(settings)],
        ):
            code = _run(command)
            if code not in (DONE, DONE_WITH_REJECTS):
                print(f"\nThe demo failed: `ometria-import {command[0]}` ended with {code}.")
                return 1
    _say_what_is_next()
    return 0


def _import_raw_exports(accounts: str) -> bool:
    """Go the way of a newcomer with four tables of a warehouse; whether all went well."""
    folder = FOLDER / "raw"
    shutil.copytree(Path("sample_data") / "raw", folder)
    print("\nFour tables of a data warehouse, whose columns have names of their own:")
    if not _all_done(folder, ["init"]):
        return False
    with (folder / "ometria-import.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n{accounts}")
    if not _all_done(folder, ["push", "--to", "staging"]):
        return False
    print("\nIs what staging holds what was in the files? Then the very same bytes may go live:")
    staged = _newest_run(folder)
    promote = ["promote", staged, "--to", "live", "--require-verify", "0.1%@95", "--yes"]
    attest = ["--attest", "promotion.json"]
    compare = ["consent", "diff", staged, "--to", "live"]
    verify = ["verify", staged], ["report", staged]
    if not _all_done(folder, *verify, compare, [*promote, *attest]):
        return False
    if not _all_done(folder, ["verify", _newest_run(folder)]):
        return False
    print("\nThe next night a customer has more points, and only that goes to live:")
    customers = folder / "customers.csv"
    rows = customers.read_text("utf-8").splitlines(keepends=True)
    customers.write_text("".join([rows[0], rows[1].replace(",214", ",230"), *rows[2:]]), "utf-8")
    if not _all_done(folder, ["push", "--to", "live", "--changed", "--yes"]):
        return False
    print("\nNow the sample data, in which some rows are wrong on purpose:")
    return True


def _all_done(folder: Path, *commands: list[str]) -> bool:
    """Run commands in a folder, one after the other; whether all of them ended with 0."""
    for command in commands:
        if code := _run(command, folder):
            print(f"\nThe demo failed: `ometria-import {command[0]}` ended with {code}.")
            return False
    return True


def _newest_run(folder: Path) -> str:
    """The id of the run that began last."""
    command = [str(PROGRAM.absolute()), "runs", "--json"]
    listed = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True)
    return str(json.loads(listed.stdout)["runs"][0]["run"])


@contextmanager
def _emulator() -> Iterator[str]:
    """Keep an emulator running and give its base URL."""
    database = str(FOLDER / "received.db")
    command = [str(PROGRAM), "emulator", "--port", "0", "--database", database]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = _BASE_URL.search(line)
            if address is None:
                sys.exit(f"The emulator did not start. {line}")
            yield address[0]
        finally:
            process.terminate()
            try:
                process.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _run(arguments: list[str], folder: Path = Path()) -> int:
    """Show a command as one would type it, and run it on this terminal; nobody is asked."""
    print(f"\n$ ometria-import {shlex.join(arguments)}", flush=True)
    command = [str(PROGRAM.absolute()), *arguments]
    environment = os.environ | KEYS
    done = subprocess.run(
        command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, check=False
    )
    return done.returncode


def _say_what_is_next() -> None:
    runs = sorted((FOLDER / "runs").iterdir())
    program = PROGRAM.relative_to(ROOT) if PROGRAM.is_relative_to(ROOT) else PROGRAM.name
    print(
        f"""
That was the demo. The emulator has stopped; some rows were rejected, as they should be:
sample_data/README.md says what is wrong with them.

The run is in {runs[-1]}: problems.csv lists every problem, rejects/ has the rows to
correct, and run.log says what happened. What the emulator received is in
{FOLDER / "received.db"}.

Next:
  {program} show {runs[-1].name} --home {FOLDER}
  {program} explain E012
  {program} fields order
  {program} push YOUR-FILE.csv --to staging --dry-run"""
    )


if __name__ == "__main__":
    sys.exit(main())
