"""From the picture's [0, 1] to the desktop's pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from web_client.helper.wire import Monitor

COLOURS = ("#e60012", "#0068b7", "#009944", "#f39800", "#920783", "#00a0e9", "#8fc31f", "#601986")
"""Marks of the monitors, in their order; far from each other, so that a compressed picture tells them."""


def pixel(monitor: Monitor, x: float, y: float) -> tuple[int, int]:
    """Return the desktop's pixel under a point of the picture of one monitor; always within the monitor."""
    return monitor.x + min(int(x * monitor.w), monitor.w - 1), monitor.y + min(
        int(y * monitor.h), monitor.h - 1
    )


def find(monitors: Iterable[Monitor], name: str) -> Monitor | None:
    """Return the monitor of that name, if it is still there."""
    return next((monitor for monitor in monitors if monitor.id == name), None)
