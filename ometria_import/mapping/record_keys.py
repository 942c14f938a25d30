"""What rows of one record have in common, as ids are compared: not as each cell spells them."""

from __future__ import annotations

from ometria_import.mapping.cells import Texts
from ometria_import.problems.invisible_text import without_invisible
from ometria_import.schema.field_types.text import parse_id


def as_keys(texts: Texts) -> Texts:
    """The same key for cells that become the same id: `'0042` and `0042 `, composed or not.

    Characters that nobody sees tell no two of them apart.

    A text that is no id stays as it is.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = pc.utf8_trim_whitespace(texts)
    # Nothing else is spelt in two ways: see the field type of ids.
    may_differ = pc.or_(pc.starts_with(keys, "'"), pc.invert(pc.string_is_ascii(keys)))
    if not pc.any(may_differ).as_py():
        return keys
    read = [as_key(text) for text in keys.filter(may_differ).to_pylist()]
    return pc.replace_with_mask(keys, may_differ, pa.array(read, pa.string()))


def as_key(text: str) -> str:
    """The same for one trimmed text."""
    read = parse_id(without_invisible(text))
    return read if isinstance(read, str) else text
