"""What every test starts from, whoever calls: plain signals, plain environment, no accounts."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
import trustme
from hypothesis import is_hypothesis_test

from tests.thoroughness import PROFILE

_PLAIN = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
_WISHES = (
    *("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "PY_COLORS", "GITHUB_ACTIONS"),
    *("COLUMNS", "LINES", "TERMINAL_WIDTH", "TTY_COMPATIBLE", "TTY_INTERACTIVE"),
    *(
        "PYTHONUNBUFFERED",
        "PYTHONIOENCODING",
        "PYTHONUTF8",
        "PYTHONCOERCECLOCALE",
        "PYTHONWARNINGS",
        "PYTHONDEVMODE",
    ),
    *("TZ", "LANG", "LANGUAGE", "SSL_CERT_DIR", "SSLKEYLOGFILE"),
)


def pytest_report_header() -> str:
    """Say how much is tried; to read it from its module loads the profile before any law."""
    return f"thoroughness: {PROFILE}"


_ALL = 1_000_000
_MEASURED_CASES = {
    **dict.fromkeys(("mapping", "schema", "sources"), _ALL),
    **dict.fromkeys(("drafting", "tracking"), 5),
    **dict.fromkeys(("golden", "safety", "torture"), 0),
}
"""By folder, how many cases of each test are measured; one in all others."""
_OF_THREADS = frozenset({"delivery", "emulator", "mapping", "prepare", "presets", "sources"})
"""Folders of tests about what runs in threads; in others that is mostly an emulator's server."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest, and measure no lines under laws or under case after case.

    Other tests run the same lines, and the tracer doubles the time that a test takes.
    """
    items.sort(key=lambda item: "torture" not in item.path.parts)
    cases: Counter[str] = Counter()
    for item in items:
        test = item.nodeid.partition("[")[0]
        cases[test] += 1
        is_law = is_hypothesis_test(getattr(item, "obj", None))
        if is_law or cases[test] > _MEASURED_CASES.get(_folder_of(item), 1):
            item.add_marker(pytest.mark.no_cover)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure the lines of other threads only where they are what is tested."""
    trace = threading.gettrace()
    if _folder_of(item) not in _OF_THREADS:
        threading.settrace(None)
    try:
        return (yield)
    finally:
        threading.settrace(trace)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Measure nothing of what a test needs that is not measured itself."""
    with _unmeasured(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Measure nothing of its end either."""
    with _unmeasured(item):
        return (yield)


@contextmanager
def _unmeasured(item: pytest.Item) -> Iterator[None]:
    """Pause as pytest-cov does while it calls a test marked `no_cover`."""
    controller = getattr(item.config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if controller is None or item.get_closest_marker("no_cover") is None:
        yield
        return
    controller.pause()
    try:
        yield
    finally:
        controller.resume()


def _folder_of(item: pytest.Item) -> str:
    """The folder of all tests that a test is in."""
    return item.nodeid.split("/")[1]


@pytest.fixture(scope="session", autouse=True)
def _plain_environment() -> Iterator[None]:
    before = os.umask(0o022)
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            is_proxy = name.lower().endswith("_proxy")
            if is_proxy or name.startswith(("OMETRIA_", "LC_")) or name in _WISHES:
                patch.delenv(name)
        for name, value in _PLAIN.items():
            patch.setenv(name, value)
        yield
    os.umask(before)


@pytest.fixture(scope="session", autouse=True)
def _plain_signals() -> None:
    """Give children the signals that the caller ignores or holds back, as `nohup` and `&` do.

    A handler does not outlive the start of another program, so they get the default; in this
    process it changes as little as before.
    """

    def ignore(_number: int, _frame: FrameType | None) -> None:
        pass

    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, ignore)
    if signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # else nobody learns how children ended


@pytest.fixture(scope="session", autouse=True)
def _one_authority(
    _plain_environment: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Trust one authority that signs nothing: to read the public ones costs 40 ms a client."""
    file = tmp_path_factory.mktemp("trust") / "authority.pem"
    trustme.CA().cert_pem.write_to_path(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield


@pytest.fixture
def public_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust what a user's machine trusts."""
    monkeypatch.delenv("SSL_CERT_FILE")
