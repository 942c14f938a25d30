"""Pages that are read from the web: what is asked for, and what never is."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ometria_import.tracking import fetching
from ometria_import.tracking.fetching import is_public
from tests.cli.program import Ended, Shop
from tests.servers.tls_server import Authority, Certificate
from tests.tracking.conftest import LIVE, STAGING

PAGE = (
    f'<html><head><script src="/cdn/om/tags/{STAGING}.js"></script></head><body><script>'
    'ometria.init("product", {pid: "123"}, "example.com/uk")</script></body></html>'
)


@dataclass
class Site:
    """A shop's server, and what it was asked for."""

    origin: str = ""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    pause_s: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    def put(self, path: str, content: bytes | str, status: int = 200, **headers: str) -> str:
        """Give a path an answer; returns its address."""
        content = content.encode() if isinstance(content, str) else content
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = status, named, content
        return f"{self.origin}{path}"


@contextmanager
def serving(authority: Authority, certificate: Certificate = Certificate.GOOD) -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.command, self.path, dict(self.headers)))
            status, headers, content = site.answers.get(self.path, (404, {}, b"gone"))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if site.pause_s:
                self.wfile.write(content[:10])
                self.wfile.flush()
                site.over.wait(site.pause_s)
            else:
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Clients hang up where they want no more."""

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = authority.server(certificate).wrap_socket(server.socket, server_side=True)
    site.origin = f"https://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield site
    finally:
        site.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def running_site(authority: Authority) -> Iterator[Site]:
    with serving(authority) as site:
        yield site


@pytest.fixture
def site(
    running_site: Site, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    yield running_site
    running_site.answers.clear()
    running_site.asked.clear()
    running_site.pause_s = 0.0


Get = Callable[..., Ended]


@pytest.fixture
def get(at_pushed: Shop) -> Get:
    return lambda *words: at_pushed.run("tracking", "check", *words, "--json")


def the_page(ended: Ended) -> dict[str, Any]:
    (found,) = json.loads(ended.out)["pages"]
    return dict(found)


def refusal(ended: Ended) -> str:
    """Why the only page was not read."""
    assert ended.code == 4
    (verdict,) = the_page(ended)["verdicts"]
    assert verdict["code"] == "unreadable"
    assert verdict["remedy"]
    return str(verdict["text"])


def test_a_page_is_asked_for_once_and_plainly(site: Site, get: Get) -> None:
    site.put("/kettle?a=b%20c", PAGE, Set_Cookie="session=1")
    address = site.put("/old", "", 302, Location="/kettle?a=b%20c", Set_Cookie="session=1")

    ended = get(f"{address}#om_debug", "--allow-private")

    assert ended.code == 0, ended.out
    assert the_page(ended)["verdicts"][0]["code"] == "ok"
    assert the_page(ended)["redirects"] == [f"{site.origin}/kettle?a=b%20c"]
    assert [(method, path) for method, path, _ in site.asked] == [
        ("GET", "/old"),
        ("GET", "/kettle?a=b%20c"),
    ]
    for _, _, headers in site.asked:
        assert set(headers) == {"Host", "Accept", "Accept-Encoding", "Connection", "User-Agent"}
        assert "key" not in json.dumps(headers).lower()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
def test_this_machine_is_not_asked_unless_somebody_says_so(host: str, site: Site, get: Get) -> None:
    port = site.origin.rpartition(":")[2]

    said = refusal(get(f"https://{host}:{port}/"))

    assert "not on the public internet" in said or "not known" in said
    assert site.asked == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.0.0.1", False),
        ("172.16.9.9", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
        ("ff02::1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("::ffff:10.0.0.1", False),
        ("shop", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(
    address: str,
    expected: bool,  # noqa: FBT001
) -> None:
    assert is_public(address) is expected


def test_a_name_is_resolved_once_and_never_again_for_the_connection(
    get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    reached: list[Any] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        reached.append(address)
        assert 0 < timeout <= fetching.TIMEOUT_S
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)

    assert "cannot be reached: Connection refused" in refusal(get("https://shop.example.com/"))
    assert asked == ["shop.example.com"]
    assert reached == [("93.184.216.34", 443)]


def test_a_name_that_means_a_private_address_besides_is_refused(
    get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [(2, 1, 6, "", (address, 443)) for address in ("93.184.216.34", "10.1.2.3")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)

    assert "shop.example.com is at 10.1.2.3" in refusal(get("https://shop.example.com/"))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://shop.example.com/", "only https:// addresses are read"),
        ("ftp://shop.example.com/", "only https:// addresses are read"),
        ("file:///etc/passwd", "only https:// addresses are read"),
        ("https://ann:secret@shop.example.com/", "no address of a page"),
        ("https:///kettle", "no address of a page"),
        ("https://[::1/", "only https:// addresses are read"),
    ],
)
def test_other_addresses_are_refused_before_anything_is_asked(
    address: str, words: str, get: Get
) -> None:
    assert words in refusal(get(address, "--allow-private"))


def test_redirects_stay_on_the_host_and_end(site: Site, get: Get) -> None:
    away = site.put("/away", "", 301, Location="https://other.example.com/kettle")
    plain = site.put("/plain", "", 301, Location=site.origin.replace("https", "http") + "/kettle")
    around = site.put("/around", "", 302, Location="/around")

    assert "another host, other.example.com" in refusal(get(away, "--allow-private"))
    assert "only https://" in refusal(get(plain, "--allow-private"))
    assert "again and again" in refusal(get(around, "--allow-private"))


def test_answers_that_are_no_page_are_told(site: Site, get: Get) -> None:
    packed = site.put("/gzip", gzip.compress(PAGE.encode()), Content_Encoding="gzip")
    damaged = site.put("/damaged", b"\x1f\x8b123", Content_Encoding="gzip")
    bomb = site.put("/bomb", gzip.compress(b" " * 6_000_000), Content_Encoding="gzip")
    large = site.put("/large", PAGE + " " * 5_000_000)
    short = site.put("/short", PAGE, Content_Length=str(len(PAGE) + 9))
    forbidden = site.put("/forbidden", PAGE, 403)
    latin = site.put("/latin", PAGE.replace("pid", "\xe9: 1, pid").encode("latin-1"))

    assert the_page(get(packed, "--allow-private"))["mark"] == "ok"
    assert "damaged" in refusal(get(damaged, "--allow-private"))
    assert "larger than 5 MB" in refusal(get(bomb, "--allow-private"))
    assert "larger than 5 MB" in refusal(get(large, "--allow-private"))
    assert refusal(get(short, "--allow-private"))
    assert "answers 403" in refusal(get(forbidden, "--allow-private"))
    assert the_page(get(latin, "--allow-private"))["mark"] == "ok"


def test_a_server_that_never_ends_is_left_in_time(
    site: Site, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT_S", 0.3)
    site.pause_s = 20.0
    begun = time.monotonic()

    assert "does not answer within 0.3 seconds" in refusal(
        get(site.put("/slow", PAGE), "--allow-private")
    )
    assert time.monotonic() - begun < 10


def test_a_certificate_of_another_host_is_not_trusted(
    authority: Authority, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    with serving(authority, Certificate.OTHER_HOST) as other:
        said = refusal(get(other.put("/", PAGE), "--allow-private"))

    assert "certificate is not trusted" in said
    assert other.asked == []


def test_the_tags_file_is_looked_at_only_where_that_was_asked_for(
    site: Site, get: Get, tmp_path: Path
) -> None:
    path = f"/cdn/om/tags/{STAGING}.js"
    page = tmp_path / "page.html"
    page.write_text(PAGE.replace('src="', f'src="{site.origin}'))
    arguments = (str(page), "--allow-private")

    assert get(*arguments).code == 0
    assert site.asked == []
    gone = get(*arguments, "--fetch-tag")
    site.put(path, f'var o = {{key: "{LIVE}"}}')
    other = get(*arguments, "--fetch-tag")
    site.put(path, f'var o = {{key: "{STAGING}"}}')
    good = get(*arguments, "--fetch-tag")

    assert [each["code"] for each in the_page(gone)["verdicts"]] == ["tag_gone"]
    assert [each["code"] for each in the_page(other)["verdicts"]] == ["tag_of_another"]
    assert [each["code"] for each in the_page(good)["verdicts"]] == ["ok"]
    assert (gone.code, other.code, good.code) == (3, 3, 0)
    site.put(path, "", 500)
    assert the_page(get(*arguments, "--fetch-tag"))["mark"] == "cannot_tell"
