"""Write one file out of timed samples, without an encoder (RECORDING 16 and 17).

WebM (VP8, VP9, AV1 with Opus) gets its cues in front, MP4 (H.264 with Opus) its index: what is served by
HTTP Range can then be sought at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from itertools import chain
from pathlib import Path
from typing import Any, Final

import av

from recording.assemble.codecs import Container, recorded_codec
from recording.assemble.frames import Sample
from recording.assemble.samples import fill_silence, with_durations
from recording.mux.donor import audio_donor, video_donor

LAST_PICTURE_SECONDS: Final = 0.1
"""How long the last picture of a file stays; MP4 loses it without a duration."""
_MILLISECONDS: Final = Fraction(1, 1000)
_OPTIONS: Final = {
    Container.WEBM: {"cues_to_front": "1", "fflags": "+bitexact"},
    Container.MP4: {"movflags": "+faststart", "fflags": "+bitexact"},
}


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """Sound of a file: samples in order of time, gaps and all."""

    mime_type: str
    channels: int
    samples: Iterator[Sample]


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """Pictures of a file, in order of time, a key frame first."""

    mime_type: str
    samples: Iterator[Sample]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """What was written; times in seconds, `start` on the wall clock."""

    path: Path
    start: float
    duration: float
    mime: str
    width: int | None
    height: int | None
    has_audio: bool
    has_video: bool


def write_file(stem: Path, audio: AudioTrack | None, video: VideoTrack | None) -> WrittenFile | None:
    """Write `stem` plus `.webm` or `.mp4`; None, and no file, when there is no sample.

    Raises:
        UnrecordableError: no file holds a codec of these.
    """
    first_audio = next(audio.samples, None) if audio else None
    first_video = next(video.samples, None) if video else None
    if first_audio is None and first_video is None:
        return None
    start = min(first.time for first in (first_audio, first_video) if first is not None)
    container = Container.WEBM
    if video and first_video:
        container = recorded_codec(video.mime_type).video_in or Container.WEBM
    file = _File(stem.with_name(f"{stem.name}.{container.value}"), container, start)
    streams: list[Iterator[tuple[Sample, int]]] = []
    if video and first_video:
        index = file.add_video(video, first_video)
        pictures = with_durations(chain((first_video,), video.samples), LAST_PICTURE_SECONDS)
        streams.append(_numbered(pictures, index))
    if audio and first_audio:
        index = file.add_audio(audio)
        sound = fill_silence(chain((first_audio,), audio.samples), start)
        streams.append(_numbered(sound, index))
    with file:
        for sample, index in merge(*streams, key=_time):
            file.write(sample, index)
    return WrittenFile(
        file.path,
        start,
        file.end - start,
        f'{"video" if first_video else "audio"}/{container.value}; codecs="{",".join(file.codecs)}"',
        first_video.frame.width if first_video else None,
        first_video.frame.height if first_video else None,
        has_audio=first_audio is not None,
        has_video=first_video is not None,
    )


def _numbered(samples: Iterator[Sample], index: int) -> Iterator[tuple[Sample, int]]:
    return ((sample, index) for sample in samples)


def _time(item: tuple[Sample, int]) -> float:
    return item[0].time


class _File:
    """An open output of PyAV, as a context that closes it."""

    def __init__(self, path: Path, container: Container, start: float) -> None:
        self.path = path
        self.end = start
        self.codecs: list[str] = []
        self._start = start
        self._output = av.open(str(path), "w", format=container.value, options=dict(_OPTIONS[container]))
        self._streams: list[Any] = []
        self._donors: list[Any] = []
        self._last_ms: list[int] = []

    def add_audio(self, track: AudioTrack) -> int:
        """Add a sound stream; return its index."""
        self.codecs.append("opus")
        return self._add(audio_donor(recorded_codec(track.mime_type).matroska_id, track.channels))

    def add_video(self, track: VideoTrack, first: Sample) -> int:
        """Add a picture stream as its first key frame is; return its index."""
        frame = first.frame
        self.codecs.append(frame.codec_string)
        codec_id = recorded_codec(track.mime_type).matroska_id
        return self._add(video_donor(codec_id, frame.codec_private, frame.width, frame.height))

    def write(self, sample: Sample, index: int) -> None:
        """Write the next sample of a stream."""
        milliseconds = max(round((sample.time - self._start) * 1000), self._last_ms[index] + 1)
        self._last_ms[index] = milliseconds
        packet = av.Packet(sample.frame.data)
        packet.stream = self._streams[index]
        packet.time_base = _MILLISECONDS
        packet.pts = packet.dts = milliseconds
        packet.duration = max(1, round(sample.duration * 1000))
        packet.is_keyframe = sample.frame.key
        self._output.mux(packet)
        self.end = max(self.end, sample.time + sample.duration)

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        self._output.close()
        for donor in self._donors:
            donor.close()

    def _add(self, donor: Any) -> int:
        self._donors.append(donor)
        self._streams.append(self._output.add_stream_from_template(donor.streams[0], opaque=True))
        self._last_ms.append(-1)
        return len(self._streams) - 1
