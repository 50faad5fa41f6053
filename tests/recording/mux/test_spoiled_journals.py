"""Whatever befalls journals or clocks, the assembled file plays, in step, as long as its journal lasts."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recording.format import Anchor, JournalScanner, Record, RecordKind, encode_record
from recording.mux import LaneSegment
from tests.recording.played import beeps, flashes, media_path, mux, record, sound_seconds
from tests.recording.synthetic import camera, microphone

SECONDS = 8
CAMERA, MICROPHONE = "clerk.0001.camera.journal", "clerk.0001.microphone.journal"
NAMES = st.sampled_from([CAMERA, MICROPHONE])
STEP = st.floats(-3600, 3600).filter(lambda seconds: abs(seconds) > 0.05)
LIPS = 0.1
"""Flashes come each 0.1 s, so that a picture may be that late."""
tried = settings(max_examples=10, deadline=None)


@pytest.fixture(scope="module")
def whole() -> Iterator[Path]:
    """Journals of a microphone and a camera."""
    with TemporaryDirectory() as folder:
        tracks = {"microphone": [microphone(SECONDS, 101)], "camera": [camera(SECONDS, 101)]}
        record(Path(folder) / "j", {"clerk": tracks})
        yield Path(folder) / "j"


def muxed_with(whole: Path, folder: str, changed: dict[str, bytes]) -> list[tuple[LaneSegment, Path]]:
    journals = Path(folder) / "j"
    shutil.copytree(whole, journals)
    for name, data in changed.items():
        (journals / name).write_bytes(data)
    return [(segment, media_path(journals, segment.key)) for segment in mux(journals).segments]


def play(segment: LaneSegment, path: Path) -> None:
    """Decode everything: times grow, nothing is rubbish, and sound lasts as long as its file."""
    last: dict[int, int] = {}
    with av.open(str(path)) as source:
        for packet in source.demux():
            if packet.dts is None:
                continue
            assert packet.dts > last.get(packet.stream_index, -1)
            last[packet.stream_index] = packet.dts
            packet.decode()
    if segment.has_audio:
        assert sound_seconds(path) == pytest.approx(segment.duration_ms / 1000, abs=0.3)


def in_step(path: Path, least: int) -> None:
    """Beeps and flashes come together."""
    heard, seen = beeps(path), flashes(path)
    together = [at for at in seen if any(abs(at - beep) < LIPS for beep in heard)]
    assert len(together) >= least, (heard, seen)


def records_of(data: bytes) -> list[Record]:
    return list(JournalScanner().feed(data))


def written(records: list[Record]) -> bytes:
    return b"".join(encode_record(*one) for one in records)


@tried
@given(name=NAMES, place=st.floats(0, 1), bit=st.integers(0, 7))
def test_a_flipped_bit(whole: Path, name: str, place: float, bit: int) -> None:
    data = bytearray((whole / name).read_bytes())
    data[int(place * (len(data) - 1))] ^= 1 << bit
    with TemporaryDirectory() as folder:
        ((segment, path),) = muxed_with(whole, folder, {name: bytes(data)})
        play(segment, path)
        in_step(path, SECONDS - 3)  # a key frame comes each 2 s


@tried
@given(name=NAMES, place=st.floats(0, 1))
def test_truncation(whole: Path, name: str, place: float) -> None:
    data = (whole / name).read_bytes()
    kept = data[: int(place * len(data))]
    times = [one.arrival_ns / 1e9 for one in records_of(kept) if one.kind == RecordKind.RTP]
    with TemporaryDirectory() as folder:
        segments = muxed_with(whole, folder, {name: kept})
        for segment, path in segments:
            play(segment, path)
        if times and times[-1] - times[0] > 1:
            in_step(segments[0][1], int(times[-1] - times[0]) - 1)


@tried
@given(names=st.sets(NAMES), place=st.floats(0, 1))
def test_something_half_written_beside_the_journals(whole: Path, names: set[str], place: float) -> None:
    """A copy that broke off is no journal, whatever it holds."""
    left = {}
    for name in names:
        data = (whole / name).read_bytes()
        left[f"{name}.partial"] = left[f".{name}"] = data[: int(place * len(data))]
    with TemporaryDirectory() as folder:
        ((segment, path),) = muxed_with(whole, folder, left)
        play(segment, path)
        in_step(path, SECONDS - 1)


@tried
@given(name=NAMES, copies=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 3)), max_size=4))
def test_anchors_written_twice(whole: Path, name: str, copies: list[tuple[float, int]]) -> None:
    records = records_of((whole / name).read_bytes())
    again = [one for one in records if one.kind in (RecordKind.ANCHOR, RecordKind.DESCRIPTION)]
    for place, times in copies:
        at = 1 + int(place * (len(records) - 1))
        records[at:at] = again * times
    with TemporaryDirectory() as folder:
        ((segment, path),) = muxed_with(whole, folder, {name: written(records)})
        play(segment, path)
        assert segment.duration_ms == pytest.approx(SECONDS * 1000, abs=150)
        in_step(path, SECONDS - 1)


@tried
@example(moments=(12, 21), by=(7.0, -1.0))  # a report of the other track came just before
@given(moments=st.tuples(st.integers(12, 28), st.integers(12, 28)), by=st.tuples(STEP, STEP))
def test_the_senders_clock_is_set_twice(moments: tuple[int, int], by: tuple[float, float]) -> None:
    first, second = sorted(moments)
    sets = ((first, by[0]), (max(second, first + 8), by[1]))
    sound, picture = microphone(10, 101), camera(10, 101)
    tracks = {
        "microphone": [replace(sound, frames=sound.frames * 4, sets=sets)],
        "camera": [replace(picture, frames=picture.frames * 4, sets=sets)],
    }
    with TemporaryDirectory() as folder:
        record(Path(folder) / "j", {"clerk": tracks})
        (segment,) = mux(Path(folder) / "j").segments
        path = media_path(Path(folder) / "j", segment.key)
        play(segment, path)
        assert segment.duration_ms == pytest.approx(40_000, abs=200)
        in_step(path, 38)


@tried
@given(name=NAMES, by=st.tuples(STEP, STEP))
def test_the_servers_clock_is_set_twice(whole: Path, name: str, by: tuple[float, float]) -> None:
    """Anchors after each step tell another wall time; tracks stay where the first anchor put them."""
    changed: list[Record] = []
    ahead = 0.0
    steps = list(by)
    for one in records_of((whole / name).read_bytes()):
        changed.append(one)
        if one.kind == RecordKind.SENDER_REPORT and steps:
            ahead += steps.pop()
            now = Anchor("boot", one.arrival_ns, one.arrival_ns + round((1_700_000_000 + ahead) * 1e9))
            changed.append(Record(RecordKind.ANCHOR, one.arrival_ns, now.encode()))
    with TemporaryDirectory() as folder:
        ((segment, path),) = muxed_with(whole, folder, {name: written(changed)})
        play(segment, path)
        assert segment.start_ms == pytest.approx(1_700_000_101_000, abs=100)
        in_step(path, SECONDS - 1)


@tried
@given(turns=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 3)), max_size=12))
def test_a_rotation_said_again_and_again(turns: list[tuple[int, int]]) -> None:
    turned = tuple(sorted(turns, key=lambda turn: turn[0]))
    with TemporaryDirectory() as folder:
        record(Path(folder) / "j", {"clerk": {"camera": [replace(camera(4, 101), turns=turned)]}})
        (segment,) = mux(Path(folder) / "j").segments
        play(segment, media_path(Path(folder) / "j", segment.key))
        degrees = [rotation.degrees for rotation in segment.rotations]
        assert all(a != b for a, b in pairwise(degrees))
        assert len(degrees) <= 1 + len({at for at, _ in turned})


def test_the_same_rotation_in_each_packet_is_said_once(tmp_path: Path) -> None:
    turns = tuple((index, 1) for index in range(40))
    record(tmp_path / "j", {"clerk": {"camera": [replace(camera(4, 101), turns=turns)]}})
    (segment,) = mux(tmp_path / "j").segments
    assert [rotation.degrees for rotation in segment.rotations] == [90]
