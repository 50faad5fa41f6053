"""Clocks: skew and delay are found back within milliseconds, lies are not believed."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.assemble.clock import sender_envelope, track_clock, wall_offsets
from recording.assemble.envelope import least_squares, lower_envelope
from recording.assemble.survey import Survey, Surveyor
from recording.format import Anchor, Description, Record, RecordKind, SenderReport
from rtc_server.wire.ntp import ntp_from_unix
from rtc_server.wire.rtp import build_packet

RATE = 90000
DESCRIPTION = Description("c1", "a", "a", "camera", 1, 1, "p", "video", "video/VP8", 96, RATE, 1, 7)


def journal(
    seconds: float,
    *,
    skew: float = 0.0,
    ntp_offset: float = 1_700_000_000.0,
    hold_up: tuple[float, float] | None = None,
    ntp_lie: float = 0.0,
    seed: int = 1,
) -> list[Record]:
    """Ten packets and a report a second; what is captured at t arrives 20–40 ms later, by a fast sender."""
    chance = random.Random(seed)
    records = [
        Record(RecordKind.DESCRIPTION, 0, DESCRIPTION.encode()),
        Record(RecordKind.ANCHOR, 0, Anchor("boot", 0, 500_000_000_000).encode()),
    ]
    media: list[tuple[float, int, bytes]] = []
    for index in range(round(seconds * 10)):
        true = 100 + index * 0.1
        arrival = true + 0.02 + chance.random() * 0.02
        if hold_up and hold_up[0] <= true < hold_up[1]:
            arrival = hold_up[1] + index * 1e-6
        rtp = round(true * (1 + skew) * RATE) & 0xFFFFFFFF
        media.append((arrival, RecordKind.RTP, build_packet(96, index & 0xFFFF, rtp, 7, b"x")))
        if index % 10 == 5:
            said = true * (1 + skew) + ntp_offset + chance.gauss(0, 0.003) + ntp_lie * (index > 50)
            report = SenderReport(7, ntp_from_unix(said), rtp)
            media.append((arrival + 0.0001, RecordKind.SENDER_REPORT, report.encode()))
    media.sort(key=lambda item: item[0])
    return records + [Record(kind, round(at * 1e9), payload) for at, kind, payload in media]


def survey(records: list[Record]) -> Survey:
    surveyor = Surveyor(DESCRIPTION)
    surveyor.feed(records)
    return surveyor.result()


def error_of(found: Survey, seconds: float, *, skew: float = 0.0, with_reports: bool = True) -> float:
    """Return the worst |wall − true| over the journal, the 20 ms of shortest delay taken out."""
    clock = track_clock(
        found, sender_envelope([found]) if with_reports else None, wall_offsets(found.anchors)
    )
    assert clock is not None
    worst = 0.0
    for index in range(round(seconds * 10)):
        true = 100 + index * 0.1
        timestamp = round(true * (1 + skew) * RATE)
        sequence = found.stretches[0].first_sequence + index
        worst = max(worst, abs(clock.time(sequence, timestamp) - 500 - 0.02 - true))
    return worst


@pytest.mark.parametrize("with_reports", [True, False])
@pytest.mark.parametrize("skew", [0.0, 80e-6, -80e-6])
def test_an_hour_of_drift_stays_within_milliseconds(skew: float, with_reports: bool) -> None:
    found = survey(journal(1800, skew=skew))
    assert len(found.stretches) == 1
    assert error_of(found, 1800, skew=skew, with_reports=with_reports) < 0.01


def test_hold_up_of_the_network_is_no_jump() -> None:
    found = survey(journal(60, hold_up=(120.0, 121.5)))
    assert len(found.stretches) == 1
    assert error_of(found, 60) < 0.015


def test_reports_that_lie_are_not_believed() -> None:
    found = survey(journal(60, ntp_lie=3600.0))
    assert error_of(found, 60) < 0.03


def test_reports_of_another_stream_are_left_out() -> None:
    stranger = Record(RecordKind.SENDER_REPORT, 200_000_000_000, SenderReport(8, 1 << 40, 5).encode())
    found = survey([*journal(10), stranger])
    assert len(found.stretches[0].reports) == 10


def test_earliest_anchor_of_each_boot_decides() -> None:
    anchors = [Anchor("a", 20, 120), Anchor("a", 10, 100_000_000_010), Anchor("b", 5, 7)]
    assert wall_offsets(anchors) == {"a": 100.0, "b": 2e-9}


points = st.lists(st.tuples(st.floats(0, 1e5), st.floats(-1e3, 1e3)), min_size=1, max_size=40)


@given(points)
def test_envelope_lies_under_all_points(cloud: list[tuple[float, float]]) -> None:
    line = lower_envelope(cloud)
    assert line is not None
    assert all(line.at(x) <= y + 1e-6 for x, y in cloud)


@given(points)
def test_least_squares_never_explodes(cloud: list[tuple[float, float]]) -> None:
    line = least_squares(cloud, min_span=20)
    assert line is not None
    assert abs(line.slope) <= 500e-6


def test_no_points_no_line() -> None:
    assert lower_envelope([]) is None
    assert least_squares([], min_span=1) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2**40), st.binary(max_size=40)), max_size=30))
def test_any_records_survey_without_raising(entries: list[tuple[int, int, bytes]]) -> None:
    surveyor = Surveyor(DESCRIPTION)
    surveyor.feed([Record(RecordKind.DESCRIPTION, 0, DESCRIPTION.encode()), *(Record(*e) for e in entries)])
    assert surveyor.result() is not None
