"""Report blocks against hand-made streams and aiortc's statistics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.receive_statistics import ReceiveStatistics
from rtc_server.wire.ntp import ntp_from_unix
from rtc_server.wire.rtcp import ReportBlock

CLOCK = 90000


def block(statistics: ReceiveStatistics, now: float = 0.0) -> ReportBlock:
    found = statistics.report_block(now)
    assert found is not None
    return found


def test_silent_stream_has_no_block() -> None:
    assert ReceiveStatistics(1, CLOCK).report_block(0.0) is None
    assert ReceiveStatistics(1, CLOCK).packets_lost == 0


def test_loss_of_interval_and_in_all() -> None:
    statistics = ReceiveStatistics(7, CLOCK)
    for number in (0, 1, 2, 5):
        statistics.receive(number, 0, 100, 0.0)
    first = block(statistics)
    assert (first.ssrc, first.packets_lost, first.fraction_lost, first.highest_sequence) == (
        7,
        2,
        2 * 256 // 6,
        5,
    )
    statistics.receive(6, 0, 100, 0.0)
    second = block(statistics)
    assert (second.packets_lost, second.fraction_lost) == (2, 0)
    assert (statistics.packets, statistics.payload_bytes) == (5, 500)


def test_cycles_are_in_the_highest_number() -> None:
    """RFC 3550 §6.4.1: "the most significant 16 bits extend that sequence number" with the cycles."""
    statistics = ReceiveStatistics(1, CLOCK)
    for number in (65534, 65535, 0, 1):
        statistics.receive(number, 0, 1, 0.0)
    assert block(statistics).highest_sequence == 0x1_0001
    assert statistics.packets_lost == 0


def test_reordering_is_no_loss_and_duplicates_make_it_negative() -> None:
    statistics = ReceiveStatistics(1, CLOCK)
    for number in (1, 3, 2, 2):
        statistics.receive(number, 0, 1, 0.0)
    assert block(statistics).packets_lost == -1
    assert block(statistics).fraction_lost == 0


def test_repaired_packets_stay_out_of_loss() -> None:
    statistics = ReceiveStatistics(1, CLOCK)
    statistics.receive(1, 0, 1, 0.0)
    statistics.receive(3, 0, 1, 0.0)
    statistics.receive_repaired(50)
    assert block(statistics).packets_lost == 1
    assert (statistics.repaired, statistics.payload_bytes) == (1, 52)


def test_restarted_sender() -> None:
    """RFC 3550 A.1: two in sequence far away are a restart, one is a stray."""
    statistics = ReceiveStatistics(1, CLOCK)
    for number in (10, 11, 40000, 12):
        statistics.receive(number, 0, 1, 0.0)
    assert block(statistics).highest_sequence == 12
    for number in (40000, 40001, 40002):
        statistics.receive(number, 0, 1, 0.0)
    last = block(statistics)
    assert (last.highest_sequence, last.packets_lost) == (40002, 0)


def test_jitter_of_a_steady_stream_is_nothing() -> None:
    statistics = ReceiveStatistics(1, CLOCK)
    for index in range(100):
        statistics.receive(index, index * 3000, 1, index / 30)
    assert statistics.jitter_s == pytest.approx(0.0, abs=1e-6)


def test_jitter_converges_to_the_mean_deviation() -> None:
    """Every second frame 10 ms late: |D| is 10 ms each time, and so is J in the end (A.8)."""
    statistics = ReceiveStatistics(1, CLOCK)
    for index in range(200):
        statistics.receive(index, index * 3000, 1, index / 30 + (index % 2) * 0.01)
    assert statistics.jitter_s == pytest.approx(0.01, rel=0.01)
    assert block(statistics).jitter == pytest.approx(900, abs=10)


def test_packets_of_one_frame_are_no_jitter() -> None:
    statistics = ReceiveStatistics(1, CLOCK)
    for index in range(100):
        for part in range(5):
            statistics.receive(index * 5 + part, index * 3000, 1, index / 30 + part * 0.002)
    assert statistics.jitter_s == pytest.approx(0.0, abs=1e-6)


def test_last_sender_report_and_its_delay() -> None:
    statistics = ReceiveStatistics(1, CLOCK)
    statistics.receive(1, 0, 1, 0.0)
    assert (block(statistics).last_sr, block(statistics).delay_since_last_sr) == (0, 0)
    ntp = ntp_from_unix(1000.5)
    statistics.receive_sender_report(ntp, 10.0)
    found = block(statistics, 12.5)
    assert found.last_sr == ntp >> 16 & 0xFFFF_FFFF
    assert found.delay_since_last_sr == round(2.5 * 65536)


@given(
    st.lists(
        st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF), st.floats(0, 5), st.booleans()),
        max_size=80,
    )
)
def test_any_stream_gives_blocks_that_fit_the_wire(script: list[tuple[int, int, float, bool]]) -> None:
    statistics = ReceiveStatistics(1, CLOCK)
    now = 0.0
    for number, timestamp, wait, report in script:
        now += wait
        statistics.receive(number, timestamp, 10, now)
        if report:
            found = block(statistics, now)
            assert 0 <= found.fraction_lost <= 255
            assert -0x80_0000 <= found.packets_lost <= 0x7F_FFFF
            assert 0 <= found.highest_sequence <= 0xFFFF_FFFF
            assert 0 <= found.jitter <= 0xFFFF_FFFF
