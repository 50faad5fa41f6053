"""What muxing needs of memory has nothing to do with how long a call was."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from recording.assemble.frames import OrderedPacket
from recording.assemble.pieces import MAX_PICTURE_BYTES
from recording.assemble.vp8 import make
from recording.mux import LaneSegment, MuxOptions, RecordingIndex, Thumbnail, mux_call
from rtc_server.wire.rtp import RtpView, build_packet
from tests.recording.longer import prolong
from tests.recording.played import record
from tests.recording.synthetic import Track, camera, levels, microphone

MAX_GROWTH_BYTES = 400_000
"""Of twelve times the length: the places of thumbnails, a byte each 100 ms of loudness."""


def still_desktop() -> Track:
    """A picture a second, a key frame each fourth, a report a second."""
    whole = camera(6, 101, key_every=0.4)
    return replace(whole, frames=whole.frames[:60:3], frame_seconds=1.0)


def speaker() -> Track:
    return replace(microphone(20, 101), levels=levels(20))


def peak_of(folder: Path, seconds: int) -> int:
    """Return the most bytes of Python's that muxing so many seconds of a round takes."""
    journals, output = folder / f"{seconds}", folder / f"{seconds}-out"
    output.mkdir()
    prolong(folder / "round", journals, round_seconds=20, seconds=seconds)
    tracemalloc.start()
    try:
        mux_call(journals, output, MuxOptions("c1", thumbnail_interval=60.0), lambda done: None)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("track", "make", "minutes"), [("desktop", still_desktop, 10), ("microphone", speaker, 2)]
)
def test_hours_need_no_more_memory_than_minutes(
    tmp_path: Path, track: str, make: Callable[[], Track], minutes: int
) -> None:
    record(tmp_path / "round", {"clerk": {track: [make()]}})
    short = peak_of(tmp_path, minutes * 60)
    assert peak_of(tmp_path, minutes * 60 * 12) - short < MAX_GROWTH_BYTES


def test_an_index_is_written_without_a_copy_of_itself() -> None:
    pictures = tuple(Thumbnail(at, f"c1/clerk.0001.{at:08}.jpg") for at in range(0, 30_000_000, 10_000))
    segment = LaneSegment(
        "clerk", "clerk", "person", 1, "c1/a.webm", 0, 1, "", 1, "00", 1, 1, True, True, pictures
    )
    index = RecordingIndex("c1", "international", (segment,) * 5)
    tracemalloc.start()
    try:
        text = index.to_json()
        assert tracemalloc.get_traced_memory()[1] < len(text) * 6
    finally:
        tracemalloc.stop()
    assert RecordingIndex.from_json(text) == index


def test_a_picture_that_never_ends_is_not_kept() -> None:
    assembler = make()
    payload = bytes((0x90, 0x80, 0x80, 1)) + bytes(1 << 15)
    view = RtpView(build_packet(96, 1, 3000, 5, payload))
    tracemalloc.start()
    try:
        for sequence in range(MAX_PICTURE_BYTES // (1 << 15) * 3):
            assert assembler.push(OrderedPacket(view, sequence, 3000, False)) is None
        assert tracemalloc.get_traced_memory()[1] < MAX_PICTURE_BYTES * 1.1
    finally:
        tracemalloc.stop()
    whole = RtpView(build_packet(96, 2, 6000, 5, bytes((0x90, 0x80, 0x80, 1, 1, 2)), marker=1))
    frame = assembler.push(OrderedPacket(whole, sequence + 1, 6000, False))
    assert frame is not None
    assert frame.damaged_before
