"""A redirect is never followed: the key would travel with it."""

from __future__ import annotations

import pytest

from ometria_import.errors import ExitCode
from tests.cli.program import Shop
from tests.delivery.scripted_server import Answer, ScriptedServer, ok

REDIRECTS = [301, 302, 303, 307, 308]


@pytest.mark.parametrize("status", REDIRECTS)
def test_no_request_follows_a_redirect_to_another_host(shop: Shop, status: int) -> None:
    with ScriptedServer(ok).running() as elsewhere:
        there = {"Location": f"{elsewhere.base_url}/push"}
        with ScriptedServer(lambda _: Answer(status, headers=there)).running() as server:
            server.feed = server.script
            shop.send_to(server.base_url)
            pushed = shop.run("push", shop.contacts(3), "--to", "staging")
            resumed = shop.run("resume")
            read = shop.run("errors")
            shop.run("doctor")
        assert len(server.requests) == 2
        assert len(server.feed_requests) >= 2
        assert elsewhere.requests == elsewhere.feed_requests == []
    assert pushed.code == resumed.code == ExitCode.REFUSED, pushed
    assert "Redirects are not followed" in pushed.err
    assert read.code != ExitCode.OK
    assert "Traceback" not in pushed.err + resumed.err + read.err
