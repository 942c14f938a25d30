"""What every test starts from: an environment without accounts or wishes about colours."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import trustme
from hypothesis import is_hypothesis_test, settings

# A busy machine is slow now and then; that is no fault of what is tested.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

_WISHES = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest, and measure no lines under laws.

    Examples run the same lines, and the tracer doubles the time of a law.
    """
    items.sort(key=lambda item: "torture" not in item.path.parts)
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session", autouse=True)
def _one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
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


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("OMETRIA_") or name in _WISHES:
            monkeypatch.delenv(name)
