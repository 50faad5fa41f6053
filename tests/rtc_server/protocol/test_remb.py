"""The uplink estimator in front of a model of a bottleneck."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.remb import MIN_BPS, UplinkEstimator

INITIAL = 600_000
CEILING = 8_000_000


def run(capacity_bps: int, wanted_bps: int, seconds: int) -> list[int]:
    """Let a sender that obeys REMB send through a bottleneck; return the announced rates."""
    estimator = UplinkEstimator(initial_bps=INITIAL, max_bps=CEILING, now=0.0)
    announced = []
    for second in range(1, seconds + 1):
        sent = min(wanted_bps, estimator.estimate_bps)
        arrived = min(sent, capacity_bps)
        packets = max(sent // 8000, 1)
        for _ in range(arrived // 8000):
            estimator.receive(1000)
        estimator.receive_report(packets - arrived // 8000, packets)
        rate = estimator.handle_timeout(float(second))
        assert rate is not None
        announced.append(rate)
    return announced


def test_first_announcement_after_a_second() -> None:
    estimator = UplinkEstimator(initial_bps=INITIAL, max_bps=CEILING, now=10.0)
    assert estimator.handle_timeout(10.9) is None
    assert estimator.next_deadline() == 11.0
    assert estimator.handle_timeout(11.0) == INITIAL
    assert estimator.next_deadline() == 12.0


def test_good_path_reaches_what_the_sender_wants() -> None:
    assert run(capacity_bps=10**8, wanted_bps=2_500_000, seconds=60)[-1] >= 2_500_000


def test_never_above_the_ceiling() -> None:
    assert max(run(capacity_bps=10**9, wanted_bps=10**8, seconds=120)) == CEILING


def test_bottleneck_is_found_and_used() -> None:
    announced = run(capacity_bps=1_000_000, wanted_bps=5_000_000, seconds=90)
    late = announced[40:]
    assert max(late) < 1_400_000
    assert min(late) > 700_000


def test_thin_path_below_the_start_is_found() -> None:
    announced = run(capacity_bps=250_000, wanted_bps=5_000_000, seconds=60)
    assert sum(announced[20:]) / 40 < 400_000


def test_idle_sender_may_always_start_again() -> None:
    assert run(capacity_bps=10**8, wanted_bps=0, seconds=60)[-1] >= INITIAL


def test_a_little_loss_is_tolerated() -> None:
    estimator = UplinkEstimator(initial_bps=INITIAL, max_bps=CEILING, now=0.0)
    estimator.receive_report(5, 100)
    assert estimator.handle_timeout(1.0) == INITIAL


@given(
    st.lists(
        st.tuples(st.integers(0, 5000), st.integers(-10, 300), st.integers(-10, 300), st.floats(0, 3)),
        max_size=60,
    )
)
def test_any_script_stays_in_bounds(script: list[tuple[int, int, int, float]]) -> None:
    estimator = UplinkEstimator(initial_bps=INITIAL, max_bps=CEILING, now=0.0)
    now = 0.0
    for packets, lost, expected, wait in script:
        now += wait
        for _ in range(packets % 50):
            estimator.receive(1200)
        estimator.receive_report(lost, expected)
        rate = estimator.handle_timeout(now)
        if rate is not None:
            assert MIN_BPS <= rate <= CEILING
        assert estimator.next_deadline() > now
        assert estimator.estimate_bps == pytest.approx(estimator.estimate_bps)
