"""The figures of bad lines, from what a witness might have seen."""

from typing import Any

import pytest

from tests.bench.network import holds_of
from tests.bench.network.figures import (
    Carried,
    Picture,
    Sound,
    healed_after_s,
    heard_after_s,
    pictures_of,
    rate_bps,
    reached_after_s,
    sound_of,
    used_after_s,
)
from tests.bench.network.rows import Row
from tests.bench.network.watching import Seen, figures_of


def steady(begin_s: float, end_s: float, *, fps: int = 10, age_s: float | None = 0.1) -> list[Picture]:
    return [Picture(begin_s + k / fps, 720, age_s) for k in range(int((end_s - begin_s) * fps))]


def heard(*tenths: int) -> list[Sound]:
    """Return samples a tenth of a second apart, in each of which so many of 4,800 were concealed."""
    sounds, concealed = [Sound(0.0, 0, 0)], 0
    for number, made_up in enumerate(tenths, 1):
        concealed += made_up
        sounds.append(Sound(number / 10, number * 4_800, concealed))
    return sounds


def test_a_picture_grows_old_until_the_next_one() -> None:
    figures = pictures_of([*steady(0, 4), *steady(6, 10)], 0, 10)
    assert figures["freeze_s"] == pytest.approx(2.1)
    assert figures["stale_s"] == pytest.approx(2.2)
    assert figures["age_s"] == pytest.approx(0.2)
    assert figures["fps"] == pytest.approx(8)
    assert figures["height"] == 720


def test_a_picture_that_never_comes_is_a_freeze_to_the_end() -> None:
    assert pictures_of(steady(0, 4), 2, 10)["freeze_s"] == pytest.approx(6.1)
    assert pictures_of(steady(5, 10), 2, 10)["freeze_s"] == pytest.approx(3)
    assert pictures_of([], 2, 10) == {"fps": 0, "height": 0, "freeze_s": 8}
    assert pictures_of([Picture(1, 720, 0.5)], 2, 10)["stale_s"] == pytest.approx(9.5)


def test_what_has_no_clock_has_no_age() -> None:
    assert "stale_s" not in pictures_of(steady(0, 4, age_s=None), 0, 4)


def test_sound_that_was_made_up_and_its_longest_run() -> None:
    figures = sound_of(heard(0, 4_800, 2_400, 0, 480, 4_800, 0, 0, 0, 0), 0, 1)
    assert figures["concealed_pct"] == pytest.approx(26)
    assert figures["gap_ms"] == 150


def test_no_sound_is_not_good_sound() -> None:
    assert sound_of([], 0, 1) == {"concealed_pct": None, "gap_ms": None}
    assert sound_of([Sound(0, 5, 0), Sound(0.5, 5, 0)], 0, 1)["concealed_pct"] is None


def test_a_rate_is_used_and_a_new_one_reached() -> None:
    line, octets = [], 0
    for quarter in range(80):
        octets += 12_500 if quarter < 40 else 29_000
        line.append(Carried(quarter / 4, octets, 0))
    assert rate_bps(line, "up", 0, 9) == pytest.approx(400_000)
    assert rate_bps(line, "up", 30, 40) is None
    used = used_after_s(line, "up", 1_000_000, 20)
    assert used is not None
    assert 10 < used < 12
    assert used_after_s(line, "up", 1_000_000, 9) is None
    sent = [(k / 2, 900_000.0 if k < 24 else 210_000.0) for k in range(40)]
    assert reached_after_s(sent, 200_000, 10, 20) == pytest.approx(2.5)
    assert reached_after_s(sent, 200_000, 10, 11) is None


def test_healed_is_what_was_made_after_the_blackout() -> None:
    late = [Picture(9.1, 720, 5.0), Picture(9.4, 720, 0.3)]
    assert healed_after_s([*steady(0, 4), *late], 9) == pytest.approx(0.4)
    assert healed_after_s(steady(0, 4), 9) is None
    assert heard_after_s(heard(0, 4_800, 4_800, 4_800, 0, 0), 0.2) == pytest.approx(0.3)
    assert heard_after_s(heard(0, 4_800), 0.2) is None


def test_what_two_pages_told_becomes_a_row() -> None:
    row = Row("step", [], [], seconds=20, from_s=5, steps_at_s=8, new_rate_bps=200_000)
    clerk, specialist = Seen(), Seen()
    sent = [told_sent(k * 500, 40_000 * k if k < 20 else 800_000 + 12_500 * (k - 20)) for k in range(40)]
    clerk.add({"pictures": [], "sounds": [], "sent": sent, "states": []}, 0)
    pictures = [[k * 100, 1, 720, 150] for k in range(200)] + [[k * 100, 2, 360, None] for k in range(200)]
    sounds = [[k * 100, 3, 4_800 * k, 480 * k, 240 * k, k] for k in range(200)]
    specialist.add({"pictures": pictures, "sounds": sounds, "sent": [], "states": []}, 0)
    figures = figures_of(row, clerk, specialist, [])
    assert figures["to_specialist"]["sound"] == {"concealed_pct": 5.0, "gap_ms": 0}
    assert figures["to_specialist"]["desktop"]["stale_s"] == pytest.approx(0.25)
    assert figures["to_specialist"]["camera"]["height"] == 360
    assert figures["to_clerk"]["sound"]["concealed_pct"] is None
    assert figures["clerk_sends"]["available_kbps"] == 900
    assert figures["clerk_sends"]["streams"][0]["keys"] == 29
    assert figures["step"]["reached_s"] == pytest.approx(3)


def told_sent(at_ms: int, octets: int) -> list[Any]:
    """Return what a page tells of its one picture."""
    counts = {"frames": at_ms // 100, "keys": at_ms // 500, "asked": 0, "again": 0}
    return [at_ms, 900_000, [counts | {"height": 720, "sent": octets, "limit": "bandwidth"}]]


def test_a_row_that_broke_is_not_held() -> None:
    broken = {"error": "TimeoutError"}
    holds = holds_of({"bangban": {"blackout_5s": broken}, "special": {"two_receivers": broken}, "janus": {}})
    assert [hold.name for hold in holds] == ["blackout_5s healed_s", "two_receivers good_share"]
    assert not any(hold.held for hold in holds)
