"""Each step of the estimate by itself, with figures reckoned by hand from the draft's equations."""

import math

import pytest

from rtc_server.protocol.estimate.acknowledged import AcknowledgedRate
from rtc_server.protocol.estimate.aimd import AimdController, RateState, additive_step
from rtc_server.protocol.estimate.feedback import ReceivedPacket
from rtc_server.protocol.estimate.groups import ArrivalGroups, GroupDelta
from rtc_server.protocol.estimate.loss import LossBound
from rtc_server.protocol.estimate.maximum import LineMaximum
from rtc_server.protocol.estimate.overuse import OveruseDetector, Usage
from rtc_server.protocol.estimate.trendline import WINDOW, Trendline

# --- groups (GCC §5.2)


def packets(*pairs: tuple[float, float]) -> list[ReceivedPacket]:
    """Return packets by when they left and arrived, in milliseconds."""
    return [(number, out / 1000, come / 1000, 1000) for number, (out, come) in enumerate(pairs)]


def deltas(*pairs: tuple[float, float]) -> list[tuple[float, float, float]]:
    """Return sending, arrival and variation of each group in milliseconds."""
    return [
        (round(delta.sent_s * 1000, 6), round(delta.arrived_s * 1000, 6), round(delta.variation_ms, 6))
        for delta in ArrivalGroups().feed(packets(*pairs))
    ]


def test_what_is_sent_within_a_burst_is_one_group_and_its_last_packet_stands_for_it() -> None:
    assert deltas((0, 50), (2, 51), (5, 52), (33, 84), (36, 90), (66, 116), (99, 150)) == [
        (31, 38, 7),  # 36 − 5, 90 − 52
        (30, 26, -4),
    ]


def test_what_a_queue_lets_go_together_is_one_group() -> None:
    # 20 and 40 left apart but arrive within 5 ms of the group, sooner than they were sent apart.
    assert deltas((0, 100), (20, 103), (40, 106), (60, 160), (80, 180)) == [(20, 54, 34)]


def test_a_set_clock_is_no_queue() -> None:
    assert deltas((0, 50), (20, 70), (40, 90), (60, 100_000), (80, 100_020)) == [(20, 20, 0)] * 2


def test_a_packet_that_is_told_of_late_changes_no_group() -> None:
    assert deltas((0, 50), (20, 70), (4, 400), (40, 90), (60, 110)) == [(20, 20, 0), (20, 20, 0)]


def test_a_clock_that_goes_back_begins_anew() -> None:
    before = [(20 * number, 5000 + 20 * number) for number in range(4)]
    after = [(80 + 20 * number, 3000 + 20 * number) for number in range(10)]
    assert deltas(*before, *after) == [(20, 20, 0)] * 8, "three of them begin anew, others are compared"


# --- trendline


def test_the_slope_is_that_of_the_growing_delay() -> None:
    """A queue that grows by 1 ms each 10 ms: once the smoothing has settled, the slope is 0.1."""
    trend, slope = Trendline(), 0.0
    for number in range(200):
        slope = trend.update(GroupDelta(0.009, 0.010, number * 0.010))
    assert trend.slope == pytest.approx(0.1, rel=1e-3)
    assert slope == pytest.approx(60 * 0.1 * 4, rel=1e-3), "60 groups at most, times the gain"


def test_it_says_nothing_before_its_window_is_full() -> None:
    trend = Trendline()
    values = [trend.update(GroupDelta(0.0, 0.010, number * 0.010)) for number in range(WINDOW)]
    assert values[:-1] == [0.0] * (WINDOW - 1)
    assert values[-1] > 0


def test_one_time_for_all_points_is_no_slope() -> None:
    trend = Trendline()
    assert [trend.update(GroupDelta(0.01, 0.0, 5.0)) for _ in range(30)] == [0.0] * 30


# --- detector (GCC §5.4)


def test_the_threshold_follows_the_trend() -> None:
    """del_var_th(i) = del_var_th(i−1) + (t(i) − t(i−1)) · K(i) · (|m(i)| − del_var_th(i−1))."""
    detector = OveruseDetector()
    detector.update(0.0, sent_ms=10, at_ms=1000)
    detector.update(2.5, sent_ms=10, at_ms=1010)
    assert detector.threshold_ms == pytest.approx(12.5 + 10 * 0.039 * (2.5 - 12.5))
    before = detector.threshold_ms
    detector.update(-(before + 10), sent_ms=10, at_ms=1020)
    assert detector.threshold_ms == pytest.approx(before + 10 * 0.0087 * 10)


def test_a_spike_moves_no_threshold_and_its_bounds_hold() -> None:
    detector = OveruseDetector()
    for number in range(100):
        detector.update(500.0, sent_ms=10, at_ms=number * 10)
    assert detector.threshold_ms == 12.5
    for number in range(100, 1000):
        detector.update(0.0, sent_ms=10, at_ms=number * 10)
    assert detector.threshold_ms == 6.0


def test_overuse_needs_time_more_than_one_group_and_a_trend_that_does_not_fall() -> None:
    detector = OveruseDetector()
    assert detector.update(20, sent_ms=30, at_ms=0) is Usage.NORMAL, "one group"
    assert detector.update(19, sent_ms=30, at_ms=30) is Usage.NORMAL, "falling"
    assert detector.update(25, sent_ms=30, at_ms=60) is Usage.OVER
    short = OveruseDetector()
    assert short.update(20, sent_ms=4, at_ms=0) is Usage.NORMAL
    assert short.update(21, sent_ms=4, at_ms=4) is Usage.NORMAL, "6 ms of 10"
    assert short.update(22, sent_ms=6, at_ms=10) is Usage.OVER


def test_a_trend_far_below_is_underuse() -> None:
    assert OveruseDetector().update(-13, sent_ms=10, at_ms=0) is Usage.UNDER


# --- incoming rate


def test_the_rate_is_what_arrived_in_half_a_second() -> None:
    rate = AcknowledgedRate()
    rate.add(packets(*[(10 * number, 40 + 10 * number) for number in range(40)]))
    assert rate.bps is None, "not half a second yet"
    rate.add(packets(*[(10 * number, 40 + 10 * number) for number in range(40, 100)]))
    assert rate.bps == 50 * 8000 / 0.5


def test_a_silence_begins_anew() -> None:
    rate = AcknowledgedRate()
    rate.add(packets(*[(10 * number, 10 * number) for number in range(100)]))
    rate.add(packets((3000, 3000)))
    assert rate.bps is None


def test_a_clock_that_stands_still_is_no_great_rate_and_costs_no_memory() -> None:
    rate = AcknowledgedRate()
    rate.add(packets(*[(10 * number, 10 * number) for number in range(60)]))
    for second in range(60):
        rate.add(packets(*[(1000 * second + 10 * number, 600) for number in range(100)]))
    assert rate.bps is not None
    assert rate.bps <= 2 * 8000 * 101
    assert len(rate._packets) <= 101


# --- rate (GCC §5.5)


def controller(initial: int = 300_000) -> AimdController:
    return AimdController(initial_bps=initial, min_bps=30_000, max_bps=5_000_000)


def test_far_from_the_maximum_it_grows_by_eight_percent_a_second() -> None:
    rate = controller()
    for tenth in range(51):
        rate.update(Usage.NORMAL, acknowledged_bps=3e5, round_trip=0.1, now=tenth / 10)
    assert rate.estimate_bps == pytest.approx(300_000 * 1.08**5)


def test_a_decrease_goes_below_what_arrives_and_then_holds() -> None:
    rate = controller(1_000_000)
    rate.update(Usage.OVER, acknowledged_bps=800_000, round_trip=0.1, now=1.0)
    assert rate.estimate_bps == pytest.approx(0.85 * 800_000)
    assert rate.state is RateState.DECREASE
    rate.update(Usage.NORMAL, acknowledged_bps=680_000, round_trip=0.1, now=1.1)
    assert rate.state is RateState.HOLD
    assert rate.estimate_bps == pytest.approx(680_000)


def test_near_the_maximum_it_grows_by_half_a_packet_a_response_time() -> None:
    """At 680 kbit/s a frame has 22,667 bits, that is three packets of 7,556; 0.1 s of the 0.2 s response."""
    assert additive_step(680_000, 0.1, 0.1) == pytest.approx(0.5 * 0.5 * 680_000 / 30 / 3)
    assert additive_step(30_000, 0.1, 0.01) == 1000, "the least step"
    rate = controller(1_000_000)
    rate.update(Usage.OVER, acknowledged_bps=800_000, round_trip=0.1, now=1.0)
    for tenth in range(1, 4):  # hold, increase, increase
        rate.update(Usage.NORMAL, acknowledged_bps=790_000, round_trip=0.1, now=1.0 + tenth / 10)
    first = 680_000 + additive_step(680_000, 0.1, 0.1)
    assert rate.estimate_bps == pytest.approx(first + additive_step(first, 0.1, 0.1))


def test_beyond_the_maximum_it_grows_fast_again() -> None:
    rate = controller(1_000_000)
    rate.update(Usage.OVER, acknowledged_bps=800_000, round_trip=0.1, now=1.0)
    rate.update(Usage.NORMAL, acknowledged_bps=800_000, round_trip=0.1, now=1.1)
    rate.update(Usage.NORMAL, acknowledged_bps=900_000, round_trip=0.1, now=1.2)
    assert rate.estimate_bps == pytest.approx(0.85 * 900_000)
    rate.update(Usage.NORMAL, acknowledged_bps=900_000, round_trip=0.1, now=1.3)
    assert rate.estimate_bps == pytest.approx(0.85 * 900_000 * 1.08**0.1)


def test_what_is_sent_bounds_the_growth_and_never_lowers() -> None:
    rate = controller()
    for tenth in range(1000):
        rate.update(Usage.NORMAL, acknowledged_bps=250_000, round_trip=0.1, now=tenth / 10)
    assert rate.estimate_bps == 375_000
    rate.update(Usage.NORMAL, acknowledged_bps=50_000, round_trip=0.1, now=101)
    assert rate.estimate_bps == 375_000


def test_what_arrives_while_no_queue_grows_is_carried() -> None:
    rate = controller(100_000)
    rate.update(Usage.UNDER, acknowledged_bps=600_000, round_trip=0.1, now=0)
    assert rate.estimate_bps == 100_000, "a queue that drains lets more through for a while"
    rate.update(Usage.NORMAL, acknowledged_bps=600_000, round_trip=0.1, now=0.1)
    assert rate.estimate_bps == 0.85 * 600_000


def test_one_decrease_has_to_show_before_the_next() -> None:
    rate = controller(1_000_000)
    rate.update(Usage.OVER, acknowledged_bps=800_000, round_trip=0.1, now=1.0)
    rate.update(Usage.OVER, acknowledged_bps=700_000, round_trip=0.1, now=1.05)
    assert rate.estimate_bps == 680_000
    rate.update(Usage.OVER, acknowledged_bps=200_000, round_trip=0.1, now=1.06)
    assert rate.estimate_bps == pytest.approx(170_000), "less than half arrives"


def test_underuse_holds() -> None:
    rate = controller()
    rate.update(Usage.NORMAL, acknowledged_bps=3e5, round_trip=0.1, now=0)
    rate.update(Usage.UNDER, acknowledged_bps=3e5, round_trip=0.1, now=1)
    assert (rate.state, rate.estimate_bps) == (RateState.HOLD, 300_000)


def test_the_maximum_is_a_slow_mean_that_begins_anew_when_it_does_not_fit() -> None:
    line = LineMaximum()
    line.add(1_000_000)
    line.add(990_000)
    assert line.mean_bps == pytest.approx(0.95 * 1_000_000 + 0.05 * 990_000)
    reach = 3 * math.sqrt(0.4 * 999.5) * 1000
    assert not line.outgrown_by(999_500 + reach - 1000)
    line.add(999_500 - reach - 10_000)
    assert line.mean_bps == pytest.approx(999_500 - reach - 10_000)
    assert line.outgrown_by(1_500_000)
    assert line.mean_bps is None


# --- loss (GCC §6)


@pytest.mark.parametrize(
    ("lost", "bound"),
    [
        (1, 1_050_000),  # As(i) = 1.05 · As(i−1)
        (2, 1_000_000),
        (10, 1_000_000),
        (20, 900_000),  # As(i) = As(i−1) · (1 − 0.5 · p)
        (100, 500_000),
    ],
)
def test_the_bound_by_loss(lost: int, bound: float) -> None:
    loss = LossBound(max_bps=20_000_000, min_bps=30_000)
    loss.bps = 1_000_000.0
    loss.add(received=50, lost=0, estimate_bps=2_000_000, acknowledged_bps=None, now=0.0)
    loss.add(received=50 - lost, lost=lost, estimate_bps=2_000_000, acknowledged_bps=None, now=1.0)
    assert loss.fraction == lost / 100
    assert loss.bps == pytest.approx(bound)


def test_a_decrease_begins_at_what_was_allowed() -> None:
    loss = LossBound(max_bps=20_000_000, min_bps=30_000)
    loss.add(received=0, lost=0, estimate_bps=400_000, acknowledged_bps=None, now=0.0)
    loss.add(received=80, lost=20, estimate_bps=400_000, acknowledged_bps=None, now=1.0)
    assert loss.bps == pytest.approx(360_000)


def test_what_arrives_without_loss_is_allowed() -> None:
    loss = LossBound(max_bps=20_000_000, min_bps=30_000)
    loss.bps = 100_000.0
    for now in (0.0, 1.0):
        loss.add(received=100, lost=0, estimate_bps=100_000, acknowledged_bps=600_000, now=now)
    assert loss.bps == pytest.approx(0.85 * 600_000)


def test_few_packets_are_no_judgement() -> None:
    loss = LossBound(max_bps=20_000_000, min_bps=30_000)
    for second in range(9):
        loss.add(received=5, lost=5, estimate_bps=400_000, acknowledged_bps=None, now=float(second))
    assert (loss.bps, loss.fraction) == (20_000_000, 0.0)
