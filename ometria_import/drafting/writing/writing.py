"""A draft as a mapping file: what is certain is fed; the rest stands there as a question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from ometria_import.drafting.asking.answers import answer_lines
from ometria_import.drafting.asking.consents import EMAIL, SMS
from ometria_import.drafting.asking.fields import doubtful_marks, flag_columns
from ometria_import.drafting.asking.genders import answered_genders
from ometria_import.drafting.asking.model import SUM, field_key, flag_key
from ometria_import.drafting.columns.evidence import is_private
from ometria_import.drafting.columns.matching import Fit
from ometria_import.drafting.columns.names import words_in
from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.consent import consent_of
from ometria_import.drafting.tables.marks import CANCELLED, DELETED, MARKS, TEST, marked_by
from ometria_import.drafting.tables.tables import LINES, Reading, Table
from ometria_import.drafting.tables.totals import GRAND_TOTAL
from ometria_import.drafting.writing.consent_text import consent_lines, used_by
from ometria_import.drafting.writing.convention_text import convention_lines
from ometria_import.drafting.writing.sources import (
    date_and_time,
    flag,
    names_parent,
    source_of,
    split_name,
    turned,
    valid_by_status,
    valid_unless,
    variant_of,
    yes_words,
)
from ometria_import.drafting.writing.toml_text import inline, key, listed, quoted
from ometria_import.problems import shorten
from ometria_import.schema import SCHEMAS, ObjectType

_SHOWN = 30
_ROW_NUMBERS = frozenset({"line", "number", "order", "item", "product", "code"})


def write_mapping(table: Table, reading: Reading, path: str = "") -> str:
    """The mapping file of a table.

    Args:
        table: The table.
        reading: What it was found to be.
        path: Where the mapping file will be; its name is the mapping's and the collection's.
    """
    return "\n".join(_Writer(table, reading, path).lines()) + "\n"


class _Writer:
    def __init__(self, table: Table, reading: Reading, path: str) -> None:
        self.table, self.reading = table, reading
        self.name = slug(PurePosixPath(path).stem if path else table.stem) or "import"
        self.path = path or f"{self.name}.toml"
        of = ObjectType.ORDER if reading.kind == LINES else ObjectType(reading.kind)
        self.schema = SCHEMAS[of]
        self.types = {path: each.type for path, each in self.schema.fields()}
        self.settings: dict[str, str] = {}
        self.used = {reading.group_by}

    def lines(self) -> Iterator[str]:
        fields, items = [*self._fields()], [*self._items()]
        yield f"# Drafted from {shorten(self.table.file_name)} by ometria-import."
        yield "# What is certain is fed; a line that begins with QUESTION is for you to decide."
        yield from answer_lines(self.reading.answers)
        yield "# Then run"
        yield f"#     ometria-import mapping check {self.path}"
        yield f"name = {quoted(self.name)}"
        yield f"title = {quoted('Draft for ' + shorten(self.table.file_name))}"
        yield f"object_type = {quoted(self.reading.kind)}"
        for setting, about in self.settings.items():
            yield from ("", f"[settings.{setting}]", f"about = {quoted(about)}", "required = true")
        yield from self._rows()
        yield from self._dropped()
        yield from convention_lines(self.reading)
        yield from ("", "[fields]", *fields)
        if items:
            if self.reading.each:
                yield from ("", "[items.lineitems]", f"each = {quoted(self.reading.each)}")
            else:
                yield ""
            yield from ("[items.lineitems.fields]", *items)
        yield from self._left()

    def _rows(self) -> Iterator[str]:
        if self.reading.group_by and self.reading.kind != LINES:
            group = quoted(self.reading.group_by)
            yield from ("", "[rows]", f"group_by = [{group}]  # rows with one value are one order")
            if self.reading.fills_down:
                yield 'blank_key = "above"  # a row without one belongs to the order above it'
        left_out = self._marked({"order": TEST, "contact": DELETED}.get(self.reading.kind, ""))
        if left_out is not None:
            if not self.reading.group_by or self.reading.kind == LINES:
                yield from ("", "[rows]")
            column, words = left_out
            said = listed(dict.fromkeys([*words, "true", "1"]))
            yield f"leave_out = [{{ column = {quoted(column.name)}, equals = {said} }}]"

    def _fields(self) -> Iterator[str]:
        reading = self.reading
        if reading.kind == LINES:
            yield self._line("order_id", reading.fields["id"].column)
            return
        if reading.kind == "contact":
            source = quoted(self.name)
            yield f'"@collection" = {{ constant = {source} }}  # one for each source of contacts'
        for path in self._in_order(reading.fields):
            yield from self._field(path, reading.fields[path].column)
        if reading.kind == "contact":
            yield from self._contact()
        if reading.kind == "order":
            yield from self._validity()
        if reading.kind == "product":
            yield from self._activity()
            yield from self._kinship()
        yield from self._flags()
        yield from self._missing()

    def _flags(self) -> Iterator[str]:
        """Yes and no in words that are no words for yes and no."""
        for path, column in flag_columns(self.table, self.reading):
            answer = self.reading.answers.get(flag_key(path, column.name), "")
            if answer in column.distinct:
                self.used.add(column.name)
                yield f"{key(path)} = {flag(column, answer)}"
            elif not answer:
                yield f"# QUESTION: which word of {quoted(column.name)} means yes?"
                yield from (f"# {key(path)} = {flag(column, text)}" for text in column.distinct)
        for mark, column in doubtful_marks(self.table, self.reading):
            if flag_key(mark, column.name) not in self.reading.answers:
                words = MARKS[self.reading.kind][mark]
                yield f"# QUESTION: which word of {quoted(column.name)} says that {words}?"

    def _field(self, path: str, column: Column) -> Iterator[str]:
        if path.rpartition(".")[2] == "name":
            prefix = path.removesuffix("name")
            for part, source in split_name(column):
                self.used.add(column.name)
                yield f"{key(f'{prefix}{part}name')} = {source}{_example(column)}"
        elif path == "timestamp" and self.reading.clock is not None:
            self.used |= {column.name, self.reading.clock.name}
            yield f"timestamp = {date_and_time(column, self.reading.clock)}{_example(column)}"
        elif path == "gender" and (words := answered_genders(column, self.reading)):
            self.used.add(column.name)
            yield f"gender = {{ column = {quoted(column.name)}, translate = {inline(words)} }}"
        elif path == "url" and column.distinct and column.distinct[0].startswith("/"):
            self.used.add(column.name)
            self.settings["shop_url"] = "the shop's address, like https://shop.example.com"
            yield f"url = {{ template = {quoted(f'{{shop_url}}{{{column.name}}}')} }}"
        elif (
            path == "currency"
            and self.schema.object_type is ObjectType.ORDER
            and (not self.reading.group_by and "" in {text.strip() for text in column.texts})
        ):
            self.used.add(column.name)
            self.settings["currency"] = (
                f"the currency of the orders that say none in {column.name}, such as GBP"
            )
            own = '{ constant = "{currency}" }'
            yield f"currency = {{ first = [{quoted(column.name)}, {own}] }}{_example(column)}"
        else:
            yield self._line(path, column)

    def _line(self, path: str, column: Column, prefix: str = "") -> str:
        self.used.add(column.name)
        type_name = self.types.get(f"{prefix}{path}")
        source = source_of(path, column, type_name, self.reading.each)
        return f"{key(path)} = {source}{_example(column)}"

    def _in_order(self, fields: dict[str, Fit]) -> list[str]:
        order = {path: number for number, path in enumerate(self.types)}
        return sorted(fields, key=lambda path: order.get(path, len(order)))

    def _items(self) -> Iterator[str]:
        for path, fit in self.reading.items.items():
            yield self._line(path, self._inner(fit.column), prefix="lineitems.")
        yield from self._in_doubt(prefix="lineitems.")
        names = set(_ROW_NUMBERS)
        for column in self.table.columns:
            if column.name in self.reading.of_lines - self.used - {*self._private()}:
                name = _property_name(column)
                if name and name not in names:
                    names.add(name)
                    yield self._line(f"properties.{name}", column, prefix="lineitems.")

    def _private(self) -> list[str]:
        """Columns of costs and profits, which are nobody's business but the shop's."""
        return [
            column.name
            for column in self.table.columns
            if column.name not in self.used and not self.table.arrays and is_private(column)
        ]

    def _dropped(self) -> Iterator[str]:
        row_numbers = [
            column.name
            for column in self.table.columns
            if column.name in self.reading.of_lines - self.used
        ]
        private = self._private()
        if names := list(dict.fromkeys([*private, *row_numbers])):
            yield from ("", "[columns]")
            yield f"drop = {listed(names)}  # costs, profits and row numbers stay in the shop"
            self.used |= {*names}

    def _contact(self) -> Iterator[str]:
        for path in (EMAIL, SMS):
            found = consent_of(self.table.columns, by_text=path == SMS)
            self.used |= {column.name for column in used_by(path, found, self.reading.answers)}
            if path == EMAIL or found.is_there:
                yield from consent_lines(path, found, self.reading.answers)
        email = self.reading.fields.get("email")
        if "id" not in self.reading.fields and email:
            yield "# QUESTION: no column is certain to be the contact's id; the address makes one:"
            yield f"id = {{ hash = {quoted(email.column.name)} }}"

    def _validity(self) -> Iterator[str]:
        """An order that was cancelled is no revenue."""
        cancelled = self._marked(CANCELLED)
        status = self.reading.fields.get("status")
        if cancelled is not None:
            yield f"is_valid = {valid_unless(*cancelled)}"
        elif status and (source := valid_by_status(status.column)):
            yield f"is_valid = {source}"

    def _activity(self) -> Iterator[str]:
        inactive = None if "is_active" in self.reading.fields else self._marked(DELETED)
        if inactive is not None:
            yield f"is_active = {turned(*inactive)}"

    def _kinship(self) -> Iterator[str]:
        """A product that names its parent is a variant."""
        for column in self.table.columns:
            if names_parent(column):
                self.used.add(column.name)
                yield f"is_variant = {variant_of(column)}"
                return

    def _marked(self, mark: str) -> tuple[Column, list[str]] | None:
        """The column with a mark, and its words for yes; None where nobody can tell which it is."""
        column = marked_by(self.table, self.reading.kind, mark)
        if column is None:
            return None
        answer = self.reading.answers.get(flag_key(mark, column.name), "")
        if not (column.are_yes_or_no or answer in column.distinct):
            return None
        self.used.add(column.name)
        words = [answer] if answer else yes_words(column)
        return column, words

    def _in_doubt(self, prefix: str) -> Iterator[str]:
        """Amounts that may be in cents or not, because nothing tells."""
        fits = {
            path.removeprefix(prefix): fit
            for path, fit in self.reading.in_doubt.items()
            if path.startswith("lineitems.") == bool(prefix)
        }
        if fits:
            yield "# QUESTION: are these amounts in cents? If not, leave the scale out:"
        for path, fit in fits.items():
            column = replace(self._inner(fit.column) if prefix else fit.column, unit="minor")
            yield f"# {self._line(path, column, prefix)}"

    def _inner(self, column: Column) -> Column:
        """A column of line items by the name that the mapping gives it."""
        return replace(
            column,
            name=f"{self.reading.each}[].{column.name}" if self.reading.each else column.name,
        )

    def _missing(self) -> Iterator[str]:
        fed = set(self.reading.fields)
        for path in self.schema.mandatory():
            if path in fed or path.startswith("@") or (path == "id" and "email" in fed):
                continue
            if path == "grand_total" and self.reading.answers.get(field_key(path)) == SUM:
                yield 'grand_total = { sum_of = "lineitems.total" }'
            elif path == "currency":
                self.settings["currency"] = "the currency of the amounts, such as GBP"
                note = "QUESTION: no column says it; give --set currency=GBP"
                yield f'currency = {{ constant = "{{currency}}" }}  # {note}'
            elif path in self.reading.in_doubt:
                continue  # asked with the other amounts
            elif path == GRAND_TOTAL and self.reading.totals:
                yield "# QUESTION: which is the total that was paid, with tax and shipping?"
                yield from (f"# {self._line(path, column)}" for column in self.reading.totals)
            else:
                yield f"# QUESTION: {key(path)} is mandatory, and no column is certain to say it:"
                yield f'# {key(path)} = "…"'
        yield from self._in_doubt(prefix="")
        if self.reading.kind == "product" and "price" in fed and "currency" not in fed:
            yield "# QUESTION: no column says the currency of the prices; for example:"
            yield '# currency = { constant = "GBP" }'

    def _left(self) -> Iterator[str]:
        left = [column for column in self.table.columns if column.name not in self.used]
        if left:
            yield from ("", "# These feed no field; they are kept as properties:")
            yield from (f"#     {shorten(each.name)}{_example(each)}" for each in left)


def _property_name(column: Column) -> str:
    """What a value of a line is called among its custom fields; empty for a mere row number."""
    words = words_in(column.name)
    if words <= _ROW_NUMBERS:
        return ""
    if words & {"title", "description"} or {"product", "name"} <= words:
        return "name"
    return slug(column.name).replace("-", "_")


def slug(text: str) -> str:
    """A text as part of a file's name: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _example(column: Column) -> str:
    example = next(iter(column.distinct), "")
    return f"  # such as {shorten(example, _SHOWN)}" if example else ""
