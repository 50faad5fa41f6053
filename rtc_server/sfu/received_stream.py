"""A received stream: what belongs to one incoming SSRC, from its statistics to the sent streams it feeds.

receive ─► statistics ─► clock ─► NACK ─┐
receive_repair ─► unwrap ─► NACK ───────┴─► paused? ─► key frame? ─► hear (taps) ─► cache ─► sinks
"""

from collections.abc import Callable

from rtc_server.errors import WireError
from rtc_server.protocol.keyframe import KeyFrameThrottle
from rtc_server.protocol.nack import NEXT, Arrival, NackGenerator
from rtc_server.protocol.receive_statistics import ReceiveStatistics
from rtc_server.protocol.rtx_cache import CachedPacket, RtxCache
from rtc_server.protocol.sender_clock import ParticipantClock, SenderClock
from rtc_server.sfu.drops import Drop, DropCounter
from rtc_server.sfu.engine import ReceivedCounters, ReceivedReport, Reception, Wanted
from rtc_server.sfu.peer_ports import Sink
from rtc_server.wire.codecs import codec_for_mime_type
from rtc_server.wire.codecs.vp8_layers import read_numbers
from rtc_server.wire.rtp import RtpView
from rtc_server.wire.rtx import unwrap


class ReceivedStream:
    """One incoming SSRC and what repeats it (implements `engine.Receiver`).

    Args:
        ssrc: of the media packets.
        reception: how they are read.
        participant, drops, hear: see `engine.Engine.receiver`.
    """

    def __init__(
        self,
        ssrc: int,
        reception: Reception,
        *,
        participant: ParticipantClock,
        drops: DropCounter,
        hear: Callable[[RtpView, float], None],
    ) -> None:
        self.ssrc = ssrc
        self._reception = reception
        self._codecs = {
            payload_type: codec_for_mime_type(mime) for payload_type, mime in reception.codecs.items()
        }
        self._is_video = reception.is_video
        self._orientation_id = reception.orientation_id
        self._drops = drops
        self._sinks: tuple[Sink, ...] = ()
        """Never altered: one may take another's place while a packet is handed to all."""
        self._ending: tuple[Sink, ...] = ()
        """Those of them that are fed up to the next key frame."""
        self._hear = hear
        self._statistics = ReceiveStatistics(ssrc, reception.clock_rate)
        self._clock = SenderClock(reception.clock_rate, participant)
        self._nack = NackGenerator()
        self._key_frames = KeyFrameThrottle()
        self._cache = RtxCache(reception.cache_packets, max_age=reception.cache_s)
        self._paused = False
        self._begins = True
        self._reported = (0, 0)
        self._nacked = 0
        self._key_frame_count = 0
        self._arriving: int | None = None
        """RTP timestamp of a key frame that has begun and not ended."""
        self._temporal_bytes = [0] * reception.temporal_layers
        self._counts_temporal = reception.temporal_layers > 1
        self._height: int | None = None

    # --- packets

    def receive(self, view: RtpView, now: float) -> None:
        """Take one packet of the media stream: first hand, or repeated where there is no repair stream."""
        if view.payload_type not in self._codecs:
            self._drops.count(Drop.UNKNOWN_PAYLOAD_TYPE)
            return
        size = view.payload_end - view.payload_offset
        arrival = self._nack.receive(view.sequence_number, now)
        if arrival is not NEXT and arrival is Arrival.REPAIRED:
            self._statistics.receive_repaired(size)
        else:
            self._statistics.receive(view.sequence_number, view.timestamp, size, now)
        self._clock.receive(view.timestamp, now)
        if arrival is not NEXT and arrival is Arrival.DUPLICATE:
            self._drops.count(Drop.DUPLICATE)
            return
        self._forward(view, now)

    def receive_repair(self, view: RtpView, now: float) -> None:
        """Take one packet of the repair stream; only what was asked for is used, the rest are probes."""
        apt = self._reception.repairs.get(view.payload_type)
        if apt is None:
            self._drops.count(Drop.UNKNOWN_PAYLOAD_TYPE)
            return
        try:
            media = unwrap(view, payload_type=apt, ssrc=self.ssrc)
        except WireError:
            self._drops.count(Drop.PADDING)
            return
        if not self._nack.is_hoped_for(media.sequence_number):
            self._drops.count(Drop.RTX_UNREQUESTED)
            return
        self._nack.receive_repair(media.sequence_number, now)
        self._statistics.receive_repaired(media.payload_end - media.payload_offset)
        self._forward(media, now)

    def receive_sender_report(self, ntp: int, rtp: int, now: float) -> None:
        """Take the peer's clock pair, 64-bit NTP and 32-bit RTP time."""
        self._statistics.receive_sender_report(ntp, now)
        self._clock.receive_report(ntp, rtp, now)

    def _forward(self, view: RtpView, now: float) -> None:
        if self._paused:
            self._drops.count(Drop.PRODUCER_PAUSED)
            return
        is_key_frame = False
        if self._begins or self._ending or self._key_frames.wanted:
            is_key_frame = self._look_for_key_frame(view, now)
            if is_key_frame:
                for sink in self._ending:
                    self.detach(sink)
        if self._arriving is not None and (view.marker or view.timestamp != self._arriving):
            self._arriving = None
            self._key_frames.key_frame_ended(now)
        if self._counts_temporal:
            self._count_temporal(view)
        self._hear(view, now)
        payload = view.data[view.payload_offset : view.payload_end]
        if self._sinks:
            rotation = self._rotation_of(view) if view.marker else None
            self._cache.store(view.sequence_number, view.timestamp, view.marker, payload, now, rotation)
        for sink in self._sinks:
            try:
                sink.forward(view, payload, is_key_frame, now)
            except Exception:
                sink.count_fault()

    def _count_temporal(self, view: RtpView) -> None:
        numbers = read_numbers(view.data, view.payload_offset, view.payload_end)
        temporal = 0 if numbers is None else numbers.temporal
        counts = self._temporal_bytes
        counts[min(temporal, len(counts) - 1)] += view.payload_end - view.payload_offset

    def _rotation_of(self, view: RtpView) -> int | None:
        """Return what the last packet of a frame says of the camera's rotation, None for nothing."""
        if self._orientation_id is None:
            return None
        value = view.extension(self._orientation_id)
        return value[0] & 0x0F if value else None

    def _look_for_key_frame(self, view: RtpView, now: float) -> bool:
        """Return whether this packet begins a key frame; looked at while somebody waits for one only."""
        self._begins = False
        codec = self._codecs[view.payload_type]
        if codec is None or not codec.is_key_frame(view.payload):
            return False
        self._key_frame_count += 1
        size = codec.dimensions(view.payload)
        self._height = None if size is None else size[1]
        self._key_frames.key_frame_began(now)
        self._arriving = view.timestamp
        return True

    # --- what others ask of it

    def attach(self, sink: Sink) -> None:
        """Feed a sent stream from now on."""
        self._sinks += (sink,)
        sink.source_began(self)

    def detach(self, sink: Sink) -> None:
        """Feed it no more; without another one nothing is kept to be repeated."""
        self._sinks = tuple(other for other in self._sinks if other is not sink)
        self.end_at_key_frame(sink, False)
        if not self._sinks:
            self._cache.clear()

    def end_at_key_frame(self, sink: Sink, ends: bool) -> None:
        """Feed a sent stream no further than to the next key frame; or on, when `ends` is false."""
        others = tuple(other for other in self._ending if other is not sink)
        self._ending = (*others, sink) if ends else others

    def feeds(self, sink: Sink) -> bool:
        """Return whether a sent stream is fed."""
        return sink in self._sinks

    def cached(self, sequence_number: int, now: float) -> CachedPacket | None:
        """Return a recent packet by its own number, to be repeated."""
        return self._cache.get(sequence_number, now)

    def rtp_at(self, now: float) -> int | None:
        """Return the stream's RTP timestamp at server time `now`, for a sender report."""
        return self._clock.rtp_at(now)

    @property
    def skew(self) -> float | None:
        """The sender's NTP time less its RTP time, in seconds, by its sender reports; None without any."""
        return self._clock.skew

    def pause(self) -> None:
        """Count packets, forward none."""
        self._paused = True
        self._key_frames.forget()

    def resume(self) -> None:
        """Forward again."""
        self._paused = False

    def request_key_frame(self, now: float) -> bool:
        """Note that somebody needs a key frame; return True when it is to be asked for now."""
        return self._is_video and not self._paused and self._key_frames.request(now)

    def close(self) -> None:
        """Feed nobody, let the packets go, and leave the participant's clock to the other streams."""
        self._sinks = self._ending = ()
        self._clock.close()
        self._cache.clear()

    # --- time and facts

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""
        return min(self._nack.next_deadline(), self._key_frames.next_deadline())

    def handle_timeout(self, now: float) -> Wanted:
        """Advance time; return what to ask the sender for."""
        numbers: tuple[int, ...] = ()
        gives_up = False
        if now >= self._nack.next_deadline():
            numbers, gives_up = self._nack.handle_timeout(now)
            if self._paused or not self._reception.asks_again:
                numbers = ()
            self._nacked += len(numbers)
        return Wanted(numbers, gives_up and not self._paused, self._key_frames.handle_timeout(now))

    def report(self, now: float) -> ReceivedReport | None:
        """Return what to report since the last time, None before the first packet."""
        statistics = self._statistics
        packets, lost = statistics.packets, statistics.packets_lost
        before, self._reported = self._reported, (packets, lost)
        block = statistics.report_block(now)
        if block is None:
            return None
        return ReceivedReport(block, packets - before[0], max(0, lost - before[1]))

    def counters(self) -> ReceivedCounters:
        """Return the counts so far."""
        statistics = self._statistics
        return ReceivedCounters(
            packets=statistics.packets,
            payload_bytes=statistics.payload_bytes,
            lost=statistics.packets_lost,
            repaired=statistics.repaired,
            nacked=self._nacked,
            key_frames=self._key_frame_count,
            jitter_s=statistics.jitter_s,
            temporal_bytes=tuple(self._temporal_bytes) if self._counts_temporal else (),
            height=self._height,
        )
