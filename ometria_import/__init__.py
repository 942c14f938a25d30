"""Bulk importer of products, contacts, orders and events into the Ometria push API.

    from ometria_import import check, push

    result = push({"contact": frame}, to="staging")

See docs/python.md. The functions are imported when they are first asked for, so that importing the
package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ometria_import.version import __version__ as __version__

if TYPE_CHECKING:
    from ometria_import.actions.calling.caller import LivePush as LivePush
    from ometria_import.delivery import StopSignal as StopSignal
    from ometria_import.library.calls import check as check
    from ometria_import.library.calls import inspect as inspect
    from ometria_import.library.calls import push as push
    from ometria_import.library.calls import resume as resume
    from ometria_import.library.calls import retry as retry
    from ometria_import.library.looking import checklist_steps as checklist_steps
    from ometria_import.library.looking import consent_diff as consent_diff
    from ometria_import.library.looking import forget as forget
    from ometria_import.library.looking import tracking_check as tracking_check
    from ometria_import.library.looking import write_results as write_results
    from ometria_import.library.promoting import promote as promote
    from ometria_import.library.result import Result as Result
    from ometria_import.library.verifying import verify as verify

_HOMES = {
    "LivePush": "actions.calling.caller",
    "Result": "library.result",
    "promote": "library.promoting",
    "verify": "library.verifying",
    "StopSignal": "delivery",
    **dict.fromkeys(("check", "inspect", "push", "resume", "retry"), "library.calls"),
    **dict.fromkeys(
        ("checklist_steps", "consent_diff", "forget", "tracking_check", "write_results"),
        "library.looking",
    ),
}
"""Where what the package offers is defined."""

__all__ = [
    "LivePush",
    "Result",
    "StopSignal",
    "check",
    "checklist_steps",
    "consent_diff",
    "forget",
    "inspect",
    "promote",
    "push",
    "resume",
    "retry",
    "tracking_check",
    "verify",
    "write_results",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
