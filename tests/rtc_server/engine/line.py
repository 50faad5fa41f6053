"""One received stream and the sent streams it feeds, made by an engine; time is moved by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rtc_server.protocol.sender_clock import ParticipantClock
from rtc_server.sfu.drops import DropCounter
from rtc_server.sfu.engine import Engine, Receiver, Reception, Sender
from rtc_server.sfu.outbox import Outbox
from rtc_server.sfu.route import Route, Stamp
from rtc_server.wire.rtp import RtpView, build_extensions, build_open_extensions, build_packet
from rtc_server.wire.rtx import wrap

KEY_FRAME = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00"
DELTA_FRAME = b"\x10\x01\x00\x00"
SSRC, OURS, OUR_REPAIRS = 1000, 5000, 5001

VIDEO = Reception(
    is_video=True,
    clock_rate=90_000,
    codecs={96: "video/VP8"},
    repairs={97: 96},
    asks_again=True,
    cache_packets=64,
    cache_s=1.0,
)
AUDIO = replace(VIDEO, is_video=False, clock_rate=48_000, codecs={111: "audio/opus"}, repairs={})
ROUTE = Route(
    ssrc=OURS,
    source_payload_type=96,
    payload_type=101,
    clock_rate=90_000,
    needs_key_frame=True,
    extension_block=build_extensions({1: b"0"}),
    rtx_ssrc=OUR_REPAIRS,
    rtx_payload_type=102,
)


STAMPED = replace(
    ROUTE, extension_block=build_open_extensions({1: b"0"}, 5, Stamp.NUMBER), stamp=Stamp.NUMBER
)
"""A route whose packets end their header with a transport-wide number."""
TURNING = replace(VIDEO, orientation_id=9)
TURNED = replace(
    ROUTE,
    orientation_source_id=9,
    orientation_blocks=tuple(build_extensions({1: b"0", 4: bytes([rotation])}) for rotation in range(16)),
)
"""A camera that tells its rotation, and a route that carries it."""


@dataclass
class Line:
    """What stands around the streams: a participant's clock, drops of both ends, an outbox."""

    engine: Engine
    reception: Reception = VIDEO
    route: Route = ROUTE
    now: float = 100.0
    participant: ParticipantClock = field(default_factory=ParticipantClock)
    senders: list[Sender] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.drops_in, self.drops_out = DropCounter(), DropCounter()
        self.outbox = Outbox(self.drops_out, max_packets=512)
        self.receiver = self.begin(SSRC)
        self.sender = self.add_sender()

    def begin(self, ssrc: int) -> Receiver:
        """Let a received stream begin, in place of the one before."""
        self.receiver = self.engine.receiver(
            ssrc,
            self.reception,
            participant=self.participant,
            drops=self.drops_in,
            hear=lambda view, now: self.heard.append(view.sequence_number),
        )
        for sender in self.senders:
            self.receiver.attach(sender)
        return self.receiver

    def add_sender(self, *, paused: bool = False) -> Sender:
        sender = self.engine.sender(self.route, paused=paused, outbox=self.outbox, drops=self.drops_out)
        self.senders.append(sender)
        self.receiver.attach(sender)
        return sender

    def put(
        self,
        number: int,
        payload: bytes = KEY_FRAME,
        *,
        ssrc: int = SSRC,
        payload_type: int = 96,
        marker: int = 1,
        extensions: Mapping[int, bytes] | None = None,
    ) -> None:
        packet = build_packet(
            payload_type,
            number & 0xFFFF,
            number * 3000 & 0xFFFF_FFFF,
            ssrc,
            payload,
            marker=marker,
            extensions=extensions or {},
        )
        self.receiver.receive(RtpView(packet), self.now)

    def put_padding(self, number: int) -> None:
        packet = build_packet(96, number, 0, SSRC, b"", padding_bytes=200)
        self.receiver.receive(RtpView(packet), self.now)

    def repair(
        self,
        number: int,
        payload: bytes = DELTA_FRAME,
        *,
        marker: int = 0,
        extensions: Mapping[int, bytes] | None = None,
    ) -> None:
        packet = build_packet(
            97,
            1,
            number * 3000,
            SSRC + 1,
            wrap(number, payload),
            marker=marker,
            extensions=extensions or {},
        )
        self.receiver.receive_repair(RtpView(packet), self.now)

    def nack(self, *numbers: int, round_trip: float = 0.0) -> None:
        self.sender.receive_nack(numbers, round_trip, self.now)

    def left(self) -> list[RtpView]:
        """Take what leaves, finished."""
        return [
            RtpView(packet) for packet in self.outbox.finish(self.outbox.take().packets, lambda: self.now)
        ]

    def left_numbers(self) -> Sequence[int]:
        """Take what leaves; return its sequence numbers from the first one on."""
        numbers = [view.sequence_number for view in self.left()]
        return [number - numbers[0] & 0xFFFF for number in numbers]
