"""A router with transports in virtual time: no sockets, no clock, everything by hand."""

from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from rtc_server.config import MediaConfig, MediaLimits
from rtc_server.owner_events import OwnerEvent
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.router import Router
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.rtcp import RtcpPacket, parse_compound
from rtc_server.wire.rtp import RtpView, build_packet
from tests.rtc_server.media.peer import vp8_parameters

KEY_FRAME = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00"
DELTA_FRAME = b"\x10\x01\x00\x00"
MID_ID, WIDE_ID = 4, 3


def opus_parameters(ssrc: int, *, mid: str = "1") -> dict[str, Any]:
    """Return what a browser would send for a microphone with audio levels."""
    feedback = [{"type": "nack", "parameter": ""}, {"type": "transport-cc", "parameter": ""}]
    return {
        "mid": mid,
        "codecs": [
            {
                "mimeType": "audio/opus",
                "payloadType": 111,
                "clockRate": 48000,
                "channels": 2,
                "parameters": {"useinbandfec": 1},
                "rtcpFeedback": feedback,
            }
        ],
        "headerExtensions": [
            {"uri": "urn:ietf:params:rtp-hdrext:sdes:mid", "id": MID_ID, "encrypt": False},
            {"uri": "urn:ietf:params:rtp-hdrext:ssrc-audio-level", "id": 1, "encrypt": False},
        ],
        "encodings": [{"ssrc": ssrc}],
        "rtcp": {"cname": "peer", "reducedSize": True},
    }


@dataclass
class Rig:
    """One router; `now` is moved by hand."""

    limits: MediaLimits = field(default_factory=MediaLimits)
    now: float = 100.0
    wanted_downlink_bps: int = 0
    events: list[OwnerEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        config = MediaConfig(limits=self.limits, wanted_downlink_bps=self.wanted_downlink_bps)
        self.router = Router("call", config=config, emit=self.events.append, wall_offset=1e9)
        self._numbers = iter(range(1, 10_000))

    def transport(self, direction: str = "send", *, sctp: bool = False) -> WebRtcTransport:
        number = next(self._numbers)
        transport = self.router.create_transport(
            f"transport-{number}", direction=direction, wants_sctp=sctp, ssrc=number, now=self.now
        )
        transport.connected(self.now)
        return transport

    def produce(
        self, transport: WebRtcTransport, ssrc: int = 1000, *, kind: str = "video", **changes: Any
    ) -> Producer:
        make = vp8_parameters if kind == "video" else opus_parameters
        return self.router.produce(
            transport,
            f"producer-{next(self._numbers)}",
            kind=kind,
            rtp_parameters=make(ssrc, mid=str(ssrc)) | changes,
            app_data={},
            paused=False,
            now=self.now,
        )

    def consume(self, transport: WebRtcTransport, producer: Producer, *, paused: bool = False) -> Consumer:
        number = next(self._numbers)
        return self.router.consume(
            transport,
            f"consumer-{number}",
            producer,
            rtp_capabilities=self.router.capabilities.to_json(),
            paused=paused,
            ssrc=500_000 + 2 * number,
            now=self.now,
        )

    def pair(self, **limits: Any) -> tuple[WebRtcTransport, WebRtcTransport, Producer, Consumer]:
        """Return sender, receiver and a video stream between them."""
        self.limits = replace(self.limits, **limits)
        sender, receiver = self.transport("send"), self.transport("recv")
        producer = self.produce(sender)
        return sender, receiver, producer, self.consume(receiver, producer)

    def advance(self, seconds: float) -> None:
        """Let time pass in steps of a tick, serving every deadline."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 0.01)
            for transport in list(self.router.transports):
                if transport.next_deadline() <= self.now:
                    transport.handle_timeout(self.now)
            if self.router.next_deadline() <= self.now:
                self.router.handle_timeout(self.now)


def video(
    number: int,
    payload: bytes = DELTA_FRAME,
    *,
    ssrc: int = 1000,
    mid: str | None = None,
    payload_type: int = 96,
) -> bytes:
    """Return a packet of the rig's camera."""
    extensions = {} if mid is None else {MID_ID: mid.encode()}
    return build_packet(
        payload_type,
        number & 0xFFFF,
        number * 3000 & 0xFFFFFFFF,
        ssrc,
        payload,
        marker=1,
        extensions=extensions,
    )


def audio(number: int, *, ssrc: int, level: int) -> bytes:
    """Return a packet of a microphone, `level` in −dBov."""
    return build_packet(111, number, number * 960, ssrc, b"opus", extensions={1: bytes([level])})


def rtp_of(transport: WebRtcTransport) -> list[RtpView]:
    """Take and parse what a transport would send; RTCP stays."""
    outbox = transport.outbox
    return [RtpView(packet) for packet in outbox.finish(outbox._take_packets(None, inf), lambda: 0.0)]


def rtcp_of(transport: WebRtcTransport) -> list[RtcpPacket]:
    """Take and parse the RTCP a transport would send; RTP stays."""
    reports, transport.outbox._reports = transport.outbox._reports, []
    return [packet for report in reports for packet in parse_compound(report)]
