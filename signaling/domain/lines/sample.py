"""One line, one participant and direction, over two seconds; and what is made of it for people.

What the server saw and what the page told are kept apart: the page's own figures are a claim, held within
what two seconds can hold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Final

from signaling.domain.lines.e_model import (
    BEARABLE_R,
    BPL_LOST,
    BPL_MADE_UP,
    GOOD_R,
    mean_opinion,
    rating,
)
from signaling.domain.session import Quality

SAMPLE_S: Final = 2.0
"""Seconds from sample to sample."""
FRAME_MS: Final = 20
"""Of an Opus packet: what is waited for at least before it is heard."""

_WEAK_LOST: Final = 30
_BAD_LOST: Final = 100
"""Per mille lost of everything, where no sound tells how it is: beyond them repair shows, and freezes."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What a page says of two seconds that it received.

    Attributes:
        made_up_permille: share of the sound that was played though it had not come; None without sound.
        freezes, freeze_ms: how often pictures stood still, and for how long, the longest of them.
        frames: decoded, of the picture with the fewest; None without pictures.
        buffer_ms: how long sound was held before it was played; None without sound.
    """

    made_up_permille: int | None
    freezes: int
    freeze_ms: int
    frames: int | None
    buffer_ms: int | None

    def bounded(self) -> "Reported":
        """Return it within what two seconds can hold, whatever the page said."""
        return Reported(
            _within(self.made_up_permille, 1000),
            min(max(self.freezes, 0), 20),
            min(max(self.freeze_ms, 0), round(SAMPLE_S * 1000)),
            _within(self.frames, 240),
            _within(self.buffer_ms, 10_000),
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """Two seconds of one direction.

    Attributes:
        at: when they ended, wall seconds.
        kbps: everything on the line, in kbit/s.
        lost_permille: of all packets; None where too few were sent to say.
        sound_lost_permille: of those with sound; None without enough of it.
        rtt_ms: to the server and back.
        jitter_ms: of the sound, else of the pictures.
        layer: the lowest encoding that the line has some picture reduced to, −1 when held back; else None.
        reported: what the page said of it; None for what it sends, and while it says nothing.
    """

    at: float
    kbps: int
    lost_permille: int | None
    sound_lost_permille: int | None
    rtt_ms: int | None
    jitter_ms: int | None
    layer: int | None = None
    reported: Reported | None = None

    @property
    def delay_ms(self) -> float:
        """Half the round trip, and what is waited for: as told, else what the jitter asks for."""
        told = self.reported.buffer_ms if self.reported is not None else None
        waited = told if told is not None else FRAME_MS + 2 * (self.jitter_ms or 0)
        return (self.rtt_ms or 0) / 2 + waited

    @property
    def rating(self) -> float | None:
        """R of the sound; None while none flows, as nobody could have judged it."""
        if self.sound_lost_permille is None:
            return None
        told = self.reported.made_up_permille if self.reported is not None else None
        if told is not None:
            return rating(self.delay_ms, told / 10, bpl=BPL_MADE_UP)
        return rating(self.delay_ms, self.sound_lost_permille / 10, bpl=BPL_LOST)

    @property
    def opinion(self) -> float | None:
        """MOS of the sound, 1.0–4.5."""
        return None if self.rating is None else round(mean_opinion(self.rating), 2)

    @property
    def level(self) -> Quality:
        """One word: by the sound, and without any by what is lost."""
        if self.rating is not None:
            return level_of(self.rating)
        lost = self.lost_permille or 0
        return Quality.BAD if lost >= _BAD_LOST else Quality.WEAK if lost >= _WEAK_LOST else Quality.GOOD


def level_of(r: float) -> Quality:
    """Return the word for a rating."""
    return Quality.GOOD if r >= GOOD_R else Quality.WEAK if r >= BEARABLE_R else Quality.BAD


def mean_rating(samples: Iterable[Sample]) -> float | None:
    """Return the mean R of those with sound."""
    known = [sample.rating for sample in samples if sample.rating is not None]
    return fmean(known) if known else None


def worst_of(samples: list[Sample]) -> Sample:
    """Return what stands for several samples in a row: mean rate, and the worst of everything else.

    Args:
        samples: at least one, in order of time.
    """
    told = [sample.reported for sample in samples if sample.reported is not None]
    layers = [sample.layer for sample in samples if sample.layer is not None]
    return replace(
        samples[-1],
        kbps=round(fmean(sample.kbps for sample in samples)),
        lost_permille=_most(sample.lost_permille for sample in samples),
        sound_lost_permille=_most(sample.sound_lost_permille for sample in samples),
        rtt_ms=_most(sample.rtt_ms for sample in samples),
        jitter_ms=_most(sample.jitter_ms for sample in samples),
        layer=min(layers, default=None),
        reported=_worst_reported(told) if told else None,
    )


def _worst_reported(told: list[Reported]) -> Reported:
    frames = [one.frames for one in told if one.frames is not None]
    return Reported(
        _most(one.made_up_permille for one in told),
        max(one.freezes for one in told),
        max(one.freeze_ms for one in told),
        min(frames, default=None),
        _most(one.buffer_ms for one in told),
    )


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _within(value: int | None, most: int) -> int | None:
    return None if value is None else min(max(value, 0), most)


def thinned(samples: Sequence[Sample], most: int) -> tuple[list[Sample], float]:
    """Return at most `most` samples, each the worst of equally long stretches, and how long these are, in s.

    Stretches without a sample have none: a gap stays one.
    """
    if not samples:
        return [], SAMPLE_S
    began = samples[0].at
    step = max(SAMPLE_S, (samples[-1].at - began + SAMPLE_S) / most)
    if step == SAMPLE_S:
        return list(samples), step
    stretches: dict[int, list[Sample]] = {}
    for sample in samples:
        stretches.setdefault(int((sample.at - began) / step), []).append(sample)
    return [worst_of(some) for some in stretches.values()], step
