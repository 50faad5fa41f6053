"""A consumer: one producer as one peer gets it, with its own SSRC, numbers and payload types.

`plan` decides (a header or a drop), `forward` acts: the header and the payload go into the transport's
outbox. Losses of the source stay holes that the peer NACKs; what we leave out on purpose closes up.
"""

from typing import TYPE_CHECKING, Any, Final

from rtc_server.protocol.rtx_cache import CachedPacket, ResendGuard
from rtc_server.protocol.sequence_mapper import SequenceMapper
from rtc_server.sfu.drops import Drop
from rtc_server.sfu.parameters import RtpParameters
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.route import Route
from rtc_server.wire.extensions import MID, VIDEO_ORIENTATION, build_text
from rtc_server.wire.ntp import compact_from_ntp, seconds_from_compact
from rtc_server.wire.rtcp import ReportBlock, SenderReport
from rtc_server.wire.rtp import RtpView, build_extensions, build_header
from rtc_server.wire.rtx import wrap

if TYPE_CHECKING:
    from rtc_server.sfu.transport import WebRtcTransport

REPORT_INTERVAL: Final = {"video": 1.0, "audio": 5.0}
"""Seconds between sender reports."""


class Consumer:
    """One media stream towards one transport.

    Args:
        consumer_id: chosen by the owner.
        transport: where packets and reports go.
        producer: the source.
        parameters: from `consumer_parameters`: one encoding with our SSRC.
        paused: begin without forwarding.
    """

    def __init__(
        self,
        consumer_id: str,
        *,
        transport: "WebRtcTransport",
        producer: Producer,
        parameters: RtpParameters,
        paused: bool,
    ) -> None:
        self.id = consumer_id
        self.transport = transport
        self.producer = producer
        self.parameters = parameters
        self.paused = paused
        self.route = make_route(producer, parameters)
        self._needs_key_frame = producer.kind == "video"
        self._waits = True
        """Nothing was forwarded since the beginning, a pause or a restart of the source."""
        self._mapper = SequenceMapper()
        self._drops = transport.drops
        self._outbox = transport.outbox
        self._rtx_sequence = 1
        self._last_timestamp: int | None = None
        self._realign = False
        self._resends = ResendGuard()
        self.packets = 0
        self.payload_bytes = 0
        self.packets_resent = 0
        self.nacks_received = 0
        self.key_frames_requested = 0
        self.fraction_lost = 0.0
        self.round_trip: float | None = None

    # --- forwarding

    def forward(self, view: RtpView, payload: bytes, is_key_frame: bool) -> None:
        """Put one packet of the producer into the outbox, or count why not; `payload` is shared by all."""
        planned = self.plan(view, is_key_frame)
        if isinstance(planned, Drop):
            self._drops.count(planned)
            return
        self.packets += 1
        self.payload_bytes += len(payload)
        self._outbox.send_rtp(planned + payload)

    def plan(self, view: RtpView, is_key_frame: bool) -> bytes | Drop:
        """Return the header this consumer's copy of a packet gets, or why there is none."""
        if self.paused:
            return Drop.CONSUMER_PAUSED
        if view.payload_end == view.payload_offset:
            self._mapper.drop(view.sequence_number)
            return Drop.PADDING
        route = self.route
        if view.payload_type != route.source_payload_type:
            return Drop.UNKNOWN_PAYLOAD_TYPE
        if self._waits:
            if self._needs_key_frame and not is_key_frame:
                return Drop.WAITING_FOR_KEY_FRAME
            self._begin(view)
        sequence_number = self._mapper.map(view.sequence_number)
        if sequence_number is None:
            return Drop.TOO_OLD
        timestamp = (view.timestamp + route.timestamp_offset) & 0xFFFF_FFFF
        self._last_timestamp = timestamp
        block = route.extension_block
        if view.marker and route.orientation_source_id is not None:
            rotation = view.extension(route.orientation_source_id)
            if rotation:
                block = route.orientation_blocks[rotation[0] & 0x0F]
        return build_header(route.payload_type, sequence_number, timestamp, route.ssrc, view.marker, block)

    def _begin(self, view: RtpView) -> None:
        """Go on from this packet after a break."""
        self._waits = False
        self._mapper.sync(view.sequence_number)
        if self._realign and self._last_timestamp is not None:
            # Another SSRC has another time base; the next frame follows the last one.
            frame = self.producer.parameters.media_codec.clock_rate // 30
            self.route.timestamp_offset = (self._last_timestamp + frame - view.timestamp) & 0xFFFF_FFFF
        self._realign = False

    # --- pauses and breaks

    def pause(self) -> None:
        """Stop forwarding to this peer."""
        self.paused = True

    def resume(self, now: float) -> None:
        """Forward again; video begins with a key frame, which is asked for."""
        if self.paused:
            self.paused = False
            self._waits = True
        self.request_key_frame(now)

    def source_resumed(self) -> None:
        """The producer goes on after a pause."""
        self._waits = True

    def source_restarted(self) -> None:
        """The producer begins afresh with another SSRC."""
        self._waits = True
        self._realign = True
        self._resends = ResendGuard()

    def request_key_frame(self, now: float) -> None:
        """Pass a wish for a key frame on, unless nothing would be forwarded."""
        if not self.paused and self.transport.is_connected:
            self.key_frames_requested += 1
            self.producer.request_key_frame(now)

    # --- RTCP of the peer

    def receive_nack(self, sequence_numbers: tuple[int, ...], now: float) -> None:
        """Repeat what the peer missed, from the producer's cache."""
        self.nacks_received += len(sequence_numbers)
        if self.paused:
            return
        for number in sequence_numbers:
            self._resend(number, now)

    def receive_report(self, block: ReportBlock, now_ntp: int) -> None:
        """Take the peer's view of our stream; the round trip follows from LSR and DLSR (RFC 3550 §6.4.1)."""
        self.fraction_lost = block.fraction_lost / 256
        if block.last_sr:
            interval = (compact_from_ntp(now_ntp) - block.last_sr - block.delay_since_last_sr) & 0xFFFF_FFFF
            if interval < 0x8000_0000:
                self.round_trip = seconds_from_compact(interval)

    def sender_report(self, now: float, now_ntp: int) -> SenderReport | None:
        """Return our report on this stream, None while nothing was sent."""
        if not self.packets or self._waits or self.paused:
            return None
        rtp = self.producer.clock.rtp_at(now)
        if rtp is None:
            return None
        return SenderReport(
            self.route.ssrc,
            now_ntp,
            (rtp + self.route.timestamp_offset) & 0xFFFF_FFFF,
            self.packets & 0xFFFF_FFFF,
            self.payload_bytes & 0xFFFF_FFFF,
        )

    def _resend(self, number: int, now: float) -> None:
        original = self._mapper.original(number)
        cached = None if original is None else self.producer.cache.get(original, now)
        if cached is None:
            self._drops.count(Drop.NOT_IN_CACHE)
            return
        if not self._resends.allow(number, self.round_trip or 0.0, now):
            self._drops.count(Drop.RTX_RATE)
            return
        self.packets_resent += 1
        self._outbox.send_rtp(self._repeat(number, cached))

    def _repeat(self, number: int, cached: CachedPacket) -> bytes:
        """Return the repeated packet: on the repair stream (RFC 4588), or as it was without one."""
        route = self.route
        timestamp = (cached.timestamp + route.timestamp_offset) & 0xFFFF_FFFF
        if route.rtx_ssrc is None or route.rtx_payload_type is None:
            header = build_header(
                route.payload_type, number, timestamp, route.ssrc, cached.marker, route.extension_block
            )
            return header + cached.payload
        header = build_header(
            route.rtx_payload_type,
            self._rtx_sequence,
            timestamp,
            route.rtx_ssrc,
            cached.marker,
            route.extension_block,
        )
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        return header + wrap(number, cached.payload)

    # --- statistics

    def stats(self) -> dict[str, Any]:
        """Return counters for `transport.stats`."""
        return {
            "id": self.id,
            "producerId": self.producer.id,
            "kind": self.producer.kind,
            "paused": self.paused,
            "packets": self.packets,
            "bytes": self.payload_bytes,
            "resent": self.packets_resent,
            "nacks": self.nacks_received,
            "keyFrameRequests": self.key_frames_requested,
            "lossOut": self.fraction_lost,
            "rttMs": None if self.round_trip is None else self.round_trip * 1000,
        }


def make_route(producer: Producer, parameters: RtpParameters) -> Route:
    """Derive the route from both ends' parameters."""
    encoding = parameters.encodings[0]
    assert encoding.ssrc is not None, "consumer parameters always name an SSRC"
    media, rtx = parameters.media_codec, parameters.rtx_codec
    extensions: dict[int, bytes] = {}
    mid_id = parameters.extension_id(MID)
    if mid_id is not None and parameters.mid is not None:
        extensions[mid_id] = build_text(parameters.mid)
    sources = (
        theirs for theirs, ours in producer.mapping.payload_types.items() if ours == media.payload_type
    )
    route = Route(
        ssrc=encoding.ssrc,
        source_payload_type=next(sources),
        payload_type=media.payload_type,
        extension_block=build_extensions(extensions),
        rtx_ssrc=encoding.rtx_ssrc,
        rtx_payload_type=rtx.payload_type if rtx is not None else None,
    )
    theirs, ours = (
        producer.parameters.extension_id(VIDEO_ORIENTATION),
        parameters.extension_id(VIDEO_ORIENTATION),
    )
    if theirs is not None and ours is not None:
        route.orientation_source_id = theirs
        # Camera, flip and two bits of rotation are all there is in the byte.
        route.orientation_blocks = tuple(
            build_extensions({**extensions, ours: bytes([rotation])}) for rotation in range(16)
        )
    return route
