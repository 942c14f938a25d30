"""The XML of a workbook, element by element, in little memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol
from xml.etree.ElementTree import Element, TreeBuilder, XMLParser

_PIECE_BYTES = 64 * 1024


class Readable(Protocol):
    """What XML is read from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes; none at its end."""
        ...


def whole_elements(source: Readable, inside: str, tag: str) -> Iterator[Element]:
    """The elements of a tag directly inside another, each as soon as it was read to its end.

    The tree grows without a call into Python for each element, which is most of what
    `ElementTree.iterparse` costs. Elements are dropped as soon as the next ones are read.

    Args:
        source: The XML.
        inside: The tag of their parent, which is the root or stands right below it.
        tag: Their own tag.

    Raises:
        SyntaxError: it is not well-formed.
    """
    builder = TreeBuilder()
    above = builder.start("above", {})  # an element that the root comes into, so that it is at hand
    # As openpyxl reads it; the underlying parser bounds what entities may grow to.
    parser = XMLParser(target=builder)  # noqa: S314 -- see above
    is_last = False
    while not is_last:
        piece = source.read(_PIECE_BYTES)
        is_last = not piece
        if is_last:
            parser.close()
        else:
            parser.feed(piece)
        for root in above:
            parents = [root] if root.tag == inside else list(root)
            for parent in parents:
                # The last one may still be growing, unless something follows its parent.
                is_closed = is_last or (parent is not root and parent is not root[-1])
                count = len(parent) if is_closed else len(parent) - 1
                if parent.tag == inside:
                    yield from (each for each in parent[:count] if each.tag == tag)
                if count > 0:
                    del parent[:count]
