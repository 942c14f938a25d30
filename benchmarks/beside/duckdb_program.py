"""The shop's files in DuckDB: `python -m benchmarks.beside.duckdb_program ORDERS CUSTOMERS`."""

from __future__ import annotations

import json
import sys

import duckdb

from benchmarks.beside.words import COUNTRIES, CURRENCIES, EMAIL, WORDS_OF_GENDER, YES_OR_NO

_ORDER_COLUMNS: dict[str, str | tuple[str, ...]] = {
    "timestamp": "moment",
    "grand_total": "amount",
    "shipping": "amount",
    "lineitems.unit_price": "amount",
    "lineitems.total": "amount",
    "lineitems.quantity": "whole",
    "customer.email": "email",
    "currency": CURRENCIES,
    "is_valid": YES_OR_NO,
    "shipping_address.country_code": COUNTRIES,
}
_CUSTOMER_COLUMNS: dict[str, str | tuple[str, ...]] = {
    "email": "email",
    "date_of_birth": "day",
    "timestamp_acquired": "moment",
    "timestamp_subscribed": "moment",
    "gender": WORDS_OF_GENDER,
    "marketing_optin": YES_OR_NO,
    "country_id": COUNTRIES,
}
_EMAIL = EMAIL.replace("'", "''")
_FORMS = {
    "moment": "try_strptime({}, '%d.%m.%Y %H:%M') AT TIME ZONE 'Europe/Berlin'",
    "day": "try_strptime({}, '%d.%m.%Y')",
    "amount": "TRY_CAST(replace(replace({}, '.', ''), ',', '.') AS DECIMAL(18, 4))",
    "whole": "TRY_CAST({} AS BIGINT)",
    "email": "nullif(regexp_extract(lower({}), '^" + _EMAIL + "$'), '')",
}
_COUNTS = """
    SELECT count(*) AS records, count(*) FILTER (NOT is_sound) AS rejected,
        sum(wrong)::BIGINT AS wrong, sum("rows")::BIGINT AS "rows"
    FROM ({})
"""
_ORDERS = """
    SELECT bool_and(id IS NOT NULL AND timestamp IS NOT NULL AND currency IS NOT NULL
            AND grand_total IS NOT NULL) AS is_sound,
        count(*) AS "rows", sum(wrong) AS wrong, first(grand_total), sum("lineitems.total")
    FROM ({}) GROUP BY id
"""
_CUSTOMERS = """
    SELECT id IS NOT NULL AND email IS NOT NULL AS is_sound, 1 AS "rows", * FROM ({})
"""


def _parsed(path: str, columns: dict[str, str | tuple[str, ...]]) -> str:
    """A query for every column parsed, and how many values of a row could not be."""
    parsed = {name: _expression(name, form) for name, form in columns.items()}
    replaced = ", ".join(f'{text} AS "{name}"' for name, text in parsed.items())
    wrong = " + ".join(
        f'("{name}" IS NOT NULL AND ({text}) IS NULL)::INT' for name, text in parsed.items()
    )
    cells = f"read_csv('{path}', delim = ';', header = true, all_varchar = true)"
    return f"SELECT * REPLACE ({replaced}), {wrong} AS wrong FROM {cells}"


def _expression(name: str, form: str | tuple[str, ...]) -> str:
    if isinstance(form, str):
        return _FORMS[form].replace("{}", f'"{name}"')
    words = ", ".join(f"'{word}'" for word in form)
    return f'CASE WHEN "{name}" IN ({words}) THEN "{name}" END'


def _counted(query: str) -> dict[str, int]:
    counted = duckdb.execute(_COUNTS.format(query)).fetchone()
    assert counted is not None
    return dict(zip(("records", "rejected", "wrong", "rows"), map(int, counted), strict=True))


if __name__ == "__main__":
    orders = _counted(_ORDERS.format(_parsed(sys.argv[1], _ORDER_COLUMNS)))
    customers = _counted(_CUSTOMERS.format(_parsed(sys.argv[2], _CUSTOMER_COLUMNS)))
    print(json.dumps({"orders": orders, "customers": customers}))
