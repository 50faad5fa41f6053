"""Sender clocks: two streams of one participant, their own RTP clocks, a wrong wall clock, a jittery path."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.sender_clock import SLEW_RATE, LowerEnvelope, ParticipantClock, SenderClock

AUDIO, VIDEO = 48000, 90000


class Stream:
    """RTP = base + capture time × rate; the encoder adds a fixed delay of its own."""

    def __init__(self, rate: int, base: int, participant: ParticipantClock, *, encode: float) -> None:
        self.rate, self.base, self.encode = rate, base, encode
        self.clock = SenderClock(rate, participant)

    def rtp(self, captured: float) -> int:
        return (self.base + round(captured * self.rate)) & 0xFFFF_FFFF

    def captured_at(self, now: float) -> float:
        """Return which capture time our report claims for server time `now`."""
        rtp = self.clock.rtp_at(now)
        assert rtp is not None
        expected = self.base + round(now * self.rate)
        distance = (rtp - expected + 0x8000_0000 & 0xFFFF_FFFF) - 0x8000_0000
        return now + distance / self.rate


def play(
    seed: int,
    seconds: float,
    *,
    reports: bool,
    wall: float = 1_700_000_000.0,
    clock_set: float = 0.0,
) -> tuple[list[float], Stream, Stream]:
    """Return |audio − video| capture time claimed by our reports, each second."""
    rng = random.Random(seed)
    participant = ParticipantClock()
    audio = Stream(AUDIO, 0xFFFF_0000, participant, encode=0.02)
    video = Stream(VIDEO, 123, participant, encode=0.12)
    events: list[tuple[float, int, str, float]] = []
    order = 0
    for stream, interval, report_every in ((audio, 0.02, 5.0), (video, 1 / 15, 1.0)):
        name = "audio" if stream is audio else "video"
        count = int(seconds / interval)
        for index in range(count):
            captured = index * interval
            order += 1
            events.append((captured + stream.encode + 0.03 + rng.random() * 0.03, order, name, captured))
        if reports:
            for index in range(1, int(seconds / report_every)):
                sent = index * report_every + rng.random() * 0.1
                order += 1
                events.append((sent + 0.03 + rng.random() * 0.03, order, f"{name} report", sent))
    skews = []
    next_second = 1.0
    for now, _, name, moment in sorted(events):
        stream = audio if name.startswith("audio") else video
        if name.endswith("report"):
            error = rng.uniform(-0.005, 0.005) if stream is audio else rng.uniform(-0.0005, 0.0005)
            ahead = clock_set if moment > seconds / 2 else 0.0
            stream.clock.receive_report(
                round((wall + moment + ahead) * 2**32), stream.rtp(moment + error), now
            )
        else:
            stream.clock.receive(stream.rtp(moment), now)
        if now >= next_second:
            next_second += 1.0
            skews.append(abs(audio.captured_at(now) - video.captured_at(now)))
    return skews, audio, video


@pytest.mark.parametrize("seed", range(4))
def test_lip_sync_with_reports(seed: int) -> None:
    """The encoders differ by 100 ms; reports of both take that out, by slewing."""
    skews, _, _ = play(seed, 40.0, reports=True)
    assert max(skews[20:]) < 0.01


def test_lip_sync_without_reports_is_bounded_by_the_encoders() -> None:
    skews, _, _ = play(1, 20.0, reports=False)
    assert max(skews[2:]) < 0.13


@pytest.mark.parametrize("reports", [True, False])
def test_the_claimed_clock_never_jumps(reports: bool) -> None:
    participant = ParticipantClock()
    stream = Stream(VIDEO, 0, participant, encode=0.1)
    rng = random.Random(5)
    before = None
    for index in range(3000):
        captured = index / 15
        now = captured + 0.1 + rng.random() * 0.1
        stream.clock.receive(stream.rtp(captured), now)
        if reports and index and index % 15 == 0:
            stream.clock.receive_report(round((5000.0 + captured) * 2**32), stream.rtp(captured), now)
        if index % 15 == 0:
            lag = now - stream.captured_at(now)
            if before is not None:
                assert abs(lag - before[1]) <= (now - before[0]) * SLEW_RATE + 0.001
            before = (now, lag)


def test_silent_stream_has_no_clock() -> None:
    assert SenderClock(AUDIO, ParticipantClock()).rtp_at(5.0) is None


def test_reports_count_only_when_every_stream_has_them() -> None:
    participant = ParticipantClock()
    first, second = SenderClock(AUDIO, participant), SenderClock(VIDEO, participant)
    first.receive(0, 1.0)
    second.receive(0, 1.0)
    first.receive_report(1000 << 32, 0, 1.0)
    assert participant.offset(1.0) is None
    second.close()
    assert participant.offset(1.0) == pytest.approx(-999.0)


def test_stream_that_never_sent_keeps_nobody_waiting() -> None:
    """A camera that is off from the beginning has a producer but no packets and no reports."""
    participant = ParticipantClock()
    microphone, camera = SenderClock(AUDIO, participant), SenderClock(VIDEO, participant)
    microphone.receive(0, 1.0)
    microphone.receive_report(1000 << 32, 0, 1.0)
    assert participant.offset(1.0) == pytest.approx(-999.0)
    assert not camera.has_reports


def test_stream_that_falls_silent_before_its_first_report_keeps_nobody_waiting() -> None:
    """A layer of simulcast that the sender switches off again after a moment."""
    participant = ParticipantClock()
    microphone, low, high = (SenderClock(rate, participant) for rate in (AUDIO, VIDEO, VIDEO))
    for tenth in range(50):
        now = 1.0 + tenth / 10
        microphone.receive(tenth * AUDIO // 10, now)
        low.receive(tenth * VIDEO // 10, now)
        if tenth < 5:
            high.receive(tenth * VIDEO // 10, now)
        if tenth == 10:
            microphone.receive_report(1001 << 32, AUDIO, now)
            low.receive_report(1001 << 32, VIDEO, now)
        if tenth in (10, 30):
            assert participant.offset(now) is None, "it may still report"
    assert participant.offset(5.9) == pytest.approx(-999.0)
    assert not high.has_reports


def test_a_stream_without_reports_that_goes_on_is_waited_for() -> None:
    participant = ParticipantClock()
    first, second = SenderClock(AUDIO, participant), SenderClock(VIDEO, participant)
    first.receive(0, 1.0)
    first.receive_report(1000 << 32, 0, 1.0)
    for second_number in range(20):
        second.receive(second_number * VIDEO, 1.0 + second_number)
        assert participant.offset(1.0 + second_number) is None


def test_stream_that_begins_later_does_not_move_the_others() -> None:
    participant = ParticipantClock()
    first, second = SenderClock(AUDIO, participant), SenderClock(VIDEO, participant)
    first.receive(0, 1.0)
    first.receive_report(1000 << 32, 0, 1.0)
    assert participant.offset(1.0) is not None
    second.receive(0, 2.0)
    assert participant.offset(2.0) is not None


def test_muted_stream_whose_clock_stood_still_is_taken_up_again() -> None:
    """`replaceTrack(null)` stops the audio clock: 20 s later RTP goes on where it stopped."""
    stream = Stream(AUDIO, 0, ParticipantClock(), encode=0.0)
    for index in range(100):
        stream.clock.receive(stream.rtp(index * 0.02), index * 0.02 + 0.05)
    stream.clock.rtp_at(2.0)
    for index in range(100, 200):
        stream.clock.receive(stream.rtp(index * 0.02), index * 0.02 + 20.05)
    now = 200 * 0.02 + 20.05
    assert now - stream.captured_at(now) == pytest.approx(20.05, abs=0.01)


def test_burst_of_delay_is_no_jump() -> None:
    """A queue that fills for two seconds up to a second of delay leaves the clock alone."""
    stream = Stream(AUDIO, 0, ParticipantClock(), encode=0.0)
    for index in range(1000):
        captured = index * 0.02
        queue = min(max(captured - 5.0, 0.0), 1.0) if captured < 7.0 else 0.0
        arrival = captured + 0.05 + queue * (1 + 0.3 * (index % 7))
        stream.clock.receive(stream.rtp(captured), arrival)
        if index % 50 == 0:
            assert captured + 0.05 - stream.captured_at(captured + 0.05) < 0.2


def test_report_after_a_restarted_encoder_replaces_the_old_ones() -> None:
    participant = ParticipantClock()
    clock = SenderClock(AUDIO, participant)
    clock.receive(0, 10.0)
    clock.receive_report(1000 << 32, 0, 10.0)
    assert clock.rtp_at(10.0) == 0
    clock.receive_report(1001 << 32, 480_000, 11.0)
    assert clock.rtp_at(11.0) == 480_000


def test_wall_clock_that_was_set_voids_every_report() -> None:
    participant = ParticipantClock()
    first, second = SenderClock(AUDIO, participant), SenderClock(VIDEO, participant)
    for clock in (first, second):
        clock.receive(0, 10.0)
        clock.receive_report(1000 << 32, 0, 10.0)
    assert participant.offset(10.0) == pytest.approx(-990.0)
    first.receive_report(900 << 32, 0, 11.0)
    assert participant.offset(11.0) is None
    assert not second.has_reports
    second.receive_report(901 << 32, 90_000, 12.0)
    assert participant.offset(12.0) == pytest.approx(11.0 - 900.0)


@pytest.mark.parametrize("clock_set", [0.9, -0.9, 0.25, -5.0])
def test_wall_clock_that_is_set_in_mid_call_moves_nobody(clock_set: float) -> None:
    skews, audio, video = play(3, 60.0, reports=True, clock_set=clock_set)
    assert max(skews[10:]) < 0.045
    for stream in (audio, video):
        assert 0.0 <= 60.0 - stream.captured_at(60.0) < 0.1


def test_envelope_follows_the_least_and_drifts_up() -> None:
    envelope = LowerEnvelope()
    assert envelope.add(5.0, 0.0) == 5.0
    assert envelope.add(6.0, 0.0) == 5.0
    assert envelope.add(4.0, 0.0) == 4.0
    assert envelope.add(9.0, 100.0) == pytest.approx(4.01)
    envelope.reset()
    assert envelope.value is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["packet", "report", "ours"]),
            st.integers(0, 0xFFFF_FFFF),
            st.integers(0, 2**64 - 1),
            st.floats(0, 5),
        ),
        max_size=60,
    )
)
def test_any_script_gives_timestamps_that_fit_the_wire(script: list[tuple[str, int, int, float]]) -> None:
    clock = SenderClock(VIDEO, ParticipantClock())
    now = 0.0
    for act, rtp, ntp, wait in script:
        now += wait
        if act == "packet":
            clock.receive(rtp, now)
        elif act == "report":
            clock.receive_report(ntp, rtp, now)
        else:
            found = clock.rtp_at(now)
            assert found is None or 0 <= found <= 0xFFFF_FFFF
