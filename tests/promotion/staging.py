"""A shop that pushes to staging and promotes, and what its two accounts were sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ometria_import.config.home import Home, RunId
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from ometria_import.options.choices import ObjectType
from ometria_import.verification import (
    Asked,
    How,
    Summary,
    TypeSummary,
    Verdict,
    VerificationFolder,
    write_summary,
)
from tests.cli.program import Ended, Shop, rows

PROMOTE = ("--to", "live", "--yes")


class Staging(Shop):
    """A working folder whose two accounts are in one emulator."""

    def __init__(
        self,
        emulator: RunningEmulator,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        super().__init__(folder, monkeypatch, capsys)
        self.emulator = emulator
        self.send_to(emulator.base_url)
        ((self._since,),) = rows(emulator, "SELECT COALESCE(MAX(number), 0) FROM request")

    def push(self, *words: str, code: int = 0) -> str:
        """Push to staging; returns the run's id."""
        ended = self.run("push", *words, "--to", "staging", "--json")
        assert ended.code == code, ended.err
        return str(ended.json["run"])

    def promote(self, run: str, *words: str) -> Ended:
        """Promote a run without being asked."""
        return self.run("promote", run, *PROMOTE, *words)

    def marks(self, run: str, *words: str) -> dict[str, str]:
        """The mark of each line of the gate, by its name."""
        return {line["name"]: line["mark"] for line in self.gate(run, *words)}

    def shut(self, run: str, *words: str) -> dict[str, str]:
        """The evidence of each line that is shut, by its name; nothing may have been sent."""
        before = self.bodies("live")
        shut = {
            line["name"]: line["evidence"]
            for line in self.gate(run, *words)
            if line["mark"] == "shut"
        }
        assert not shut or self.bodies("live") == before
        return shut

    def gate(self, run: str, *words: str) -> list[dict[str, Any]]:
        """What a promotion says of its gate."""
        ended = self.promote(run, *words, "--json")
        assert ended.code in (ExitCode.OK, ExitCode.REJECTS, ExitCode.UNUSABLE), ended.err
        lines = ended.json["gate"]
        assert isinstance(lines, list)
        assert all(bool(line["remedy"]) is (line["mark"] == "shut") for line in lines)
        return lines

    def bodies(self, account: str) -> list[str]:
        """The hash of the body of every push that an account accepted, in the order of the hashes.

        Several are on their way at once, so that they arrive in no certain order.
        """
        found = rows(
            self.emulator,
            "SELECT sha256 FROM request WHERE method = 'POST' AND status = 202 AND account = "
            f"'{account}' AND number > {self._since}",
        )
        return sorted(sha256 for (sha256,) in found)

    def verified(self, run: str, **changes: Any) -> Summary:
        """Write the summary of a verification of a run of contacts, as `verify` would."""
        place = Home(self.folder / ".ometria-import")
        now = datetime.now(UTC)
        folder = place.create_verification("staging", now)
        shown = self.run("show", run, "--json").json
        counts = {"population": 200, "read": 200, "same": 200}
        contacts = TypeSummary(
            object_type=ObjectType.CONTACT,
            listing="contacts/main",
            **{**counts, "differs": 0, "missing": 0, "not_settled": 0},
            extra=0,
            how=How.ALL,
            reason="",
            bound=0.0,
        )
        summary = Summary(
            verification=RunId(folder.name),
            run=RunId(run),
            account="staging",
            package=self.hash_of(shown["files"]["package"]),
            tool_version="0.1.0",
            started_at=now,
            ended_at=now + timedelta(seconds=1),
            verdict=Verdict.SAME,
            sentence="All 200 records were read; none differs.",
            is_finished=True,
            seed="5eed",
            confidence=95,
            bound=0.0,
            asked=Asked(statement="all"),
            types=(contacts,),
            at_risk=(),
            rules=(),
            patterns=(),
            load=None,
            files={},
            exit_code=ExitCode.OK,
        )
        if (types := changes.pop("of_contacts", None)) is not None:
            changes["types"] = (replace(contacts, **types),)
        summary = replace(summary, **changes)
        write_summary(VerificationFolder(folder).summary, summary)
        return summary

    @staticmethod
    def hash_of(package: str) -> str:
        """The content hash of a package."""
        from ometria_import.package import Package

        with Package(Path(package)) as opened:
            return opened.content_hash
