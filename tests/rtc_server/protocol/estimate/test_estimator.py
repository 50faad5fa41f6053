"""The estimate as a whole: its bounds under any feedback, its states, REMB."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.estimate.estimator import (
    INITIAL_BPS,
    MIN_BPS,
    STALE_S,
    DownlinkEstimator,
    EstimateState,
)
from rtc_server.protocol.estimate.feedback import Acknowledgement, FeedbackReader
from rtc_server.protocol.estimate.history import SentHistory
from rtc_server.wire.rtcp import TransportWideFeedback
from tests.rtc_server.protocol.estimate.link import Line, Loop

MAX_BPS = 5_000_000


def test_nothing_is_known_at_first() -> None:
    estimator = DownlinkEstimator(max_bps=MAX_BPS)
    assert estimator.estimate_bps == INITIAL_BPS == 300_000
    assert estimator.state(0.0) is EstimateState.UNKNOWN
    assert estimator.round_trip is None


def test_little_sent_is_limited_much_is_measured_and_silence_unknown() -> None:
    thin = Loop(Line(rate_bps=5e6), wanted_bps=100_000)
    thin.run(5)
    assert thin.estimator.state(thin.now) is EstimateState.LIMITED
    assert thin.estimator.estimate_bps == INITIAL_BPS, "never above 1.5 of what arrives, never below for it"
    full = Loop()
    full.run(20)
    assert full.estimator.state(full.now) is EstimateState.MEASURED
    assert full.estimator.state(full.now + STALE_S + 1) is EstimateState.UNKNOWN


def test_the_round_trip_is_that_of_the_line_and_of_the_peers_wait() -> None:
    loop = Loop(Line(rate_bps=5e6, delay_s=0.05), feedback_s=0.05)
    loop.run(10)
    assert loop.estimator.round_trip is not None
    assert 0.1 <= loop.estimator.round_trip <= 0.16


@pytest.mark.parametrize(
    ("bitrate", "estimate"), [(0, MIN_BPS), (700_000, 700_000), (2**60, MAX_BPS), (2**81, MAX_BPS)]
)
def test_remb_is_believed_within_bounds(bitrate: int, estimate: int) -> None:
    estimator = DownlinkEstimator(max_bps=MAX_BPS)
    estimator.receive_remb(bitrate, 1.0)
    assert estimator.estimate_bps == estimate
    assert estimator.state(1.5) is EstimateState.MEASURED
    assert estimator.state(7.0) is EstimateState.UNKNOWN


def test_a_peer_that_got_everything_at_once_gets_no_more_than_half_again_of_it() -> None:
    """Its clock stands still and every packet came: it claims any rate."""
    history, estimator = SentHistory(), DownlinkEstimator(max_bps=10**10)
    reader = FeedbackReader(history)
    for number in range(20_000):
        history.remember(1000, number / 100)
        told = reader.read(TransportWideFeedback(1, 1, number & 0xFFFF, number // 64, 0, (0,)), number / 100)
        assert told is not None
        estimator.receive(told, number / 100)
    sent_bps = 1000 * 8 * 100
    assert estimator.estimate_bps <= 2 * 1.5 * sent_bps


reports = st.builds(
    TransportWideFeedback,
    sender_ssrc=st.just(1),
    media_ssrc=st.just(2),
    base_sequence_number=st.integers(0, 400),
    reference_time=st.integers(-0x80_0000, 0x7F_FFFF) | st.integers(0, 20),
    feedback_count=st.just(0),
    deltas=st.lists(st.none() | st.integers(-0x8000, 0x7FFF) | st.integers(0, 40), max_size=80).map(tuple),
)


@given(st.lists(reports | st.integers(0, 2**81), max_size=30), st.floats(0, 1), st.integers(40, 1500))
def test_no_feedback_leads_out_of_bounds(
    script: list[TransportWideFeedback | int], step: float, size: int
) -> None:
    history, estimator = SentHistory(), DownlinkEstimator(max_bps=MAX_BPS)
    reader, now = FeedbackReader(history), 100.0
    for entry in script:
        for _ in range(20):
            history.remember(size, now)
        now += step
        if isinstance(entry, int):
            estimator.receive_remb(entry, now)
        elif (told := reader.read(entry, now)) is not None:
            estimator.receive(told, now)
        assert MIN_BPS <= estimator.estimate_bps <= MAX_BPS
        assert 0 <= estimator.loss <= 1
        for figure in (estimator.round_trip, estimator.acknowledged_bps):
            assert figure is None or (math.isfinite(figure) and figure >= 0)


def test_the_same_feedback_gives_the_same_estimates() -> None:
    runs = []
    for _ in range(2):
        loop = Loop(Line(loss=0.02, jitter_s=0.01, seed=4))
        loop.run(10)
        runs.append(loop.estimates)
    assert runs[0] == runs[1]


def test_a_report_without_news_changes_nothing() -> None:
    loop = Loop()
    loop.run(5)
    before = loop.estimator.estimate_bps
    loop.estimator.receive(Acknowledgement(), loop.now)
    assert loop.estimator.estimate_bps == before
