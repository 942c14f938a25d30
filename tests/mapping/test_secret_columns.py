from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.mapping.secret_columns import is_secret
from tests.prepare.outcomes import prepare_text


@pytest.mark.parametrize(
    "name",
    [
        "password_hash",
        "rp_token",
        "rp_token_created_at",
        "Password",
        "passwordHash",
        "resetToken",
        "Reset Token",
        "CVV",
        "Card Number",
        "credit_card_number",
        "client_secret",
        "api_key",
    ],
)
def test_columns_with_secrets_are_known_by_their_names(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["email", "Payment Method", "Card Type", "Secretary", "Gift Card", "key", "Note"]
)
def test_other_columns_are_not_secret(name: str) -> None:
    assert not is_secret(name)


def test_secrets_reach_no_record_problem_or_reject(tmp_path: Path) -> None:
    text = (
        "id,email,password_hash,rp_token\n"
        "1,a@example.com,hushhush1,hushhush2\n"
        ",b@example.com,hushhush3,hushhush4\n"
        "ragged,hushhush5\n"
    )

    outcome = prepare_text(tmp_path, "contacts.csv", text)

    assert len(outcome.records) == 1
    assert len(outcome.rejects()) == 2
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".db"]
    leaks = [p.name for p in written if p.name != "contacts.csv" and b"hushhush" in p.read_bytes()]
    assert leaks == []
    assert "hushhush" not in "".join(outcome.texts)
