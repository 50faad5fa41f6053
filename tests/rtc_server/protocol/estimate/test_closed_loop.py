"""A sender that sends what is estimated, over lines in virtual time: it finds the rate, keeps it, yields."""

import pytest

from tests.rtc_server.protocol.estimate.link import STEP_S, Line, Loop, mean

MBIT = 1_000_000.0
SEEDS = range(1, 6)


@pytest.mark.parametrize("feedback_s", [0.05, 0.1])
def test_a_steady_line_is_found_within_fifteen_seconds_and_not_overrun(feedback_s: float) -> None:
    loop = Loop(Line(rate_bps=MBIT), feedback_s=feedback_s)
    loop.run(15)
    assert loop.estimator.estimate_bps >= 0.8 * MBIT
    loop.run(45)
    assert min(loop.since(45)) >= 0.8 * MBIT
    assert loop.longest_above(1.1 * MBIT) <= 2


def test_a_line_that_falls_to_a_fifth_is_followed_within_three_seconds() -> None:
    loop = Loop(Line(rate_bps=MBIT))
    loop.run(30)
    loop.line.rate_bps = 200_000
    loop.run(3)
    assert loop.estimator.estimate_bps <= 200_000
    loop.run(27)
    assert 0.7 * 200_000 <= mean(loop.since(10)) <= 1.1 * 200_000, "nor does it stay too low"


@pytest.mark.parametrize("seed", SEEDS)
def test_five_percent_of_loss_by_chance_do_not_make_it_collapse(seed: int) -> None:
    loop = Loop(Line(rate_bps=MBIT, loss=0.05, seed=seed))
    loop.run(60)
    assert min(loop.since(40)) >= 0.7 * MBIT


@pytest.mark.parametrize("seed", SEEDS)
def test_jitter_does_not_make_it_collapse(seed: int) -> None:
    loop = Loop(Line(rate_bps=MBIT, jitter_s=0.03, seed=seed))
    loop.run(60)
    assert min(loop.since(40)) >= 0.7 * MBIT


def test_half_of_the_line_taken_by_others_is_left_to_them() -> None:
    loop = Loop(Line(rate_bps=MBIT))
    loop.run(30)
    loop.line.cross_bps = 0.5 * MBIT
    loop.run(10)
    assert max(loop.since(7)) <= 0.6 * MBIT
    loop.run(20)
    assert 0.35 * MBIT <= mean(loop.since(20)) <= 0.55 * MBIT
    loop.line.cross_bps = 0
    loop.run(20)
    assert loop.estimator.estimate_bps >= 0.8 * MBIT, "and taken back"


def test_two_seconds_without_feedback_hold_the_estimate() -> None:
    loop = Loop(Line(rate_bps=MBIT))
    loop.run(20)
    loop.hears = False
    loop.run(0.1)  # what is under way arrives
    before = loop.estimator.estimate_bps
    loop.run(1.9)
    assert loop.estimator.estimate_bps == before
    loop.hears = True
    loop.run(10)
    assert min(loop.since(10)) >= 0.75 * MBIT


def test_a_shallow_queue_is_felt_by_loss_and_delay_alike() -> None:
    loop = Loop(Line(rate_bps=MBIT, queue_s=0.06))
    loop.run(60)
    assert mean(loop.since(40)) >= 0.75 * MBIT
    assert loop.longest_above(1.1 * MBIT) <= 2


def test_two_who_share_a_line_both_get_a_good_part_of_it() -> None:
    line = Line(rate_bps=2 * MBIT)
    first, second = Loop(line), Loop(line)
    first.run(20)
    second.begin_at(first.now)
    for _ in range(round(90 / STEP_S)):
        first.step()
        second.step()
    shares = [mean(loop.since(45)) for loop in (first, second)]
    assert min(shares) >= 0.3 * 2 * MBIT
    assert sum(shares) <= 1.05 * 2 * MBIT
