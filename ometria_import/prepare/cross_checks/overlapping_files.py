"""Two files of one kind in one archive that have the same records, such as two years of exports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.prepare.inputs.opened import Input, mapping_file_of
from ometria_import.prepare.same_keys.outcomes import SharedKeys
from ometria_import.problems import Finding, Located, Problem, catalogue, shorten
from ometria_import.schema import ObjectType
from ometria_import.sources.file.names import split_member


class OverlappingFiles:
    """Finds such files; what becomes of each of their records is told of elsewhere."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        """Learn the sources, in the order of their numbers."""
        self._inputs = inputs
        self._problems: list[Problem] = []

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Nothing: what counts shows when all records were read."""

    def settle(self, object_type: ObjectType, found: SharedKeys) -> None:
        """Look at which sources have records in common."""
        for (number, by), times in sorted(found.overlaps.items()):
            older, newer = self._inputs[number - 1], self._inputs[by - 1]
            archive = _archive_of(older)
            if archive and archive == _archive_of(newer) and _kind_of(older) == _kind_of(newer):
                records = "1 record" if times == 1 else f"{times:,} records"
                message = (
                    f"{_told(older)} is of the same kind as {_told(newer)}, and {records} of it "
                    "are in that one, too, which counts where they differ"
                )
                finding = Finding(catalogue.OVERLAPPING_FILES, message)
                path = str(older.source.path)
                located = Located(1, "", "", finding)
                self._problems.append(located.problem(path, str(object_type)))

    def problems(self) -> Iterator[Problem]:
        """One for each pair of such files."""
        yield from self._problems


def _archive_of(each: Input) -> str:
    found = split_member(each.source.path)
    return str(found[0]) if found and each.source.format.member else ""


def _kind_of(each: Input) -> tuple[str, tuple[str, ...]]:
    file = mapping_file_of(each)
    return file.name if file else "", each.header


def _told(each: Input) -> str:
    about = each.source.format
    return f"{shorten(about.member)} (of {about.member_day})"
