"""Figures from what the witnesses saw: pure, over times in seconds since the line became bad."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

Figures = dict[str, Any]
SAMPLE_RATE: Final = 48_000
WINDOW_S: Final = 1.0
"""A rate is of so long."""
REACHED: Final = 1.1
"""A rate below the new one by this factor has been reached: what waited before the bottleneck passes too."""
USED: Final = 0.9


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: when, how high in pixels, and how old (None: it carries no clock)."""

    at_s: float
    height: int
    age_s: float | None


@dataclass(frozen=True, slots=True)
class Sound:
    """What a receiver had played until `at_s`, in samples; silence that was concealed is no loss."""

    at_s: float
    played: int
    concealed: int


@dataclass(frozen=True, slots=True)
class Carried:
    """Bytes that had passed a line until `at_s`."""

    at_s: float
    up: int
    down: int


def pictures_of(stream: Sequence[Picture], begin_s: float, end_s: float) -> Figures:
    """Return frames a second, usual height, the longest freeze, and staleness where there is a clock.

    A picture is on the screen until the next one is decoded, and grows old there.
    """
    shown = [one for one in stream if begin_s <= one.at_s <= end_s]
    times = [begin_s, *(one.at_s for one in shown), end_s]
    freezes = [after - before for before, after in itertools.pairwise(times)]
    heights = sorted(one.height for one in shown)
    figures: Figures = {
        "fps": round(len(shown) / (end_s - begin_s), 2),
        "height": heights[len(heights) // 2] if heights else 0,
        "freeze_s": round(max(freezes), 2),
    }
    line = [*[one for one in stream if one.at_s < begin_s][-1:], *shown]
    aged = [
        one.age_s + end - one.at_s
        for one, end in zip(line, [*(one.at_s for one in line[1:]), end_s], strict=False)
        if one.age_s is not None
    ]
    if aged:
        figures["stale_s"] = round(max(aged), 2)
        figures["age_s"] = round(sorted(aged)[len(aged) // 2], 2)
    return figures


def sound_of(samples: Sequence[Sound], begin_s: float, end_s: float) -> Figures:
    """Return the share that was concealed, and the longest time in which nothing else was heard."""
    heard = [one for one in samples if begin_s <= one.at_s <= end_s]
    if len(heard) < 2 or heard[-1].played == heard[0].played:
        return {"concealed_pct": None, "gap_ms": None}
    played, concealed = heard[-1].played - heard[0].played, heard[-1].concealed - heard[0].concealed
    gap = longest = 0
    for before, after in itertools.pairwise(heard):
        made_up, of = after.concealed - before.concealed, after.played - before.played
        gap = gap + made_up if of and made_up > of / 4 else 0
        longest = max(longest, gap)
    return {
        "concealed_pct": round(100 * concealed / played, 2),
        "gap_ms": round(1000 * longest / SAMPLE_RATE),
    }


def rate_bps(carried: Sequence[Carried], way: str, begin_s: float, end_s: float) -> float | None:
    """Return the mean rate of a direction, `up` or `down`, in bits per second."""
    inside = [one for one in carried if begin_s <= one.at_s <= end_s]
    if len(inside) < 2:
        return None
    first, last = inside[0], inside[-1]
    return (getattr(last, way) - getattr(first, way)) * 8 / (last.at_s - first.at_s)


def used_after_s(carried: Sequence[Carried], way: str, wide_bps: float, end_s: float) -> float | None:
    """Return when a second first used 90 % of a rate, at the latest at `end_s`; None: never."""
    for one in carried:
        if one.at_s - WINDOW_S >= 0 and one.at_s <= end_s:
            rate = rate_bps(carried, way, one.at_s - WINDOW_S - 0.3, one.at_s)
            if rate is not None and rate >= USED * wide_bps:
                return round(one.at_s, 1)
    return None


def reached_after_s(
    sent: Sequence[tuple[float, float]], new_bps: float, at_s: float, end_s: float
) -> float | None:
    """Return how long after `at_s` what is sent (time, bits per second since the one before) fits a new rate.

    A second of it, that is, as an encoder sends in bursts.
    """
    later = [(time, rate) for time, rate in sent if at_s <= time <= end_s]
    for (begin, first), (end, second) in itertools.pairwise(later):
        if end - begin < WINDOW_S and (first + second) / 2 <= REACHED * new_bps:
            return round(end - at_s, 1)
    return None


def healed_after_s(stream: Sequence[Picture], at_s: float) -> float | None:
    """Return how long after the end of a blackout a picture was seen that was made after it."""
    for one in stream:
        if one.at_s - (one.age_s or 0) >= at_s:
            return round(one.at_s - at_s, 2)
    return None


def heard_after_s(samples: Sequence[Sound], at_s: float) -> float | None:
    """Return how long after the end of a blackout sound was heard again that was not made up."""
    for before, after in itertools.pairwise(samples):
        of, made_up = after.played - before.played, after.concealed - before.concealed
        if before.at_s >= at_s and of and made_up < of / 4:
            return round(after.at_s - at_s, 2)
    return None
