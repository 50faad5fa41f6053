"""Transport-wide feedback: single steps, and a sender that rebuilds the arrivals from what it is told."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.transport_wide import INTERVAL_S, TransportWideRecorder
from rtc_server.wire.rtcp import TransportWideFeedback, parse_compound, serialize
from rtc_server.wire.rtcp_transport_cc import DELTA_S, REFERENCE_S
from rtc_server.wire.sequence import Unwrapper

MTU = 1200


class Sender:
    """What a sender learns of its packets: number → arrival in seconds, None for lost."""

    def __init__(self, first: int = 0) -> None:
        self.known: dict[int, float | None] = {}
        self._unwrapper = Unwrapper()
        self._unwrapper.unwrap(first)

    def learn(self, report: TransportWideFeedback) -> None:
        data = serialize([report])
        assert len(data) <= MTU
        assert parse_compound(data) == [report]
        base = self._unwrapper.unwrap(report.base_sequence_number)
        self._unwrapper.unwrap((report.base_sequence_number + len(report.deltas) - 1) & 0xFFFF)
        time = report.reference_time * REFERENCE_S
        for number, delta in enumerate(report.deltas, base):
            if delta is None:
                self.known.setdefault(number, None)
            else:
                time += delta * DELTA_S
                self.known[number] = time


def test_nothing_recorded_nothing_due() -> None:
    recorder = TransportWideRecorder(1)
    assert recorder.next_deadline() == NEVER
    assert recorder.handle_timeout(100.0) == []


def test_one_report_after_the_interval() -> None:
    recorder = TransportWideRecorder(1)
    recorder.record(100, 7, 1.0)
    recorder.record(102, 7, 1.01)
    assert recorder.next_deadline() == pytest.approx(1.05)
    assert recorder.handle_timeout(1.04) == []
    (report,) = recorder.handle_timeout(1.05)
    assert (report.sender_ssrc, report.media_ssrc, report.base_sequence_number) == (1, 7, 100)
    # 1.0 s is 15 × 64 ms and 160 ticks of 250 µs.
    assert report.reference_time == 15
    assert report.deltas == (160, None, 40)
    assert recorder.next_deadline() == NEVER


def test_a_loss_between_two_reports_is_reported() -> None:
    recorder = TransportWideRecorder(1)
    recorder.record(1, 7, 1.0)
    recorder.handle_timeout(1.05)
    recorder.record(3, 7, 1.06)
    (report,) = recorder.handle_timeout(1.2)
    assert report.base_sequence_number == 2
    assert report.deltas[0] is None
    assert report.feedback_count == 1


def test_what_was_lost_in_an_outage_is_not_reported() -> None:
    recorder = TransportWideRecorder(1)
    recorder.record(1, 7, 1.0)
    recorder.handle_timeout(1.05)
    recorder.record(3, 7, 1.5)
    recorder.record(4, 7, 1.51)
    (report,) = recorder.handle_timeout(1.6)
    assert (report.base_sequence_number, report.deltas[0]) == (2, None)
    recorder.record(300, 7, 6.5)
    recorder.record(302, 7, 6.51)
    (report,) = recorder.handle_timeout(6.6)
    assert (report.base_sequence_number, len(report.deltas)) == (300, 3)


def test_a_straggler_is_reported_among_its_neighbours() -> None:
    sender, recorder = Sender(), TransportWideRecorder(1)
    for number in (1, 3, 4):
        recorder.record(number, 7, 1.0 + number / 1000)
    for report in recorder.handle_timeout(1.1):
        sender.learn(report)
    assert sender.known[2] is None
    recorder.record(2, 7, 1.12)
    for report in recorder.handle_timeout(1.2):
        sender.learn(report)
    assert sender.known[2] == pytest.approx(1.12, abs=DELTA_S)
    assert sender.known[3] == pytest.approx(1.003, abs=DELTA_S)


def test_duplicates_keep_the_first_arrival() -> None:
    recorder = TransportWideRecorder(1)
    recorder.record(1, 7, 1.0)
    recorder.record(1, 7, 1.04)
    (report,) = recorder.handle_timeout(1.05)
    assert report.deltas == (160,)


def test_a_pause_too_long_for_a_delta_splits_the_report() -> None:
    """16 bits of 250 µs are 8.19 s."""
    sender, recorder = Sender(), TransportWideRecorder(1)
    recorder.record(1, 7, 1.0)
    recorder.record(2, 7, 20.0)
    reports = recorder.handle_timeout(20.0)
    assert len(reports) == 2
    for report in reports:
        sender.learn(report)
    assert sender.known[2] == pytest.approx(20.0, abs=DELTA_S)


def test_a_huge_step_is_a_new_beginning() -> None:
    recorder = TransportWideRecorder(1)
    recorder.record(1, 7, 1.0)
    recorder.handle_timeout(1.05)
    recorder.record(20000, 7, 1.06)
    (report,) = recorder.handle_timeout(1.2)
    assert (report.base_sequence_number, len(report.deltas)) == (20000, 1)


@given(
    st.integers(0, 0xFFFF),
    st.lists(st.tuples(st.integers(0, 40), st.floats(0, 0.2), st.booleans()), min_size=1, max_size=150),
)
def test_any_arrivals_are_told_exactly(first: int, script: list[tuple[int, float, bool]]) -> None:
    """Every arrival is known to a tick, unless it came so late that its neighbours were forgotten."""
    sender, recorder = Sender(first), TransportWideRecorder(1)
    number, now = first, 5.0
    arrived: dict[int, float] = {}
    for step, wait, late in script:
        number += step
        now += wait
        candidate = number - 3 if late and number - 3 >= first else number
        if candidate not in arrived:
            arrived[candidate] = now
        recorder.record(candidate & 0xFFFF, 7, now)
        if now >= recorder.next_deadline():
            for report in recorder.handle_timeout(now):
                sender.learn(report)
            assert recorder.next_deadline() > now
    for report in recorder.handle_timeout(now + INTERVAL_S):
        sender.learn(report)
    told = {key: value for key, value in sender.known.items() if value is not None}
    forgotten = {key for key in arrived if key not in told}
    # A straggler may come after its neighbours were forgotten (half a second), never anything else.
    assert all(
        any(arrived[other] <= arrived[key] - 0.4 for other in arrived if other > key) for key in forgotten
    )
    for key, value in told.items():
        assert value == pytest.approx(arrived[key], abs=DELTA_S)


@pytest.mark.parametrize("seed", range(3))
def test_a_thousand_packets_a_second_with_loss(seed: int) -> None:
    rng = random.Random(seed)
    sender, recorder = Sender(65000), TransportWideRecorder(1)
    arrived: dict[int, float] = {}
    for index in range(20000):
        now = index / 1000
        if rng.random() > 0.1:
            arrived[65000 + index] = now
            recorder.record((65000 + index) & 0xFFFF, 7, now)
        if now >= recorder.next_deadline():
            for report in recorder.handle_timeout(now):
                sender.learn(report)
    for report in recorder.handle_timeout(30.0):
        sender.learn(report)
    lost = {key for key, value in sender.known.items() if value is None}
    span = range(min(arrived), max(arrived) + 1)
    assert lost == set(span) - set(arrived)
    assert all(sender.known[key] == pytest.approx(value, abs=DELTA_S) for key, value in arrived.items())
