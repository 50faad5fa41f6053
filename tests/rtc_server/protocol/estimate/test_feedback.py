"""What a peer's reports tell of what was sent, and which of them are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.estimate.feedback import (
    READS_PER_PACKET,
    REPORT_COST,
    FeedbackReader,
)
from rtc_server.protocol.estimate.history import CAPACITY, SentHistory
from rtc_server.wire.rtcp import TransportWideFeedback

TICKS_PER_REFERENCE = 256


def report(base: int, *deltas: int | None, reference: int = 0) -> TransportWideFeedback:
    return TransportWideFeedback(1, 2, base & 0xFFFF, reference, 0, deltas)


def sent(count: int, *, first: int = 0, size: int = 1000) -> tuple[SentHistory, FeedbackReader]:
    """Return a history of packets that left 10 ms apart, the first at 0.0, and its reader."""
    history = SentHistory()
    history.next_number = first
    for number in range(count):
        assert history.remember(size, number / 100) == (first + number) & 0xFFFF
    return history, FeedbackReader(history)


def test_arrivals_losses_and_the_round_trip() -> None:
    _, reader = sent(4)
    told = reader.read(report(0, 4, None, 40, 8), now=0.15)
    assert told is not None
    assert told.received == [
        (0, 0.0, pytest.approx(0.001), 1000),
        (2, 0.02, pytest.approx(0.011), 1000),
        (3, 0.03, pytest.approx(0.013), 1000),
    ]
    assert (told.lost, told.lost_bytes) == (1, 1000)
    assert told.round_trip == pytest.approx(0.12), "from the last to arrive, which left at 0.03"


def test_a_packet_is_told_of_once() -> None:
    _, reader = sent(3)
    reader.read(report(0, 4, None, 4), now=0.1)
    again = reader.read(report(0, 4, None, 4), now=0.2)
    assert again is not None
    assert (again.received, again.lost, again.round_trip) == ([], 0, None)


def test_a_straggler_takes_its_loss_back() -> None:
    _, reader = sent(3)
    first = reader.read(report(0, 4, None, 4), now=0.1)
    then = reader.read(report(1, 80, 4), now=0.2)
    assert first is not None
    assert then is not None
    assert first.lost + then.lost == 0
    assert [packet[0] for packet in then.received] == [1]


def test_numbers_wrap() -> None:
    _, reader = sent(4, first=0xFFFE)
    told = reader.read(report(0xFFFE, 4, 4, 4, 4), now=1.0)
    assert told is not None
    assert [packet[0] for packet in told.received] == [0xFFFE, 0xFFFF, 0x10000, 0x10001]


def test_the_peers_clock_wraps() -> None:
    _, reader = sent(2)
    before = reader.read(report(0, 0, reference=0x7F_FFFF), now=0.1)
    after = reader.read(report(1, 0, reference=-0x80_0000), now=0.2)
    assert before is not None
    assert after is not None
    assert after.received[0][2] - before.received[0][2] == pytest.approx(0.064)


@pytest.mark.parametrize("base", [10, 11, 0x8000, 0xFFFF])
def test_a_report_of_what_was_never_sent_is_refused_whole(base: int) -> None:
    _, reader = sent(10)
    assert reader.read(report(base, 4), now=1.0) is None
    assert reader.read(report(9, 4, 4), now=1.0) is None, "its end"
    told = reader.read(report(0, *[4] * 10), now=1.0)
    assert told is not None
    assert len(told.received) == 10


def test_what_is_no_more_remembered_is_left_out() -> None:
    history, reader = sent(CAPACITY + 10)
    assert history.oldest == 10
    told = reader.read(report(8, 4, 4, 4, 4), now=100.0)
    assert told is not None
    assert [packet[0] for packet in told.received] == [10, 11]
    assert reader.read(report(2, 4, 4), now=100.0) is None


def test_what_was_sent_pays_for_what_is_read() -> None:
    _, reader = sent(100)
    flood = report(0, *[None] * 100)
    read = sum(reader.read(flood, now=1.0) is not None for _ in range(1000))
    assert read == (READS_PER_PACKET * 100 + CAPACITY) // (100 + REPORT_COST)


@given(
    st.integers(0, 200),
    st.lists(
        st.builds(
            TransportWideFeedback,
            sender_ssrc=st.just(1),
            media_ssrc=st.just(2),
            base_sequence_number=st.integers(0, 0xFFFF) | st.integers(0, 250),
            reference_time=st.integers(-0x80_0000, 0x7F_FFFF),
            feedback_count=st.integers(0, 255),
            deltas=st.lists(st.none() | st.integers(-0x8000, 0x7FFF), max_size=60).map(tuple),
        ),
        max_size=12,
    ),
)
def test_whatever_a_peer_says_no_packet_comes_twice(count: int, reports: list[TransportWideFeedback]) -> None:
    _, reader = sent(count)
    told = [entry for one in reports if (entry := reader.read(one, now=9.0)) is not None]
    numbers = [packet[0] for entry in told for packet in entry.received]
    assert len(numbers) == len(set(numbers))
    assert all(0 <= number < count for number in numbers)
    assert all(entry.round_trip is None or 0 <= entry.round_trip <= 9 for entry in told)
