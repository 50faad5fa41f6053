"""From a transport's counters, read now and then, to what happened between two readings."""

from dataclasses import dataclass
from typing import Final

from signaling.domain.lines.sample import Sample
from signaling.domain.session import Direction

ENOUGH_SOUND: Final = 20
"""Packets of sound: a silent microphone sends 5 in two seconds, of which a lost one would be a fifth."""
ENOUGH: Final = 10
"""Packets of anything."""


@dataclass(frozen=True, slots=True)
class StreamCounters:
    """A stream so far: `lost` counts what a peer sent and we did not get, `loss` is its last report, 0–1."""

    is_sound: bool
    packets: int
    lost: int
    loss: float
    jitter_ms: float


@dataclass(frozen=True, slots=True)
class LineCounters:
    """A transport so far, bytes of whole datagrams."""

    received: int
    sent: int
    rtt_ms: float | None
    streams: dict[str, StreamCounters]


class LineMeter:
    """What one transport did since it was looked at last.

    Args:
        direction: as its participant sees it.
    """

    def __init__(self, direction: Direction) -> None:
        self._direction = direction
        self._at = 0.0
        self._before: LineCounters | None = None

    def look(
        self, now: LineCounters, at: float, *, rtt_ms: float | None = None, layer: int | None = None
    ) -> Sample | None:
        """Return what passed since the last look; None the first time, and while the peer is not heard.

        Args:
            at: wall seconds.
            rtt_ms: of another transport of the participant's, where this one tells none.
            layer: see `Sample`.
        """
        before, since = self._before, at - self._at
        self._before, self._at = now, at
        if before is None or since <= 0 or now.received <= before.received:
            return None
        moved = now.received - before.received if self._is_up else now.sent - before.sent
        both = [(before.streams.get(name), stream) for name, stream in now.streams.items()]
        counts = [(stream, *self._count(former, stream)) for former, stream in both]
        sound = [each for each in counts if each[0].is_sound]
        trip = now.rtt_ms if now.rtt_ms is not None else rtt_ms
        return Sample(
            at=at,
            kbps=round(max(0, moved) * 8 / since / 1000),
            lost_permille=_permille(counts, ENOUGH),
            sound_lost_permille=_permille(sound, ENOUGH_SOUND),
            rtt_ms=None if trip is None else round(trip),
            jitter_ms=_jitter(sound) if any(each[1] for each in sound) else _jitter(counts),
            layer=layer,
        )

    @property
    def _is_up(self) -> bool:
        return self._direction is Direction.SEND

    def _count(self, before: StreamCounters | None, now: StreamCounters) -> tuple[int, int]:
        """Return how many packets were to arrive, and how many of them did not."""
        packets = max(0, now.packets - (before.packets if before else 0))
        if self._is_up:
            lost = max(0, now.lost - (before.lost if before else 0))
            return packets + lost, lost
        return packets, round(packets * min(1.0, max(0.0, now.loss)))


def _permille(counts: list[tuple[StreamCounters, int, int]], least: int) -> int | None:
    expected = sum(packets for _, packets, _ in counts)
    return round(1000 * sum(lost for *_, lost in counts) / expected) if expected >= least else None


def _jitter(counts: list[tuple[StreamCounters, int, int]]) -> int | None:
    flowing = [stream.jitter_ms for stream, packets, _ in counts if packets]
    return round(min(max(flowing), 10_000.0)) if flowing else None
