"""A producer: one peer's audio or video stream, received, repaired, and handed to taps and consumers.

    receive ─► statistics ─► NACK ─┐
    receive_rtx ─► unwrap ─► NACK ─┴─► paused? ─► key frame? ─► taps ─► cache ─► consumers

Single encodings: one media SSRC at a time. A new SSRC under the same MID is the same source beginning afresh.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from rtc_server.config import MediaLimits
from rtc_server.errors import WireError
from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.keyframe import KeyFrameThrottle
from rtc_server.protocol.nack import Arrival, NackGenerator
from rtc_server.protocol.receive_statistics import ReceiveStatistics
from rtc_server.protocol.rtx_cache import RtxCache
from rtc_server.protocol.sender_clock import ParticipantClock, SenderClock
from rtc_server.sfu.drops import Drop, DropCounter
from rtc_server.sfu.outbox import Outbox
from rtc_server.sfu.parameters import RtpMapping, RtpParameters
from rtc_server.sfu.tap import StreamDescription, Tap
from rtc_server.sfu.taps import Taps
from rtc_server.wire.codecs import codec_for_mime_type
from rtc_server.wire.extensions import AUDIO_LEVEL
from rtc_server.wire.rtcp import Nack, PictureLossIndication, ReportBlock, SenderReport
from rtc_server.wire.rtp import RtpView
from rtc_server.wire.rtx import unwrap

if TYPE_CHECKING:
    from rtc_server.sfu.consumer import Consumer

MAX_RESTARTS: Final = 16
"""Media SSRCs one producer may use in its life."""

_NO_SSRC: Final = -1


class Upstream(Protocol):
    """What a producer needs of its transport."""

    id: str
    ssrc: int
    drops: DropCounter
    participant: ParticipantClock
    outbox: Outbox

    def touch(self) -> None:
        """Look at the producer's deadline again."""

    def remove_producer(self, producer: "Producer") -> None:
        """Forget a producer and its streams."""


class SpeakerSink(Protocol):
    """Who wants the audio levels of packets."""

    def hear(self, producer_id: str, level: int) -> None:
        """Take the level of one packet."""


class Producer:
    """One media source of one transport.

    Args:
        producer_id: chosen by the owner.
        transport: where packets come from and RTCP goes to.
        parameters: checked, from `map_producer`.
        consumable: what consumers' parameters are made of.
        mapping: the peer's payload types → the router's.
        app_data: opaque.
        paused: begin without forwarding.
        limits: bounds of the retransmission cache.
        speaker: hears audio levels; None for video.
    """

    def __init__(
        self,
        producer_id: str,
        *,
        transport: Upstream,
        kind: str,
        parameters: RtpParameters,
        consumable: RtpParameters,
        mapping: RtpMapping,
        app_data: Mapping[str, Any],
        paused: bool,
        limits: MediaLimits,
        speaker: SpeakerSink | None,
    ) -> None:
        self.id = producer_id
        self.transport = transport
        self.kind = kind
        self.parameters = parameters
        self.consumable = consumable
        self.mapping = mapping
        self.app_data = app_data
        self.paused = paused
        self.consumers: list[Consumer] = []
        self._taps = Taps(producer_id)
        self._drops = transport.drops
        self._speaker = speaker
        self._level_id = parameters.extension_id(AUDIO_LEVEL) if speaker is not None else None
        codec = parameters.media_codec
        self._codecs = {
            entry.payload_type: codec_for_mime_type(entry.mime_type)
            for entry in parameters.codecs
            if not entry.is_rtx
        }
        self._apt = {
            entry.payload_type: int(entry.parameters["apt"]) for entry in parameters.codecs if entry.is_rtx
        }
        self._clock_rate = codec.clock_rate
        self._asks_again = codec.has_feedback("nack")
        self._asks_key_frames = kind == "video"
        self._starts_with_key_frame = False
        self._former_ssrcs: set[int] = set()
        self.ssrc = _NO_SSRC
        self.cache = RtxCache(limits.rtx_cache_packets, max_age=limits.rtx_cache_s)
        self.clock = SenderClock(self._clock_rate, transport.participant)
        self.statistics = ReceiveStatistics(0, self._clock_rate)
        self._nack = NackGenerator()
        self._key_frames = KeyFrameThrottle()
        self._tap_asked_at = -NEVER
        self._reported = (0, 0)
        self.recent_packets = 0
        self.recent_lost = 0
        self.nacks_sent = 0
        self.key_frame_requests_sent = 0
        self.key_frames = 0
        self.sender_reports = 0

    # --- packets in

    def is_rtx(self, payload_type: int) -> bool:
        """Return whether packets of this payload type repeat others."""
        return payload_type in self._apt

    def receive(self, view: RtpView, now: float) -> None:
        """Take one media packet that came first hand."""
        codec = self._codecs.get(view.payload_type)
        if codec is None:
            self._drops.count(Drop.UNKNOWN_PAYLOAD_TYPE)
            return
        if view.ssrc != self.ssrc and not self._begin_stream(view, now):
            self._drops.count(Drop.UNKNOWN_SSRC)
            return
        size = view.payload_end - view.payload_offset
        self.statistics.receive(view.sequence_number, view.timestamp, size, now)
        self.clock.receive(view.timestamp, now)
        if self._nack.receive(view.sequence_number, now) is Arrival.DUPLICATE:
            self._drops.count(Drop.DUPLICATE)
            return
        self._forward(view, now)

    def receive_rtx(self, view: RtpView, now: float) -> None:
        """Take one packet of the repair stream; only what was asked for is used, the rest are probes."""
        apt = self._apt.get(view.payload_type)
        if apt is None:
            self._drops.count(Drop.UNKNOWN_PAYLOAD_TYPE)
            return
        try:
            media = unwrap(view, payload_type=apt, ssrc=self.ssrc)
        except WireError:
            self._drops.count(Drop.PADDING)
            return
        if self.ssrc == _NO_SSRC or not self._nack.is_hoped_for(media.sequence_number):
            self._drops.count(Drop.RTX_UNREQUESTED)
            return
        self._nack.receive(media.sequence_number, now)
        self.statistics.receive_repaired(media.payload_end - media.payload_offset)
        self._forward(media, now)

    def receive_sender_report(self, report: SenderReport, now: float) -> None:
        """Take the peer's clock pair of our media stream."""
        if report.ssrc != self.ssrc:
            return
        self.sender_reports += 1
        self.statistics.receive_sender_report(report.ntp, now)
        self.clock.receive_report(report.ntp, report.rtp, now)
        if not self.paused:
            self._taps.on_sender_report(report.ssrc, report.ntp, report.rtp, now)

    def _forward(self, view: RtpView, now: float) -> None:
        if self.paused:
            self._drops.count(Drop.PRODUCER_PAUSED)
            return
        is_key_frame = False
        if self._key_frames.wanted or self._starts_with_key_frame:
            self._starts_with_key_frame = False
            codec = self._codecs[view.payload_type]
            if codec is not None and codec.is_key_frame(view.payload):
                is_key_frame = True
                self.key_frames += 1
                self._key_frames.key_frame_received()
        elif self._level_id is not None:
            level = view.extension(self._level_id)
            if level and self._speaker is not None:
                self._speaker.hear(self.id, level[0] & 0x7F)
        self._taps.on_rtp(view, now)
        payload = view.data[view.payload_offset : view.payload_end]
        if self._asks_key_frames:
            self.cache.store(view.sequence_number, view.timestamp, view.marker, payload, now)
        for consumer in self.consumers:
            try:
                consumer.forward(view, payload, is_key_frame)
            except Exception:
                consumer.transport.drops.count_fault("a packet", consumer.id)

    def _begin_stream(self, view: RtpView, now: float) -> bool:
        """Start afresh with a media SSRC: the first one, or another one of the same source.

        An SSRC that was left stays left, and there are only so many: each costs a new segment downstream.
        """
        if view.ssrc in self._former_ssrcs or len(self._former_ssrcs) >= MAX_RESTARTS:
            return False
        self._former_ssrcs.add(view.ssrc)
        self.ssrc = view.ssrc
        self.statistics = ReceiveStatistics(view.ssrc, self._clock_rate)
        self._reported = (0, 0)
        self._nack = NackGenerator()
        self.clock.close()
        self.clock = SenderClock(self._clock_rate, self.transport.participant)
        self.cache.clear()
        self._taps.on_stream(self._description(view.payload_type))
        for consumer in self.consumers:
            consumer.source_restarted()
        codec = self._codecs[view.payload_type]
        if codec is not None and codec.is_key_frame(view.payload):
            self._starts_with_key_frame = True
        else:
            self.request_key_frame(now)
        return True

    # --- pause and taps

    def pause(self) -> None:
        """Stop forwarding; packets are still counted."""
        self.paused = True
        self._key_frames.key_frame_received()
        self._taps.on_pause(True)

    def resume(self, now: float) -> None:
        """Forward again, video from its next key frame on."""
        self.paused = False
        self._taps.on_pause(False)
        for consumer in self.consumers:
            consumer.source_resumed()
        self.request_key_frame(now)

    def add_tap(self, tap: Tap, now: float) -> None:
        """Let `tap` hear everything from now on."""
        if self.ssrc != _NO_SSRC:
            tap.on_stream(self._description(self.parameters.media_codec.payload_type))
        tap.on_pause(self.paused)
        self._taps.add(tap)
        self._tap_asked_at = -NEVER

    def close(self, reason: str) -> None:
        """Tell the taps that nothing follows."""
        self.clock.close()
        self.cache.clear()
        self._taps.end(reason)

    def _description(self, payload_type: int) -> StreamDescription:
        codec = next(entry for entry in self.parameters.codecs if entry.payload_type == payload_type)
        return StreamDescription(
            producer_id=self.id,
            kind=self.kind,
            mime_type=codec.mime_type,
            payload_type=payload_type,
            clock_rate=codec.clock_rate,
            channels=codec.channels or 1,
            ssrc=self.ssrc,
            parameters=codec.parameters,
            extension_ids={entry.uri: entry.id for entry in self.parameters.header_extensions},
        )

    # --- RTCP out

    def request_key_frame(self, now: float) -> None:
        """Ask the peer for a key frame as soon as the throttle lets it; before the first packet, then."""
        if not self._asks_key_frames or self.ssrc == _NO_SSRC or self.paused:
            return
        self.transport.touch()
        if self._key_frames.request(now):
            self._send_key_frame_request()

    def report_block(self, now: float) -> ReportBlock | None:
        """Return our report of the media stream since the last one, None before its first packet."""
        statistics = self.statistics
        packets, lost = statistics.packets, statistics.packets_lost
        self.recent_packets, self.recent_lost = packets - self._reported[0], max(0, lost - self._reported[1])
        self._reported = (packets, lost)
        return statistics.report_block(now)

    @property
    def has_begun(self) -> bool:
        """Whether a media packet came."""
        return self.ssrc != _NO_SSRC

    def set_round_trip(self, seconds: float) -> None:
        """Space repeated NACKs by the transport's round trip."""
        self._nack.set_round_trip(seconds)

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""
        return min(self._nack.next_deadline(), self._key_frames.next_deadline(), self._tap_key_frame_at())

    def handle_timeout(self, now: float) -> None:
        """Advance time: NACK, ask again for key frames, keep the taps' interval."""
        if now >= self._nack.next_deadline():
            wanted, key_frame = self._nack.handle_timeout(now)
            if wanted and self._asks_again and not self.paused:
                self.nacks_sent += len(wanted)
                self.transport.outbox.send_rtcp(Nack(self.transport.ssrc, self.ssrc, wanted))
            if key_frame and not self.paused:
                self.request_key_frame(now)
        if now >= self._tap_key_frame_at():
            self._tap_asked_at = now
            self.request_key_frame(now)
        if self._key_frames.handle_timeout(now):
            self._send_key_frame_request()

    def _tap_key_frame_at(self) -> float:
        """Return when a tap wants its next key frame."""
        interval = self._taps.key_frame_interval() if self._asks_key_frames else None
        return NEVER if interval is None else self._tap_asked_at + interval

    def _send_key_frame_request(self) -> None:
        self.key_frame_requests_sent += 1
        self.transport.outbox.send_rtcp(PictureLossIndication(self.transport.ssrc, self.ssrc))

    # --- statistics

    def stats(self) -> dict[str, Any]:
        """Return counters for `transport.stats`."""
        return {
            "id": self.id,
            "kind": self.kind,
            "paused": self.paused,
            "packets": self.statistics.packets,
            "bytes": self.statistics.payload_bytes,
            "lost": self.statistics.packets_lost,
            "repaired": self.statistics.repaired,
            "jitterMs": self.statistics.jitter_s * 1000,
            "nacksSent": self.nacks_sent,
            "keyFrameRequests": self.key_frame_requests_sent,
            "keyFrames": self.key_frames,
        }


def declared_ssrcs(parameters: RtpParameters) -> Sequence[tuple[int, bool]]:
    """Return (ssrc, is RTX) of the streams a producer declared."""
    encoding = parameters.encodings[0]
    found = []
    if encoding.ssrc is not None:
        found.append((encoding.ssrc, False))
    if encoding.rtx_ssrc is not None:
        found.append((encoding.rtx_ssrc, True))
    return found
