"""`ometria-import logout`: remove an account's key from the system's keyring."""

from __future__ import annotations

from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.flags import PlaceFlags, TellingScreen, with_flags
from ometria_import.cli.asking.options import To


@with_flags
def logout(*, to: To, place: PlaceFlags, screen: TellingScreen) -> None:
    """Remove an account's key from this system's keyring."""
    from ometria_import.actions.logging_in import log_out

    with attending(screen, place) as context:
        name = context.settings.named(to)
        was_kept = log_out(name, context) is not None
    screen.prose(
        f"The key of {name} is no longer in the keyring."
        if was_kept
        else f"No key of {name} was in the keyring."
    )
    screen.result({"account": name, "was_kept": was_kept, "exit_code": 0})
