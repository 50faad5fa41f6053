"""A recording that nobody made: files of any length out of few encoded seconds, where a product finds them.

The picture is white for 200 ms from each whole second on, and so long it beeps.
"""

import asyncio
import itertools
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from recording.mux import IndexedGap, LaneSegment, RecordingIndex, Rotation, Thumbnail
from recording.mux.donor import audio_donor, video_donor
from signaling.adapters.sql.calls import SqlCallStore
from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.recordings import SqlJobQueue, SqlRecordingCatalogue
from signaling.adapters.sql.sessions import SqlSessionStore
from signaling.domain.collaboration import Point, Stroke
from signaling.domain.members import Part
from signaling.domain.session import Participant, Track
from signaling.domain.steps.step import Logged
from signaling.domain.subject import Subject
from tests.bench._people import meet, recruit
from tests.browser.product import Product
from tests.recording.synthetic import pictures, sound

LOOP_SECONDS = 20
KEY_EVERY_S = 4.0
FPS = 10
SIZE = (320, 240)
_MILLISECOND = Fraction(1, 1000)
HOST = "a disk of its own"


@dataclass(frozen=True)
class MadeUpLane:
    """What a lane has.

    Attributes:
        files: (offset, length) of each file in seconds.
        turned: (offset in seconds, degrees) from which on the picture is to be turned.
        gaps: (track, offset, length, reason), in seconds.
        missing: indices of files that are listed and not there.
    """

    lane: str
    participant: str
    kind: str = "person"
    files: Sequence[tuple[float, float]] = ()
    has_sound: bool = True
    turned: Sequence[tuple[float, int]] = ()
    gaps: Sequence[tuple[str, float, float, str]] = ()
    missing: frozenset[int] = field(default=frozenset())


@dataclass(frozen=True)
class MadeUpStroke:
    """A line over somebody's picture, in seconds of the recording; `gone` None: to the end."""

    over: str
    track: Track
    at: float
    took: float
    gone: float | None
    points: tuple[Point, ...]


@dataclass(frozen=True)
class MadeUpEntry:
    """An entry of the call's log, in seconds of the recording, as is a time `since` in its data."""

    at: float
    logged: Logged


@dataclass(frozen=True)
class MadeUpCourse:
    """What happened in a call: strokes, entries of its log, and who the participants of lanes were."""

    strokes: Sequence[MadeUpStroke] = ()
    entries: Sequence[MadeUpEntry] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)


def make_recording(
    product: Product, lanes: Sequence[MadeUpLane], course: MadeUpCourse = MadeUpCourse()
) -> str:
    """Hold a call in a running product, and give it these lanes for its recording; return the call's id."""
    with ThreadPoolExecutor(1) as thread:  # Playwright has a loop in this one
        return thread.submit(asyncio.run, _make_recording(product, lanes, course)).result()


async def _make_recording(product: Product, lanes: Sequence[MadeUpLane], course: MadeUpCourse) -> str:
    async with AsyncExitStack() as stack:
        [meeting] = await meet(await recruit(product.url, 1, stack))
        await meeting.end()
    folder = product.data_dir / "recordings" / meeting.call_id
    folder.mkdir(parents=True)
    index = await asyncio.to_thread(_write, folder, meeting.call_id, lanes)
    await _list(product.data_dir, index, course)
    return meeting.call_id


def _write(folder: Path, call_id: str, lanes: Sequence[MadeUpLane]) -> RecordingIndex:
    began_ms = round(time.time() * 1000)
    segments: list[LaneSegment] = []
    gaps: list[IndexedGap] = []
    made: dict[tuple[float, bool], Path] = {}
    for lane in lanes:
        for number, (_, length) in enumerate(lane.files):
            segment = _segment(folder.name, lane, number, began_ms)
            path = folder.parent / segment.key
            if number not in lane.missing:
                same = (length, lane.has_sound)
                if same in made:
                    os.link(made[same], path)
                else:
                    film(path, length, has_sound=lane.has_sound)
                    made[same] = path
                segment = replace(segment, size=path.stat().st_size)
            if segment.loudness:
                curve = [-12 if step % 10 == 0 else -70 for step in range(round(length * 10))]
                (folder.parent / segment.loudness).write_text(json.dumps({"stepMs": 100, "values": curve}))
            segments.append(segment)
        for track, offset, length, reason in lane.gaps:
            start = began_ms + round(offset * 1000)
            gaps.append(
                IndexedGap(lane.lane, lane.participant, lane.kind, track, start, round(length * 1000), reason)
            )
    for thumbnail in {one.key for segment in segments for one in segment.thumbnails}:
        _thumbnail(folder.parent / thumbnail)
    return RecordingIndex(call_id, "international", tuple(segments), tuple(gaps))


def _segment(call_id: str, lane: MadeUpLane, number: int, began_ms: int) -> LaneSegment:
    offset, length = lane.files[number]
    start, key = began_ms + round(offset * 1000), f"{call_id}/{lane.lane}.{number:04}"
    moments = () if lane.has_sound else range(0, round(length), 10)
    return LaneSegment(
        lane=lane.lane,
        participant=lane.participant,
        kind=lane.kind,
        segment=number,
        key=f"{key}.webm",
        start_ms=start,
        duration_ms=round(length * 1000),
        mime='video/webm; codecs="vp8,opus"' if lane.has_sound else 'video/webm; codecs="vp8"',
        size=0,
        digest="00" * 32,
        width=SIZE[0],
        height=SIZE[1],
        has_audio=lane.has_sound,
        has_video=True,
        thumbnails=tuple(Thumbnail(start + at * 1000, f"{call_id}/{lane.lane}.jpg") for at in moments),
        loudness=f"{key}.json" if lane.has_sound else None,
        rotations=tuple(Rotation(began_ms + round(at * 1000), degrees) for at, degrees in lane.turned),
    )


def film(path: Path, seconds: float, *, has_sound: bool) -> None:
    """Write a WebM file of that length, its cues in front."""
    frames = pictures("video/VP8", LOOP_SECONDS, FPS, SIZE, KEY_EVERY_S)
    images = _packets(frames, seconds, 1 / FPS, round(KEY_EVERY_S * FPS))
    beeps = _packets(sound(LOOP_SECONDS), seconds, 0.02, 1) if has_sound else iter(())
    donors = [video_donor("V_VP8", b"", *SIZE)] + ([audio_donor("A_OPUS", 2)] if has_sound else [])
    with av.open(str(path), "w", format="webm", options={"cues_to_front": "1"}) as output:
        streams: list[Any] = [
            output.add_stream_from_template(donor.streams[0], opaque=True) for donor in donors
        ]
        merged = itertools.chain(
            ((at, 0, data, key, length) for at, data, key, length in images),
            ((at, 1, data, key, length) for at, data, key, length in beeps),
        )
        for at, stream, data, key, length in sorted(merged, key=lambda packet: packet[:2]):
            packet = av.Packet(data)
            packet.stream, packet.time_base = streams[stream], _MILLISECOND
            packet.pts = packet.dts = round(at * 1000)
            packet.duration, packet.is_keyframe = round(length * 1000), key
            output.mux_one(packet)
    for donor in donors:
        donor.close()


def _packets(
    loop: Sequence[bytes], seconds: float, step: float, key_every: int
) -> Iterator[tuple[float, bytes, bool, float]]:
    """Yield (time, data, key, length) of packets that begin again with the loop."""
    for index in range(round(seconds / step)):
        place = index % len(loop)
        yield index * step, loop[place], place % key_every == 0, step


def _thumbnail(path: Path) -> None:
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 160, 90, "yuvj420p"
    encoder.time_base = _MILLISECOND
    frame = av.VideoFrame(160, 90, "yuvj420p")
    for plane, value in zip(frame.planes, (180, 110, 140), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    frame.pts = 0
    path.write_bytes(b"".join(bytes(packet) for packet in encoder.encode(frame)))


def _stroke(made_up: MadeUpStroke, index: RecordingIndex, number: int) -> Stroke:
    began = _began(index)
    return Stroke(
        f"stroke-{number}",
        index.call_id,
        "a-producer",
        "specialist",
        "#ff0000",
        0.02,
        made_up.points,
        True,
        began + made_up.at,
        over=made_up.over,
        track=made_up.track,
        done_at=began + made_up.at + made_up.took,
        gone_at=began + made_up.gone if made_up.gone is not None else None,
    )


def _began(index: RecordingIndex) -> float:
    return min(segment.start_ms for segment in index.segments) / 1000


async def _list(data_dir: Path, index: RecordingIndex, course: MadeUpCourse) -> None:
    """Say that the recording is muxed, as the worker of another disk would, and what happened."""
    database = open_database(f"sqlite+aiosqlite:///{data_dir / 'bangban.db'}")
    try:
        await _tell(database, index, course)
        await SqlRecordingCatalogue(database).save(index.call_id, HOST, index.to_json())
        jobs = SqlJobQueue(database)
        await jobs.found(HOST, [index.call_id], 0.0)
        await jobs.announce(index.call_id, 0.0)
        job = await jobs.claim("worker", HOST, 0.0, 60.0)
        assert job is not None
        assert await jobs.finish(job)
    finally:
        await database.close()


async def _tell(database: Database, index: RecordingIndex, course: MadeUpCourse) -> None:
    began, sessions = _began(index), SqlSessionStore(database)
    for number, stroke in enumerate(course.strokes):
        await sessions.save_stroke(_stroke(stroke, index, number))
    for name, part in course.parts.items():
        who = Subject.of_staff(name)
        await sessions.save_participant(Participant(index.call_id, name, who, name, "", part, 1))
    for entry in course.entries:
        data = dict(entry.logged.data)
        if "since" in data:
            data["since"] += began
        logged = replace(entry.logged, data=data)
        await SqlCallStore(database).append(index.call_id, [logged], began + entry.at)
