"""Lists of what there is: fields, presets, exit codes, schemas and decisions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docs.building.text import plain, wrap
from ometria_import.actions.inspection.known_mappings import KnownMapping, known_presets
from ometria_import.cli.commands.fields import FieldLine, field_lines
from ometria_import.errors import ExitCode
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.schema.field_types import Conventions, FieldTypeName, field_type

DOCS = Path(__file__).resolve().parents[1]
_SCHEMAS = DOCS.parent / "ometria_import" / "emulator" / "validation" / "schemas"


def title_of(page: Path) -> str:
    """The heading of a page."""
    return page.read_text("utf-8").partition("\n")[0].removeprefix("# ")


def field_list() -> Iterator[str]:
    """Every field of every object type, and the types of fields."""
    yield from wrap(
        "Every field that can be fed, by the name that a column has for it. "
        "`ometria-import fields` prints the same; `ometria-import fields order` prints one object "
        "type. Case, spaces, underscores and dashes make no difference in a column's name."
    )
    used = set()
    for each in ObjectType:
        schema = SCHEMAS[each]
        yield from ("", f"## {each}", "")
        yield f"Told apart by {' and '.join(f'`{name}`' for name in schema.key)}."
        yield ""
        lines = list(field_lines(schema))
        used |= {line.type for line in lines}
        yield from map(_field, lines)
    yield from ("", "## Types", "", "| type | rule |", "| --- | --- |")
    for name in FieldTypeName:
        if name in used:
            yield f"| `{name}` | {plain(field_type(name, Conventions()).rule)} |"


def _field(line: FieldLine) -> str:
    needed = {"": "", "yes": ", required"}.get(line.required, f", {line.required}")
    example = f" Example: `{line.example}`." if line.example else ""
    about = plain(line.about.removesuffix("."))
    return f"- `{line.field}` ({line.type}{needed}): {about[:1].upper()}{about[1:]}.{example}"


def preset_list() -> Iterator[str]:
    """Every preset, by platform."""
    yield from wrap(
        "Mappings that ship with the tool. Each recognises the files of one export by their "
        "columns or keys, so you rarely name one; `--mapping NAME` does. "
        "`ometria-import mapping show NAME` prints it, so that you can copy and change it."
    )
    pages = {page.name: page.read_text("utf-8") for page in (DOCS / "presets").glob("*.md")}
    presets = known_presets()
    for platform in sorted({each.platform for each in presets}, key=str.lower):
        own = [each for each in presets if each.platform == platform]
        page = max(sorted(pages), key=lambda page: _nearness(page, pages[page], own))
        yield from ("", f"## {platform}", "")
        yield f"[What each column feeds, and what the export cannot say](../presets/{page})"
        yield from ("", *map(_preset, own))


def _nearness(page: str, text: str, presets: list[KnownMapping]) -> int:
    """How many of a platform's presets a page seems to be about."""
    stem = page.removesuffix(".md")
    return sum(
        f"{each.name}-".startswith(f"{stem}-") + (f"`{each.name}`" in text) for each in presets
    )


def _preset(preset: KnownMapping) -> str:
    kinds = plain(", ".join(preset.object_types))
    if preset.refusal:
        return f"- `{preset.name}`: refused, because {plain(preset.refusal)}."
    return f"- `{preset.name}` ({kinds}): {plain(preset.title)}. The file: {plain(preset.export)}."


def exit_code_list() -> Iterator[str]:
    """What a command tells the shell."""
    yield from wrap(
        "What every command ends with, so that a script or a monitor can act on it. "
        "`ometria-import help exit-codes` prints the same. The pages about single commands say "
        "what a code means there, and [From cron](../cron.md) says when to wake somebody."
    )
    yield from ("", "| code | meaning |", "| ---: | --- |")
    yield from (f"| {code.value} | {code.meaning} |" for code in ExitCode)


def schema_list() -> Iterator[str]:
    """The JSON Schemas."""
    yield from wrap(
        "The schema of the settings file is in [settings.schema.json](settings.schema.json): an "
        "editor that reads JSON Schema for TOML completes and checks `ometria-import.toml` by it. "
        "[Settings](settings.md) has the same in words."
    )
    yield ""
    yield from wrap(
        "The schema of what `--json-lines` prints is in "
        "[json-lines.schema.json](json-lines.schema.json); [JSON lines](json-lines.md) says what "
        "the events mean."
    )
    yield ""
    yield from wrap(
        "The schemas below are those of the records, as the emulator checks what it is sent. They "
        "follow Ometria's public documentation; their comments name each assumption that had to be "
        "made. The fields that a file can feed are under [Fields](fields.md)."
    )
    for each in sorted(_SCHEMAS.glob("*.json")):
        yield from ("", f"## {each.stem}", "", "```json", each.read_text("utf-8").rstrip(), "```")


def decision_list(folder: Path) -> Iterator[str]:
    """The titles of all decisions in a folder."""
    yield from wrap(
        "Why things are as they are: one page for each decision that somebody might otherwise undo."
    )
    yield ""
    for page in sorted(folder.glob("[0-9]*.md")):
        yield f"- {page.name[:4]}: [{title_of(page)}]({page.name})"
