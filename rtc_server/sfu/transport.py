"""One peer's transport, pure: decrypted packets in, an outbox of packets to protect out.

    receive_rtp ─► transport-wide record ─► stream table ─► producer ─► consumers ─► their outboxes
    receive_rtcp ─► reports, NACK, key-frame requests
    handle_timeout ─► reports, transport-cc feedback, REMB, NACKs

Whoever puts something into an outbox makes the transport dirty (`on_output`); the shell drains it after
the batch. Not done: bandwidth estimation towards the peer; consumers get what producers send.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from rtc_server.config import MediaConfig
from rtc_server.errors import LimitError, MalformedError, WireError
from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.remb import UplinkEstimator
from rtc_server.protocol.sender_clock import ParticipantClock
from rtc_server.protocol.transport_wide import TransportWideRecorder
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.data_channel import DataConsumer, DataProducer
from rtc_server.sfu.drops import Drop, DropCounter
from rtc_server.sfu.events import Event, TransportQualityChanged
from rtc_server.sfu.parameters import SctpStreamParameters, StreamIds
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.quality import LineReport, QualityWatch
from rtc_server.sfu.stream_table import StreamTable
from rtc_server.wire.extensions import MID, TRANSPORT_CC
from rtc_server.wire.ntp import ntp_from_unix
from rtc_server.wire.rtcp import (
    FullIntraRequest,
    Nack,
    PictureLossIndication,
    ReceiverEstimatedBitrate,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    parse_compound,
    serialize,
)
from rtc_server.wire.rtp import RtpView

if TYPE_CHECKING:
    from rtc_server.sfu.router import Router

REPORT_INTERVAL: Final = 1.0
"""Seconds between our reports; at 1 Hz receivers have lip sync after 4 s."""
FIRST_REPORT: Final = 0.2
"""Seconds until the first report after something began."""
REPORTS_PER_DATAGRAM: Final = 12
"""Sender reports with their SDES in one datagram; together below 1,200 bytes."""
MESSAGES_HELD: Final = 256
"""Data messages waiting for the next drain."""

Message = tuple[SctpStreamParameters, int, bytes | None]
"""Stream, payload protocol id and data; no data: the stream is to be reset."""


def _nothing() -> None:
    """Stand in for `on_output` until the shell sets it."""


class WebRtcTransport:
    """Producers and consumers of one peer, and everything RTCP between us and it.

    Args:
        transport_id, router: whose it is.
        direction: `send` or `recv`, as the peer sees it.
        wants_sctp: whether data channels were asked for.
        ssrc: of our RTCP, random.
        wall_offset: seconds to add to `now` to get Unix time, the same for the whole process.
        now: seconds on a monotonic clock.
    """

    def __init__(
        self,
        transport_id: str,
        *,
        router: "Router",
        direction: str,
        wants_sctp: bool,
        ssrc: int,
        config: MediaConfig,
        wall_offset: float,
        now: float,
    ) -> None:
        self.id = transport_id
        self.router = router
        self.direction = direction
        self.wants_sctp = wants_sctp
        self.ssrc = ssrc
        self.drops = DropCounter()
        self.on_output: Callable[[], None] = _nothing
        self.is_connected = False
        self.participant = ParticipantClock()
        self.producers: dict[str, Producer] = {}
        self.consumers: dict[str, Consumer] = {}
        self.data_producers: dict[str, DataProducer] = {}
        self.data_consumers: dict[str, DataConsumer] = {}
        self._config = config
        self._limits = config.limits
        self._wall_offset = wall_offset
        self._streams = StreamTable()
        self._consumers_by_ssrc: dict[int, Consumer] = {}
        self._data_by_stream: dict[int, DataProducer] = {}
        self._stream_ids = StreamIds(config.limits.max_data_consumers_per_transport)
        self._next_mid = 0
        self._transport_cc_id: int | None = None
        self._recorder = TransportWideRecorder(ssrc)
        self._estimator: UplinkEstimator | None = None
        self._quality = QualityWatch(now)
        self._report_at = NEVER
        self._deadline = NEVER
        self._touched = True
        self._outbox: list[bytes] = []
        self._reports: list[bytes] = []
        self._messages: list[Message] = []
        self._released: list[int] = []
        self._retired: list[int] = []
        self._max_outbox = config.limits.max_outbox_packets
        self.loss_in = 0.0
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
            number = view.extension(self._transport_cc_id)
            if number is not None and len(number) == 2:
                self._recorder.record(number[0] << 8 | number[1], view.ssrc, now)
        elif self._estimator is not None:
            self._estimator.receive(len(data))
        entry = self._streams.find(view)
        if entry is None:
            self.drops.count(Drop.UNKNOWN_SSRC)
        elif entry.is_rtx:
            entry.producer.receive_rtx(view, now)
        else:
            entry.producer.receive(view, now)

    def receive_rtcp(self, data: bytes, now: float) -> None:
        """Take one authenticated RTCP datagram; never raises."""
        self._touched = True
        try:
            packets = parse_compound(data)
        except WireError:
            self.drops.count(Drop.MALFORMED_RTCP)
            return
        for packet in packets:
            self._receive_rtcp_packet(packet, now)

    def _receive_rtcp_packet(self, packet: RtcpPacket, now: float) -> None:
        match packet:
            case SenderReport():
                entry = self._streams.by_ssrc(packet.ssrc)
                if entry is not None and not entry.is_rtx:
                    entry.producer.receive_sender_report(packet, now)
                self._receive_report_blocks(packet.report_blocks, now)
            case ReceiverReport():
                self._receive_report_blocks(packet.report_blocks, now)
            case Nack():
                consumer = self._consumers_by_ssrc.get(packet.media_ssrc)
                if consumer is not None:
                    consumer.receive_nack(packet.sequence_numbers, now)
            case PictureLossIndication():
                self._key_frame_wanted(packet.media_ssrc, now)
            case FullIntraRequest():
                for fir in packet.entries:
                    self._key_frame_wanted(fir.ssrc, now)
            case _:
                pass  # SDES, BYE, REMB and others: nothing here depends on them

    def _receive_report_blocks(self, blocks: tuple[ReportBlock, ...], now: float) -> None:
        now_ntp = self._ntp(now)
        for block in blocks:
            consumer = self._consumers_by_ssrc.get(block.ssrc)
            if consumer is not None:
                consumer.receive_report(block, now_ntp)

    def _key_frame_wanted(self, ssrc: int, now: float) -> None:
        consumer = self._consumers_by_ssrc.get(ssrc)
        if consumer is not None:
            consumer.request_key_frame(now)

    def receive_message(self, stream_id: int, protocol_id: int, data: bytes) -> None:
        """Take one whole data message."""
        producer = self._data_by_stream.get(stream_id)
        if producer is None:
            self.drops.count(Drop.UNKNOWN_STREAM)
        else:
            producer.receive(protocol_id, data)

    # --- packets out

    def send_rtp(self, packet: bytes) -> None:
        """Put one media packet into the outbox; a full one drops it."""
        outbox = self._outbox
        if len(outbox) >= self._max_outbox:
            self.drops.count(Drop.OUTBOX_FULL)
            return
        if not outbox:
            self.on_output()
        outbox.append(packet)

    def send_rtcp(self, *packets: RtcpPacket) -> None:
        """Put one RTCP datagram into the outbox."""
        if len(self._reports) >= self._max_outbox:
            self.drops.count(Drop.OUTBOX_FULL)
            return
        self._reports.append(serialize(packets))
        self.on_output()

    def send_message(self, stream: SctpStreamParameters, protocol_id: int, data: bytes | None) -> None:
        """Queue one data message, or with no data the reset of its stream."""
        if len(self._messages) >= MESSAGES_HELD:
            self.drops.count(Drop.SCTP_BACKLOG)
            return
        self._messages.append((stream, protocol_id, data))
        self.on_output()

    def take_output(self) -> tuple[list[bytes], list[bytes]]:
        """Return and forget what is to be protected: RTP packets, RTCP datagrams."""
        packets, reports = self._outbox, self._reports
        if packets:
            self._outbox = []
        if reports:
            self._reports = []
        return packets, reports

    def take_messages(self) -> list[Message]:
        """Return and forget the data messages to send."""
        messages = self._messages
        if messages:
            self._messages = []
        return messages

    def take_released_ssrcs(self) -> list[int]:
        """Return and forget the peer's SSRCs that SRTP need not remember any more."""
        released = self._released
        if released:
            self._released = []
        return released

    def take_retired_ssrcs(self) -> list[int]:
        """Return and forget our SSRCs that SRTP need not remember once the output taken before is sealed."""
        retired = self._retired
        if retired:
            self._retired = []
        return retired

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
        self.producers[producer.id] = producer
        parameters = producer.parameters
        self._streams.mid_id = parameters.extension_id(MID) or self._streams.mid_id
        self._transport_cc_id = parameters.extension_id(TRANSPORT_CC) or self._transport_cc_id
        if self._transport_cc_id is None and parameters.media_codec.has_feedback("goog-remb"):
            self._estimator = self._estimator or UplinkEstimator(
                initial_bps=self._config.initial_uplink_bps, max_bps=self._config.max_uplink_bps, now=now
            )
        self._report_soon(now)

    def remove_producer(self, producer: Producer) -> None:
        """Forget a producer and its streams."""
        del self.producers[producer.id]
        self._released += self._streams.remove(producer)
        self.on_output()

    def take_mid(self) -> str:
        """Return the MID of the next consumer, never given before on this transport."""
        mid = str(self._next_mid)
        self._next_mid += 1
        return mid

    def add_consumer(self, consumer: Consumer, now: float) -> None:
        """Send a producer to this peer."""
        self.consumers[consumer.id] = consumer
        self._consumers_by_ssrc[consumer.route.ssrc] = consumer
        self._report_soon(now)

    def remove_consumer(self, consumer: Consumer) -> None:
        """Stop sending a producer to this peer."""
        route = consumer.route
        del self.consumers[consumer.id]
        del self._consumers_by_ssrc[route.ssrc]
        self._retired += [route.ssrc] if route.rtx_ssrc is None else [route.ssrc, route.rtx_ssrc]
        self.on_output()

    def check_room_for_consumer(self) -> None:
        """Raise LimitError when there are too many consumers."""
        if len(self.consumers) >= self._limits.max_consumers_per_transport:
            raise LimitError("This transport has as many consumers as it may have.")

    def add_data_producer(self, producer: DataProducer) -> None:
        """Route a stream's messages to a data producer.

        Raises:
            LimitError: too many data producers.
            MalformedError: the stream is taken.
        """
        if len(self.data_producers) >= self._limits.max_data_producers_per_transport:
            raise LimitError("This transport has as many data producers as it may have.")
        if producer.parameters.stream_id in self._data_by_stream:
            raise MalformedError("Another data producer of this transport uses this stream.")
        self.data_producers[producer.id] = producer
        self._data_by_stream[producer.parameters.stream_id] = producer

    def remove_data_producer(self, producer: DataProducer) -> None:
        """Forget a data producer."""
        del self.data_producers[producer.id]
        del self._data_by_stream[producer.parameters.stream_id]

    def take_stream_id(self) -> int:
        """Return a free SCTP stream for a data consumer.

        Raises:
            LimitError: every stream is in use.
        """
        return self._stream_ids.take()

    def remove_data_consumer(self, consumer: DataConsumer) -> None:
        """Close a data consumer's stream and free it."""
        del self.data_consumers[consumer.id]
        self._stream_ids.release(consumer.parameters.stream_id)
        self.send_message(consumer.parameters, 0, None)

    # --- life

    def connected(self, now: float) -> None:
        """The peer can be reached (again): late joiners' key frames are asked for now."""
        self.is_connected = True
        for consumer in self.consumers.values():
            consumer.request_key_frame(now)
        self._report_soon(now)

    def disconnected(self) -> None:
        """The peer cannot be reached for now."""
        self.is_connected = False

    def sctp_ended(self, reason: str) -> None:
        """The SCTP association is gone; its data channels go too."""
        self.router.close_data_of(self, reason)

    # --- time

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""
        if self._touched:
            self._touched = False
            self._deadline = self._compute_deadline()
        return self._deadline

    def _compute_deadline(self) -> float:
        deadline = min(self._report_at, self._recorder.next_deadline(), self._quality.next_deadline())
        if self._estimator is not None:
            deadline = min(deadline, self._estimator.next_deadline())
        for producer in self.producers.values():
            deadline = min(deadline, producer.next_deadline())
        return deadline

    def handle_timeout(self, now: float) -> None:
        """Advance time; what is to be sent waits in the outbox."""
        self._touched = True
        for producer in self.producers.values():
            if now >= producer.next_deadline():
                producer.handle_timeout(now)
        for feedback in self._recorder.handle_timeout(now):
            self.send_rtcp(feedback)
        if now >= self._report_at:
            self._report_at = now + REPORT_INTERVAL if self.producers or self.consumers else NEVER
            self._send_reports(now)
        self._send_estimate(now)
        self._watch_quality(now)

    def touch(self) -> None:
        """Compute the deadline anew: a producer was asked for something from outside."""
        self._touched = True

    def _report_soon(self, now: float) -> None:
        self._touched = True
        self._report_at = min(self._report_at, now + FIRST_REPORT)

    def _send_reports(self, now: float) -> None:
        if not self.is_connected:
            return
        self._send_receiver_report(now)
        now_ntp = self._ntp(now)
        batch: list[RtcpPacket] = []
        for consumer in self.consumers.values():
            report = consumer.sender_report(now, now_ntp)
            if report is not None:
                cname = consumer.parameters.cname or self.id
                batch += [report, SourceDescription.of_cname(report.ssrc, cname)]
            if len(batch) >= 2 * REPORTS_PER_DATAGRAM:
                self.send_rtcp(*batch)
                batch = []
        if batch:
            self.send_rtcp(*batch)

    def _send_receiver_report(self, now: float) -> None:
        blocks = []
        packets = lost = 0
        for producer in self.producers.values():
            block = producer.report_block(now)
            if block is None:
                continue
            blocks.append(block)
            packets += producer.recent_packets
            lost += producer.recent_lost
            if self._estimator is not None:
                self._estimator.receive_report(
                    producer.recent_lost, producer.recent_lost + producer.recent_packets
                )
        if blocks:
            self.loss_in = lost / (lost + packets) if lost + packets else 0.0
            # max_producers_per_transport keeps this below the 31 blocks of one report.
            self.send_rtcp(
                ReceiverReport(self.ssrc, tuple(blocks)), SourceDescription.of_cname(self.ssrc, self.id)
            )

    def _send_estimate(self, now: float) -> None:
        estimator = self._estimator
        if estimator is None or self._transport_cc_id is not None:
            return
        bitrate_bps = estimator.handle_timeout(now)
        if bitrate_bps is not None and self.is_connected:
            ssrcs = tuple(producer.ssrc for producer in self.producers.values() if producer.has_begun)
            self.send_rtcp(ReceiverEstimatedBitrate(self.ssrc, bitrate_bps, ssrcs))

    def _watch_quality(self, now: float) -> None:
        report = self.line_report()
        if self._quality.handle_timeout(report, now) and self.is_connected:
            self._emit(
                TransportQualityChanged(
                    self.router.id,
                    self.id,
                    self._quality.level,
                    report.loss_in,
                    report.loss_out,
                    report.rtt_ms,
                )
            )

    def line_report(self) -> LineReport:
        """Return losses and round trip as last reported."""
        trips = [
            consumer.round_trip for consumer in self.consumers.values() if consumer.round_trip is not None
        ]
        return LineReport(
            loss_in=self.loss_in,
            loss_out=max((consumer.fraction_lost for consumer in self.consumers.values()), default=0.0),
            rtt_ms=min(trips) * 1000 if trips else None,
        )

    def _ntp(self, now: float) -> int:
        return ntp_from_unix(now + self._wall_offset)

    def _emit(self, event: Event) -> None:
        self.router.emit(event)

    def stats(self) -> dict[str, Any]:
        """Return counters for `transport.stats`."""
        line = self.line_report()
        return {
            "direction": self.direction,
            "packetsReceived": self.received_packets,
            "drops": self.drops.as_dict(),
            "lossIn": line.loss_in,
            "lossOut": line.loss_out,
            "rttMs": line.rtt_ms,
            "quality": self._quality.level.value,
            "uplinkEstimateBps": None if self._estimator is None else self._estimator.estimate_bps,
            "producers": [producer.stats() for producer in self.producers.values()],
            "consumers": [consumer.stats() for consumer in self.consumers.values()],
        }
