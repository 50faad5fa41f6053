"""What the tap host writes, leaves out and reports, in virtual time."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recording.config import TapSettings
from recording.format import Anchor, Description, RecordKind, reason_of
from recording.tap import RecordingTapHost
from recording.tap.track import RecordingTap
from rtc_server.errors import MalformedError, MediaError, NotFoundError
from rtc_server.owner_events import RecordingEvent, RecordingFailed, RecordingRecovered, RecordingStalled
from rtc_server.tap_commands import TRACK_TAGS, OpenTap, PauseTap, ResumeTap, TrackTags
from rtc_server.wire.rtp import RtpView, build_packet
from tests.recording.tap.machine import WALL_OFFSET, describe, make_host, open_tap, packet, read_journals

TAGS = TRACK_TAGS.write(TrackTags("a", "camera", 1, True))


@pytest.fixture
def host() -> Iterator[RecordingTapHost]:
    host = make_host()
    yield host
    host.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "journal-sync"]


def run(
    host: RecordingTapHost, tap: RecordingTap, start: float, end: float, step: float = 0.5
) -> list[type[RecordingEvent]]:
    """Feed one packet each step and a timeout each second; return the kinds of the events."""
    told: list[type[RecordingEvent]] = []
    for index in range(round((end - start) / step)):
        now = start + index * step
        tap.on_rtp(packet(index, index * 3000), now)
        host.flush(now)
        told += [type(event) for event in host.handle_timeout(now)]
    return told


def kinds(directory: Path, name: str = "clerk.0001.camera.journal") -> list[int]:
    return [record.kind for record in read_journals(directory)[name]]


def test_journal_opens_with_description_and_anchor(host: RecordingTapHost, tmp_path: Path) -> None:
    tap = open_tap(host, tmp_path / "c1")
    tap.on_stream(describe())
    tap.on_rtp(packet(7), 100.5)
    tap.on_sender_report(5, 1 << 40, 9, 100.6)
    host.flush(100.6)
    description, anchor, rtp, report = read_journals(tmp_path / "c1")["clerk.0001.camera.journal"]
    assert Description.decode(description.payload).lane == "clerk"
    assert Anchor.decode(anchor.payload) == Anchor("boot", 100_500_000_000, int((100.5 + WALL_OFFSET) * 1e9))
    assert (rtp.kind, rtp.arrival_ns, rtp.payload) == (RecordKind.RTP, 100_500_000_000, packet(7).data)
    assert report.kind == RecordKind.SENDER_REPORT


def test_no_file_before_a_packet_and_none_without_options(host: RecordingTapHost, tmp_path: Path) -> None:
    assert host.create_tap("r", "p", TAGS) is None
    open_tap(host, tmp_path / "c1").on_stream(describe())
    assert list((tmp_path / "c1").iterdir()) == []


def test_unwrapped_rtx_is_written_as_the_media_packet(host: RecordingTapHost, tmp_path: Path) -> None:
    tap = open_tap(host, tmp_path)
    tap.on_stream(describe())
    wrapped = RtpView(build_packet(97, 1, 5, 6, b"\x00\x2amedia"))
    tap.on_rtp(
        wrapped.rewritten(
            payload_offset=wrapped.payload_offset + 2, payload_type=96, sequence_number=42, ssrc=5
        ),
        100.0,
    )
    host.flush(100.0)
    view = RtpView(read_journals(tmp_path)["clerk.0001.camera.journal"][-1].payload)
    assert (view.payload_type, view.sequence_number, view.ssrc, bytes(view.payload)) == (96, 42, 5, b"media")


def test_another_codec_goes_into_another_segment(host: RecordingTapHost, tmp_path: Path) -> None:
    tap = open_tap(host, tmp_path)
    for mime in ("video/VP8", "video/VP8", "video/H264"):
        tap.on_stream(describe(mime_type=mime))
        tap.on_rtp(packet(1), 100.0)
        host.flush(100.0)
    assert list(read_journals(tmp_path)) == ["clerk.0001.camera.journal", "clerk.0002.camera.journal"]
    assert kinds(tmp_path)[-1] == RecordKind.END


def test_a_new_process_counts_segments_on(host: RecordingTapHost, tmp_path: Path) -> None:
    for _ in range(2):
        tap = open_tap(host, tmp_path)
        tap.on_stream(describe())
        tap.on_rtp(packet(1), 100.0)
        host.close_router("r", "closed")
    assert list(read_journals(tmp_path)) == ["clerk.0001.camera.journal", "clerk.0002.camera.journal"]


def test_anchor_each_ten_seconds(host: RecordingTapHost, tmp_path: Path) -> None:
    tap = open_tap(host, tmp_path)
    tap.on_stream(describe())
    run(host, tap, 100.0, 131.0)
    assert kinds(tmp_path).count(RecordKind.ANCHOR) == 4


def test_pause_leaves_a_reasoned_gap(host: RecordingTapHost, tmp_path: Path) -> None:
    tap = open_tap(host, tmp_path)
    tap.on_stream(describe())
    run(host, tap, 100.0, 102.0)
    host.control("r", PauseTap("身份证", ("camera",)))
    assert host.stats("r")["state"] == "paused"
    assert run(host, tap, 102.0, 110.0) == []
    assert tap.key_frame_interval == 4.0
    host.control("r", ResumeTap())
    assert host.stats("r")["state"] == "recording"
    assert tap.key_frame_interval == 0.5
    run(host, tap, 110.0, 113.0)
    assert tap.key_frame_interval == 4.0
    records = read_journals(tmp_path)["clerk.0001.camera.journal"]
    pause = next(record for record in records if record.kind == RecordKind.PAUSE)
    resume = next(record for record in records if record.kind == RecordKind.RESUME)
    assert reason_of(pause.payload) == "身份证"
    inside = [
        r for r in records if r.kind == RecordKind.RTP and pause.arrival_ns < r.arrival_ns < resume.arrival_ns
    ]
    assert inside == []


def test_pause_of_a_track_leaves_others_and_holds_for_producers_to_come(
    host: RecordingTapHost, tmp_path: Path
) -> None:
    desktop = open_tap(host, tmp_path, track="desktop")
    host.control("r", PauseTap("x", ("clerk/camera",)))
    camera = open_tap(host, tmp_path)
    other = open_tap(host, tmp_path, participant="expert")
    assert [tap.is_paused for tap in (desktop, camera, other)] == [False, True, False]


def test_pause_of_no_track_leaves_all(host: RecordingTapHost, tmp_path: Path) -> None:
    before = open_tap(host, tmp_path, track="desktop")
    host.control("r", PauseTap("x", ()))
    assert [tap.is_paused for tap in (before, open_tap(host, tmp_path))] == [False, False]
    assert host.stats("r")["state"] == "recording"


def test_stall_is_told_within_three_seconds_and_its_end(host: RecordingTapHost, tmp_path: Path) -> None:
    tap = open_tap(host, tmp_path)
    tap.on_stream(describe())
    assert run(host, tap, 100.0, 105.0) == []
    told = [(now, event) for now in (105.5, 106.5, 107.4) for event in host.handle_timeout(now)]
    assert [(now, type(event), event.lane) for now, event in told] == [(107.4, RecordingStalled, "clerk")]
    assert run(host, tap, 108.0, 109.0) == [RecordingRecovered]


def test_muted_track_raises_no_alarm(host: RecordingTapHost, tmp_path: Path) -> None:
    tap = open_tap(host, tmp_path)
    tap.on_pause(True)
    assert list(host.handle_timeout(200.0)) == []
    tap.on_pause(False)
    assert [type(event) for event in host.handle_timeout(209.0)] == [RecordingStalled]
    assert not tap.ended


def test_failed_disk_is_told_once_and_tried_again(
    host: RecordingTapHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tap = open_tap(host, tmp_path)
    tap.on_stream(describe())
    run(host, tap, 100.0, 101.0)

    def refuse(descriptor: int, pieces: list[bytes]) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "writev", refuse)
        assert run(host, tap, 101.0, 113.0) == [RecordingFailed]
    assert run(host, tap, 113.0, 120.0) == [RecordingRecovered]
    assert kinds(tmp_path, max(read_journals(tmp_path)))[:2] == [RecordKind.DESCRIPTION, RecordKind.ANCHOR]


def test_end_of_a_track_the_disk_refused_ends_its_alarm(
    host: RecordingTapHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tap = open_tap(host, tmp_path)
    tap.on_stream(describe())
    run(host, tap, 100.0, 101.0)

    def refuse(descriptor: int, pieces: list[bytes]) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "writev", refuse)
    run(host, tap, 101.0, 101.1)
    tap.on_end("closed")
    assert [type(event) for event in host.handle_timeout(101.5)][-1:] == [RecordingRecovered]


def test_nearly_full_disk_stops_journals_before_the_last_room_is_gone(tmp_path: Path) -> None:
    room = [10**12]
    host = RecordingTapHost(
        TapSettings(min_free_bytes=10**6 + 1),
        wall=lambda now: now,
        boot_id="boot",
        free_bytes=lambda directory: room[0],
    )
    host.last_now = 100.0
    tap = open_tap(host, tmp_path)
    tap.on_stream(describe())
    assert run(host, tap, 100.0, 102.0) == []
    room[0] = 10**6
    assert run(host, tap, 102.0, 120.0) == [RecordingFailed]
    assert len(read_journals(tmp_path)) == 1
    room[0] = 10**12
    assert run(host, tap, 120.0, 130.0) == [RecordingRecovered]
    assert len(read_journals(tmp_path)) == 2
    host.close()


def test_stats_count_bytes_of_ended_taps(host: RecordingTapHost, tmp_path: Path) -> None:
    tap = open_tap(host, tmp_path)
    tap.on_stream(describe())
    run(host, tap, 100.0, 101.0)
    tap.on_end("closed")
    list(host.handle_timeout(102.0))
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    stats = host.stats("r")
    assert (stats["bytes"], stats["lanes"], stats["state"]) == (size, [], "recording")


def test_a_relative_directory_is_refused(host: RecordingTapHost) -> None:
    with pytest.raises(MalformedError):
        host.open_router("r", OpenTap("relative", "c"))


def test_directory_that_cannot_be_made_is_refused(host: RecordingTapHost, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MediaError):
        host.open_router("r", OpenTap(str(tmp_path / "file" / "c"), "c"))


@pytest.mark.parametrize(
    "app_data",
    [
        {},
        TAGS | {"participant": "../x"},
        TAGS | {"track": "sonar"},
        TAGS | {"generation": "1"},
        {name: value for name, value in TAGS.items() if name != "recorded"},
    ],
)
def test_producer_that_does_not_say_whose_it_is_goes_unheard(
    host: RecordingTapHost, tmp_path: Path, app_data: dict[str, object]
) -> None:
    host.open_router("r", OpenTap(str(tmp_path), "c"))
    assert host.create_tap("r", "p", app_data) is None


def test_producer_that_is_not_to_be_recorded_goes_unheard(host: RecordingTapHost, tmp_path: Path) -> None:
    host.open_router("r", OpenTap(str(tmp_path), "c"))
    assert host.create_tap("r", "p", TAGS | {"recorded": False}) is None
    assert host.create_tap("r", "p", TAGS) is not None


def test_a_router_that_is_not_recorded_is_not_found(host: RecordingTapHost) -> None:
    for command in (PauseTap("x"), ResumeTap()):
        with pytest.raises(NotFoundError):
            host.control("r", command)
    with pytest.raises(NotFoundError):
        host.stats("r")


def test_one_write_a_journal_and_batch(
    host: RecordingTapHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tap = open_tap(host, tmp_path)
    tap.on_stream(describe())
    calls: list[int] = []
    real = os.writev

    def counted(descriptor: int, pieces: list[bytes]) -> int:
        calls.append(len(pieces))
        return real(descriptor, pieces)

    monkeypatch.setattr(os, "writev", counted)
    for index in range(32):
        tap.on_rtp(packet(index), 100.0)
    host.flush(100.0)
    assert calls == [2 * (32 + 2)]


def test_producer_its_owner_paused_raises_no_alarm(host: RecordingTapHost, tmp_path: Path) -> None:
    tap = open_tap(host, tmp_path)
    tap.on_stream(describe())
    run(host, tap, 100.0, 102.0)
    tap.on_pause(False)
    tap.on_pause(True)
    assert list(host.handle_timeout(150.0)) == []
    tap.on_pause(False)
    assert [type(event) for event in host.handle_timeout(153.0)] == [RecordingStalled]


def test_key_frames_are_wanted_of_pictures_from_the_start(host: RecordingTapHost, tmp_path: Path) -> None:
    wanted = {
        track: open_tap(host, tmp_path, track=track).key_frame_interval
        for track in ("microphone", "camera", "document_camera", "desktop")
    }
    assert wanted == {"microphone": None, "camera": 4.0, "document_camera": 4.0, "desktop": 4.0}


def test_every_interval_is_the_settings(tmp_path: Path) -> None:
    host = make_host(
        TapSettings(
            anchor_interval=2.0,
            stall_after=20.0,
            start_patience=30.0,
            key_frame_interval=7.0,
            eager_key_frame_interval=0.2,
            eager_for=3.0,
            slow_write=-1.0,
        )
    )
    tap = open_tap(host, tmp_path)
    assert list(host.handle_timeout(129.0)) == []
    assert [type(event) for event in host.handle_timeout(131.0)] == [RecordingStalled]
    tap.on_stream(describe())
    run(host, tap, 131.0, 140.0)
    assert kinds(tmp_path).count(RecordKind.ANCHOR) == 5
    assert tap.slow_writes > 0
    assert list(host.handle_timeout(159.0)) == []
    assert [type(event) for event in host.handle_timeout(161.0)] == [RecordingStalled]
    tap.pause("身份证", 161.0)
    tap.resume(162.0)
    assert tap.key_frame_interval == 0.2
    host.handle_timeout(164.9)
    assert tap.key_frame_interval == 0.2
    host.handle_timeout(165.0)
    assert tap.key_frame_interval == 7.0
    host.close()


def test_mute_is_a_gap_with_its_reason(host: RecordingTapHost, tmp_path: Path) -> None:
    tap = open_tap(host, tmp_path)
    tap.on_stream(describe())
    run(host, tap, 100.0, 101.0)
    for paused in (False, True, True, False, False):
        tap.on_pause(paused)
    host.flush(101.0)
    records = read_journals(tmp_path)["clerk.0001.camera.journal"]
    assert [record.kind for record in records[-2:]] == [RecordKind.PAUSE, RecordKind.RESUME]
    assert reason_of(records[-2].payload) == "muted"
    assert [record.kind for record in records].count(RecordKind.RESUME) == 1


def test_a_track_that_fails_leaves_the_others_of_its_batch_written(
    host: RecordingTapHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taps = [open_tap(host, tmp_path, track=track) for track in ("camera", "desktop", "microphone")]
    for tap in taps:
        tap.on_stream(describe())

    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(taps[1], "flush", fail)
    for tap in taps:
        tap.on_rtp(packet(1), 100.0)
    host.flush(100.0)
    assert [tap.bytes_written > 0 for tap in taps] == [True, False, True]
    monkeypatch.undo()


@pytest.mark.parametrize("method", ["handle_timeout", "set_full"])
def test_a_call_whose_recording_fails_leaves_those_of_others_advancing(
    host: RecordingTapHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    open_tap(host, tmp_path / "one", router_id="one")
    other = open_tap(host, tmp_path / "two", router_id="two")
    other.on_stream(describe())

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(host._routers["one"], method, fail)
    assert run(host, other, 100.0, 105.0) == []
    told = [event for now in (105.5, 106.5, 107.4) for event in host.handle_timeout(now)]
    assert [type(event) for event in told if event.router_id == "two"] == [RecordingStalled]


def test_a_full_disk_leaves_a_reasoned_gap_and_no_empty_journals(
    host: RecordingTapHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tap = open_tap(host, tmp_path)
    tap.on_stream(describe())
    run(host, tap, 100.0, 101.0)

    def refuse(descriptor: int, pieces: list[bytes]) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "writev", refuse)
        run(host, tap, 101.0, 123.0)
    run(host, tap, 123.0, 130.0)
    host.close_router("r", "closed")
    journals = read_journals(tmp_path)
    assert len(journals) == 2
    records = journals[sorted(journals)[-1]]
    pause, resume = (next(r for r in records if r.kind == k) for k in (RecordKind.PAUSE, RecordKind.RESUME))
    assert reason_of(pause.payload) == "disk_full"
    assert (pause.arrival_ns, resume.arrival_ns) == pytest.approx((101e9, 126e9), abs=3e9)
