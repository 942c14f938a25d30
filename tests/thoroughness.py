"""How much the suite tries where it could try for ever: `make ci` sets `TEST_PROFILE=ci`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

PROFILE = os.environ.get("TEST_PROFILE", "dev")
IS_THOROUGH = PROFILE == "ci"

# A busy machine is slow now and then, and that is no fault of what is tested.
_UNHURRIED = settings(
    deadline=None,
    stateful_step_count=25,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
settings.register_profile("dev", _UNHURRIED, max_examples=40)
settings.register_profile("ci", _UNHURRIED, max_examples=100)
settings.load_profile(PROFILE)

COSTLY = settings(max_examples=12 if IS_THOROUGH else 4)
"""For a law whose every example prepares, sends or saves something."""
