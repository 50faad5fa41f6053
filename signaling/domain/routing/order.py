"""The order of waiting calls: priority 1–99, then age, with aging so that nobody waits for ever."""

from collections.abc import Iterable
from typing import Final

from signaling.domain.call_model import Call

AGING_S: Final = 6.0
"""Seconds of waiting worth one point of priority: after ten minutes the lowest overtakes a fresh highest."""


def rank(call: Call, now: float) -> tuple[float, float, str]:
    """Return the sort key of a waiting call: lowest first; 99 is the most urgent priority."""
    age = max(0.0, now - call.requested_at)
    return (-(call.priority + age / AGING_S), call.requested_at, call.call_id)


def in_order(calls: Iterable[Call], now: float) -> list[Call]:
    """Return the calls in the order in which they are offered."""
    return sorted(calls, key=lambda call: rank(call, now))
