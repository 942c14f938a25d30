"""The step about consent, ticked by a comparison with live and by nothing else."""

from __future__ import annotations

from typing import Any

from ometria_import.emulator import RunningEmulator
from tests.cli.program import Shop

CONTACTS = (
    "id,@collection,email,marketing_optin,timestamp_acquired\n"
    "c1,main,ann@example.com,EXPLICITLY_OPTEDIN,2026-11-20T10:00:00Z\n"
)


def step(shop: Shop) -> dict[str, Any]:
    found = shop.run("checklist", "--json").json["steps"][3]
    assert found["number"] == 4
    return {**found, "evidence": "\n".join(found["evidence"])}


def test_the_step_about_consent_is_ticked_by_a_comparison(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = shop.write("contacts.csv", CONTACTS)
    assert shop.run("push", name, "--to", "staging").code == 0
    (run,) = (each.name for each in shop.run_folders())
    assert f"`ometria-import consent diff {run} --to live`" in step(shop)["evidence"]
    body = {"@type": "contact", "@collection": "main", "id": "c1", "email": "ann@example.com"}
    out = {**body, "marketing_optin": "EXPLICITLY_OPTEDOUT"}
    emulator.put_record("contact", "c1", out, collection="main", account="live")
    diff = ("consent", "diff", run, "--to", "live")
    assert shop.run(*diff).code == 3
    found = step(shop)
    assert found["mark"] == "open"
    assert "1 person would be opted in again who opted out in live" in found["evidence"]
    assert "--to live --consent keep" in found["evidence"]
    assert shop.run("push", name, "--to", "live", "--yes").code == 0
    found = step(shop)
    assert found["mark"] == "done"
    assert "asked live, and left out the opt-ins that it contradicted" in found["evidence"]


def test_a_promotion_is_ticked_by_the_comparison_of_its_gate(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = shop.write("contacts.csv", CONTACTS)
    assert shop.run("push", name, "--to", "staging").code == 0
    (run,) = (each.name for each in shop.run_folders())
    promote = ("promote", run, "--to", "live", "--yes")
    assert shop.run(*promote, "--consent-unasked").code == 0
    assert step(shop)["mark"] == "open"
    emulator.wait_until_drained()
    assert shop.run("consent", "diff", run, "--to", "live").code == 0
    found = step(shop)
    assert (found["mark"], "nobody would be opted in again" in found["evidence"]) == ("done", True)
