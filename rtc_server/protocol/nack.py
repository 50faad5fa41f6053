"""Ask a sender to repeat lost packets of one stream (generic NACK, RFC 4585 §6.2.1).

A hole in the sequence numbers is asked for after `first_delay`, which forgives reordering, and again each
round trip until the packet comes, `max_retries` are used up or an answer would come too late to help. What
cannot be had any more makes the generator ask for a key frame instead. The round trip is learnt from the
answers: a peer that only sends reports none.

Deliberately not done: asking by frame (the SFU does not know frames), and NACKing RTX packets.
"""

from enum import Enum
from typing import Final, NamedTuple

from rtc_server.protocol.deadline import NEVER
from rtc_server.wire.sequence import distance16

FIRST_DELAY_S: Final = 0.01
MAX_RETRIES: Final = 10
MAX_AGE_S: Final = 1.0
MAX_AGE_TRIPS: Final = 3.0
"""Browsers keep what they sent for a second, or three round trips if that is longer (libwebrtc)."""

MAX_PENDING: Final = 512
"""More holes than this at once are an outage: a key frame is cheaper than the packets."""

FORGOTTEN_S: Final = 2.0
"""A packet lost so long ago is not asked for at all: nobody keeps it, and a key frame that is asked for now
comes sooner than an answer that does not. Twice the silence of a still desktop, one packet a second."""

MIN_RETRY_S: Final = 0.02
MAX_RETRY_S: Final = 0.5
ROUND_TRIP_S: Final = 0.1
"""Before the first answer."""

TRIP_WEIGHT: Final = 1 / 8
"""RFC 6298 §2.3, alpha, of a new round trip in the smoothed one."""


class Arrival(Enum):
    """What a received packet was to the stream."""

    NEXT = "next"
    """Newer than everything before."""

    LATE = "late"
    """Filled a hole nobody had asked about: it was overtaken."""

    REPAIRED = "repaired"
    """Filled a hole that was asked for: the line had lost it."""

    DUPLICATE = "duplicate"
    """Known already, or given up; it may still be forwarded by who wants old packets."""


NEXT: Final = Arrival.NEXT
"""Looked up once: nearly every packet is it."""


class NackDecision(NamedTuple):
    """What to send now.

    Attributes:
        sequence_numbers: 16-bit numbers to NACK, oldest first; empty for none.
        key_frame: whether a hole was given up, so that a key frame is needed.
    """

    sequence_numbers: tuple[int, ...]
    key_frame: bool


class _Hole:
    __slots__ = ("asked_at", "due", "retries", "seen_at")

    def __init__(self, seen_at: float, due: float) -> None:
        self.seen_at = self.asked_at = seen_at
        self.due = due
        self.retries = 0


class NackGenerator:
    """Watch the sequence numbers of one media stream and decide what to NACK.

    Args:
        first_delay: seconds between seeing a hole and the first NACK.
        max_retries: NACKs per packet.
        max_age: seconds until a hole is given up, if three round trips are less.
        max_pending: holes remembered at once.
        round_trip: seconds between two NACKs of one packet, until answers tell what the path needs.
    """

    __slots__ = (
        "_came_at",
        "_deadline",
        "_first_delay",
        "_given_up",
        "_highest",
        "_holes",
        "_learnt",
        "_max_age",
        "_max_pending",
        "_max_retries",
        "_next",
        "_round_trip",
    )

    def __init__(
        self,
        *,
        first_delay: float = FIRST_DELAY_S,
        max_retries: int = MAX_RETRIES,
        max_age: float = MAX_AGE_S,
        max_pending: int = MAX_PENDING,
        round_trip: float = ROUND_TRIP_S,
    ) -> None:
        self._first_delay = first_delay
        self._max_retries = max_retries
        self._max_age = max_age
        self._max_pending = max_pending
        self._highest = 0
        self._next = -1
        self._holes: dict[int, _Hole] = {}
        self._given_up = False
        self._came_at = 0.0
        self._deadline = NEVER
        self._round_trip = round_trip
        self._learnt = False

    @property
    def pending(self) -> int:
        """Holes still hoped for."""
        return len(self._holes)

    def receive(self, sequence_number: int, now: float) -> Arrival:
        """Note one packet of the stream, RTX already unwrapped.

        Args:
            sequence_number: 16 bit.
            now: seconds.
        """
        if sequence_number == self._next:
            # The hot path: in order.
            self._next = (sequence_number + 1) & 0xFFFF
            self._highest += 1
            self._came_at = now
            return NEXT
        return self._receive_out_of_order(sequence_number, now)

    def receive_repair(self, sequence_number: int, now: float) -> Arrival:
        """Note one packet that was sent again, and learn from it how long that takes.

        Which of several NACKs it answers nobody can tell; counted from the first one, a lost NACK makes us a
        little too patient instead of a nuisance.
        """
        hole = self._holes.get(self._unwrap(sequence_number))
        if hole is not None and hole.retries:
            passed = now - hole.asked_at
            weight = TRIP_WEIGHT if self._learnt else 1.0
            self._round_trip += weight * (passed - self._round_trip)
            self._learnt = True
        return self.receive(sequence_number, now)

    def is_hoped_for(self, sequence_number: int) -> bool:
        """Return whether a retransmission of this packet would fill a hole (others are padding probes)."""
        return self._unwrap(sequence_number) in self._holes

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""
        return self._deadline

    def handle_timeout(self, now: float) -> NackDecision:
        """Advance time; return what to send."""
        wanted: list[int] = []
        retry = min(max(self._round_trip * 1.1, MIN_RETRY_S), MAX_RETRY_S)
        max_age = max(self._max_age, min(MAX_AGE_TRIPS * self._round_trip, FORGOTTEN_S))
        given_up = self._given_up
        deadline = NEVER
        for number, hole in list(self._holes.items()):
            if hole.due <= now:
                if hole.retries >= self._max_retries or now - hole.seen_at >= max_age:
                    del self._holes[number]
                    given_up = True
                    continue
                too_old_at = hole.seen_at + max_age
                if hole.retries and now + self._round_trip >= too_old_at:
                    hole.due = too_old_at  # what was asked for may still come, another answer not in time
                else:
                    hole.asked_at = hole.asked_at if hole.retries else now
                    hole.retries += 1
                    hole.due = now + retry
                    wanted.append(number & 0xFFFF)
            deadline = min(deadline, hole.due)
        self._deadline = deadline
        self._given_up = False
        return NackDecision(tuple(wanted), given_up)

    def _receive_out_of_order(self, sequence_number: int, now: float) -> Arrival:
        if self._next < 0:
            self._highest = sequence_number
            self._next = (sequence_number + 1) & 0xFFFF
            self._came_at = now
            return Arrival.NEXT
        number = self._unwrap(sequence_number)
        if number > self._highest:
            self._open_holes(range(self._highest + 1, number), now)
            self._highest = number
            self._next = (sequence_number + 1) & 0xFFFF
            self._came_at = now
            return Arrival.NEXT
        hole = self._holes.pop(number, None)
        if hole is None:
            return Arrival.DUPLICATE
        return Arrival.REPAIRED if hole.retries else Arrival.LATE

    def _unwrap(self, sequence_number: int) -> int:
        """Return the growing number nearest to the highest."""
        return self._highest + distance16(sequence_number, self._highest & 0xFFFF)

    def _open_holes(self, numbers: range, now: float) -> None:
        if len(self._holes) + len(numbers) > self._max_pending or self._are_forgotten(len(numbers), now):
            self._holes.clear()
            self._given_up = True
            self._deadline = now
            return
        due = now + self._first_delay
        for number in numbers:
            self._holes[number] = _Hole(now, due)
        self._deadline = min(self._deadline, due)

    def _are_forgotten(self, count: int, now: float) -> bool:
        """Return whether the oldest of `count` packets, sent in even steps since one came, is too old."""
        return (now - self._came_at) * count / (count + 1) > FORGOTTEN_S
