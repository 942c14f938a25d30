"""A process that delivers a run, for tests that kill it: driver.py HOME RUN BASE_URL."""

from __future__ import annotations

import sys
from pathlib import Path

from ometria_import.config import AccountName
from ometria_import.config.home import Home
from ometria_import.delivery import (
    AccountLock,
    Event,
    Journal,
    RunStarted,
    StopSignal,
    push_package,
    stop_on_signals,
)
from ometria_import.errors import OmetriaImportError
from ometria_import.package import Package
from tests.delivery.building import account


def tell(event: Event) -> None:
    """Say when requests begin, so that a test knows when to kill."""
    if isinstance(event, RunStarted):
        sys.stdout.write("started\n")
        sys.stdout.flush()


def main() -> int:
    """Deliver, and exit as the tool does."""
    home, run_id, base_url = Home(Path(sys.argv[1])), sys.argv[2], sys.argv[3]
    run = home.find_run(run_id)
    stop = StopSignal()
    try:
        with (
            AccountLock(home, AccountName.STAGING, run.id),
            Journal(run.journal) as journal,
            Package(journal.info().package_path) as package,
            stop_on_signals(stop),
        ):
            to = account(base_url, rate_per_s=100)
            return push_package(package, journal, to, on_event=tell, stop=stop).exit_code
    except OmetriaImportError as error:
        sys.stderr.write(f"{error.message}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
