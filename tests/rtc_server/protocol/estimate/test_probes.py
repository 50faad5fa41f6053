"""Probes: what one measures, when they are sent, and what they may cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.estimate.history import SentHistory
from rtc_server.protocol.estimate.probe import ALLOWANCE_BYTES, SHARE, Prober
from rtc_server.protocol.estimate.probe_cluster import DURATION_S, PACE_S, ProbeCluster
from tests.rtc_server.protocol.estimate.link import Line, Loop, mean

MBIT = 1_000_000.0
WANTED = 3_000_000


def probe(rate_bps: float, *, line_bps: float, lost: int = 0, arrived_at_once: bool = False) -> float | None:
    """Send one probe of 250-byte packets through a line; return what it measured."""
    history = SentHistory()
    cluster, free_at, now, sent = ProbeCluster(rate_bps, history, 10.0), 0.0, 10.0, []
    while size := cluster.pace(now):
        for _ in range(max(size // 250, 1)):
            number = history.next_number
            history.remember(250, now)
            free_at = max(free_at, now) + 2000 / line_bps
            sent.append((number, now, 50.0 if arrived_at_once else 40 + free_at, 250))
        now = cluster.next_deadline()
    assert now == pytest.approx(10.0 + DURATION_S)
    cluster.receive(sent[: len(sent) - lost])
    assert cluster.is_over(now) == (not lost)
    assert cluster.is_over(now + 1.1)
    return cluster.measured_bps()


def test_a_line_with_room_is_measured_at_the_rate_of_the_probe() -> None:
    assert probe(1.8 * MBIT, line_bps=50 * MBIT) == pytest.approx(1.8 * MBIT, rel=0.1)


def test_a_line_that_is_full_is_measured_at_its_own_rate() -> None:
    assert probe(1.8 * MBIT, line_bps=MBIT) == pytest.approx(0.95 * MBIT, rel=0.02)


def test_a_probe_of_which_too_little_came_or_all_at_once_says_nothing() -> None:
    assert probe(1.8 * MBIT, line_bps=MBIT, lost=30) is None
    assert probe(1.8 * MBIT, line_bps=MBIT, lost=3) is not None
    assert probe(1.8 * MBIT, line_bps=MBIT, arrived_at_once=True) is None


def test_media_that_leaves_meanwhile_is_part_of_the_probe() -> None:
    history = SentHistory()
    cluster = ProbeCluster(800_000, history, 10.0)
    assert cluster.pace(10.0) == 1000
    for _ in range(3):
        history.remember(1000, 10.0)
    assert cluster.pace(10.0 + PACE_S) == 0
    assert cluster.pace(10.0 + 3 * PACE_S) == pytest.approx(1000, abs=1)


def test_without_a_wish_there_is_no_probe_and_no_timer() -> None:
    loop = Loop(Line(rate_bps=5 * MBIT), wanted_bps=200_000)
    loop.run(20)
    assert (loop.prober.probes, loop.padded) == (0, 0)
    assert loop.prober.next_deadline() == NEVER


def test_where_padding_cannot_be_sent_there_is_no_probe() -> None:
    loop = Loop(Line(rate_bps=5 * MBIT), wanted_bps=200_000, can_pad=False)
    loop.prober.want(WANTED)
    loop.run(5)
    assert (loop.prober.probes, loop.padded) == (0, 0)
    loop.can_pad = True
    loop.run(1.05)
    assert loop.prober.probes > 0


def test_there_is_no_probe_before_the_peer_answers() -> None:
    loop = Loop(wanted_bps=200_000, hears=False)
    loop.prober.want(WANTED)
    loop.run(10)
    assert loop.prober.probes == 0


@pytest.mark.parametrize("rate", [0.4 * MBIT, MBIT, 2 * MBIT])
def test_a_thin_stream_learns_what_the_line_would_carry(rate: float) -> None:
    loop = Loop(Line(rate_bps=rate), wanted_bps=200_000)
    loop.prober.want(WANTED)
    loop.run(5)
    assert 0.8 * rate <= loop.estimator.estimate_bps <= 1.1 * rate
    loop.run(55)
    assert mean(loop.since(30)) >= 0.8 * rate
    assert loop.longest_above(1.1 * rate) <= 2


def test_probes_end_where_nobody_wants_more() -> None:
    loop = Loop(Line(rate_bps=20 * MBIT), wanted_bps=200_000)
    loop.prober.want(1_500_000)
    loop.run(60)
    assert loop.estimator.estimate_bps <= 1.1 * 1_500_000
    assert loop.estimator.estimate_bps >= 0.9 * 1_500_000
    before = loop.prober.probes
    loop.run(20)
    assert loop.prober.probes == before


def test_a_full_line_is_left_alone() -> None:
    loop = Loop(Line(rate_bps=MBIT))
    loop.prober.want(WANTED)
    loop.run(60)
    assert loop.prober.probes <= 3
    assert min(loop.since(50)) >= 0.75 * MBIT
    assert loop.longest_above(1.1 * MBIT) <= 2


def test_after_a_drop_the_way_back_is_short() -> None:
    loop = Loop(Line(rate_bps=2 * MBIT))
    loop.prober.want(WANTED)
    loop.run(20)
    loop.line.rate_bps = 300_000
    loop.run(3)
    assert loop.estimator.estimate_bps <= 300_000
    loop.line.rate_bps = 2 * MBIT
    loop.run(5)
    assert loop.estimator.estimate_bps >= 1.5 * MBIT


@given(st.floats(0.1, 8), st.floats(0, 0.3), st.floats(0, 0.05), st.integers(30, 500))
def test_padding_is_a_small_share_of_the_traffic(
    mbit: float, loss: float, jitter: float, media_kbps: int
) -> None:
    loop = Loop(Line(rate_bps=mbit * MBIT, loss=loss, jitter_s=jitter), wanted_bps=media_kbps * 1000)
    loop.prober.want(WANTED)
    loop.run(20)
    assert loop.padded <= ALLOWANCE_BYTES + SHARE * 20 * max(media_kbps * 1000, 2 * WANTED) / 8
    assert loop.estimator.estimate_bps <= loop.max_bps


def test_a_prober_of_a_peer_that_is_silent_waits() -> None:
    loop = Loop(wanted_bps=200_000)
    loop.prober.want(WANTED)
    loop.run(5)
    loop.hears = False
    before = loop.prober.probes
    loop.run(20)
    assert loop.prober.probes <= before + 1


def test_a_prober_looks_each_quarter_of_a_second_only() -> None:
    loop = Loop()
    prober = Prober(loop.history, loop.estimator)
    prober.want(WANTED)
    assert prober.handle_timeout(100.0, can_pad=True) == 0
    assert prober.next_deadline() == 100.25
