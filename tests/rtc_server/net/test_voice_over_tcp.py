"""Over a stream, speech is not late behind pictures: they wait with us, where they can be given up."""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final, Self

from rtc_server.config import MediaLimits
from rtc_server.net.connection import Connection
from rtc_server.net.dtls import DtlsCertificate, SrtpKeys
from rtc_server.net.mux import DatagramMux
from rtc_server.net.tcp import TcpListener, TcpPath
from rtc_server.protocol.ice_lite import IceCredentials
from rtc_server.sfu.drops import Drop
from rtc_server.wire.rtcp import PictureLossIndication
from rtc_server.wire.rtp import RtpView, build_packet
from tests.rtc_server.sfu.rig import DELTA_FRAME, KEY_FRAME, Rig, rtcp_of
from tests.support.impairment import Impairment
from tests.support.tcp_relay import relaying
from tests.support.until import until_here

LINE_BPS: Final = 600_000
LINE: Final = Impairment(rate_bps=LINE_BPS, delay_ms=20, queue_ms=100)
SECONDS: Final = 5.0
TICK_S: Final = 0.01
CAMERA, DESKTOP, MICROPHONE = 1000, 2000, 3000
PACKET_BYTES: Final = 1000
STUN: Final = b"\x00\x01" + bytes(18)


class Plain:
    """An SRTP session that seals nothing."""

    def protect(self, packet: bytes) -> bytes:
        return packet

    protect_rtcp = unprotect = unprotect_rtcp = protect

    def remove_stream(self, ssrc: int) -> None: ...


@dataclass
class Source:
    """A camera or a desktop: pictures of so many packets, a larger one when one is asked for."""

    ssrc: int
    every_s: float
    packets: int
    key_packets: int
    number: int = 0
    due: float = 0.0
    wants_key_frame: bool = True

    def picture(self) -> list[bytes]:
        begin = KEY_FRAME if self.wants_key_frame else DELTA_FRAME
        count = self.key_packets if self.wants_key_frame else self.packets
        self.wants_key_frame = False
        made = []
        for part in range(count):
            payload = (begin if not part else b"\x00\x00") + bytes(PACKET_BYTES)
            made.append(build_packet(96, self.number & 0xFFFF, round(self.due * 90_000), self.ssrc, payload))
            self.number += 1
        return made


@dataclass
class Heard:
    """What arrived: when each packet of speech did, and the bytes of pictures."""

    speech: dict[int, float] = field(default_factory=dict)
    picture_bytes: int = 0


class Call:
    """A session at whose end somebody is reached over a stream only."""

    def __init__(self) -> None:
        self.clock: Callable[[], float] = asyncio.get_running_loop().time
        self.rig = Rig(now=self.clock())
        self.mux = DatagramMux(call_soon=asyncio.get_running_loop().call_soon)
        self.sender, self.receiver = self.rig.transport("send"), self.rig.transport("recv")
        self.sources = [Source(CAMERA, 1 / 30, 5, 30), Source(DESKTOP, 1 / 10, 25, 60)]
        for ssrc in (CAMERA, DESKTOP):
            self.rig.consume(self.receiver, self.rig.produce(self.sender, ssrc))
        self.rig.consume(self.receiver, self.rig.produce(self.sender, MICROPHONE, kind="audio"))
        self.speech_ssrc = list(self.receiver.consumers)[-1]
        self.connection = Connection(
            self.receiver,
            credentials=IceCredentials("fragment", "password"),
            certificate=DtlsCertificate(),
            limits=MediaLimits(),
            mux=self.mux,
            start_handshake=lambda _: None,
            end_later=lambda *_: None,
            on_state=lambda *_: None,
            on_data_end=lambda _: None,
            clock=self.clock,
        )
        self.connection._srtp.use(SrtpKeys(Plain(), Plain(), "none"))
        self.heard = Heard()
        self.spoken: dict[int, float] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            listener = TcpListener(
                on_stun=self._accept,
                on_batch=self.mux.drain,
                on_lost=lambda _: None,
                limits=MediaLimits(),
                clock=self.clock,
            )
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            await listener.start("127.0.0.1", port)
            stack.callback(listener.close)
            relay = await stack.enter_async_context(relaying(lambda: _reach(port)))
            relay.downlink = LINE
            reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
            stack.callback(writer.close)
            writer.write(len(STUN).to_bytes(2) + STUN)
            listening = asyncio.create_task(self._listen(reader))
            stack.callback(listening.cancel)
            await until_here(lambda: self.connection._path is not None)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()

    def _accept(self, path: TcpPath, data: bytes, now: float) -> None:
        path.bind(self.connection)
        self.connection._path = path

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            view = RtpView(await reader.readexactly(length))
            if view.ssrc == self.speech_ssrc:
                self.heard.speech[view.sequence_number] = self.clock()
            else:
                self.heard.picture_bytes += length

    async def talk(self, seconds: float) -> None:
        """Send speech, camera and desktop, in real time."""
        began = self.clock()
        speech_due = began
        for source in self.sources:
            source.due = began
        while (now := self.clock()) < began + seconds:
            for source in self.sources:
                while source.due <= now:
                    for packet in source.picture():
                        self.sender.receive_rtp(packet, now)
                    source.due += source.every_s
            while speech_due <= now:
                number = len(self.spoken) + 1
                self.spoken[number] = now
                packet = build_packet(111, number, number * 960, MICROPHONE, bytes(80))
                self.sender.receive_rtp(packet, now)
                speech_due += 0.02
            self._serve(now)
            await asyncio.sleep(TICK_S)

    def _serve(self, now: float) -> None:
        if self.connection.next_deadline() <= now:
            self.connection.handle_timeout(now)
        self.mux.drain()
        for packet in rtcp_of(self.sender):
            if isinstance(packet, PictureLossIndication):
                for source in self.sources:
                    source.wants_key_frame |= source.ssrc == packet.media_ssrc


async def _reach(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect as a line does: what it holds itself is little, and nothing is acknowledged before."""
    near = socket.socket()
    near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024)
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1460)
    near.setblocking(False)
    await asyncio.get_running_loop().sock_connect(near, ("127.0.0.1", port))
    return await asyncio.open_connection(sock=near, limit=2 * 1024)


async def test_speech_is_in_time_beside_desktop_and_camera_on_a_narrow_stream() -> None:
    """A line of 0.6 Mbit/s, of which nothing is known yet, is offered 3.3: sound comes, and pictures too."""
    async with Call() as call:
        await call.talk(SECONDS)
        await until_here(lambda: len(call.heard.speech) == len(call.spoken))
        late = [call.heard.speech[number] - at for number, at in call.spoken.items()]
        assert max(late) < 1.0
        assert call.heard.picture_bytes * 8 > 0.5 * LINE_BPS * SECONDS
        drops = call.receiver.drops
        assert drops[Drop.EGRESS_FULL] == 0
        assert drops[Drop.LINE_FULL] > 0, "pictures waited with us and were given up"
