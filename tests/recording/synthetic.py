"""A person made of PyAV encoders: beeps and white flashes, packetised by hand, on clocks of her own.

Sound: 440 Hz for 100 ms from each whole second on. Picture: white for 200 ms from each whole second on,
else dark noise.
"""

import math
import os
import random
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

import av

from recording.tap.track import RecordingTap
from rtc_server.sfu.tap import StreamDescription
from rtc_server.wire.extensions import AUDIO_LEVEL, VIDEO_ORIENTATION
from rtc_server.wire.ntp import ntp_from_unix
from rtc_server.wire.rtp import RtpView, build_packet

BEEP_SECONDS = 0.1
FLASH_SECONDS = 0.2
PAYLOAD_BYTES = 900
ENCODERS = {
    "video/VP8": "libvpx",
    "video/H264": "libx264",
    "video/VP9": "libvpx-vp9",
    "video/AV1": "libsvtav1",
}
_OPTIONS = {
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"},
    "libx264": {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "x264-params": "scenecut=0",
        "profile": "baseline",
    },
    "libsvtav1": {"preset": "12", "crf": "40", "svtav1-params": "pred-struct=1"},
}


@cache
def sound(seconds: float) -> tuple[bytes, ...]:
    """Return Opus packets of 20 ms."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.format, encoder.layout = 48000, "s16", "stereo"
    encoder.options = {"application": "lowdelay", "frame_duration": "20"}
    packets: list[bytes] = []
    for index in range(round(seconds * 50)):
        samples = array("h")
        for step in range(960):
            time = index * 0.02 + step / 48000
            loud = time % 1 < BEEP_SECONDS
            samples += array("h", [int(12000 * math.sin(2 * math.pi * 440 * time)) if loud else 0] * 2)
        frame = av.AudioFrame(format="s16", layout="stereo", samples=960)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = 48000, index * 960, Fraction(1, 48000)
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(packets)


@cache
def pictures(
    mime_type: str, seconds: float, fps: int, size: tuple[int, int], key_every: float
) -> tuple[bytes, ...]:
    """Return one encoded picture for each 1/fps."""
    name = ENCODERS[mime_type]
    encoder = av.CodecContext.create(name, "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.framerate, encoder.time_base = "yuv420p", fps, Fraction(1, fps)
    encoder.bit_rate = 0 if name == "libsvtav1" else 300_000
    encoder.gop_size = round(key_every * fps)
    encoder.thread_count = 1
    encoder.options = _OPTIONS[name]
    with _own_priority():
        return _encoded(encoder, seconds, fps, size)


@contextmanager
def _own_priority() -> Iterator[None]:
    """Undo what SVT-AV1 does when root encodes: the thread and all it starts become real-time (FIFO 99)."""
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, priority)


def _encoded(encoder: Any, seconds: float, fps: int, size: tuple[int, int]) -> tuple[bytes, ...]:
    packets: list[bytes] = []
    for index in range(round(seconds * fps)):
        frame = av.VideoFrame(*size, "yuv420p")
        white = (index / fps) % 1 < FLASH_SECONDS
        for plane, value in zip(frame.planes, (235 if white else 16, 128, 128), strict=True):
            rows = random.Random(index).randbytes(plane.buffer_size) if value not in (128, 235) else None
            filled = bytes([value]) * plane.buffer_size
            plane.update(bytes(b & 31 | 16 for b in rows) if rows else filled)
        frame.pts, frame.time_base = index, Fraction(1, fps)
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    packets += [bytes(packet) for packet in encoder.encode(None)]
    return tuple(packets)


def packetize_opus(data: bytes) -> list[bytes]:
    """RFC 7587."""
    return [data]


def packetize_vp8(data: bytes) -> list[bytes]:
    """RFC 7741, with a 15-bit PictureID (always 1: nobody here reads it)."""
    parts = [data[start : start + PAYLOAD_BYTES] for start in range(0, len(data), PAYLOAD_BYTES)]
    return [bytes((0x90 if not index else 0x80, 0x80, 0x80, 1)) + part for index, part in enumerate(parts)]


def packetize_vp9(data: bytes) -> list[bytes]:
    """RFC 9628, non-flexible, one layer."""
    parts = [data[start : start + PAYLOAD_BYTES] for start in range(0, len(data), PAYLOAD_BYTES)]
    last = len(parts) - 1
    return [
        bytes((0x80 | (0x08 if not index else 0) | (0x04 if index == last else 0), 0x80, 1)) + part
        for index, part in enumerate(parts)
    ]


def packetize_h264(data: bytes) -> list[bytes]:
    """RFC 6184: parameter sets in a STAP-A, long units as FU-A."""
    units = [unit.rstrip(b"\0") for unit in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]
    small = [unit for unit in units if unit[0] & 0x1F in (7, 8)]
    payloads = [b"\x78" + b"".join(len(unit).to_bytes(2) + unit for unit in small)] if small else []
    for unit in units:
        if unit[0] & 0x1F in (6, 7, 8):
            continue
        if len(unit) <= PAYLOAD_BYTES:
            payloads.append(unit)
            continue
        parts = [unit[start : start + PAYLOAD_BYTES] for start in range(1, len(unit), PAYLOAD_BYTES)]
        for index, part in enumerate(parts):
            bits = (0x80 if index == 0 else 0) | (0x40 if index == len(parts) - 1 else 0)
            payloads.append(bytes((unit[0] & 0xE0 | 28, bits | unit[0] & 0x1F)) + part)
    return payloads


def packetize_av1(data: bytes) -> list[bytes]:
    """AV1 RTP: one OBU after the other, split where they do not fit (W = 1)."""
    payloads: list[bytes] = []
    for obu in _obus(data):
        parts = [obu[start : start + PAYLOAD_BYTES] for start in range(0, len(obu), PAYLOAD_BYTES)]
        for index, part in enumerate(parts):
            new = not payloads and obu[0] >> 3 & 0xF == 1  # N: a sequence header comes first
            head = 0x10 | (0x80 if index else 0) | (0x40 if index < len(parts) - 1 else 0) | new << 3
            payloads.append(bytes((head,)) + part)
    return payloads


def _obus(data: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(data):
        head, start, size, shift = data[position], position + 1, 0, 0
        while True:
            octet = data[start]
            size |= (octet & 0x7F) << shift
            start, shift = start + 1, shift + 7
            if not octet & 0x80:
                break
        if head >> 3 & 0xF != 2:
            yield bytes((head & ~0x02,)) + data[start : start + size]
        position = start + size


PACKETIZERS: dict[str, Callable[[bytes], list[bytes]]] = {
    "audio/opus": packetize_opus,
    "video/VP8": packetize_vp8,
    "video/VP9": packetize_vp9,
    "video/H264": packetize_h264,
    "video/AV1": packetize_av1,
}


@dataclass(slots=True)
class Track:
    """One RTP stream of a person.

    Attributes:
        start: capture time of the first frame, seconds on the server's monotonic clock.
        delay: encoder and network, seconds; jitter comes on top.
        ntp_offset: sender's clock − server's monotonic clock, seconds.
        lose: indices of packets that never arrive.
        levels: of the sound frames in −dBov, said in a header extension; none says nothing.
        turns: (index of a frame, quarters clockwise) from which on the camera is turned.
        stalls: (seconds of media after which the device stands still, for so many seconds); its RTP clock
            stands still with it.
        sets: (seconds of media after which the sender's wall clock is set, by so many seconds).
    """

    mime_type: str
    frames: tuple[bytes, ...]
    frame_seconds: float
    start: float
    delay: float = 0.03
    jitter: float = 0.01
    ntp_offset: float = 1_700_000_123.7
    reports: bool = True
    ssrc: int = 5
    rtp_base: int = 0xFFFF0000
    sequence_base: int = 65000
    lose: frozenset[int] = field(default=frozenset())
    levels: tuple[int, ...] = ()
    turns: tuple[tuple[int, int], ...] = ()
    stalls: tuple[tuple[float, float], ...] = ()
    sets: tuple[tuple[float, float], ...] = ()

    @property
    def clock_rate(self) -> int:
        return 48000 if self.mime_type.startswith("audio") else 90000

    def describe(self) -> StreamDescription:
        video = self.mime_type.startswith("video")
        return StreamDescription(
            producer_id="p",
            kind="video" if video else "audio",
            mime_type=self.mime_type,
            payload_type=96,
            clock_rate=self.clock_rate,
            channels=1 if video else 2,
            ssrc=self.ssrc,
            parameters={},
            extension_ids={AUDIO_LEVEL: 1, VIDEO_ORIENTATION: 4},
        )

    def _extensions(self, index: int, marker: int) -> dict[int, bytes]:
        if self.levels:
            return {1: bytes((self.levels[index],))}
        turned = [quarters for first, quarters in self.turns if index >= first]
        return {4: bytes((turned[-1],))} if turned and marker else {}

    def stood_still(self, time: float) -> float:
        """Return for how long the device has stood still when it takes what RTP dates `time`."""
        return sum(seconds for after, seconds in self.stalls if time - self.start >= after)

    def rtp_at(self, time: float) -> int:
        return (self.rtp_base + round((time - self.start) * self.clock_rate)) & 0xFFFFFFFF

    def events(self) -> list[tuple[float, Callable[[RecordingTap, float], None]]]:
        """Return what arrives: (arrival, call on the tap), in order of arrival."""
        chance = random.Random(self.ssrc)
        found: list[tuple[float, Callable[[RecordingTap, float], None]]] = []
        sequence = self.sequence_base
        for index, frame in enumerate(self.frames):
            time = self.start + index * self.frame_seconds
            arrival = time + self.stood_still(time) + self.delay + chance.random() * self.jitter
            payloads = PACKETIZERS[self.mime_type](frame)
            for position, payload in enumerate(payloads):
                sequence += 1
                marker = int(position == len(payloads) - 1)
                data = build_packet(
                    96,
                    sequence & 0xFFFF,
                    self.rtp_at(time),
                    self.ssrc,
                    payload,
                    marker=marker,
                    extensions=self._extensions(index, marker),
                )
                if sequence - self.sequence_base - 1 not in self.lose:
                    found.append((arrival + position * 0.0001, _rtp(data)))
        if self.reports:
            seconds = round(len(self.frames) * self.frame_seconds)
            for second in range(1, seconds):
                time = self.start + second + 0.5
                sent = time + self.stood_still(time)
                arrival = sent + 0.01 + chance.random() * self.jitter
                noise = chance.gauss(0, 0.002)
                set_by = sum(by for after, by in self.sets if second >= after)
                ntp = ntp_from_unix(sent + self.ntp_offset + set_by + noise)
                found.append((arrival, _report(self.ssrc, ntp, self.rtp_at(time))))
        return sorted(found, key=lambda event: event[0])


def _rtp(data: bytes) -> Callable[[RecordingTap, float], None]:
    return lambda tap, now: tap.on_rtp(RtpView(data), now)


def _report(ssrc: int, ntp: int, rtp: int) -> Callable[[RecordingTap, float], None]:
    return lambda tap, now: tap.on_sender_report(ssrc, ntp, rtp, now)


def microphone(seconds: float, start: float) -> Track:
    """A microphone with 20 ms packets."""
    return Track("audio/opus", sound(seconds), 0.02, start)


def levels(seconds: float) -> tuple[int, ...]:
    """Return the level of each packet of `sound`."""
    return tuple(15 if index * 0.02 % 1 < BEEP_SECONDS else 127 for index in range(round(seconds * 50)))


def camera(
    seconds: float,
    start: float,
    mime_type: str = "video/VP8",
    *,
    size: tuple[int, int] = (160, 120),
    key_every: float = 2.0,
) -> Track:
    """A camera at 10 pictures a second that is slower than the microphone."""
    frames = pictures(mime_type, seconds, 10, size, key_every)
    return Track(mime_type, frames, 0.1, start, delay=0.12, jitter=0.03, ssrc=6)
