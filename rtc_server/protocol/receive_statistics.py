"""Reception statistics of one stream: loss, jitter and the report block (RFC 3550 §6.4.1, A.1, A.3, A.8)."""

from typing import Final

from rtc_server.wire.ntp import compact_from_ntp, compact_from_seconds
from rtc_server.wire.rtcp import ReportBlock
from rtc_server.wire.sequence import distance32

_SEQUENCE_MODULO: Final = 1 << 16

MAX_DROPOUT: Final = 3000
"""RFC 3550 A.1: a larger step forward is a restart, not a loss."""

MAX_MISORDER: Final = 100
"""RFC 3550 A.1: a larger step back is a restart, not reordering."""


class ReceiveStatistics:
    """Count one media stream as its receiver.

    Packets that came by retransmission go to `receive_repaired` and stay out of loss and jitter: reports
    tell the sender what the network does, not what we mended.

    Args:
        ssrc: the stream.
        clock_rate: timestamp units a second.

    Attributes:
        packets, payload_bytes: received first hand.
        repaired: received by retransmission.
    """

    __slots__ = (
        "_bad_sequence",
        "_base",
        "_clock_rate",
        "_cycles",
        "_expected_prior",
        "_jitter",
        "_last_arrival",
        "_last_sr",
        "_last_sr_at",
        "_last_timestamp",
        "_max",
        "_received_prior",
        "_since_base",
        "_started",
        "packets",
        "payload_bytes",
        "repaired",
        "ssrc",
    )

    _bad_sequence: int
    _base: int
    _cycles: int
    _expected_prior: int
    _max: int
    _received_prior: int
    _since_base: int

    def __init__(self, ssrc: int, clock_rate: int) -> None:
        self.ssrc = ssrc
        self.packets = 0
        self.payload_bytes = 0
        self.repaired = 0
        self._clock_rate = clock_rate
        self._started = False
        self._jitter = 0.0
        self._last_timestamp = 0
        self._last_arrival = 0.0
        self._last_sr = 0
        self._last_sr_at = 0.0
        self._init_sequence(0)

    def receive(self, sequence_number: int, timestamp: int, payload_bytes: int, now: float) -> None:
        """Count one packet that came first hand; the hot path.

        Args:
            sequence_number, timestamp: of the RTP header.
            payload_bytes: without padding.
            now: arrival, in seconds on a monotonic clock.
        """
        self.packets += 1
        self.payload_bytes += payload_bytes
        if not self._started:
            self._started = True
            self._init_sequence(sequence_number)
            self._last_timestamp = timestamp
            self._last_arrival = now
            self._since_base = 1
            return
        step = (sequence_number - self._max) & 0xFFFF
        if step < MAX_DROPOUT:
            if sequence_number < self._max:
                self._cycles += _SEQUENCE_MODULO
            self._max = sequence_number
        elif step <= _SEQUENCE_MODULO - MAX_MISORDER:
            if sequence_number != self._bad_sequence:
                # A.1: "Two sequential packets -- assume that the other side restarted without telling us"
                self._bad_sequence = (sequence_number + 1) & 0xFFFF
                return
            self._init_sequence(sequence_number)
        self._since_base += 1
        if timestamp != self._last_timestamp:
            self._update_jitter(timestamp, now)

    def receive_repaired(self, payload_bytes: int) -> None:
        """Count one packet that came by retransmission."""
        self.repaired += 1
        self.payload_bytes += payload_bytes

    def receive_sender_report(self, ntp: int, now: float) -> None:
        """Remember the sender's report for LSR and DLSR."""
        self._last_sr = compact_from_ntp(ntp)
        self._last_sr_at = now

    @property
    def jitter_s(self) -> float:
        """Interarrival jitter, in seconds."""
        return self._jitter / self._clock_rate

    @property
    def packets_lost(self) -> int:
        """Expected less received first hand; negative with duplicates."""
        return self._expected() - self._since_base

    def report_block(self, now: float) -> ReportBlock | None:
        """Return the block for the next report and begin a new interval; None before the first packet."""
        if not self._started:
            return None
        expected = self._expected()
        expected_interval = expected - self._expected_prior
        lost_interval = expected_interval - (self._since_base - self._received_prior)
        self._expected_prior = expected
        self._received_prior = self._since_base
        fraction = 0
        if expected_interval > 0 and lost_interval > 0:
            fraction = (lost_interval << 8) // expected_interval
        delay = compact_from_seconds(now - self._last_sr_at) if self._last_sr else 0
        return ReportBlock(
            ssrc=self.ssrc,
            fraction_lost=min(fraction, 255),
            packets_lost=min(max(self.packets_lost, -0x80_0000), 0x7F_FFFF),
            highest_sequence=(self._cycles + self._max) & 0xFFFF_FFFF,
            jitter=min(int(self._jitter), 0xFFFF_FFFF),
            last_sr=self._last_sr,
            delay_since_last_sr=delay,
        )

    def _expected(self) -> int:
        return self._cycles + self._max - self._base + 1 if self._started else 0

    def _init_sequence(self, sequence_number: int) -> None:
        self._base = self._max = sequence_number
        self._cycles = 0
        self._bad_sequence = -1
        self._since_base = 0
        self._expected_prior = 0
        self._received_prior = 0

    def _update_jitter(self, timestamp: int, now: float) -> None:
        """A.8, for the first packet of each frame only: the rest of a burst says nothing of the network."""
        sent = distance32(timestamp, self._last_timestamp)
        if sent <= 0:
            return
        difference = abs((now - self._last_arrival) * self._clock_rate - sent)
        self._last_timestamp = timestamp
        self._last_arrival = now
        if difference < 5 * self._clock_rate:  # a jump of the sender's clock is not jitter
            self._jitter += (difference - self._jitter) / 16
