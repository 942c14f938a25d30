"""All that files leave open is asked at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.errors import ExitCode, MappingError, SourceError, UsageError
from tests.prepare.outcomes import prepare_files, write

EXPORTS = Path(__file__).parents[2] / "exports"
OPEN_ORDERS = EXPORTS / "bigcommerce" / "orders-dates-open.csv"
SHOP_PRODUCTS = EXPORTS / "shopify" / "products-classic.csv"


def contacts(folder: Path, *rows: str, name: str = "contacts.csv") -> Path:
    header = "id,email,Date of birth,Timestamp acquired"
    return write(folder / name, "\n".join([header, *rows, ""]))


def test_columns_of_one_file_are_one_question(tmp_path: Path) -> None:
    path = contacts(tmp_path, "1,a@example.com,03/04/1990,05/06/2020 10:00")

    with pytest.raises(UsageError) as caught:
        prepare_files(tmp_path, path)

    assert caught.value.parts == ()
    assert "columns 'Date of birth' and 'Timestamp acquired': '03/04/1990'" in str(caught.value)
    assert "no value of them tells" in str(caught.value)
    assert "--date-order dmy or --date-order mdy" in caught.value.hint
    assert "--timezone" in caught.value.hint


def test_zone_is_not_spoken_of_where_there_are_only_days(tmp_path: Path) -> None:
    path = contacts(tmp_path, "1,a@example.com,03/04/1990,2020-01-01T00:00:00Z")

    with pytest.raises(UsageError) as caught:
        prepare_files(tmp_path, path)

    assert "--timezone" not in caught.value.hint


def test_days_and_fractions_are_asked_for_together(tmp_path: Path) -> None:
    header = "id,timestamp,grand total,currency"
    path = write(tmp_path / "orders.csv", f'{header}\n1,03/04/2024,"1,234",EUR\n')

    with pytest.raises(UsageError) as caught:
        prepare_files(tmp_path, path)

    flags = [each.hint.split()[1] for each in caught.value.parts]
    assert flags == ["--date-order", "--decimal-sign"]


def test_files_settings_and_types_are_asked_for_together(tmp_path: Path) -> None:
    unknown = write(tmp_path / "unknown.csv", "foo,bar\n1,2\n")

    with pytest.raises(MappingError) as caught:
        prepare_files(tmp_path, SHOP_PRODUCTS, OPEN_ORDERS, unknown)

    assert caught.value.exit_code is ExitCode.UNUSABLE
    shop, orders, nobody = (
        next(part for part in caught.value.parts if path.name in part.message)
        for path in (SHOP_PRODUCTS, OPEN_ORDERS, unknown)
    )
    assert "--set shop_url=… --set currency=…" in shop.hint
    assert "--date-order" in orders.hint
    assert "mapping suggest" in nobody.hint


def test_questions_that_flags_answer_are_a_matter_of_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        prepare_files(tmp_path, SHOP_PRODUCTS, OPEN_ORDERS)

    assert caught.value.exit_code is ExitCode.USAGE
    assert len(caught.value.parts) == 2
    assert caught.value.message.count(" needs ") == 1


def test_what_is_answered_is_not_asked_again(tmp_path: Path) -> None:
    settings = {"shop_url": "https://shop.example.com", "currency": "EUR"}

    with pytest.raises(UsageError, match="which is the day") as caught:
        prepare_files(tmp_path, SHOP_PRODUCTS, OPEN_ORDERS, settings=settings)
    assert caught.value.parts == ()

    outcome = prepare_files(
        tmp_path, SHOP_PRODUCTS, OPEN_ORDERS, settings=settings, date_order="mdy"
    )
    assert outcome.records


def test_several_files_are_told_that_a_flag_is_for_all(tmp_path: Path) -> None:
    one = contacts(tmp_path, "1,a@example.com,03/04/1990,", name="one-contacts.csv")
    other = contacts(tmp_path, "2,b@example.com,04/03/1990,", name="more-contacts.csv")

    with pytest.raises(UsageError) as caught:
        prepare_files(tmp_path, one, other)

    assert len(caught.value.parts) == 2
    assert all("[[sources]]" in each.hint for each in caught.value.parts)


def test_file_that_cannot_be_read_is_said_without_reading_the_others(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nothere\.csv does not exist") as caught:
        prepare_files(tmp_path, OPEN_ORDERS, tmp_path / "nothere.csv")

    assert caught.value.parts == ()


def test_items_of_their_own_file_are_asked_for_with_their_records(tmp_path: Path) -> None:
    header = "id,timestamp,grand total,currency,customer.email"
    orders = write(tmp_path / "o.csv", f"{header}\n1,03/04/2024,10,EUR,a@example.com\n")
    items = write(tmp_path / "i.csv", 'order_id,product_id,quantity,subtotal\n1,p,1,"1,234"\n')

    with pytest.raises(UsageError) as caught:
        prepare_files(tmp_path, f"order={orders}", f"lineitem={items}")

    assert [each.hint.split()[1] for each in caught.value.parts] == [
        "--date-order",
        "--decimal-sign",
    ]


def test_columns_that_contradict_themselves_are_asked_for_apart(tmp_path: Path) -> None:
    path = contacts(
        tmp_path,
        "1,a@example.com,25/12/1990,03/04/2020",
        "2,b@example.com,12/25/1990,03/04/2020",
        "3,c@example.com,03/04/1990,03/04/2020",
    )

    with pytest.raises(UsageError) as caught:
        prepare_files(tmp_path, path)

    said = [part.message.split(", column ")[1] for part in caught.value.parts]
    assert said[0].startswith("'Date of birth': '03/04/1990'")
    assert said[0].endswith("its values contradict each other")
    assert said[1].startswith("'Timestamp acquired'")
    assert said[1].endswith("no value of it tells")


def test_column_that_says_its_own_order_is_not_asked_for(tmp_path: Path) -> None:
    path = contacts(tmp_path, "1,a@example.com,25/12/1990,03/04/2020")

    with pytest.raises(UsageError) as caught:
        prepare_files(tmp_path, path)

    assert "column 'Timestamp acquired'" in caught.value.message
    assert "Date of birth" not in caught.value.message


def test_mapping_that_asks_for_the_order_of_days_itself_is_asked_for_it(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "till.toml",
        'name = "till"\nobject_type = "contact"\n[settings.days]\nabout = "order of days"\n'
        'required = true\n[conventions]\ndate_order = "{days}"\n[fields]\nid = "id"\n'
        'email = "email"\ndate_of_birth = "Date of birth"\n',
    )
    path = contacts(tmp_path, "1,a@example.com,03/04/1990,")

    with pytest.raises(UsageError, match="days: order of days"):
        prepare_files(tmp_path, path, mapping=mapping)

    outcome = prepare_files(tmp_path, path, mapping=mapping, settings={"days": "dmy"})
    assert outcome.records[0]["date_of_birth"] == "1990-04-03"
