"""Merge the samples of a lane in order of time and cut them into files (RECORDING 15, 19).

A browser that seeks to where a file has sound and no picture reads on until it finds one, for as long as the
camera is off. So a hole in the picture cuts the file, and the sound in it is a file of its own. A file that
is long enough ends at its next key frame, whatever it holds: what a container keeps of each sample stays
bounded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from recording.assemble.frames import Sample
from recording.assemble.opus import SILENCE_SECONDS, SILENT_FRAME

HOLE_SECONDS: Final = 5.0
"""No picture for longer cuts, if the next one is a key frame; a still desktop may send one each 4 s."""
LAST_PICTURE_SECONDS: Final = 0.1
"""How long the last picture of a file stays; MP4 loses it without a duration."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One file to be.

    Attributes:
        start: wall seconds.
        picture: its first one, a key frame; None for sound alone.
        has_sound: a picture's file may go without.
    """

    start: float
    picture: Sample | None
    has_sound: bool


class Placed(NamedTuple):
    """A sample in its part, with its final time and duration."""

    part: Part
    is_picture: bool
    sample: Sample


def cut_parts(sound: Iterable[Sample], pictures: Iterable[Sample], max_seconds: float) -> Iterator[Placed]:
    """Yield all samples in order of time, sound without gaps or overlaps; each part is one run.

    Args:
        max_seconds: of a part; with pictures it ends at the key frame that follows.

    Players run Opus packets together whatever their timestamps say, so every gap is filled with silence and
    what would start more than a packet too early (two sources at once) is left out. A packet is never more
    than 20 ms away from its time.
    """
    return _Cutter(iter(sound), iter(pictures), max_seconds).run()


class _Cutter:
    def __init__(self, sound: Iterator[Sample], pictures: Iterator[Sample], max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._sounds = sound
        self._pictures = pictures
        self._sound = next(sound, None)
        self._picture = next(pictures, None)
        self._part: Part | None = None
        self._position = 0.0
        self._pictures_end: float | None = None

    def run(self) -> Iterator[Placed]:
        while self._sound is not None or self._picture is not None:
            picture, sound = self._picture, self._sound
            if picture is not None and (sound is None or picture.time <= sound.time):
                self._picture = next(self._pictures, None)
                yield from self._take_picture(picture)
            else:
                assert sound is not None
                self._sound = next(self._sounds, None)
                yield from self._take_sound(sound)

    def _take_picture(self, picture: Sample) -> Iterator[Placed]:
        part, following = self._part, self._picture
        if part is None or self._is_before(part, picture):
            part = self._begin(picture.time, picture)
        if following is None or _is_hole(picture, following):
            filled = end = self._pictures_end = picture.time + LAST_PICTURE_SECONDS
        else:
            filled, end = picture.time, following.time
        if part.has_sound:
            yield from self._silence(part, filled)
        yield Placed(part, True, Sample(picture.time, end - picture.time, picture.frame))

    def _take_sound(self, sample: Sample) -> Iterator[Placed]:
        part = self._part
        if part is None or self._is_over(part, sample):
            part = self._begin(sample.time, self._coming_picture(sample))
        yield from self._silence(part, sample.time)
        if self._position - sample.time < SILENCE_SECONDS:
            yield Placed(part, False, Sample(self._position, sample.duration, sample.frame))
            self._position += sample.duration

    def _is_over(self, part: Part, sample: Sample) -> bool:
        """Whether sound at this time is another file's: behind the pictures, or after enough of it alone."""
        if part.picture is None:
            return sample.time - part.start >= self._max_seconds
        if self._pictures_end is None:
            return False
        patience = HOLE_SECONDS if self._picture is None else 0.0
        return sample.time >= self._pictures_end + patience

    def _is_before(self, part: Part, picture: Sample) -> bool:
        """Whether this picture is another file's: behind sound alone, behind a hole, or after enough."""
        is_full = picture.frame.key and picture.time - part.start >= self._max_seconds
        return part.picture is None or self._pictures_end is not None or is_full

    def _coming_picture(self, sample: Sample) -> Sample | None:
        """Return the picture that this sound leads, if it comes soon."""
        coming = self._picture
        return coming if coming is not None and coming.time - sample.time <= HOLE_SECONDS else None

    def _begin(self, start: float, picture: Sample | None) -> Part:
        has_sound = picture is None or start < picture.time or self._sound is not None
        self._part = Part(start, picture, has_sound)
        self._position = start
        self._pictures_end = None
        return self._part

    def _silence(self, part: Part, until: float) -> Iterator[Placed]:
        """Fill up to `until`, but not over the sound that comes next."""
        if self._sound is not None:
            until = min(until, self._sound.time)
        while until - self._position >= SILENCE_SECONDS:
            yield Placed(part, False, _silent(self._position))
            self._position += SILENCE_SECONDS


def _silent(time: float) -> Sample:
    return Sample(time, SILENCE_SECONDS, SILENT_FRAME)


def _is_hole(picture: Sample, following: Sample) -> bool:
    return following.frame.key and following.time - picture.time > HOLE_SECONDS
