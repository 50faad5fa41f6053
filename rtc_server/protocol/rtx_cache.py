"""Recent packets of one producer, kept so that its consumers' NACKs can be answered (RFC 4585, RFC 4588).

One cache per producer: the payload is the very object that was forwarded, shared by everybody.
`ResendGuard` keeps one consumer from asking for the same packet again and again.
"""

from typing import Final, NamedTuple

LET_GO_EVERY: Final = 8
"""Packets between two looks at the oldest ones; a power of two."""

LET_GO_AT_ONCE: Final = 2 * LET_GO_EVERY
"""Packets looked at then: more than came in, so that what is too old does not pile up."""

MAX_RESENDS: Final = 10
"""Times one packet is repeated to one consumer, as mediasoup."""

GUARDED_PACKETS: Final = 512
"""Packets of one consumer whose repeats are counted."""

FORGIVEN_S: Final = 1.0
"""A number that comes back later is another packet's, or is not in the cache any more."""

MIN_RESEND_INTERVAL_S: Final = 0.01


class CachedPacket(NamedTuple):
    """What is needed to build the packet again.

    Attributes:
        sequence_number, timestamp, marker: of the producer's packet.
        payload: without padding, shared, never altered.
        stored_at: seconds.
        rotation: of the camera as the packet itself said it, 0–15; None when it said nothing.
    """

    sequence_number: int
    timestamp: int
    marker: int
    payload: bytes
    stored_at: float
    rotation: int | None


class RtxCache:
    """A ring of the newest packets, by their low bits.

    A slow stream never fills the ring: what is too old to be given out is let go as new packets come, else a
    camera of 45 packets/s would keep half a megabyte for eleven seconds.

    Args:
        packets: capacity; rounded up to a power of two.
        max_age: seconds after which a packet is no longer given out.
    """

    __slots__ = ("_mask", "_max_age", "_oldest", "_slots")

    def __init__(self, packets: int, *, max_age: float) -> None:
        capacity = 1 << max(packets - 1, 0).bit_length()
        self._mask = capacity - 1
        self._slots: list[tuple[int, int, int, bytes, float, int | None] | None] = [None] * capacity
        self._max_age = max_age
        self._oldest: int | None = None

    def store(
        self,
        sequence_number: int,
        timestamp: int,
        marker: int,
        payload: bytes,
        now: float,
        rotation: int | None = None,
    ) -> None:
        """Keep one packet of the producer; the hot path.

        Args:
            payload: the bytes object that is forwarded, `view.data[view.payload_offset:view.payload_end]`.
        """
        # A bare tuple: a named one costs four times as much, and few are ever asked for.
        self._slots[sequence_number & self._mask] = (
            sequence_number,
            timestamp,
            marker,
            payload,
            now,
            rotation,
        )
        if not sequence_number & (LET_GO_EVERY - 1):
            self._let_go(sequence_number, now)

    def _let_go(self, newest: int, now: float) -> None:
        """Forget the oldest packets that are too old; a packet that came late (RFC 1982) lets nothing go."""
        slots, mask = self._slots, self._mask
        oldest = newest if self._oldest is None else self._oldest
        behind = (newest - oldest) & 0xFFFF
        if behind > mask:
            if behind >= 0x8000:
                return
            oldest = (newest - mask) & 0xFFFF
        for _ in range(LET_GO_AT_ONCE):
            if oldest == newest:
                break
            slot = slots[oldest & mask]
            if slot is not None and slot[0] == oldest:
                if now - slot[4] <= self._max_age:
                    break
                slots[oldest & mask] = None
            oldest = (oldest + 1) & 0xFFFF
        self._oldest = oldest

    def get(self, sequence_number: int, now: float) -> CachedPacket | None:
        """Return the producer's packet with this number, None when it was overwritten, is too old or never
        came.
        """
        slot = self._slots[sequence_number & self._mask]
        if slot is None or slot[0] != sequence_number:
            return None
        packet = CachedPacket(*slot)
        return packet if now - packet.stored_at <= self._max_age else None

    def clear(self) -> None:
        """Let go of every packet."""
        self._slots = [None] * (self._mask + 1)
        self._oldest = None


class ResendGuard:
    """Bound how often one consumer's NACKs are answered.

    "Cap re-sends per round trip": a NACK that crossed our answer on the way must not be answered again.

    Args:
        max_resends: per packet.
        max_packets: packets remembered; the oldest are forgotten.
    """

    __slots__ = ("_max_packets", "_max_resends", "_sent")

    def __init__(self, *, max_resends: int = MAX_RESENDS, max_packets: int = GUARDED_PACKETS) -> None:
        self._max_resends = max_resends
        self._max_packets = max_packets
        self._sent: dict[int, tuple[float, int]] = {}

    def allow(self, sequence_number: int, round_trip: float, now: float) -> bool:
        """Return whether to repeat this packet now, and count it if so.

        Args:
            sequence_number: the consumer's own number, as NACKed.
            round_trip: of the consumer's path, in seconds, as its reports have it; 0 when unknown.
        """
        sent_at, count = self._sent.pop(sequence_number, (None, 0))
        interval = min(max(round_trip, MIN_RESEND_INTERVAL_S), FORGIVEN_S)
        too_soon = sent_at is not None and now - sent_at < interval
        if sent_at is not None and (too_soon or (count >= self._max_resends and now - sent_at < FORGIVEN_S)):
            self._sent[sequence_number] = (sent_at, count)
            return False
        if sent_at is not None and now - sent_at >= FORGIVEN_S:
            count = 0  # the number came round again, or the packet has left the cache anyway
        self._sent[sequence_number] = (now, count + 1)
        if len(self._sent) > self._max_packets:
            del self._sent[next(iter(self._sent))]
        return True
