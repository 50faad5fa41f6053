"""Sender reports on the server's clock: which RTP timestamp belongs to which moment here (RFC 3550 §6.4.1).

Consumers get reports made by us, so that the streams of one participant play in step although each has its
own clock. For each stream the *transit* is server time minus RTP time, both in seconds:

- Until every stream of the participant that has not fallen silent has reported: the lower envelope of
  (arrival − RTP), the least delayed packet. "First arrival" was off by 424–540 ms in simulation.
- Then: RTP time → the sender's NTP time by the mean over its last reports (single ones are ±2–8 ms off for
  audio), NTP → server time by the lower envelope of (arrival − NTP) over all streams of the participant.
  Raw NTP was off by seconds.

The transit in use only slews towards a better one: a jump would tear the receiver's lip sync. It jumps with
the stream itself, when the RTP clock stood still or was restarted (more than 300 ms).
"""

from collections import deque
from typing import Final

from rtc_server.wire.sequence import Unwrapper

SLEW_RATE: Final = 0.04
"""Seconds per second the transit may move; libwebrtc's synchronisation follows 80 ms a second."""

JUMP_S: Final = 0.3
"""A larger step of (arrival − RTP) is the stream's own: mute by `replaceTrack(null)`, a restarted encoder."""

JUMP_PACKETS: Final = 5
"""Late packets in a row that make a step upwards a jump and not a burst of delay."""

JUMP_AFTER_S: Final = 0.5
"""… and how long they must last."""

JUMP_SPREAD_S: Final = 0.1
"""… and how steady their transit must be: a queue that fills or drains is not."""

MAX_SLEW_S: Final = 3.0
"""Further off than this, 75 s of slewing, the stream is not in step anyway and the transit is set."""

CLOCK_SET_S: Final = 0.1
"""A larger step of (NTP − RTP), which no network is in, is the participant's wall clock being set if
(arrival − NTP) steps the other way; reports are off by 8 ms, and drift adds less."""

WALL_CLOCK_SET_S: Final = 10.0
"""A larger step of (arrival − NTP) is that too, and not a slow path: every report is void."""

SILENT_S: Final = 3.0
"""A stream that sent nothing for so long is waited for no more: an encoding that the sender switched off, a
mute. DTX sends each 400 ms."""

_DRIFT: Final = 100e-6
"""The envelope rises by 100 ppm so that it follows clocks that run apart (crystals: ±50 ppm each)."""

_REPORTS: Final = 8
"""Reports averaged; at 1–5 s each, 100 ppm of drift over them stay below 4 ms."""


class LowerEnvelope:
    """The least of noisy values that are never too low, following slow drift."""

    __slots__ = ("added_at", "value")

    def __init__(self) -> None:
        self.value: float | None = None
        self.added_at = 0.0

    def add(self, value: float, now: float) -> float:
        """Take a value in and return the envelope."""
        current = self.value
        if current is not None:
            current += max(now - self.added_at, 0.0) * _DRIFT
        if current is None or value < current:
            current = value
        self.value = current
        self.added_at = now
        return current

    def shift(self, by: float) -> None:
        """Move with what it is measured against."""
        if self.value is not None:
            self.value += by

    def reset(self) -> None:
        """Forget everything."""
        self.value = None


class ParticipantClock:
    """The offset of one participant's NTP clock to the server's, shared by its streams.

    The streams change over to sender reports together; one that begins later, or comes back from silence,
    follows when it has reports of its own, without moving the others.
    """

    __slots__ = ("_envelope", "_settled", "_streams")

    def __init__(self) -> None:
        self._envelope = LowerEnvelope()
        self._settled = False
        self._streams: set[SenderClock] = set()

    def offset(self, now: float) -> float | None:
        """Return server seconds minus the participant's NTP seconds; None until every stream that is not
        silent had reports once.
        """
        if not self._settled:
            self._settled = all(stream.has_reports or stream.is_silent(now) for stream in self._streams)
        return self._envelope.value if self._settled else None

    def join(self, stream: "SenderClock") -> None:
        """Count in a stream whose first packet came."""
        self._streams.add(stream)

    def leave(self, stream: "SenderClock") -> None:
        """Count out a stream that ended."""
        self._streams.discard(stream)

    def follow_clock_set(self, ntp: float, step: float, now: float) -> bool:
        """Move with a wall clock that was set, so that nothing else moves; return whether it was.

        Args:
            ntp: of the report whose NTP − RTP stepped, in seconds.
            step: by how much.
        """
        value = self._envelope.value
        if value is None:
            return False
        delayed = now - ntp - value
        if abs(delayed + step) >= abs(delayed):
            return False
        self._envelope.shift(-step)
        for stream in self._streams:
            stream.shift_reports(step)
        return True

    def note(self, ntp: float, now: float) -> None:
        """Take one report's NTP time in, in seconds."""
        value = self._envelope.value
        if value is not None and abs(now - ntp - value) > WALL_CLOCK_SET_S:
            self._envelope.reset()
            self._settled = False
            for stream in self._streams:
                stream.forget_reports()
        self._envelope.add(now - ntp, now)


class SenderClock:
    """Map one producer stream's RTP time to server time.

    Args:
        clock_rate: timestamp units a second.
        participant: shared by the streams with one CNAME (one transport).
    """

    __slots__ = (
        "_applied",
        "_applied_at",
        "_clock_rate",
        "_envelope",
        "_last_timestamp",
        "_late_packets",
        "_late_since",
        "_late_transit",
        "_participant",
        "_reports",
        "_unwrapper",
    )

    def __init__(self, clock_rate: int, participant: ParticipantClock) -> None:
        self._clock_rate = clock_rate
        self._participant = participant
        self._unwrapper = Unwrapper(32)
        self._envelope = LowerEnvelope()
        self._reports: deque[float] = deque(maxlen=_REPORTS)
        self._applied: float | None = None
        self._applied_at = 0.0
        self._last_timestamp = -1
        self._late_packets = 0
        self._late_since = 0.0
        self._late_transit = 0.0

    @property
    def has_reports(self) -> bool:
        """Whether a sender report of this stream came since its last jump."""
        return bool(self._reports)

    @property
    def skew(self) -> float | None:
        """The sender's NTP time less its RTP time, in seconds; None without reports. RTP time is modulo 2³²
        units, so only differences between streams of one sender mean anything.
        """
        return sum(self._reports) / len(self._reports) if self._reports else None

    def is_silent(self, now: float) -> bool:
        """Return whether it has sent nothing lately."""
        return now - self._envelope.added_at > SILENT_S

    def receive(self, timestamp: int, now: float) -> None:
        """Note one packet's RTP timestamp and arrival; the hot path. Retransmitted packets do not belong
        here.
        """
        if timestamp == self._last_timestamp:
            return  # more of the same frame came later, so it says nothing of the least delay
        self._last_timestamp = timestamp
        transit = now - self._unwrapper.unwrap(timestamp) / self._clock_rate
        value = self._envelope.value
        if value is None:
            self._participant.join(self)
        if value is None or -JUMP_S < transit - value < JUMP_S:
            self._late_packets = 0
            self._envelope.add(transit, now)
        else:
            self._note_jump(transit, transit < value, now)

    def receive_report(self, ntp: int, rtp: int, now: float) -> None:
        """Note a sender report of the producer.

        Args:
            ntp: 64 bit.
            rtp: 32 bit, the same moment.
        """
        ntp_s = ntp / (1 << 32)
        skew = ntp_s - self._unwrapper.peek(rtp) / self._clock_rate
        step = skew - self._reports[-1] if self._reports else 0.0
        if CLOCK_SET_S < abs(step) < WALL_CLOCK_SET_S and self._participant.follow_clock_set(
            ntp_s, step, now
        ):
            step = 0.0
        self._participant.note(ntp_s, now)
        if abs(step) > JUMP_S:
            self._reports.clear()
            self._applied = None
        self._reports.append(skew)

    def shift_reports(self, by: float) -> None:
        """The clock they were made on was set; what they say of the stream still holds."""
        self._reports = deque((skew + by for skew in self._reports), maxlen=_REPORTS)

    def forget_reports(self) -> None:
        """Start collecting anew: the clock they were made on is void."""
        self._reports.clear()

    def rtp_at(self, now: float) -> int | None:
        """Return the stream's RTP timestamp (32 bit) at server time `now`, for a report of ours; None
        before any packet.

        Each call also slews, so call it for every report and nothing else.
        """
        target = self._target(now)
        if target is None:
            return None
        applied = self._applied
        if applied is None or abs(target - applied) > MAX_SLEW_S:
            applied = target
        else:
            step = max(now - self._applied_at, 0.0) * SLEW_RATE
            applied += min(max(target - applied, -step), step)
        self._applied = applied
        self._applied_at = now
        return round((now - applied) * self._clock_rate) & 0xFFFF_FFFF

    def close(self) -> None:
        """Leave the participant, so that the others need not wait for this stream's reports."""
        self._participant.leave(self)

    def _target(self, now: float) -> float | None:
        offset = self._participant.offset(now)
        skew = self.skew
        if offset is not None and skew is not None:
            return offset + skew
        return self._envelope.value

    def _note_jump(self, transit: float, early: bool, now: float) -> None:
        """Tell a jump of the stream's clock from a burst of delay, whose transit is not steady."""
        if not self._late_packets or abs(transit - self._late_transit) > JUMP_SPREAD_S:
            self._late_packets = 0
            self._late_since = now
            self._late_transit = transit
        self._late_packets += 1
        if early or (self._late_packets >= JUMP_PACKETS and now - self._late_since >= JUMP_AFTER_S):
            self._late_packets = 0
            self._envelope.reset()
            self._envelope.add(transit, now)
            self._reports.clear()
            self._applied = None
