"""A sender whose wall clock is set in mid-call, queues, stopped sound clocks: all stay in step."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from recording.assemble.clock import sender_envelope, track_clock, wall_offsets
from recording.assemble.numbering import Numbering
from recording.assemble.steps import settle
from recording.assemble.survey import Survey, Surveyor
from recording.format import Anchor, Description, Record, RecordKind, SenderReport
from rtc_server.wire.ntp import ntp_from_unix
from rtc_server.wire.rtp import build_packet

SECONDS = 240
HOLD_MS = 45
SHORTEST_DELAY = 0.02


@dataclass(frozen=True)
class Stream:
    """One track as it is sent.

    Attributes:
        packet_every: seconds.
        spans: when it runs, seconds of the call.
        stops: its RTP clock stops between two spans, as replaceTrack(null) does it.
        noise: of its reports, seconds.
    """

    track: str
    rate: int
    ssrc: int
    report_every: float
    noise: float
    encoder: float
    spans: tuple[tuple[float, float], ...] = ((0.0, SECONDS),)
    stops: bool = False
    packet_every: float = 0.1

    def rtp(self, time: float) -> float:
        """Return RTP seconds of a moment of the call."""
        if not self.stops:
            return 1000 + time
        return 1000 + sum(max(0.0, min(end, time) - begin) for begin, end in self.spans)


SOUND = Stream("microphone", 48000, 7, 5.0, 0.004, 0.0)
PICTURE = Stream("camera", 90000, 8, 1.0, 0.0005, 0.05)
Moved = Callable[[float], float]


def nothing(time: float) -> float:
    return 0.0


def clock_set(*steps: tuple[float, float]) -> Moved:
    """Return by how much the sender's clock is ahead after (time, by) …"""
    return lambda time: sum(by for at, by in steps if time >= at)


def queue(begin: float, end: float, deep: float) -> Moved:
    """Return a delay that builds up, stays and drains."""
    return lambda time: deep * max(0.0, min(1.0, (time - begin) / 2, (end - time) / 2))


def journal(stream: Stream, ahead: Moved, held_up: Moved, drift: float, seed: int) -> list[Record]:
    chance = random.Random(seed * 100 + stream.ssrc)
    events: list[tuple[float, int, bytes]] = []
    last = 0.0

    def arrives(time: float) -> float:
        nonlocal last
        last = max(last + 1e-5, 100 + time + SHORTEST_DELAY + chance.expovariate(100) + held_up(time))
        return last

    next_report = 0.5
    for index, time in enumerate(moments(stream)):
        stamp = round(stream.rtp(time) * (1 + drift) * stream.rate) & 0xFFFFFFFF
        packet = build_packet(96, index & 0xFFFF, stamp, stream.ssrc, b"x")
        events.append((arrives(time) + stream.encoder, RecordKind.RTP, packet))
        if time >= next_report:
            next_report = time + stream.report_every
            ntp = ntp_from_unix(1_700_000_000 + time + ahead(time) + chance.gauss(0, stream.noise))
            events.append(
                (arrives(time), RecordKind.SENDER_REPORT, SenderReport(stream.ssrc, ntp, stamp).encode())
            )
    events.sort(key=lambda event: event[0])
    anchor = Anchor("boot", 0, 500_000_000_000).encode()
    return [Record(RecordKind.ANCHOR, 0, anchor)] + [Record(k, round(at * 1e9), p) for at, k, p in events]


def errors(
    streams: tuple[Stream, ...],
    ahead: Moved = nothing,
    held_up: Moved = nothing,
    drift: float = 0.0,
    seed: int = 1,
) -> dict[str, dict[float, float]]:
    """Return for each track: moment → milliseconds that it plays too late, the shortest delay taken out."""
    records = [journal(stream, ahead, held_up, drift, seed) for stream in streams]
    surveys = [survey_of(stream, found) for stream, found in zip(streams, records, strict=True)]
    settle(surveys)
    offsets = wall_offsets(anchor for survey in surveys for anchor in survey.anchors)
    envelope = sender_envelope(surveys)
    late: dict[str, dict[float, float]] = {}
    for stream, found, survey in zip(streams, records, surveys, strict=True):
        clock = track_clock(survey, envelope, offsets)
        assert clock is not None
        played = [clock.time(*numbers) for numbers in numbered(found)]
        late[stream.track] = {
            time: (at - 600 - time - SHORTEST_DELAY) * 1000
            for time, at in zip(moments(stream), played, strict=True)
        }
    return late


def survey_of(stream: Stream, records: list[Record]) -> Survey:
    kind = "audio" if stream.rate == 48000 else "video"
    surveyor = Surveyor(
        Description("c", "a", "a", stream.track, 1, 1, "p", kind, "x/y", 96, stream.rate, 1, stream.ssrc)
    )
    surveyor.feed(records)
    return surveyor.result()


def numbered(records: list[Record]) -> Iterator[tuple[int, int]]:
    numbering = Numbering()
    for record in records:
        if record.kind == RecordKind.RTP:
            numbers = numbering.number(record.payload, record.arrival_ns / 1e9)
            assert numbers is not None
            yield numbers


def moments(stream: Stream) -> list[float]:
    """Return when each packet was captured."""
    end = max(end for _, end in stream.spans)
    times = [index * stream.packet_every for index in range(round(end / stream.packet_every))]
    return [time for time in times if any(begin <= time < end for begin, end in stream.spans)]


def p95(values: list[float]) -> float:
    return sorted(map(abs, values))[round(len(values) * 0.95) - 1]


def check(found: dict[str, dict[float, float]], hold: float = HOLD_MS) -> None:
    """Every track is in its place, so people are in step; lips are where both tracks run."""
    for track, errs in found.items():
        assert p95(list(errs.values())) < hold, track
    both = found["microphone"].keys() & found["camera"].keys()
    assert p95([found["microphone"][time] - found["camera"][time] for time in both]) < hold


@pytest.mark.parametrize("by", [0.9, -0.9, 0.1, -0.1, 0.35, -3.0, 3600.0])
@pytest.mark.parametrize("at", [3.0, 120.0, 236.0])
def test_a_clock_set_in_mid_call_moves_nobody(by: float, at: float) -> None:
    check(errors((SOUND, PICTURE), clock_set((at, by))))


@pytest.mark.parametrize("seed", range(3))
def test_a_clock_set_several_times_moves_nobody(seed: int) -> None:
    steps = clock_set((40.0, 0.9), (41.5, 0.9), (100.0, -2.3), (103.0, 2.3), (104.5, 0.3), (200.0, -0.2))
    check(errors((SOUND, PICTURE), steps, seed=seed))


@pytest.mark.parametrize("drift", [200e-6, -200e-6])
def test_a_clock_set_beside_drift_moves_nobody(drift: float) -> None:
    check(errors((SOUND, PICTURE), clock_set((120.0, 0.9)), drift=drift))


@pytest.mark.parametrize("deep", [1.0, 2.0, 3.0])
@pytest.mark.parametrize(("begin", "end"), [(100.0, 112.0), (100.0, 180.0), (200.0, 300.0), (-50.0, 60.0)])
def test_a_queue_moves_nobody(deep: float, begin: float, end: float) -> None:
    check(errors((SOUND, PICTURE), held_up=queue(begin, end, deep)))


def test_a_clock_set_within_a_queue_moves_nobody() -> None:
    check(errors((SOUND, PICTURE), clock_set((120.0, 0.9)), queue(100.0, 140.0, 2.0)))


def test_a_camera_that_ran_in_a_queue_only_is_believed() -> None:
    camera = replace(PICTURE, spans=((100.0, 130.0),))
    check(errors((SOUND, camera), held_up=queue(90.0, 140.0, 2.5)))


def test_a_clock_set_while_one_track_is_off_moves_nobody() -> None:
    camera = replace(PICTURE, spans=((0.0, 80.0), (160.0, SECONDS)))
    check(errors((SOUND, camera), clock_set((120.0, 0.9))))


def test_a_stopped_sound_clock_is_no_clock_set() -> None:
    sound = replace(SOUND, spans=((0.0, 80.0), (140.0, 200.0), (220.0, SECONDS)), stops=True)
    check(errors((sound, PICTURE)))
    check(errors((sound, PICTURE), clock_set((150.0, 0.9))))


@pytest.mark.parametrize("talk", [0.3, 1.0, 1.9])
def test_a_little_talk_after_a_stopped_clock_plays_in_its_place(talk: float) -> None:
    sound = replace(SOUND, spans=((0.0, 80.0), (140.0, 140.0 + talk), (200.0, 200.0 + talk)), stops=True)
    check(errors((sound, PICTURE)))


def test_a_clock_set_while_nobody_sends_moves_nobody() -> None:
    sound = replace(SOUND, spans=((0.0, 80.0), (160.0, SECONDS)), stops=True)
    camera = replace(PICTURE, spans=((0.0, 80.0), (160.0, SECONDS)))
    check(errors((sound, camera), clock_set((120.0, 0.9))))


LONG = 6 * 3600.0
LONG_SOUND = replace(SOUND, spans=((0.0, LONG),), packet_every=1.0, report_every=1.0)
LONG_PICTURE = replace(PICTURE, spans=((0.0, LONG),), packet_every=1.0)


@pytest.mark.parametrize(
    "steps",
    [
        (),
        ((1000.5, 0.9), (1003.5, -0.9), (18_000.5, 0.9), (18_030.5, -0.2), (21_590.5, 0.3)),
        tuple((400.5 * n, 0.1) for n in range(1, 40)),
    ],
)
def test_a_call_of_hours_is_as_exact_as_a_short_one(steps: tuple[tuple[float, float], ...]) -> None:
    check(errors((LONG_SOUND, LONG_PICTURE), clock_set(*steps), drift=100e-6))


def test_a_call_of_hours_whose_sound_stops_is_as_exact_as_a_short_one() -> None:
    spans = tuple((700.0 * n, 700.0 * n + 600.0) for n in range(30))
    sound = replace(LONG_SOUND, spans=spans, stops=True)
    check(errors((sound, LONG_PICTURE), clock_set((12_000.5, 0.9)), queue(9000.0, 9020.0, 2.0)))
