"""Write the files of a lane out of timed samples, without an encoder (RECORDING 16 and 17).

WebM (VP8, VP9, AV1 with Opus) gets its cues in front, MP4 (H.264 with Opus) its index: what is served by
HTTP Range can then be sought at once.
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import av

from recording.assemble.codecs import Container, recorded_codec
from recording.assemble.frames import Sample
from recording.assemble.parts import Part, cut_parts
from recording.mux.donor import audio_donor, video_donor
from recording.mux.loudness import LoudnessMeter

_MILLISECONDS: Final = Fraction(1, 1000)
MAX_SECONDS: Final = {Container.WEBM: 3600.0, Container.MP4: 600.0}
"""Longest file: FFmpeg keeps some hundred bytes of each sample of an MP4, of a WebM of each key frame."""
_MOST_ROTATIONS: Final = 1000
"""Nobody turns a camera more often in an hour."""
_OPTIONS: Final = {
    Container.WEBM: {"cues_to_front": "1", "fflags": "+bitexact"},
    Container.MP4: {"movflags": "+faststart", "fflags": "+bitexact"},
}


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """Sound of a lane: samples in order of time, gaps and all."""

    mime_type: str
    channels: int
    samples: Iterator[Sample]


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """Pictures of a lane, in order of time, a key frame first."""

    mime_type: str
    samples: Iterator[Sample]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """What was written; times in seconds, `start` on the wall clock.

    Attributes:
        samples: how many of sound and of picture it holds.
        rotations: (wall seconds, degrees clockwise) from which on its picture is to be turned.
        loudness: decibels below full scale of each 100 ms; None without sound.
    """

    path: Path
    start: float
    duration: float
    mime: str
    width: int | None
    height: int | None
    has_audio: bool
    has_video: bool
    samples: tuple[int, int]
    rotations: tuple[tuple[float, int], ...]
    loudness: "array[int] | None"


def write_files(
    stem_of: Callable[[], Path], audio: AudioTrack | None, video: VideoTrack | None
) -> Iterator[WrittenFile]:
    """Write the files of a lane one after the other, each whole when it is yielded; none without a sample.

    Args:
        stem_of: gives the path of the next file, to which `.webm` or `.mp4` is added.

    Raises:
        UnrecordableError: no file holds a codec of these.
    """
    container = _container(video)
    placed = cut_parts(audio.samples if audio else (), video.samples if video else (), MAX_SECONDS[container])
    for part, samples in groupby(placed, key=attrgetter("part")):
        with _File(stem_of(), part, audio, video) as file:
            for _, is_picture, sample in samples:
                file.write(sample, is_picture=is_picture)
        yield file.result()


class _File:
    """An open output of PyAV, as a context that closes it."""

    def __init__(self, stem: Path, part: Part, audio: AudioTrack | None, video: VideoTrack | None) -> None:
        container = _container(video if part.picture else None)
        self._path = stem.with_name(f"{stem.name}.{container.value}")
        self._container = container
        self._part = part
        self._end = part.start
        self._rotations: list[tuple[float, int]] = []
        self._donors: list[Any] = []
        self._output = av.open(
            str(self._path), "w", format=container.value, options=dict(_OPTIONS[container])
        )
        self._picture = self._add(_picture_donor(video, part.picture)) if video and part.picture else None
        self._sound: _Stream | None = None
        self._meter: LoudnessMeter | None = None
        if audio and part.has_sound:
            self._sound = self._add(audio_donor(recorded_codec(audio.mime_type).matroska_id, audio.channels))
            self._meter = LoudnessMeter(audio.channels)

    def write(self, sample: Sample, *, is_picture: bool) -> None:
        """Write the next sample of a stream."""
        stream = self._picture if is_picture else self._sound
        assert stream is not None
        milliseconds = round((sample.time - self._part.start) * 1000)
        if milliseconds <= stream.last_ms:  # containers count in milliseconds
            milliseconds = stream.last_ms + 1
        stream.last_ms = milliseconds
        stream.count += 1
        packet = av.Packet(sample.frame.data)
        packet.stream = stream.av
        packet.time_base = _MILLISECONDS
        packet.pts = packet.dts = milliseconds
        packet.duration = max(1, round(sample.duration * 1000))
        packet.is_keyframe = sample.frame.key
        self._output.mux_one(packet)
        end = sample.time + sample.duration
        if end > self._end:
            self._end = end
        if is_picture:
            self._note_rotation(sample)
        elif self._meter is not None:
            self._meter.add(sample.frame, milliseconds)

    def result(self) -> WrittenFile:
        """Return what was written; the file is closed."""
        part, sound, picture = self._part, self._sound, self._picture
        first = part.picture.frame if part.picture else None
        codecs = [first.codec_string] if first else []
        kind = "video" if first else "audio"
        return WrittenFile(
            self._path,
            part.start,
            self._end - part.start,
            f'{kind}/{self._container.value}; codecs="{",".join([*codecs, *(["opus"] if sound else [])])}"',
            first.width if first else None,
            first.height if first else None,
            has_audio=sound is not None,
            has_video=first is not None,
            samples=(sound.count if sound else 0, picture.count if picture else 0),
            rotations=tuple(self._rotations),
            loudness=self._meter.result() if self._meter else None,
        )

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        self._output.close()
        for donor in self._donors:
            donor.close()

    def _note_rotation(self, sample: Sample) -> None:
        known = self._rotations
        if sample.frame.rotation != (known[-1][1] if known else 0) and len(known) < _MOST_ROTATIONS:
            known.append((sample.time, sample.frame.rotation))

    def _add(self, donor: Any) -> "_Stream":
        self._donors.append(donor)
        return _Stream(self._output.add_stream_from_template(donor.streams[0], opaque=True))


@dataclass(slots=True)
class _Stream:
    av: Any
    count: int = 0
    last_ms: int = -1


def _container(video: VideoTrack | None) -> Container:
    """Return what holds these pictures, or sound alone."""
    return (video and recorded_codec(video.mime_type).video_in) or Container.WEBM


def _picture_donor(video: VideoTrack, first: Sample) -> Any:
    frame = first.frame
    codec_id = recorded_codec(video.mime_type).matroska_id
    return video_donor(codec_id, frame.codec_private, frame.width, frame.height)
