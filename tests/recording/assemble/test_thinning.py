"""A journal's clock readings stay few, whatever it says, and say the same as all of them did."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.assemble.envelope import least_squares, lower_envelope
from recording.assemble.readings import Report, Stretch
from recording.assemble.survey import Surveyor
from recording.assemble.thinning import MOST, MOST_STRETCHES, thin_floors, thin_reports
from recording.format import Anchor, Description, Record, RecordKind, SenderReport
from rtc_server.wire.ntp import ntp_from_unix
from rtc_server.wire.rtp import build_packet

DESCRIPTION = Description("c1", "a", "a", "microphone", 1, 1, "p", "audio", "audio/opus", 96, 48000, 2, 7)


def steady(count: int, *, noise: float = 0.004, skew: float = 100e-6) -> list[Report]:
    """Return a report a second of a sender whose clocks drift apart, held up for 10 to 40 ms."""
    chance = random.Random(3)
    found: list[Report] = []
    for rtp in range(count):
        ntp = 1e9 + rtp * (1 + skew) + chance.gauss(0, noise)
        found.append(Report(rtp, ntp, ntp - 1e9 + 0.01 + chance.random() * 0.03))
    return found


def test_thinned_reports_make_the_same_lines() -> None:
    reports = steady(900)
    stretch = Stretch(0, reports=reports)
    assert thin_reports([stretch]) == len(stretch.reports) < 600
    for fitted in (
        lambda found: least_squares([(r.rtp, r.skew) for r in found], min_span=20),
        lambda found: lower_envelope((r.ntp, r.arrival - r.ntp) for r in found),
    ):
        exact, thin = fitted(reports), fitted(stretch.reports)
        x = exact.origin
        assert all(thin.at(x + t) == pytest.approx(exact.at(x + t), abs=0.002) for t in (0, 450, 900))


def test_reports_around_a_step_stay_as_they_came() -> None:
    reports = [r._replace(ntp=r.ntp + 0.2) if r.rtp >= 500 else r for r in steady(900)]
    stretch = Stretch(0, reports=reports)
    thin_reports([stretch])
    assert set(reports[495:505]) <= set(stretch.reports)


def test_the_lowest_floor_of_each_moment_stays() -> None:
    stretch = Stretch(0, [(5.0 * n, n % 7 * 0.01 - n * 1e-4) for n in range(2000)])
    line = lower_envelope(stretch.floor)
    assert thin_floors([stretch]) <= 513
    assert lower_envelope(stretch.floor) == pytest.approx(line, abs=0.01)


readings = st.builds(Report, *[st.floats(-1e10, 1e10)] * 3)


@given(st.lists(st.tuples(st.integers(1, 40), readings), min_size=1, max_size=60))
def test_whatever_is_said_little_is_kept(said: list[tuple[int, Report]]) -> None:
    stretches = [Stretch(0, reports=[report] * times * 20) for times, report in said]
    thin_reports(stretches)
    assert len(stretches) <= sum(len(stretch.reports) for stretch in stretches) <= MOST


@given(st.lists(st.tuples(st.floats(-1e10, 1e10), st.floats(-1e10, 1e10)), min_size=1, max_size=60))
def test_whatever_arrives_few_floors_are_kept(points: list[tuple[float, float]]) -> None:
    stretch = Stretch(0, points * 40)
    assert thin_floors([stretch]) == len(stretch.floor) <= MOST


@pytest.mark.parametrize("leap", [0.0, 1.0])
def test_a_sender_that_floods_a_journal_with_reports_and_jumps_is_kept_few(leap: float) -> None:
    chance = random.Random(1)
    surveyor = Surveyor(DESCRIPTION)
    for index in range(20_000):
        rtp = round(index * (0.02 + leap) * 48_000) & 0xFFFFFFFF
        at = round((100 + index * 0.02) * 1e9)
        report = SenderReport(7, ntp_from_unix(1e9 + chance.uniform(-1e6, 1e6)), rtp)
        surveyor.take(Record(RecordKind.RTP, at, build_packet(96, index & 0xFFFF, rtp, 7, b"x")))
        surveyor.take(Record(RecordKind.SENDER_REPORT, at, report.encode()))
        surveyor.take(Record(RecordKind.ANCHOR, at, Anchor("boot", at, at).encode()))
    survey = surveyor.result()
    assert len(survey.stretches) <= MOST_STRETCHES
    assert sum(len(stretch.reports) for stretch in survey.stretches) <= MOST
    assert sum(len(stretch.floor) for stretch in survey.stretches) <= MOST + MOST_STRETCHES
    assert survey.anchors == [Anchor("boot", 100_000_000_000, 100_000_000_000)]
