"""One or two installations, what is run of them in turn, and the figures that come of it."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generate import contacts_file
from benchmarks.processes import IMPORTER, Usage, run_measured

ONE_CORE = ("taskset", "--cpu-list", "0")
"""In front of a command, it lets it use a single core."""


@dataclass(frozen=True, slots=True)
class Installation:
    """An installed importer."""

    executable: str

    @property
    def python(self) -> str:
        """The interpreter that it is installed for."""
        return str(Path(self.executable).with_name("python"))

    def check(self, *files: str, home: Path, options: Sequence[str] = ()) -> list[str]:
        """The command that checks files."""
        return [self.executable, "check", *files, *options, "--home", str(home), "--json"]

    def dry_run(self, *files: str, home: Path) -> list[str]:
        """The command that pushes files to nowhere."""
        to = ("--to", "staging", "--dry-run")
        return [self.executable, "push", *files, *to, "--home", str(home), "--json"]


@dataclass(frozen=True, slots=True)
class Medians:
    """What the runs of one command took."""

    seconds: float
    cpu_s: float
    peak_mb: float
    output: str
    """Of the first of them."""

    @classmethod
    def of(cls, usages: Sequence[Usage]) -> Medians:
        """Each figure's median."""
        return cls(
            statistics.median(usage.seconds for usage in usages),
            statistics.median(usage.cpu_s for usage in usages),
            statistics.median(usage.peak_mb for usage in usages),
            usages[0].output,
        )


Side = Mapping[str, Medians]
"""The figures of one installation, by what was run."""
Command = Callable[[Installation], list[str]]


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured, and how often."""

    sides: tuple[Installation, ...]
    """The one from before, if there is one, and this one."""
    folder: Path
    """For what the programs write."""
    repeats: int
    part: int = 1
    """The files are so many times as small."""

    @property
    def home(self) -> Path:
        """Where the importer keeps what it makes; new for each command."""
        return self.folder / "home"

    def rows(self, whole: int) -> int:
        """How many rows a file has that has so many at full size."""
        return whole // self.part

    def measured(
        self,
        ours: Mapping[str, Command],
        others: Mapping[str, list[str]] | None = None,
        *,
        repeats: int | None = None,
    ) -> tuple[list[Side], Side]:
        """Run everything in turn, so that whatever slows the machine slows all of it.

        Args:
            ours: Commands of each installation, by name.
            others: Commands that are compared with them.
            repeats: Another number of runs than the usual one.
        """
        programs: dict[tuple[int, str], list[str]] = {}
        for name, command in ours.items():
            for number, side in enumerate(self.sides):
                programs[number, name] = command(side)
        programs |= {(-1, name): command for name, command in (others or {}).items()}
        usages: dict[tuple[int, str], list[Usage]] = {key: [] for key in programs}
        for _ in range(repeats or self.repeats):
            for key, program in programs.items():
                shutil.rmtree(self.home, ignore_errors=True)
                usages[key].append(run_measured(program))
        medians = {key: Medians.of(each) for key, each in usages.items()}
        sides: list[Side] = [
            {name: medians[number, name] for name in ours} for number in range(len(self.sides))
        ]
        return sides, {name: medians[-1, name] for name in others or {}}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table of speeds."""

    what: str
    values: tuple[float, ...]
    """Of each installation."""
    shown: tuple[str, ...]
    """The same as text, with whatever else is worth knowing."""
    goal: str
    is_met: bool | None
    """Of the last installation; None where there is no goal."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure is to reach."""

    limit: float | None
    """None where it is only told."""
    form: str
    """How a value is shown, such as `{:.1f} µs`."""
    is_least: bool = False
    """Whether more is better."""

    def figure(
        self, what: str, values: Sequence[float], notes: Sequence[str] | None = None
    ) -> Figure:
        """The line of a figure with its values, of which each may have a note."""
        shown = tuple(
            self.form.format(value) + (f" ({note})" if note else "")
            for value, note in zip(values, notes or [""] * len(values), strict=True)
        )
        if self.limit is None:
            return Figure(what, tuple(values), shown, "", None)
        is_met = values[-1] >= self.limit if self.is_least else values[-1] <= self.limit
        bound = "at least" if self.is_least else "at most"
        return Figure(what, tuple(values), shown, f"{bound} {self.form.format(self.limit)}", is_met)


def installations(before: str | None) -> tuple[Installation, ...]:
    """This installation, behind another one if that is given; both compiled once and for all."""
    # Where Python may not keep what it compiles, each start compiles everything anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sides = (*([Installation(before)] if before else []), Installation(IMPORTER))
    for side in sides:
        with tempfile.TemporaryDirectory() as folder:
            run_measured(side.check(f"contact={contacts_file(10)}", home=Path(folder)))
    return sides


def module(name: str, *arguments: object) -> list[str]:
    """The command that runs a module of the benchmarks."""
    return [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)]
