"""Who may import whom: design.md's picture, kept true with `ast`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import ometria_import

PACKAGE = Path(ometria_import.__file__).resolve().parent
MODULES = sorted(PACKAGE.rglob("*.py"))

BELOW = {
    "errors": set[str](),
    "options": set[str](),
    "on_disk": set[str](),
    "pandas_at_need": set[str](),
    "processors": set[str](),
    "problems": {"errors"},
    "sources": {"problems", "errors"},
    "schema": {"problems", "errors"},
    "toml": set[str](),
    "mapping": {"schema", "sources", "toml", "problems", "errors"},
    "drafting": {"schema", "problems", "errors"},
    "package": {"config", "mapping", "schema", "sources", "problems", "errors"},
    "config": {"toml", "problems", "errors"},
    "prepare": {"package", "config", "mapping", "schema", "sources", "problems", "errors"},
    "delivery": {"package", "config", "schema", "problems", "errors"},
    "verification": {"delivery", "package", "config", "schema", "problems", "errors"},
    "given": {"verification", "delivery", "package", "config", "schema", "problems", "errors"},
    "endings": {"config", "problems", "errors"},
    "pseudonyms": {"package", "config", "problems", "errors"},
    "forgotten": {"verification", "package", "config", "problems", "errors"},
    "consent": {"verification", "delivery", "package", "config", "schema", "problems", "errors"},
    "tracking": {"delivery", "package", "config", "problems", "errors"},
    "checklist": {
        "tracking",
        "verification",
        "delivery",
        "package",
        "config",
        "problems",
        "errors",
    },
    "reporting": {
        "checklist",
        "verification",
        "delivery",
        "package",
        "config",
        "schema",
        "problems",
        "errors",
    },
    "promotion": {"verification", "delivery", "package", "config", "schema", "problems", "errors"},
    "actions": {
        "endings",
        "given",
        "forgotten",
        "pseudonyms",
        "consent",
        "tracking",
        "checklist",
        "reporting",
        "promotion",
        "verification",
        "drafting",
        "prepare",
        "delivery",
        "package",
        "config",
        "mapping",
        "schema",
        "sources",
        "problems",
        "errors",
    },
    "emulator": {"toml"},
    "cli": {
        "endings",
        "actions",
        "pseudonyms",
        "consent",
        "reporting",
        "promotion",
        "verification",
        "prepare",
        "delivery",
        "package",
        "config",
        "mapping",
        "schema",
        "sources",
        "problems",
        "errors",
    },
    "__main__": {"cli"},
    "library": {
        "actions",
        "pseudonyms",
        "consent",
        "checklist",
        "reporting",
        "promotion",
        "verification",
        "prepare",
        "delivery",
        "package",
        "config",
        "mapping",
        "schema",
        "sources",
        "problems",
        "errors",
    },
    "__init__": {"library", "actions", "delivery"},
    "version": set[str](),
}
"""Each part of the package and what it may import besides itself and what anybody may."""
ANYBODY = ("on_disk", "options", "pandas_at_need", "processors", "version")

ROOMS_OF_PREPARE = (
    "events",
    "columns",
    "options",
    "records",
    "rows",
    "spill",
    "chunks",
    "inputs",
    "same_keys",
    "cross_checks",
    "outcome",
    "reading",
    "run",
    "__init__",
)
"""The rooms of `prepare`, each of which may import those before it."""

HOMES = {
    "typer": ("cli",),
    "rich": ("cli",),
    "click": ("cli",),
    "httpx": ("delivery",),
    "httpcore": ("delivery",),
    "h11": ("delivery",),
    "tenacity": ("delivery",),
    "starlette": ("emulator",),
    "uvicorn": ("emulator",),
    "jsonschema": ("emulator",),
    "sqlite3": (
        *("package", "delivery", "verification", "given", "consent", "config", "emulator"),
        "cli",
    ),
    "pandas": ("prepare", "sources", "library"),
    "pyarrow": ("prepare", "mapping", "sources", "actions"),
    "jinja2": ("reporting",),
    "phonenumbers": ("schema",),
    "pycountry": ("schema",),
}
"""Third-party packages that live in a few places only."""


ROOMS = {
    "delivery": (
        "api",
        "journal",
        "summary",
        "events",
        "stopping",
        "pacing",
        "answers",
        "runs",
        "run",
        "composition",
        "__init__",
    ),
}
"""The rooms of a part, from the lowest up: each may import only those that stand before it."""


def part_of(module: Path) -> str:
    """The part of the package that a file belongs to."""
    first = module.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


@cache
def imports_of(module: Path) -> tuple[tuple[str, int], ...]:
    """Every module that a file imports, wherever in it, with the line."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} is a relative import"
            found.append((node.module or "", node.lineno))
            if node.module == "ometria_import":
                names = (alias.name for alias in node.names if not alias.name.startswith("__"))
                found += ((f"ometria_import.{name}", node.lineno) for name in names)
    return tuple(found)


def own_imports(module: Path) -> Iterator[tuple[str, int]]:
    for name, line in imports_of(module):
        if name.startswith("ometria_import."):
            yield name.split(".")[1], line


def test_every_part_has_its_place_in_the_picture() -> None:
    assert {part_of(module) for module in MODULES} <= set(BELOW)


@pytest.mark.parametrize("part", BELOW)
def test_imports_point_downward(part: str) -> None:
    wrong = [
        f"{module.relative_to(PACKAGE)}:{line} imports {name}"
        for module in MODULES
        if part_of(module) == part
        for name, line in own_imports(module)
        if name not in {part, *ANYBODY, *BELOW[part]}
    ]
    # `ometria-import emulator` starts it, and nothing else of ours knows it.
    wrong = [each for each in wrong if not each.startswith("cli/commands/emulator.py")]

    assert wrong == []


def test_no_file_imports_itself_through_others() -> None:
    """Imports for annotations count, too: who reads one file must not have to read the other."""
    named = {
        ".".join((PACKAGE.name, *module.relative_to(PACKAGE).with_suffix("").parts)): module
        for module in MODULES
        if module.name != "__init__.py"
    }
    knows = {
        name: {target for target, _ in imports_of(module) if target in named}
        for name, module in named.items()
    }

    # A circle is told as a `CycleError`, which names its files.
    assert set(TopologicalSorter(knows).static_order()) == set(named)


@pytest.mark.parametrize("part", ROOMS)
def test_rooms_of_a_part_import_each_other_in_one_order(part: str) -> None:
    order = ROOMS[part]
    wrong = []
    for module in MODULES:
        if part_of(module) != part:
            continue
        inside = module.relative_to(PACKAGE / part)
        room = inside.parts[0].removesuffix(".py")
        assert room in order, f"{inside} is in no room of ROOMS"
        below = order[: order.index(room) + 1]
        for name, line in imports_of(module):
            target = name.split(".")[2:] if name.startswith(f"ometria_import.{part}.") else [room]
            if target[0] not in below:
                wrong.append(f"{inside}:{line} imports {name}")

    assert wrong == []


def rooms_of_prepare(name: str) -> int:
    """The place in the order of the room that a module lies in; `name` is its dotted name."""
    parts = name.split(".")[2:]
    room = parts[0] if parts else "__init__"
    # `from ometria_import.prepare import X` is what others do; in here it would be a circle.
    return ROOMS_OF_PREPARE.index(room) if room in ROOMS_OF_PREPARE else len(ROOMS_OF_PREPARE)


def test_rooms_of_prepare_point_one_way() -> None:
    wrong = []
    for module in (each for each in MODULES if part_of(each) == "prepare"):
        own = ".".join(("ometria_import", *module.relative_to(PACKAGE).with_suffix("").parts))
        for name, line in imports_of(module):
            if name.startswith("ometria_import.prepare") and (
                rooms_of_prepare(name) > rooms_of_prepare(own)
            ):
                wrong.append(f"{module.relative_to(PACKAGE)}:{line} imports {name}")

    assert wrong == []
    assert {each.name.removesuffix(".py") for each in (PACKAGE / "prepare").glob("[!_]*")} == set(
        ROOMS_OF_PREPARE[:-1]
    )


def test_picture_has_no_circle() -> None:
    done: set[str] = set()
    while left := [part for part in BELOW if part not in done]:
        free = [part for part in left if done >= BELOW[part]]
        assert free, f"{left} import each other"
        done.update(free)


def test_emulator_imports_nothing_of_ours_but_what_reads_toml() -> None:
    emulator = [module for module in MODULES if part_of(module) == "emulator"]

    assert emulator
    assert {name for module in emulator for name, _ in own_imports(module)} <= {"emulator", "toml"}


@pytest.mark.parametrize("package", HOMES)
def test_third_party_package_has_one_home(package: str) -> None:
    wrong = [
        f"{module.relative_to(PACKAGE)}:{line}"
        for module in MODULES
        if part_of(module) not in HOMES[package]
        for name, line in imports_of(module)
        if name.split(".")[0] == package
    ]

    assert wrong == []


def test_sql_of_delivery_stays_in_the_journal() -> None:
    users = {
        module.parent.name
        for module in MODULES
        if part_of(module) == "delivery"
        for name, _ in imports_of(module)
        if name == "sqlite3"
    }

    assert users == {"journal"}


def test_nothing_but_the_command_line_prints() -> None:
    wrong = [
        f"{module.relative_to(PACKAGE)}:{node.lineno}"
        for module in MODULES
        if part_of(module) not in {"cli", "emulator"}
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"print", "input"}
        )
        or (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "sys"
            and node.attr in {"stdout", "stderr", "exit"}
        )
    ]

    assert wrong == []


HEAVY = ("pandas", "pyarrow", "numpy", "httpx", "rich", "typer", "starlette", "phonenumbers")


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("ometria_import.delivery", {"httpx", "rich"}),
        ("ometria_import.package", set[str]()),
        ("ometria_import.schema", set[str]()),
        ("ometria_import.mapping.recognition.recognition", set[str]()),
        ("ometria_import.sources", set[str]()),
        ("ometria_import.cli.main", {"rich", "typer", "httpx"}),
    ],
)
def test_import_does_not_drag_heavy_packages_along(module: str, allowed: set[str]) -> None:
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & set({HEAVY!r})))"

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert set(done.stdout.split()) <= allowed


def test_no_code_loses_an_interrupt() -> None:
    """Whoever goes on after any error of ours must not go on after Ctrl-C."""
    lost = []
    for module in MODULES:
        where = module.relative_to(PACKAGE).as_posix()
        tree = ast.parse(module.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                names = {each.id for each in node.args if isinstance(each, ast.Name)}
                if node.func.id == "suppress" and "OmetriaImportError" in names:
                    lost.append(f"{where}:{node.lineno}")
            if isinstance(node, ast.Try):
                caught = [ast.unparse(each.type) if each.type else "" for each in node.handlers]
                if "OmetriaImportError" not in caught:
                    continue
                handler = node.handlers[caught.index("OmetriaImportError")]
                raises = any(isinstance(each, ast.Raise) for each in ast.walk(handler))
                if not raises and "InterruptedRunError" not in caught:
                    lost.append(f"{where}:{handler.lineno}")
    # A delivery stops by a wish, not by an error; and somebody has to tell of it in the end.
    ends = ("delivery/run.py", "delivery/journal/", "cli/main.py", "cli/asking/")
    assert [each for each in lost if not each.startswith(ends)] == []
