"""Moments in words."""

from __future__ import annotations

from datetime import datetime


def local_moment(moment: datetime) -> str:
    """`2026-03-29 14:05 CEST`: a moment on the machine's clock, with its zone."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M %Z}"
