"""A tap host in virtual time, and RTP made by hand."""

from collections.abc import Mapping
from pathlib import Path

from recording.config import TapSettings
from recording.format import JournalScanner, Record
from recording.tap import RecordingTapHost
from recording.tap.track import RecordingTap
from rtc_server.sfu.tap import StreamDescription
from rtc_server.tap_commands import TRACK_TAGS, OpenTap, TrackTags
from rtc_server.wire.rtp import RtpView, build_packet

WALL_OFFSET = 1_700_000_000.0


def make_host(settings: TapSettings | None = None) -> RecordingTapHost:
    host = RecordingTapHost(
        settings or TapSettings(),
        wall=lambda now: now + WALL_OFFSET,
        boot_id="boot",
        free_bytes=lambda directory: 1 << 40,
    )
    host.last_now = 100.0
    return host


def describe(track: str = "camera", mime_type: str = "video/VP8", ssrc: int = 5) -> StreamDescription:
    video = mime_type.startswith("video/")
    return StreamDescription(
        producer_id=track,
        kind="video" if video else "audio",
        mime_type=mime_type,
        payload_type=96 if video else 111,
        clock_rate=90000 if video else 48000,
        channels=1 if video else 2,
        ssrc=ssrc,
        parameters={},
        extension_ids={},
    )


def open_tap(
    host: RecordingTapHost,
    directory: Path,
    *,
    track: str = "camera",
    participant: str = "clerk",
    router_id: str = "r",
) -> RecordingTap:
    host.open_router(router_id, OpenTap(str(directory), "c1"))
    tap = host.create_tap(router_id, track, TRACK_TAGS.write(TrackTags(participant, track, 1, True)))
    assert tap is not None
    return tap


def packet(sequence: int, timestamp: int = 0, payload: bytes = b"x", payload_type: int = 96) -> RtpView:
    return RtpView(build_packet(payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 5, payload))


def read_journals(directory: Path) -> Mapping[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for path in sorted(directory.iterdir()):
        scanner = JournalScanner()
        found[path.name] = [*scanner.feed(path.read_bytes()), *scanner.finish()]
        assert scanner.damages == 0
    return found
