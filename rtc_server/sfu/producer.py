"""A producer: one peer's audio or video source, its streams, and who hears them.

    Producer ── encoding 0, 1, … ──► Receiver, one media SSRC at a time ──► taps and sinks

Each encoding has one media SSRC at a time. Another SSRC that is bound to it is the same source beginning
afresh, in a received stream of its own; the one before it leaves, and with it the streams that repair it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from rtc_server.config import MediaLimits
from rtc_server.protocol.deadline import NEVER
from rtc_server.sfu.drops import Drop
from rtc_server.sfu.engine import Engine, ReceivedCounters, ReceivedReport, Receiver, make_reception
from rtc_server.sfu.layer_meters import LayerMeters
from rtc_server.sfu.layer_selector import FIRST, LayerSelector
from rtc_server.sfu.losses import Losses
from rtc_server.sfu.parameters import RtpMapping, RtpParameters
from rtc_server.sfu.peer_ports import LayerFacts, Sink, SpeakerSink, Upstream
from rtc_server.sfu.tap import Tap
from rtc_server.sfu.tap_layer import LOOK_S, TapLayer
from rtc_server.sfu.taps import Taps
from rtc_server.sfu.wanted_layers import WantedLayers
from rtc_server.wire.codecs import codec_for_mime_type
from rtc_server.wire.extensions import AUDIO_LEVEL, parse_audio_level
from rtc_server.wire.rtcp import Nack, PictureLossIndication, SenderReport
from rtc_server.wire.rtp import RtpView

MAX_RESTARTS: Final = 16
"""Media SSRCs one encoding may use in its life."""


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
        engine: makes its streams.
        speaker: hears audio levels; None for video.
        tell_layers: tells the sender up to which encoding anybody may take them.
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
        engine: Engine,
        speaker: SpeakerSink | None,
        tell_layers: Callable[[int], None],
    ) -> None:
        self.id = producer_id
        self.transport = transport
        self.kind = kind
        self.parameters = parameters
        self.consumable = consumable
        self.mapping = mapping
        self.app_data = app_data
        self.paused = paused
        self._engine = engine
        self._speaker = speaker
        self._level_id = parameters.extension_id(AUDIO_LEVEL) if speaker is not None else None
        self._reception = make_reception(
            kind, parameters, cache_packets=limits.rtx_cache_packets, cache_s=limits.rtx_cache_s
        )
        self._streams: list[Receiver | None] = [None] * len(parameters.encodings)
        self._former_ssrcs: list[set[int]] = [set() for _ in parameters.encodings]
        self._repaired = {
            encoding.rtx_ssrc: encoding.ssrc
            for encoding in parameters.encodings
            if encoding.ssrc is not None and encoding.rtx_ssrc is not None
        }
        """SSRC of a repair stream → of the media stream that it belongs to."""
        self._ended: list[ReceivedCounters] = []
        self._selector = LayerSelector(self._streams)
        self._top = len(parameters.encodings) - 1
        self._wanted = WantedLayers(self._top)
        self._tell_layers = tell_layers
        self._meters = LayerMeters(self._streams, self._reception.temporal_layers)
        self._losses = Losses(parameters.media_codec)
        self._tap_layer = TapLayer(FIRST)
        self._tap_look_at = NEVER
        self._taps = Taps(producer_id, kind, parameters)
        self._tap_asked_at = -NEVER
        self._key_frame_requests = 0

    @property
    def transport_id(self) -> str:
        """Return the transport that it comes on."""
        return self.transport.id

    # --- packets in

    def is_repair(self, payload_type: int) -> bool:
        """Return whether packets of this payload type repeat others."""
        return payload_type in self._reception.repairs

    def receive(self, layer: int, view: RtpView, now: float) -> None:
        """Take one media packet of an encoding."""
        stream = self._streams[layer]
        if stream is not None and stream.ssrc == view.ssrc:
            stream.receive(view, now)
        else:
            self._begin(layer, view, now)

    def receive_repair(self, layer: int, view: RtpView, now: float) -> None:
        """Take one packet of an encoding's repair stream."""
        stream = self._streams[layer]
        if stream is None or self._media_ssrc_of(view, stream.ssrc) != stream.ssrc:
            self.transport.drops.count(Drop.RTX_UNREQUESTED)
        else:
            stream.receive_repair(view, now)

    def _media_ssrc_of(self, view: RtpView, current: int) -> int:
        """Return which media stream a repair stream belongs to: as declared, else the one that it found.

        Padding says nothing of it: probes of the next stream may come ahead of its media.
        """
        if view.payload_end == view.payload_offset:
            return self._repaired.get(view.ssrc, current)
        return self._repaired.setdefault(view.ssrc, current)

    def receive_sender_report(self, layer: int, report: SenderReport, now: float) -> None:
        """Take the peer's clock pair of an encoding's media stream."""
        stream = self._streams[layer]
        if stream is None or stream.ssrc != report.ssrc:
            return
        stream.receive_sender_report(report.ntp, report.rtp, now)
        if layer == self._tap_layer.layer and not self.paused:
            self._taps.on_sender_report(report.ssrc, report.ntp, report.rtp, now)

    def _begin(self, layer: int, view: RtpView, now: float) -> None:
        """Begin a stream with its first packet: the first one of an encoding, or another one in its place.

        An SSRC that was left stays left, and there are only so many: each costs a new segment downstream.
        """
        drops = self.transport.drops
        former = self._former_ssrcs[layer]
        if view.payload_type not in self._reception.codecs:
            drops.count(Drop.UNKNOWN_PAYLOAD_TYPE)
            return
        if view.ssrc in former or len(former) >= MAX_RESTARTS:
            drops.count(Drop.UNKNOWN_SSRC)
            self.transport.leave((view.ssrc,))
            return
        former.add(view.ssrc)
        self._leave_stream(layer)
        stream = self._streams[layer] = self._engine.receiver(
            view.ssrc,
            self._reception,
            participant=self.transport.participant,
            drops=drops,
            hear=self._listener(layer),
        )
        if self.paused:
            stream.pause()
        if layer == self._tap_layer.layer:
            self._taps.on_stream(view.payload_type, view.ssrc)
        self._meters.begin(layer)
        self._selector.begin(layer, stream)
        stream.receive(view, now)
        if not stream.counters().key_frames:
            self.request_key_frame(layer, now)

    def _leave_stream(self, layer: int) -> None:
        """End an encoding's stream for another one and give its SSRCs back: a connection has few."""
        stream = self._streams[layer]
        if stream is None:
            return
        self._end_stream(layer)
        repairs = [repair for repair, media in self._repaired.items() if media == stream.ssrc]
        for repair in repairs:
            del self._repaired[repair]
        self.transport.leave((stream.ssrc, *repairs))

    def _end_stream(self, layer: int) -> None:
        stream = self._streams[layer]
        if stream is not None:
            stream.close()
            self._ended.append(stream.counters())
            self._streams[layer] = None

    def _listener(self, layer: int) -> Callable[[RtpView, float], None]:
        """Return who hears an encoding's packets without being a consumer; taps hear one at a time."""
        if self._top:
            return partial(self._hear_layer, layer)
        return self._taps.on_rtp if self._level_id is None else self._hear

    def _hear(self, view: RtpView, now: float) -> None:
        if self._level_id is not None and self._speaker is not None:
            level = view.extension(self._level_id)
            if level:
                self._speaker.hear(self.id, parse_audio_level(level))
        self._taps.on_rtp(view, now)

    def _hear_layer(self, layer: int, view: RtpView, now: float) -> None:
        heard = self._tap_layer
        if layer == heard.next and self._begins_key_frame(view):
            heard.take_over(now)
            self._taps.on_stream(view.payload_type, view.ssrc)
        if layer == heard.layer:
            self._taps.on_rtp(view, now)

    def _begins_key_frame(self, view: RtpView) -> bool:
        codec = codec_for_mime_type(self._reception.codecs[view.payload_type])
        return codec is not None and codec.is_key_frame(view.payload)

    # --- sinks, pause and taps

    def attach(self, sink: Sink) -> None:
        """Forward the first encoding to `sink` from now on, until another one is selected."""
        self._selector.add(sink)
        self._wanted.wish(sink)
        self.transport.touch()

    def detach(self, sink: Sink) -> None:
        """Forward to `sink` no more."""
        self._selector.remove(sink)
        self._wanted.forget(sink)
        self._losses.forget(sink)
        self.transport.touch()

    def select(self, sink: Sink, layer: int | None, now: float) -> None:
        """Forward another encoding to `sink`, from its next key frame on; None: nothing."""
        if self._selector.select(sink, layer) and layer is not None:
            self.request_key_frame(layer, now)

    def wish(self, sink: Sink, max_layer: int) -> None:
        """Note the best encoding that `sink` may be given, −1 for none."""
        if self._wanted.wish(sink, max_layer):
            self.transport.touch()

    def note_loss(self, sink: Sink, fraction: float) -> None:
        """Note which part of a sent stream its peer misses, 0–1."""
        self._losses.note(sink, fraction)

    def layers(self, now: float) -> Sequence[LayerFacts]:
        """Return what is known of each encoding, the lowest first."""
        return self._meters.facts(now)

    def layer_of(self, sink: Sink) -> int | None:
        """Return the encoding that `sink` gets now, None for none."""
        return self._selector.layer_of(sink)

    def pause(self) -> None:
        """Stop forwarding; packets are still counted."""
        self.paused = True
        for stream in self.streams:
            stream.pause()
        self._taps.on_pause(True)

    def resume(self, now: float) -> None:
        """Forward again, video from its next key frame on."""
        self.paused = False
        self._taps.on_pause(False)
        self._selector.resume()
        for layer, stream in enumerate(self._streams):
            if stream is not None:
                stream.resume()
                self.request_key_frame(layer, now)

    def add_tap(self, tap: Tap) -> None:
        """Let `tap` hear everything from now on."""
        self._taps.add(tap, paused=self.paused)
        self._tap_asked_at = -NEVER
        if self._top:
            self._tap_look_at = -NEVER
        self._wanted.is_recorded = True
        self._wanted.changed()
        self.transport.touch()

    def close(self, reason: str) -> None:
        """Let everything go that was kept, and tell the taps that nothing follows."""
        for layer in range(len(self._streams)):
            self._end_stream(layer)
        self._taps.end(reason)

    # --- RTCP out

    def request_key_frame(self, layer: int, now: float) -> None:
        """Ask the peer for a key frame as soon as the throttle lets it; before the first packet, then.

        None is asked of an encoding that nobody gets: browsers answer with key frames of all of them.
        """
        stream = self._streams[layer]
        if stream is None or self.paused or not self._is_used(layer):
            return
        self.transport.touch()
        if stream.request_key_frame(now):
            self._ask_for_key_frame(stream)

    def request_key_frame_for(self, sink: Sink, now: float) -> None:
        """Ask for a key frame of what a sent stream gets."""
        for layer in self._selector.layers_of(sink):
            self.request_key_frame(layer, now)

    def _is_used(self, layer: int) -> bool:
        """Return whether an encoding is for somebody; the first one is for who comes next."""
        heard = self._tap_layer
        return layer in (FIRST, heard.layer, heard.next) or self._selector.is_used(layer)

    def reports(self, now: float) -> list[ReceivedReport]:
        """Return what is to be reported of the streams since the last time."""
        found = (stream.report(now) for stream in self.streams)
        return [self._losses.add_to(report) for report in found if report is not None]

    @property
    def streams(self) -> list[Receiver]:
        """Return the received streams that began."""
        return [stream for stream in self._streams if stream is not None]

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""
        deadline = min(self._tap_key_frame_at(), self._tap_look_at, self._wanted.next_deadline())
        for stream in self._streams:
            if stream is not None:
                deadline = min(deadline, stream.next_deadline())
        return deadline

    def handle_timeout(self, now: float) -> None:
        """Advance time: NACK, ask again for key frames, keep the taps' interval."""
        for layer, stream in enumerate(self._streams):
            if stream is None or now < stream.next_deadline():
                continue
            wanted = stream.handle_timeout(now)
            if wanted.sequence_numbers:
                self.transport.outbox.send_rtcp(
                    Nack(self.transport.ssrc, stream.ssrc, wanted.sequence_numbers)
                )
            if wanted.ask and self._is_used(layer):
                self._ask_for_key_frame(stream)
            elif wanted.key_frame:
                self.request_key_frame(layer, now)
        if now >= self._tap_key_frame_at():
            self._tap_asked_at = now
            self.request_key_frame(self._tap_layer.layer, now)
        if now >= self._tap_look_at:
            self._look_for_taps(now)
        told = self._wanted.take(now)
        if told is not None and self.kind == "video":
            self._meters.told(told, now)
            self._tell_layers(told)

    def _look_for_taps(self, now: float) -> None:
        self._tap_look_at = now + LOOK_S
        wanted = self._tap_layer.look([facts.flows for facts in self.layers(now)], now)
        if wanted is not None:
            self.request_key_frame(wanted, now)

    def _tap_key_frame_at(self) -> float:
        """Return when a tap wants its next key frame."""
        interval = self._taps.key_frame_interval() if self.kind == "video" else None
        return NEVER if interval is None else self._tap_asked_at + interval

    def _ask_for_key_frame(self, stream: Receiver) -> None:
        self._key_frame_requests += 1
        self.transport.outbox.send_rtcp(PictureLossIndication(self.transport.ssrc, stream.ssrc))

    # --- statistics

    def stats(self, now: float) -> dict[str, Any]:
        """Return counters for `transport.stats`, of all its streams so far, and each encoding as it is."""
        live = [stream.counters() for stream in self.streams]
        counters = [*self._ended, *live]
        return {
            "id": self.id,
            "kind": self.kind,
            "paused": self.paused,
            "layers": [facts.stats() for facts in self.layers(now)],
            "packets": sum(entry.packets for entry in counters),
            "bytes": sum(entry.payload_bytes for entry in counters),
            "lost": sum(entry.lost for entry in counters),
            "repaired": sum(entry.repaired for entry in counters),
            "jitterMs": max((entry.jitter_s for entry in live), default=0.0) * 1000,
            "nacksSent": sum(entry.nacked for entry in counters),
            "keyFrameRequests": self._key_frame_requests,
            "keyFrames": sum(entry.key_frames for entry in counters),
        }
