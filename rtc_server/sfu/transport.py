"""One peer's transport, pure: decrypted packets in, an outbox of packets to protect out.

    receive_rtp ─► transport-wide record ─► stream table ─► producer ─► consumers ─► their outboxes
    receive_rtcp ─► reports, NACK, key-frame requests, feedback ─► downlink
    handle_timeout ─► reports, transport-cc feedback, REMB, NACKs, padding of probes

Whoever puts something into an outbox makes it dirty (`on_output`); the shell drains it after the batch.
"""

from collections.abc import Callable, Sequence
from typing import Any

from rtc_server.config import MediaConfig
from rtc_server.errors import LimitError, WireError
from rtc_server.importance import Importance
from rtc_server.owner_events import OwnerEvent, TransportQualityChanged
from rtc_server.protocol.byte_budget import ByteBudget
from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.remb import UplinkEstimator
from rtc_server.protocol.sender_clock import ParticipantClock
from rtc_server.protocol.transport_wide import TransportWideRecorder
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.data_streams import DataStreams
from rtc_server.sfu.downlink import Downlink
from rtc_server.sfu.drops import Drop, DropCounter
from rtc_server.sfu.outbox import Outbox
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.quality import LineReport, QualityWatch
from rtc_server.sfu.reports import Reporter
from rtc_server.sfu.sharing import LineSharing
from rtc_server.sfu.stream_table import StreamTable
from rtc_server.wire.extensions import TRANSPORT_CC, parse_transport_sequence_number
from rtc_server.wire.rtcp import (
    FullIntraRequest,
    Nack,
    PictureLossIndication,
    ReceiverEstimatedBitrate,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    TransportWideFeedback,
    parse_compound,
)
from rtc_server.wire.rtp import RtpView


class WebRtcTransport:
    """Producers and consumers of one peer, and everything RTCP between us and it.

    Args:
        transport_id, router_id: whose it is.
        direction: `send` or `recv`, as the peer sees it.
        wants_sctp: whether data channels were asked for.
        ssrc: of our RTCP, random.
        wall_offset: seconds to add to `now` to get Unix time, the same for the whole process.
        emit: told when the line got better or worse.
        now: seconds on a monotonic clock.
    """

    def __init__(
        self,
        transport_id: str,
        *,
        router_id: str,
        direction: str,
        wants_sctp: bool,
        ssrc: int,
        config: MediaConfig,
        wall_offset: float,
        emit: Callable[[OwnerEvent], None],
        now: float,
    ) -> None:
        self.id = transport_id
        self._router_id = router_id
        self._emit = emit
        self.direction = direction
        self.wants_sctp = wants_sctp
        self.ssrc = ssrc
        self.drops = DropCounter()
        self.outbox = Outbox(self.drops, max_packets=config.limits.max_outbox_packets)
        self.outbox.on_skip = self._skip_to_key_frames
        self.is_connected = False
        self.participant = ParticipantClock()
        self.producers: list[Producer] = []
        self.consumers: dict[int, Consumer] = {}
        """By the SSRC that we send them with."""
        self.downlink = Downlink(self.outbox, self.drops, self.consumers, config)
        self.sharing = LineSharing(router_id, transport_id, self.consumers, self.downlink, emit)
        self.data = DataStreams(config.limits)
        self._config = config
        self._limits = config.limits
        self._streams = StreamTable()
        self._next_mid = 0
        self._transport_cc_id: int | None = None
        self._recorder = TransportWideRecorder(ssrc)
        self._estimator: UplinkEstimator | None = None
        self._rtcp_budget = ByteBudget(config.limits.max_rtcp_bytes_per_s, now)
        self._quality = QualityWatch(now)
        self._reporter = Reporter(
            transport_id,
            ssrc,
            producers=self.producers,
            consumers=self.consumers,
            wall_offset=wall_offset,
        )
        self._deadline = NEVER
        self._touched = True
        self.received_packets = 0

    # --- packets in

    def receive_rtp(self, data: bytes, now: float) -> None:
        """Take one authenticated RTP packet; never raises."""
        self._touched = True
        self.received_packets += 1
        try:
            view = RtpView(data)
        except WireError:
            self.drops.count(Drop.MALFORMED_RTP)
            return
        if self._transport_cc_id is not None:
            value = view.extension(self._transport_cc_id)
            if value is not None:
                self._record_arrival(value, view.ssrc, now)
        elif self._estimator is not None:
            self._estimator.receive(len(data))
        entry = self._streams.find(view)
        if entry is None:
            self.drops.count(Drop.UNKNOWN_SSRC)
            self._release_left(view.ssrc)
            return
        producer, layer, is_repair = entry
        if is_repair:
            producer.receive_repair(layer, view, now)
        else:
            producer.receive(layer, view, now)

    def _record_arrival(self, value: bytes, ssrc: int, now: float) -> None:
        try:
            number = parse_transport_sequence_number(value)
        except WireError:
            return  # the packet itself is whole
        self._recorder.record(number, ssrc, now)

    def receive_rtcp(self, data: bytes, now: float) -> None:
        """Take one authenticated RTCP datagram; never raises."""
        self._touched = True
        if not self._rtcp_budget.take(len(data), now):
            self.drops.count(Drop.RTCP_RATE)
            return
        try:
            packets = parse_compound(data)
        except WireError:
            self.drops.count(Drop.MALFORMED_RTCP)
            return
        for packet in packets:
            self._receive_rtcp_packet(packet, now)
        self._release_left(
            int.from_bytes(data[4:8])
        )  # whoever speaks for a stream that ended: SRTP knows it again

    def _receive_rtcp_packet(self, packet: RtcpPacket, now: float) -> None:
        match packet:
            case SenderReport():
                entry = self._streams.by_ssrc(packet.ssrc)
                if entry is not None and not entry.is_repair:
                    entry.producer.receive_sender_report(entry.layer, packet, now)
                self._receive_report_blocks(packet.report_blocks, now)
            case ReceiverReport():
                self._receive_report_blocks(packet.report_blocks, now)
            case Nack():
                consumer = self.consumers.get(packet.media_ssrc)
                if consumer is not None:
                    consumer.receive_nack(packet.sequence_numbers, now)
            case TransportWideFeedback():
                if self.downlink.receive_feedback(packet, now):
                    self.outbox.give_up_pictures()
                    self._skip_to_key_frames(set(self.consumers), now)
                self.sharing.line_changed(now)
            case ReceiverEstimatedBitrate():
                self.downlink.receive_remb(packet.bitrate_bps, now)
                self.sharing.line_changed(now)
            case PictureLossIndication():
                self._key_frame_wanted(packet.media_ssrc, now)
            case FullIntraRequest():
                for fir in packet.entries:
                    self._key_frame_wanted(fir.ssrc, now)
            case _:
                pass  # SDES and others: nothing depends on them; a producer's end tells of its streams'

    def _release_left(self, ssrc: int) -> None:
        """Give back what stragglers of an ended stream took again: its successors need the room.

        Only theirs: a stream that comes before its producer keeps its place in SRTP, and with it its ROC.
        """
        if self._streams.has_left(ssrc):
            self.outbox.release((ssrc,))

    def holds_ssrc(self, ssrc: int) -> bool:
        """Return whether a producer has this SSRC of the peer."""
        return self._streams.by_ssrc(ssrc) is not None

    def _receive_report_blocks(self, blocks: tuple[ReportBlock, ...], now: float) -> None:
        now_ntp = self._reporter.ntp(now)
        for block in blocks:
            consumer = self.consumers.get(block.ssrc)
            if consumer is not None:
                consumer.receive_report(block, now_ntp)

    def _key_frame_wanted(self, ssrc: int, now: float) -> None:
        consumer = self.consumers.get(ssrc)
        if consumer is not None:
            consumer.request_key_frame(now)

    def _skip_to_key_frames(self, ssrcs: set[int], now: float) -> None:
        """Go on with the next key frames: what was before them waited too long for the peer's line, or was
        lost in an outage, so that nothing before them can be shown.
        """
        for ssrc in ssrcs:
            consumer = self.consumers.get(ssrc)
            if consumer is not None and consumer.importance is not Importance.SOUND:
                consumer.stream.source_resumed()
                consumer.request_key_frame(now)

    def receive_message(self, stream_id: int, protocol_id: int, data: bytes) -> None:
        """Take one whole data message."""
        producer = self.data.by_stream(stream_id)
        if producer is None:
            self.drops.count(Drop.UNKNOWN_STREAM)
        else:
            producer.receive(protocol_id, data)

    # --- objects

    def add_producer(self, producer: Producer, now: float) -> None:
        """Route a new producer's streams to it.

        Raises:
            LimitError: too many producers.
            MalformedError: its SSRC or MID is taken.
        """
        if len(self.producers) >= self._limits.max_producers_per_transport:
            raise LimitError("This transport has as many producers as it may have.")
        self._streams.add(producer)
        self.producers.append(producer)
        parameters = producer.parameters
        self._transport_cc_id = parameters.extension_id(TRANSPORT_CC) or self._transport_cc_id
        if self._transport_cc_id is None and parameters.media_codec.has_feedback("goog-remb"):
            self._estimator = self._estimator or UplinkEstimator(
                initial_bps=self._config.initial_uplink_bps, max_bps=self._config.max_uplink_bps, now=now
            )
        self._report_soon(now)

    def remove_producer(self, producer: Producer) -> None:
        """Forget a producer and its streams."""
        self.producers.remove(producer)
        self.outbox.release(self._streams.remove(producer))

    def leave(self, ssrcs: Sequence[int]) -> None:
        """Forget streams that ended while their producer goes on, here and in SRTP."""
        self._streams.leave(ssrcs)
        self.outbox.release(ssrcs)

    def take_mid(self) -> str:
        """Return the MID of the next consumer, never given before on this transport."""
        mid = str(self._next_mid)
        self._next_mid += 1
        return mid

    def add_consumer(self, consumer: Consumer, now: float) -> None:
        """Send a producer to this peer."""
        self.consumers[consumer.stream.route.ssrc] = consumer
        self.share_soon(now)
        self._report_soon(now)

    def remove_consumer(self, consumer: Consumer) -> None:
        """Stop sending a producer to this peer."""
        route = consumer.stream.route
        del self.consumers[route.ssrc]
        self.outbox.retire([route.ssrc] if route.rtx_ssrc is None else [route.ssrc, route.rtx_ssrc])

    def check_room_for_consumer(self) -> None:
        """Raise LimitError when there are too many consumers."""
        if len(self.consumers) >= self._limits.max_consumers_per_transport:
            raise LimitError("This transport has as many consumers as it may have.")

    # --- life

    def connected(self, now: float) -> None:
        """The peer can be reached (again): late joiners' key frames are asked for now."""
        self.is_connected = True
        for consumer in self.consumers.values():
            consumer.request_key_frame(now)
        self.share_soon(now)
        self._report_soon(now)

    def disconnected(self) -> None:
        """The peer cannot be reached for now."""
        self.is_connected = False

    # --- time

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""
        if self._touched:
            self._touched = False
            self._deadline = self._compute_deadline()
        return self._deadline

    def _compute_deadline(self) -> float:
        deadline = min(
            self._reporter.next_deadline(),
            self._recorder.next_deadline(),
            self._quality.next_deadline(),
            self.downlink.next_deadline(),
        )
        if self._estimator is not None:
            deadline = min(deadline, self._estimator.next_deadline())
        if self.is_connected:
            deadline = min(deadline, self.sharing.next_deadline())
        for producer in self.producers:
            deadline = min(deadline, producer.next_deadline())
        return deadline

    def handle_timeout(self, now: float) -> None:
        """Advance time; what is to be sent waits in the outbox."""
        self._touched = True
        for producer in self.producers:
            if now >= producer.next_deadline():
                producer.handle_timeout(now)
        for feedback in self._recorder.handle_timeout(now):
            self.outbox.send_rtcp(feedback)
        if self._reporter.take_due(now) and self.is_connected:
            line_loss = self.downlink.loss(now)
            for consumer in self.consumers.values():
                consumer.tell_loss(line_loss)
            for packets in self._reporter.write(now, self._estimator):
                self.outbox.send_rtcp(*packets)
        if self.is_connected:
            self.sharing.handle_timeout(now)
        self.downlink.handle_timeout(now)
        self._send_estimate(now)
        self._watch_quality(now)

    def share_soon(self, now: float) -> None:
        """Divide the line anew: what is received or shown has changed."""
        self._touched = True
        self.sharing.decide_soon(now)

    def touch(self) -> None:
        """Compute the deadline anew: a producer was asked for something from outside."""
        self._touched = True

    def _report_soon(self, now: float) -> None:
        self._touched = True
        self._reporter.report_soon(now)

    def _send_estimate(self, now: float) -> None:
        estimator = self._estimator
        if estimator is None or self._transport_cc_id is not None:
            return
        bitrate_bps = estimator.handle_timeout(now)
        if bitrate_bps is not None and self.is_connected:
            ssrcs = tuple(stream.ssrc for producer in self.producers for stream in producer.streams)
            self.outbox.send_rtcp(ReceiverEstimatedBitrate(self.ssrc, bitrate_bps, ssrcs))

    def _watch_quality(self, now: float) -> None:
        report = self.line()
        if self._quality.handle_timeout(report, now) and self.is_connected:
            self._emit(
                TransportQualityChanged(
                    self._router_id,
                    self.id,
                    self._quality.level,
                    report.loss_in,
                    report.loss_out,
                    report.rtt_ms,
                )
            )

    def line(self) -> LineReport:
        """Return losses and round trip as last reported."""
        return self._reporter.line()

    def stats(self, now: float) -> dict[str, Any]:
        """Return counters for `transport.stats`."""
        line = self.line()
        return {
            "direction": self.direction,
            "packetsReceived": self.received_packets,
            "drops": self.drops.as_dict(),
            "lossIn": line.loss_in,
            "lossOut": line.loss_out,
            "rttMs": line.rtt_ms,
            "quality": self._quality.level.value,
            "uplinkEstimateBps": None if self._estimator is None else self._estimator.estimate_bps,
            "downlink": self.downlink.stats(now) if self.consumers else None,
            "producers": [producer.stats(now) for producer in self.producers],
            "consumers": [consumer.stats() for consumer in self.consumers.values()],
            "dataProducers": [producer.stats() for producer in self.data.producers],
        }
