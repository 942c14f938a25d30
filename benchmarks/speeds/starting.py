"""How soon something is there that needs hardly any work."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.generate import contacts_file
from benchmarks.speeds.bench import Bench, Command, Figure, Goal

_LEAST_REPEATS = 7
"""Short runs scatter more than long ones."""
_GOALS = {"check of ten rows": 0.5, "mapping list": 0.15, "--help": 0.14}


def start_speed(bench: Bench) -> Iterator[Figure]:
    """What processors take for the three commands that start most often."""
    ten = contacts_file(10)
    commands: dict[str, Command] = {
        "check of ten rows": lambda each: each.check(f"contact={ten}", home=bench.home),
        "mapping list": lambda each: [each.executable, "mapping", "list"],
        "--help": lambda each: [each.executable, "--help"],
    }
    sides, _ = bench.measured(commands, repeats=max(bench.repeats, _LEAST_REPEATS))
    for name, most in _GOALS.items():
        yield Goal(most, "{:.2f} CPU s").figure(name, [side[name].cpu_s for side in sides])
