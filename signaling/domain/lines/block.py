"""A minute of all lines of a call, as it is stored: columns of small numbers, deflated.

Eight hours of six people are 172,800 samples; in this form they take about 2 MB (a test holds 4).
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from signaling.domain.ids import CallId, ParticipantId
from signaling.domain.lines.sample import SAMPLE_S, Reported, Sample
from signaling.domain.session import Direction

BLOCK_S: Final = 60.0
_LANES: Final = 32
"""Of one block: a call has at most nine people, and who sends nothing has one direction."""
_SAMPLES: Final = 64
"""Of one lane: twice what fits, as a person may come back within a minute."""
_TENTHS: Final = 10


class Lane(NamedTuple):
    """Whose line, and which way."""

    participant_id: ParticipantId
    direction: Direction


@dataclass(slots=True)
class Block:
    """A minute of a call's lines; samples of a lane are in order of time.

    Attributes:
        began_at: wall seconds, and with the call its key.
        is_saved: whether it is stored as it is.
    """

    call_id: CallId
    began_at: float
    lanes: dict[Lane, list[Sample]] = field(default_factory=dict)
    is_saved: bool = False

    def add(self, lane: Lane, sample: Sample) -> None:
        """Append a sample; beyond the bounds it is dropped."""
        if lane not in self.lanes and len(self.lanes) >= _LANES:
            return
        samples = self.lanes.setdefault(lane, [])
        if len(samples) < _SAMPLES:
            samples.append(sample)
            self.is_saved = False

    def report(self, lane: Lane, at: float, told: Reported) -> bool:
        """Add what a page says to the sample of that time that has nothing said of it; False for none."""
        samples = self.lanes.get(lane, [])
        silent = [index for index, sample in enumerate(samples) if sample.reported is None]
        nearest = min(silent, key=lambda index: abs(samples[index].at - at), default=None)
        if nearest is None or abs(samples[nearest].at - at) > SAMPLE_S / 2 + 0.2:
            return False
        samples[nearest] = replace(samples[nearest], reported=told.bounded())
        self.is_saved = False
        return True


def pack(block: Block) -> bytes:
    """Return a block's lanes as they are stored."""
    lanes = {
        f"{lane.direction.value}/{lane.participant_id}": _columns(samples, block.began_at)
        for lane, samples in block.lanes.items()
    }
    return zlib.compress(json.dumps(lanes, separators=(",", ":")).encode(), 9)


def unpack(call_id: CallId, began_at: float, packed: bytes) -> Block:
    """Return a stored block."""
    lanes: dict[str, list[list[Any]]] = json.loads(zlib.decompress(packed))
    block = Block(call_id, began_at, is_saved=True)
    for name, columns in lanes.items():
        direction, _, participant_id = name.partition("/")
        block.lanes[Lane(participant_id, Direction(direction))] = _samples(columns, began_at)
    return block


def joined(blocks: Iterable[Block]) -> dict[Lane, list[Sample]]:
    """Return the whole lanes of blocks, each in order of time."""
    lanes: dict[Lane, list[Sample]] = {}
    for block in sorted(blocks, key=lambda one: one.began_at):
        for lane, samples in block.lanes.items():
            lanes.setdefault(lane, []).extend(samples)
    return lanes


def _columns(samples: Sequence[Sample], began_at: float) -> list[list[Any]]:
    rows = [
        (
            round((sample.at - began_at) * _TENTHS),
            sample.kbps,
            sample.lost_permille,
            sample.sound_lost_permille,
            sample.rtt_ms,
            sample.jitter_ms,
            sample.layer,
            *_told(sample.reported),
        )
        for sample in samples
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _told(reported: Reported | None) -> tuple[int | None, ...]:
    if reported is None:
        return (None,) * 5
    one = reported
    return (one.made_up_permille, one.freezes, one.freeze_ms, one.frames, one.buffer_ms)


def _samples(columns: list[list[Any]], began_at: float) -> list[Sample]:
    return [_sample(row, began_at) for row in zip(*columns, strict=True)]


def _sample(row: Sequence[Any], began_at: float) -> Sample:
    tenths, kbps, lost, sound_lost, rtt_ms, jitter_ms, layer, *told = row
    reported = None if told[1] is None else Reported(*told)
    at = began_at + tenths / _TENTHS
    return Sample(at, kbps, lost, sound_lost, rtt_ms, jitter_ms, layer, reported)
