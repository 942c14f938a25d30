"""A draft as a mapping file: what is certain is fed, what is not stands in a comment as a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ometria_import.drafting.consent import Consent, consent_of
from ometria_import.drafting.matching import Fit
from ometria_import.drafting.names import meanings_of
from ometria_import.drafting.profile import NEARLY_ALL, Column
from ometria_import.drafting.tables import LINES, Reading, Table
from ometria_import.problems import shorten
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.schema.field_types import FieldTypeName
from ometria_import.schema.field_types.words import parse_boolean

_MONEY = (FieldTypeName.MONEY, FieldTypeName.NUMBER)
_CANCELLED = re.compile(
    r"cancel+ed|void(ed)?|storniert|annul\w*|anulado|cancelado|annullato|geannuleerd|refunded|erstattet|rembours\w*|reembolsado|rimborsato|terugbetaald|failed",
    re.IGNORECASE,
)
_ZONED = re.compile(r"(Z|[+-]\d\d:?\d\d| (UTC|GMT))$")
_SHOWN = 30


def write_mapping(table: Table, reading: Reading) -> str:
    """The mapping file of a table.

    Args:
        table: The table.
        reading: What it was found to be.
    """
    return "\n".join(_Writer(table, reading).lines()) + "\n"


class _Writer:
    def __init__(self, table: Table, reading: Reading) -> None:
        self.table, self.reading = table, reading
        self.object_type = ObjectType.ORDER if reading.kind == LINES else ObjectType(reading.kind)
        self.schema = SCHEMAS[self.object_type]
        self.types = {path: each.type for path, each in self.schema.fields()}
        self.settings: dict[str, str] = {}
        self.questions: list[str] = []
        self.used: set[str] = set()

    def lines(self) -> Iterator[str]:
        fields = list(self._record_fields())
        items = list(self._item_fields())
        stem = re.sub(r"[^a-z0-9]+", "-", self.table.stem.lower()).strip("-") or "draft"
        yield f"# Drafted from {shorten(self.table.name)} by `ometria-import mapping suggest`."
        yield "# What is certain is fed. Lines that begin with # QUESTION are for you: answer them, then run"
        yield f"#     ometria-import mapping check {stem}.toml"
        yield f"name = {quoted(stem)}"
        yield f"title = {quoted('Draft for ' + shorten(self.table.name))}"
        yield f"object_type = {quoted(self.reading.kind)}"
        for name, about in self.settings.items():
            yield ""
            yield f"[settings.{name}]"
            yield f"about = {quoted(about)}"
            yield "required = true"
        yield from self._rows()
        yield from self._conventions()
        yield ""
        yield "[fields]"
        yield from fields
        if items:
            yield ""
            if self.reading.each:
                yield "[items.lineitems]"
                yield f"each = {quoted(self.reading.each)}"
            yield "[items.lineitems.fields]"
            yield from items
        yield from self._left()

    def _rows(self) -> Iterator[str]:
        reading = self.reading
        if reading.group_by and reading.kind != LINES:
            yield ""
            yield "[rows]"
            yield f"group_by = [{quoted(reading.group_by)}]  # rows with one value here are one order"
            if reading.fills_down:
                yield 'blank_key = "above"  # a row without one belongs to the order above it'

    def _conventions(self) -> Iterator[str]:
        questions = []
        when = [
            fit.column
            for path, fit in self.reading.fields.items()
            if path.startswith("timestamp") and not fit.column.is_blank
        ]
        if any(
            not column.are_whole and not all(_ZONED.search(text) for text in column.distinct)
            for column in when
        ):
            questions.append(
                "# QUESTION: the times say no zone. Give --timezone Europe/London or the like, or write it here:"
            )
            questions.append('# timezone = "Europe/London"')
        phone = self.reading.fields.get("phone_number")
        if phone and not all(text.startswith(("+", "00")) for text in phone.column.distinct):
            questions.append(
                "# QUESTION: phone numbers lack their country. Give --country GB or the like, or write it here:"
            )
            questions.append('# country = "GB"')
        if questions:
            yield ""
            yield "[conventions]"
            yield from questions

    def _record_fields(self) -> Iterator[str]:
        reading = self.reading
        if reading.kind == LINES:
            yield self._line("order_id", reading.fields["id"])
            return
        if reading.kind == "contact":
            yield f'"@collection" = {{ constant = {quoted(_collection(self.table.stem))} }}  # one for each source of contacts'
        for path in self._ordered(reading.fields):
            fit = reading.fields[path]
            if path.rpartition(".")[2] == "name":
                yield from self._split_name(path.removesuffix("name"), fit)
            elif path == "timestamp" and reading.clock is not None:
                yield from self._date_and_time(fit, reading.clock)
            else:
                yield self._line(path, fit)
        if reading.kind == "contact":
            yield from self._consent()
            yield from self._contact_id()
        if reading.kind == "order":
            yield from self._validity()
        yield from self._flags()
        yield from self._missing()

    def _ordered(self, fields: Mapping[str, Fit]) -> list[str]:
        order = [path for path, _ in self.schema.fields()]
        return sorted(fields, key=lambda path: order.index(path) if path in order else len(order))

    def _item_fields(self) -> Iterator[str]:
        for path, fit in self.reading.items.items():
            if self.reading.each:
                name = f"{self.reading.each}[].{fit.column.name}"
                self.used.add(name)
                fit = Fit(path, Column(name, fit.column.texts), fit.rank)
            yield self._line(path, fit, prefix="lineitems.")

    def _line(self, path: str, fit: Fit, prefix: str = "") -> str:
        self.used.add(fit.column.name)
        return f"{key(path)} = {self._source(f'{prefix}{path}', fit.column)}{_because(fit.column)}"

    def _source(self, path: str, column: Column) -> str:
        steps = []
        words = {word for each in meanings_of(column.name) for word in each}
        if self.types.get(path) in _MONEY and "minor" in words:
            steps.append("scale = 0.01")
        if path in {"discount", "lineitems.discount"} and any(
            text.lstrip("$£€ ").startswith("-") for text in column.distinct
        ):
            steps.append("absolute = true")
        if (
            path == "url"
            and column.distinct
            and all(text.startswith("/") for text in column.distinct)
        ):
            self.settings["shop_url"] = "the shop's address, like https://shop.example.com"
            return f"{{ template = {quoted(f'{{shop_url}}{{{column.name}}}')} }}"
        if path == "is_in_stock" and not column.are_yes_or_no:
            name = quoted(column.name)
            return (
                f'{{ first = [{{ constant = "true", when = {{ column = {name}, above = 0 }} }}, '
                f'{{ constant = "false", when = {{ filled = [{name}] }} }}] }}'
            )
        if path.endswith("customer_id") or path == "customer.id":
            zeros = [text for text in ("0", "-1") if text in column.distinct]
            if zeros:
                steps.append(f"nulls = [{', '.join(map(quoted, zeros))}]")
        if "[]." in column.name.removeprefix(
            f"{self.reading.each}[]." if self.reading.each else ""
        ):
            steps.append('at = "first"')
        if not steps:
            return quoted(column.name)
        return f"{{ column = {quoted(column.name)}, {', '.join(steps)} }}"

    def _split_name(self, prefix: str, fit: Fit) -> Iterator[str]:
        column = fit.column
        two_words = sum(len(text.split()) > 1 for text in column.distinct)
        if (
            not column.distinct
            or two_words < NEARLY_ALL * len(column.distinct)
            or any(c.isdigit() for text in column.distinct for c in text)
        ):
            return
        self.used.add(column.name)
        for part in ("first", "last"):
            yield f'{key(f"{prefix}{part}name")} = {{ column = {quoted(column.name)}, part = "{part}_name" }}{_because(column)}'

    def _date_and_time(self, fit: Fit, clock: Column) -> Iterator[str]:
        self.used |= {fit.column.name, clock.name}
        joined = Column(
            "",
            [
                f"{day.strip()} {time.strip()}"
                for day, time in zip(fit.column.texts, clock.texts, strict=True)
                if day.strip() and time.strip()
            ],
        )
        if (
            joined.share(FieldTypeName.TIMESTAMP) >= NEARLY_ALL
            and "{" not in fit.column.name + clock.name
        ):
            yield f"timestamp = {{ template = {quoted(f'{{{fit.column.name}}} {{{clock.name}}}')} }}{_because(joined)}"
        else:
            yield f"timestamp = {{ date = {quoted(fit.column.name)}, time = {quoted(clock.name)} }}{_because(joined)}"

    def _contact_id(self) -> Iterator[str]:
        email = self.reading.fields.get("email")
        if "id" not in self.reading.fields and email:
            yield "# QUESTION: no column is an id of the contact. This makes one of the address; name the column if there is one."
            yield f"id = {{ hash = {quoted(email.column.name)} }}"

    def _consent(self) -> Iterator[str]:
        columns = self.table.columns
        yield from self._consent_by(
            "marketing_optin", consent_of(columns), "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT"
        )
        by_text = consent_of(columns, by_text=True)
        if by_text.says or by_text.left:
            yield from self._consent_by("channels.sms.allow_marketing", by_text, "true", "false")

    def _consent_by(self, path: str, found: Consent, yes: str, no: str) -> Iterator[str]:
        is_email = path == "marketing_optin"
        entries = [
            f'{{ constant = "{no}", when = {{ column = {quoted(column.name)}, equals = [{", ".join(map(quoted, words))}] }} }}'
            for column, words in found.left
        ]
        self.used |= {column.name for column, _ in found.left}
        if found.says is not None:
            self.used.add(found.says.name)
            entries.append(self._yes(found.says, yes, no, is_email=is_email))
        if len(entries) == 1 and found.says is not None:
            yield f"{key(path)} = {entries[0]}{_because(found.says)}"
        elif entries:
            yield f"{key(path)} = {{ first = ["
            yield from (f"    {entry}," for entry in entries)
            yield "] }"
        for column in found.unclear:
            yield f"# QUESTION: does {quoted(column.name)} say who agreed to marketing?{_because(column)}"
            yield f'# {key(path)} = {{ column = {quoted(column.name)}, translate = {{ … = {quoted(yes)}, … = {quoted(no)} }}, otherwise = "drop" }}'
        if is_email:
            for field, column in (
                ("timestamp_subscribed", found.since),
                ("timestamp_unsubscribed", found.until),
            ):
                if column is not None:
                    self.used.add(column.name)
                    yield f"{field} = {quoted(column.name)}{_because(column)}"
            if not entries:
                yield "# QUESTION: no column says clearly who agreed to marketing, so nobody is opted in or out."
        elif found.since is not None:
            self.used.add(found.since.name)
            yield f'"channels.sms.dt_updated_marketing" = {quoted(found.since.name)}{_because(found.since)}'

    def _yes(self, column: Column, yes: str, no: str, *, is_email: bool) -> str:
        if is_email:
            return quoted(column.name)
        said = {text: parse_boolean(text) for text in column.distinct}
        if all(isinstance(each, str) for each in said.values()):
            return quoted(column.name)
        pairs = {"SUBSCRIBED": yes, "UNSUBSCRIBED": no}
        listed = ", ".join(f"{quoted(text)} = {quoted(value)}" for text, value in pairs.items())
        return (
            f'{{ column = {quoted(column.name)}, translate = {{ {listed} }}, otherwise = "drop" }}'
        )

    def _validity(self) -> Iterator[str]:
        """An order that was cancelled is no revenue."""
        for column in self.table.columns:
            words = meanings_of(column.name)
            says = [each for each in words if "order" not in each and "sale" not in each]
            if (
                len(says) == 1
                and "cancel" in says[0]
                and column.are_yes_or_no
                and not column.is_blank
            ):
                self.used.add(column.name)
                yes = list(
                    dict.fromkeys(
                        [
                            *(t for t in column.distinct if parse_boolean(t) == "true"),
                            "yes",
                            "true",
                            "1",
                        ]
                    )
                )
                pairs = ", ".join(f'{quoted(text)} = "false"' for text in yes)
                yield f'is_valid = {{ column = {quoted(column.name)}, translate = {{ {pairs} }}, otherwise = "true" }}'
                return
        status = self.reading.fields.get("status")
        words = (
            [text for text in status.column.distinct if _CANCELLED.fullmatch(text)]
            if status
            else []
        )
        if status and words:
            pairs = ", ".join(f'{quoted(text)} = "false"' for text in words)
            yield f'is_valid = {{ column = {quoted(status.column.name)}, translate = {{ {pairs} }}, otherwise = "true" }}'

    def _flags(self) -> Iterator[str]:
        """Columns of products that say the opposite of a field."""
        if self.reading.kind != "product" or "is_active" in self.reading.fields:
            return
        for column in self.table.columns:
            words = [each for each in meanings_of(column.name) if not each & {"product", "item"}]
            if (
                len(words) == 1
                and "deleted" in words[0]
                and column.are_yes_or_no
                and not column.is_blank
            ):
                self.used.add(column.name)
                yield f"is_active = {{ column = {quoted(column.name)}, translate = {{ {_turned(column)} }} }}"
                return

    def _missing(self) -> Iterator[str]:
        fed = set(self.reading.fields)
        for path in self.schema.mandatory():
            if (
                path in fed
                or path.startswith("@")
                or (path == "id" and self.reading.kind == "contact" and "email" in fed)
            ):
                continue
            if path == "currency":
                self.settings["currency"] = "currency of the amounts, such as GBP"
                yield 'currency = { constant = "{currency}" }  # QUESTION: no column says it; give --set currency=GBP'
            else:
                yield f"# QUESTION: {key(path)} is mandatory, and no column is certain to say it:"
                yield f'# {key(path)} = "…"'
        if self.reading.kind == "product" and "price" in fed and "currency" not in fed:
            yield "# QUESTION: no column says the currency of the prices; for example:"
            yield '# currency = { constant = "GBP" }'

    def _left(self) -> Iterator[str]:
        self.used |= {fit.column.name for fit in self.reading.fields.values()}
        left = [column for column in self.table.columns if column.name not in self.used]
        if left:
            yield ""
            yield "# These feed no field; they are kept as properties:"
            yield from (f"#     {shorten(column.name)}{_example(column)}" for column in left)


def _turned(column: Column) -> str:
    said = [(text, parse_boolean(text)) for text in column.distinct]
    return ", ".join(
        f'{quoted(text)} = "{"false" if each == "true" else "true"}"' for text, each in said
    )


def _collection(stem: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "import"


def _because(column: Column) -> str:
    example = _example(column)
    return f"  #{example.removeprefix(',')}" if example else ""


def _example(column: Column) -> str:
    example = next(iter(column.distinct), "")
    return f", such as {shorten(example, _SHOWN)}" if example else ""


def key(path: str) -> str:
    """A field's path as TOML writes a key."""
    return path if re.fullmatch(r"[A-Za-z0-9_-]+", path) else quoted(path)


def quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04X}" for c in escaped) + '"'
