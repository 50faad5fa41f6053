"""A consumer: one producer as one peer gets it. What happens to its packets is its sent stream's affair."""

from typing import Any

from rtc_server.importance import Importance
from rtc_server.sfu.engine import Sender
from rtc_server.sfu.parameters import RtpParameters
from rtc_server.sfu.peer_ports import Downstream, Origin
from rtc_server.wire.ntp import compact_from_ntp, seconds_from_compact
from rtc_server.wire.rtcp import ReportBlock, SenderReport


class Consumer:
    """One media stream towards one transport.

    Args:
        consumer_id: chosen by the owner.
        transport: where packets and reports go.
        origin: the producer.
        parameters: from `consumer_parameters`: one encoding with our SSRC.
        stream: applies its route to every packet.
        importance: what goes first where the line to the peer carries not everything.
        paused: begin without forwarding, as `stream` does.
    """

    def __init__(
        self,
        consumer_id: str,
        *,
        transport: Downstream,
        origin: Origin,
        parameters: RtpParameters,
        stream: Sender,
        importance: Importance,
        paused: bool,
    ) -> None:
        self.id = consumer_id
        self.transport = transport
        self.origin = origin
        self.parameters = parameters
        self.stream = stream
        self.importance = importance
        self.paused = paused
        self.viewed_height: int | None = None
        """Pixels of it that the peer shows, 0: none; None until it says so."""
        self.fraction_lost = 0.0
        self.jitter_s = 0.0
        self.round_trip: float | None = None
        self._key_frame_requests = 0

    def pause(self) -> None:
        """Stop forwarding to this peer."""
        self.paused = True
        self.stream.pause()

    def resume(self, now: float) -> None:
        """Forward again; video begins with a key frame, which is asked for."""
        self.paused = False
        self._resume(now)
        self.transport.share_soon(now)

    def view(self, height: int, now: float) -> None:
        """The peer shows so many pixels of its height; nothing is sent of what it does not show."""
        was_hidden, self.viewed_height = self.viewed_height == 0, height
        if height == 0:
            self.stream.pause()
        elif was_hidden:
            self._resume(now)
        self.transport.share_soon(now)

    def _resume(self, now: float) -> None:
        if self.is_sent:
            self.stream.resume()
            self.request_key_frame(now)

    @property
    def is_sent(self) -> bool:
        """Whether its owner and whoever looks at it want it."""
        return not self.paused and self.viewed_height != 0

    def request_key_frame(self, now: float) -> None:
        """Pass a wish for a key frame on, unless nothing would be forwarded."""
        if self.is_sent and self.transport.is_connected:
            self._key_frame_requests += 1
            self.origin.request_key_frame_for(self.stream, now)

    # --- RTCP

    def receive_nack(self, sequence_numbers: tuple[int, ...], now: float) -> None:
        """Repeat what the peer missed."""
        self.stream.receive_nack(sequence_numbers, self.round_trip or 0.0, now)

    def receive_report(self, block: ReportBlock, now_ntp: int) -> None:
        """Take the peer's view of our stream; the round trip follows from LSR and DLSR (RFC 3550 §6.4.1)."""
        self.fraction_lost = block.fraction_lost / 256
        self.jitter_s = block.jitter / self.parameters.media_codec.clock_rate
        if block.last_sr:
            interval = (compact_from_ntp(now_ntp) - block.last_sr - block.delay_since_last_sr) & 0xFFFF_FFFF
            if interval < 0x8000_0000:
                self.round_trip = seconds_from_compact(interval)

    def tell_loss(self, line_loss: float) -> None:
        """Tell the producer what is missed here: by the peer's reports, which sound has each 5 s at best, or
        by what its line loses of everything, 0–1.
        """
        self.origin.note_loss(self.stream, max(self.fraction_lost, line_loss))

    def sender_report(self, now: float, now_ntp: int) -> SenderReport | None:
        """Return our report on this stream, None while nothing is sent."""
        report = self.stream.report(now)
        if report is None:
            return None
        return SenderReport(
            report.ssrc, now_ntp, report.rtp, report.packets & 0xFFFF_FFFF, report.payload_bytes & 0xFFFF_FFFF
        )

    # --- statistics

    def stats(self) -> dict[str, Any]:
        """Return counters for `transport.stats`."""
        counters = self.stream.counters()
        return {
            "id": self.id,
            "producerId": self.origin.id,
            "kind": self.origin.kind,
            "paused": self.paused,
            "layer": self.origin.layer_of(self.stream),
            "packets": counters.packets,
            "bytes": counters.payload_bytes,
            "resent": counters.resent,
            "nacks": counters.nacked,
            "keyFrameRequests": self._key_frame_requests,
            "lossOut": self.fraction_lost,
            "jitterMs": self.jitter_s * 1000,
            "rttMs": None if self.round_trip is None else self.round_trip * 1000,
        }
