"""What other rows of a file say of a row: a product names its variants, and they do not name it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.model import SourceRows, per_distinct, trimmed
from ometria_import.mapping.model import LookupSource
from ometria_import.mapping.record_keys import as_key


@dataclass(slots=True)
class Lookups:
    """What is known of the rows of a file; it has to be read to its end before."""

    sources: dict[str, LookupSource]
    ignores_case: bool
    _known: dict[str, dict[str, str]] = field(default_factory=dict)

    def learn(self, tables: Iterable[SourceRows]) -> None:
        """Read all rows; of several that name the same row the first counts."""
        for rows in tables:
            for name, source in self.sources.items():
                known = self._known.setdefault(name, {})
                names, given = source.names.texts(rows), rows.column(source.gives)
                if names is None or given is None:
                    continue
                for text, value in zip(names.to_pylist(), trimmed(given).to_pylist(), strict=True):
                    if text and value:
                        for each in json.loads(text) if source.is_list else [text]:
                            known.setdefault(self._key(each), value)

    def found(self, name: str, texts: Texts) -> Texts:
        """What the rows that name these ones gave; blank where no row does."""
        known = self._known.get(name, {})
        return per_distinct(texts, lambda text: known.get(self._key(text), ""))

    def _key(self, text: str) -> str:
        key = as_key(text.strip())
        return key.lower() if self.ignores_case else key
