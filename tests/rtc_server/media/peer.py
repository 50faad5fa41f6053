"""A peer made of our own parts: STUN, DTLS and SRTP over one UDP socket, sending exactly what a test
wants."""

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import Callable
from typing import Any, Self, cast

import pylibsrtp

from rtc_server.config import MediaLimits
from rtc_server.net.dtls import DtlsCertificate, DtlsSession
from rtc_server.net.sctp import SctpAssociation
from rtc_server.sfu.parameters import SctpStreamParameters
from rtc_server.wire.demux import Kind, classify
from rtc_server.wire.rtcp import RtcpPacket, parse_compound, serialize
from rtc_server.wire.rtp import RtpView
from rtc_server.wire.stun import build_binding_request

AUDIO_CAPABILITY = {
    "kind": "audio",
    "mimeType": "audio/opus",
    "clockRate": 48000,
    "channels": 2,
    "preferredPayloadType": 100,
    "parameters": {},
    "rtcpFeedback": [],
}


def vp8_parameters(ssrc: int, *, mid: str = "0", payload_type: int = 96) -> dict[str, Any]:
    """Return what a browser would send for a VP8 camera with RTX, MID and transport-cc."""
    return {
        "mid": mid,
        "codecs": [
            {
                "mimeType": "video/VP8",
                "payloadType": payload_type,
                "clockRate": 90000,
                "parameters": {},
                "rtcpFeedback": [
                    {"type": "nack", "parameter": ""},
                    {"type": "nack", "parameter": "pli"},
                    {"type": "transport-cc", "parameter": ""},
                ],
            },
            {
                "mimeType": "video/rtx",
                "payloadType": payload_type + 1,
                "clockRate": 90000,
                "parameters": {"apt": payload_type},
                "rtcpFeedback": [],
            },
        ],
        "headerExtensions": [
            {"uri": "urn:ietf:params:rtp-hdrext:sdes:mid", "id": 4, "encrypt": False, "parameters": {}},
            {
                "uri": "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
                "id": 3,
                "encrypt": False,
                "parameters": {},
            },
        ],
        "encodings": [{"ssrc": ssrc, "rtx": {"ssrc": ssrc + 1}}],
        "rtcp": {"cname": "peer", "reducedSize": True},
    }


class Peer(asyncio.DatagramProtocol):
    """One transport's far end; use as `async with Peer(options, connect)`.

    Args:
        options: what `transport.create` returned.
        connect: sends `dtlsParameters` to the server.
    """

    def __init__(self, options: dict[str, Any], connect: Callable[[dict[str, Any]], Any]) -> None:
        self.options = options
        self._connect = connect
        candidate = options["iceCandidates"][0]
        self.server = (candidate["address"], candidate["port"])
        self._certificate = DtlsCertificate()
        self.dtls = DtlsSession(self._certificate, send=self.send_raw, on_closed=lambda: None)
        self.fragment = secrets.token_hex(4)
        self._transport: asyncio.DatagramTransport | None = None
        self._answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.rtp: list[RtpView] = []
        self.rtcp: list[RtcpPacket] = []
        self.stun: list[bytes] = []
        self.arrived = asyncio.Event()
        self.sctp: SctpAssociation | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, remote_addr=self.server)
        await self._connect({"role": "client", "fingerprints": self._certificate.fingerprints()})
        self.check()
        async with asyncio.timeout(20):
            await self._answered
        theirs = self.options["dtlsParameters"]["fingerprints"]
        assert await self.dtls.handshake("client", theirs, timeout=20)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.sctp is not None:
            await self.sctp.close()
        await self.dtls.close()
        assert self._transport is not None
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        match classify(data):
            case Kind.STUN:
                self.stun.append(data)
                if not self._answered.done():
                    self._answered.set_result(None)
            case Kind.DTLS:
                self.dtls.handle_datagram(data)
            case Kind.RTP if self.dtls.keys is not None:
                self.rtp.append(RtpView(self.dtls.keys.receive.unprotect(data)))
            case Kind.RTCP if self.dtls.keys is not None:
                self.rtcp += parse_compound(self.dtls.keys.receive.unprotect_rtcp(data))
            case _:
                pass
        self.arrived.set()

    def check(self, *, password: str | None = None) -> None:
        """Send a nominating connectivity check."""
        ours = self.options["iceParameters"]
        request = build_binding_request(
            secrets.token_bytes(12),
            f"{ours['usernameFragment']}:{self.fragment}",
            password or ours["password"],
            priority=1,
            tie_breaker=1,
            use_candidate=True,
        )
        self.send_raw(request)

    def send_raw(self, data: bytes) -> None:
        """Send a datagram as it is."""
        assert self._transport is not None
        self._transport.sendto(data)

    def send_rtp(self, packet: bytes) -> None:
        """Seal and send one RTP packet."""
        assert self.dtls.keys is not None
        self.send_raw(self.dtls.keys.send.protect(packet))

    def send_rtcp(self, *packets: RtcpPacket) -> None:
        """Seal and send one RTCP datagram."""
        self.send_rtcp_bytes(serialize(packets))

    def send_rtcp_bytes(self, data: bytes) -> None:
        """Seal and send bytes as RTCP, right or wrong."""
        assert self.dtls.keys is not None
        with contextlib.suppress(pylibsrtp.Error):
            self.send_raw(self.dtls.keys.send.protect_rtcp(data))

    async def open_sctp(self) -> SctpAssociation:
        """Associate; return once messages can be sent."""
        opened = asyncio.Event()
        self.sctp = SctpAssociation(
            self.dtls,
            on_message=lambda *message: None,
            on_open=opened.set,
            on_end=lambda reason: None,
            limits=MediaLimits(),
            clock=asyncio.get_running_loop().time,
        )
        await self.sctp.start()
        async with asyncio.timeout(20):
            await opened.wait()
        return self.sctp

    async def until(self, condition: Callable[[], object], *, seconds: float = 30) -> None:
        """Wait, from datagram to datagram, until `condition` holds."""
        async with asyncio.timeout(seconds):
            while not condition():
                self.arrived.clear()
                await self.arrived.wait()


STREAM = SctpStreamParameters(0)
NUMBERS = itertools.count(1)


async def join(client: Any, direction: str, *, sctp: bool = False, router_id: str = "call") -> Peer:
    """Make a router and a transport in the media process; return the peer, to be entered."""
    await client.request("router.create", {"routerId": router_id})
    transport_id = f"peer-{next(NUMBERS)}"
    options = await client.request(
        "transport.create",
        {"routerId": router_id, "transportId": transport_id, "direction": direction, "sctp": sctp},
    )

    async def connect(parameters: dict[str, Any]) -> None:
        await client.request("transport.connect", {"transportId": transport_id, "dtlsParameters": parameters})

    return Peer(options, connect)


async def produce(client: Any, peer: Peer, ssrc: int) -> str:
    """Register a VP8 producer of the peer and return its id."""
    producer_id = f"producer-{next(NUMBERS)}"
    await client.request(
        "producer.create",
        {
            "transportId": peer.options["id"],
            "producerId": producer_id,
            "kind": "video",
            "rtpParameters": vp8_parameters(ssrc),
        },
    )
    return producer_id


async def consume(client: Any, peer: Peer, producer_id: str) -> dict[str, Any]:
    """Let the peer consume a producer with everything the router can do; return the consumer's options."""
    capabilities = (await client.request("router.create", {"routerId": "call"}))["rtpCapabilities"]
    consumer_id = f"consumer-{next(NUMBERS)}"
    options: dict[str, Any] = await client.request(
        "consumer.create",
        {
            "transportId": peer.options["id"],
            "consumerId": consumer_id,
            "producerId": producer_id,
            "rtpCapabilities": capabilities,
            "paused": False,
        },
    )
    return options
