"""What `init` asks of drafts, and that it goes on asking until somebody has answered."""

from __future__ import annotations

import json
import tomllib

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.commands.test_init import at_terminal
from tests.cli.program import Shop, stored

ORDERS = (
    "order_id,ordered_at,currency,total,total_paid\n"
    "O1,2024-01-02T09:30:00Z,GBP,10.00,9.00\nO2,2024-01-03T09:30:00Z,GBP,12.00,12.00\n"
)
PEOPLE = (
    "customer_id,email,newsletter\n1,ada@example.com,yes\n2,ben@example.com,no\n"
    "3,cleo@example.com,\n"
)


@pytest.fixture
def bare(shop: Shop) -> Shop:
    (shop.folder / "ometria-import.toml").unlink(missing_ok=True)
    return shop


def text_of(shop: Shop, name: str) -> str:
    return (shop.folder / name).read_text("utf-8")


def test_open_questions_of_drafts_are_asked_again_and_their_answers_are_kept(
    bare: Shop, emulator: RunningEmulator
) -> None:
    bare.write("orders.csv", ORDERS)
    bare.write("people.csv", PEOPLE)

    first, second = bare.run("init"), bare.run("init")

    assert first.code == second.code == ExitCode.UNUSABLE
    assert "2 questions are open:" in second.out
    assert "total and total_paid differ in 1 of 2 rows, such as 10.00 and 9.00" in second.out
    settings = text_of(bare, "ometria-import.toml")
    assert settings.count("# QUESTION: ") == 2
    assert "# The choices stand in mappings/orders.toml." in settings
    assert '# grand_total = "total_paid"  # such as 9.00' in text_of(bare, "mappings/orders.toml")
    code, out = at_terminal(bare.folder, "neither\ntotal_paid\nout\n")
    assert code == 0, out
    assert "'neither' is none of total, total_paid" in out
    assert "QUESTION" not in text_of(bare, "ometria-import.toml")
    assert bare.run("init").code == 0
    assert bare.run("push", "--to", "staging").code == 0
    records = {record["id"]: record for record in map(json.loads, stored(emulator))}
    assert records["O1"]["grand_total"] == 9.0
    assert records["1"]["marketing_optin"] == "EXPLICITLY_OPTEDIN"
    assert records["2"]["marketing_optin"] == "EXPLICITLY_OPTEDOUT"
    assert records["3"].get("marketing_optin", "NOT_SPECIFIED") == "NOT_SPECIFIED"


def test_the_country_of_phone_numbers_is_asked_for_until_somebody_says_it(bare: Shop) -> None:
    bare.write("people.csv", "customer_id,email,phone\n1,ada@example.com,07700 900101\n")

    assert bare.run("init").code == bare.run("init").code == ExitCode.UNUSABLE
    code, out = at_terminal(bare.folder, "GB\n")

    assert code == 0, out
    assert bare.run("init").code == 0


def test_defaults_that_could_do_harm_are_not_taken(bare: Shop) -> None:
    bare.write("orders.csv", ORDERS)
    bare.write("people.csv", PEOPLE)

    ended = bare.run("init", "--yes")

    assert ended.code == ExitCode.UNUSABLE
    assert "1 question is open:" in ended.out
    assert "grand_total" not in tomllib.loads(text_of(bare, "mappings/orders.toml"))["fields"]


def test_a_mapping_that_a_person_changed_is_theirs(bare: Shop) -> None:
    bare.write("orders.csv", ORDERS)
    assert bare.run("init").code == ExitCode.UNUSABLE
    path = bare.folder / "mappings" / "orders.toml"
    mine = path.read_text().replace("# grand_total", "grand_total", 1)
    path.write_text(mine)

    ended = bare.run("init")

    assert ended.code == 0, ended.out
    assert path.read_text() == mine
    assert "QUESTION" not in text_of(bare, "ometria-import.toml")


def test_questions_stay_open_and_answers_stay_when_newer_rows_come(bare: Shop) -> None:
    bare.write("orders.csv", ORDERS)
    bare.write("people.csv", PEOPLE)
    code, _ = at_terminal(bare.folder, "total_paid\n\x04")
    assert code == ExitCode.UNUSABLE
    bare.write("orders.csv", f"{ORDERS}O3,2024-01-04T09:30:00Z,GBP,7.00,6.00\n")
    bare.write("people.csv", f"{PEOPLE}4,dov@example.com,perhaps\n")

    ended = bare.run("init")

    assert ended.code == ExitCode.UNUSABLE
    assert "What does 'perhaps' in newsletter of people.csv say" in ended.out
    assert "total that was paid" not in ended.out
    fields = tomllib.loads(text_of(bare, "mappings/orders.toml"))["fields"]
    assert fields["grand_total"] == "total_paid"


def test_a_mapping_that_a_person_broke_stays_as_it_is(bare: Shop) -> None:
    bare.write("people.csv", PEOPLE)
    assert bare.run("init").code == ExitCode.UNUSABLE
    path = bare.folder / "mappings" / "people.toml"
    path.write_text("broken = ")

    ended = bare.run("init")

    assert ended.code != 0
    assert "people.toml" in ended.out + ended.err
    assert path.read_text() == "broken = "


def test_zones_are_asked_for_by_system_and_not_of_times_that_say_theirs(bare: Shop) -> None:
    head = "order_id,ordered_at,currency,total\n"
    bare.write("uk_orders.csv", f"{head}A1,2024-01-02 09:30:00,GBP,5.00\n")
    bare.write("uk_old_orders.csv", f"{head}B1,2023-01-02 09:30:00,GBP,5.00\n")
    bare.write("de_orders.csv", f"{head}C1,31.01.2024 09:30,EUR,5.00\n")
    bare.write("us_orders.csv", f"{head}D1,2024-01-02T09:30:00-05:00,USD,5.00\n")

    code, out = at_terminal(bare.folder, "Europe/Berlin\nEurope/Nowhere\nEurope/London\n")

    assert code == 0, out
    assert out.count("Which time zone") == 2
    assert "de_orders.csv: ordered_at: 31.01.2024 09:30; no time zone" in out
    sources = tomllib.loads(text_of(bare, "ometria-import.toml"))["sources"]
    assert {each["path"]: each.get("timezone") for each in sources} == {
        "de_orders.csv": "Europe/Berlin",
        "uk_orders.csv": "Europe/London",
        "uk_old_orders.csv": "Europe/London",
        "us_orders.csv": None,
    }


def test_one_zone_that_is_still_open_stays_a_question(bare: Shop) -> None:
    head = "order_id,ordered_at,currency,total\n"
    bare.write("uk_orders.csv", f"{head}A1,2024-01-02 09:30:00,GBP,5.00\n")
    bare.write("de_orders.csv", f"{head}C1,31.01.2024 09:30,EUR,5.00\n")

    code, _ = at_terminal(bare.folder, "Europe/Berlin\n\x04")

    assert code == ExitCode.UNUSABLE
    settings = text_of(bare, "ometria-import.toml")
    assert settings.count("# QUESTION: Which time zone are the times in") == 1
    assert settings.index("uk_orders.csv") < settings.index("# QUESTION")


def test_one_answer_serves_all_months_of_an_export(bare: Shop, emulator: RunningEmulator) -> None:
    for month in range(1, 6):
        rows = ORDERS.replace("O", f"M{month}-").replace("-01-", f"-0{month}-")
        bare.write(f"orders_{month}.csv", rows)

    code, out = at_terminal(bare.folder, "total_paid\n")

    assert code == 0, out
    assert out.count("is the total that was paid") == 1
    assert "and 2 more files like these" in out
    assert bare.run("push", "--to", "staging").code == 0
    totals = [record["grand_total"] for record in map(json.loads, stored(emulator))]
    assert sorted(totals) == [9.0] * 5 + [12.0] * 5


def test_a_file_that_two_presets_want_is_drafted_by_neither(bare: Shop) -> None:
    bare.write(
        "products.csv",
        "Item Type,Product Name,Product Code/SKU,Product Visible?,Allow Purchases?,Handle,Title,"
        "Variant Price,Image Src,Option1 Value\n"
        "Product,Mug,A1,Y,Y,mug,Mug,1.00,https://example.com/mug.png,x\n",
    )

    outcome = bare.run("init")

    assert outcome.code == ExitCode.UNUSABLE
    words = " ".join(outcome.out.split())
    assert "the presets 'bigcommerce-products' and 'shopify-products' fit equally well" in words
    assert "--mapping bigcommerce-products" in words
    assert not (bare.folder / "mappings").exists()
    bare.write(
        "ometria-import.toml", '[[sources]]\npath = "products.csv"\nmapping = "shopify-products"\n'
    )
    again = bare.run("init")
    assert "product, as ometria-import.toml says" in again.out
    settings = text_of(bare, "ometria-import.toml")
    assert '# settings = { shop_url = "…", currency = "…" }\n' in settings
    answered = settings.replace("# settings", "settings").replace("…", "GBP", 2)
    bare.write("ometria-import.toml", answered.replace("GBP", "https://shop.example.com", 1))
    assert bare.run("init").code == 0
