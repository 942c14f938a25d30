"""The shop's files in polars: `python -m benchmarks.beside.polars_program ORDERS CUSTOMERS`."""

from __future__ import annotations

import json
import sys

import polars as pl

from benchmarks.beside.words import COUNTRIES, CURRENCIES, EMAIL, WORDS_OF_GENDER, YES_OR_NO

_MOMENT, _DAY = "%d.%m.%Y %H:%M", "%d.%m.%Y"


def orders(path: str) -> dict[str, int]:
    """Counts of orders, of those that lack something, and of values that are left out."""
    parsed = _parsed(
        path,
        {
            "timestamp": _moment("timestamp"),
            "grand_total": _amount("grand_total"),
            "currency": _one_of("currency", CURRENCIES),
            "shipping": _amount("shipping"),
            "is_valid": _one_of("is_valid", YES_OR_NO),
            "customer.email": _email("customer.email"),
            "shipping_address.country_code": _one_of("shipping_address.country_code", COUNTRIES),
            "lineitems.quantity": pl.col("lineitems.quantity").cast(pl.Int64, strict=False),
            "lineitems.unit_price": _amount("lineitems.unit_price"),
            "lineitems.total": _amount("lineitems.total"),
        },
    )
    mandatory = ("id", "timestamp", "currency", "grand_total")
    sound = pl.all_horizontal(pl.col(name).is_not_null() for name in mandatory)
    whole = parsed.group_by("id", maintain_order=True).agg(
        sound.all().alias("is_sound"),
        pl.len().alias("rows"),
        pl.col("grand_total").first(),
        pl.col("lineitems.total").sum().alias("lines"),
        pl.col("wrong").sum(),
    )
    return _counts(whole)


def customers(path: str) -> dict[str, int]:
    """The same of customers."""
    parsed = _parsed(
        path,
        {
            "email": _email("email"),
            "gender": _one_of("gender", WORDS_OF_GENDER),
            "date_of_birth": pl.col("date_of_birth").str.to_date(_DAY, strict=False),
            "timestamp_acquired": _moment("timestamp_acquired"),
            "timestamp_subscribed": _moment("timestamp_subscribed"),
            "marketing_optin": _one_of("marketing_optin", YES_OR_NO),
            "country_id": _one_of("country_id", COUNTRIES),
        },
    )
    sound = pl.col("id").is_not_null() & pl.col("email").is_not_null()
    return _counts(parsed.with_columns(sound.alias("is_sound"), pl.lit(1).alias("rows")))


def _parsed(path: str, columns: dict[str, pl.Expr]) -> pl.LazyFrame:
    """Every column parsed, and how many values of a row could not be."""
    lazy = pl.scan_csv(path, separator=";", infer_schema=False)
    lazy = lazy.with_columns(pl.all().str.strip_chars())
    lazy = lazy.with_columns(parsed.alias(f"parsed {name}") for name, parsed in columns.items())
    wrong = pl.sum_horizontal(
        pl.col(name).is_not_null() & pl.col(f"parsed {name}").is_null() for name in columns
    )
    lazy = lazy.with_columns(wrong.alias("wrong")).drop(columns)
    return lazy.rename({f"parsed {name}": name for name in columns})


def _counts(whole: pl.LazyFrame) -> dict[str, int]:
    counts = whole.select(
        pl.len().alias("records"),
        pl.col("is_sound").not_().sum().alias("rejected"),
        pl.col("wrong").sum(),
        pl.col("rows").sum(),
    ).collect(engine="streaming")
    return {name: int(value) for name, value in counts.row(0, named=True).items()}


def _amount(column: str) -> pl.Expr:
    plain = pl.col(column).str.replace_all(".", "", literal=True)
    return plain.str.replace(",", ".", literal=True).cast(pl.Decimal(18, 4), strict=False)


def _moment(column: str) -> pl.Expr:
    local = pl.col(column).str.to_datetime(_MOMENT, strict=False)
    zoned = local.dt.replace_time_zone("Europe/Berlin", ambiguous="earliest", non_existent="null")
    return zoned.dt.convert_time_zone("UTC")


def _email(column: str) -> pl.Expr:
    lower = pl.col(column).str.to_lowercase()
    return pl.when(lower.str.contains(f"^{EMAIL}$")).then(lower)


def _one_of(column: str, words: tuple[str, ...]) -> pl.Expr:
    return pl.when(pl.col(column).is_in(words)).then(pl.col(column))


if __name__ == "__main__":
    print(json.dumps({"orders": orders(sys.argv[1]), "customers": customers(sys.argv[2])}))
