"""Streams of ordinary sessions, sent by native peers in real time: microphones, cameras, desktops."""

import contextlib
import struct
import threading
import time
from dataclasses import dataclass, field

from tests.bench._peer import Peer
from tests.bench._rtp import PAYLOAD_TYPES, TRANSPORT_CC_ID, Kind, vp8_payload

TURN_SECONDS = 0.005
CONSENT_SECONDS = 4.0
REPORT_SECONDS = 1.0
EMPTY_REPORT = struct.pack("!BBHI", 0x80, 201, 1, 0x10AD)
KEY_FRAME_EVERY = 100


@dataclass(frozen=True, slots=True)
class Shape:
    """What a track sends.

    Attributes:
        frame_packets: packets a frame, of `packet_bytes` each (RTP header included).
    """

    kind: Kind
    frames_per_s: float
    frame_packets: int
    packet_bytes: int

    @property
    def clock_rate(self) -> int:
        """Ticks of the RTP timestamp in a second."""
        return 48_000 if self.kind == "audio" else 90_000


SHAPES = {
    "microphone": Shape("audio", 50, 1, 100),
    "camera": Shape("video", 15, 3, 1100),
    "desktop": Shape("video", 8, 6, 1100),
}
"""Opus at 32 kbit/s, a camera of 360p15 at 400 kbit/s, a desktop of 8 fps at 420 kbit/s."""


@dataclass(slots=True)
class Stream:
    """One track on its way."""

    peer: Peer
    shape: Shape
    ssrc: int
    frame: int = 0
    sequence: int = 0

    def send(self, elapsed: float, numbers: dict[Peer, int]) -> int:
        """Send the frames due after `elapsed` seconds; return how many packets."""
        sent = 0
        while self.frame < elapsed * self.shape.frames_per_s:
            for part in range(self.shape.frame_packets):
                number = numbers[self.peer] = numbers.get(self.peer, 0) + 1
                with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                    self.peer.socket.send(self.peer.tx.protect(self._packet(part, number)))
                    sent += 1
            self.frame += 1
        return sent

    def _packet(self, part: int, number: int) -> bytes:
        shape = self.shape
        last = part == shape.frame_packets - 1
        self.sequence = (self.sequence + 1) & 0xFFFF
        header = struct.pack(
            "!BBHIIHHBHB",
            0x90,
            PAYLOAD_TYPES[shape.kind] | (0x80 if last and shape.kind == "video" else 0),
            self.sequence,
            int(self.frame / shape.frames_per_s * shape.clock_rate) & 0xFFFFFFFF,
            self.ssrc,
            0xBEDE,
            1,
            TRANSPORT_CC_ID << 4 | 1,
            number & 0xFFFF,
            0,
        )
        first = b""
        if shape.kind == "video":
            first = vp8_payload(self.frame, first=part == 0, key=self.frame % KEY_FRAME_EVERY == 0)
        return (header + first).ljust(shape.packet_bytes, b"\x55")


@dataclass(slots=True)
class Talk:
    """Sends all streams and swallows what arrives, on a thread of its own between `start` and `stop`.

    Attributes:
        listeners: peers that receive; kept alive and read too.
    """

    streams: list[Stream]
    listeners: list[Peer]
    sent: int = 0
    received: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="talk")
        self._thread.start()

    def stop(self) -> None:
        """End, and wait until it has ended."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        peers = [*{id(s.peer): s.peer for s in self.streams}.values(), *self.listeners]
        numbers: dict[Peer, int] = {}
        began = time.monotonic()
        kept = reported = began
        while not self._stop.wait(TURN_SECONDS):
            now = time.monotonic()
            self.sent += sum(stream.send(now - began, numbers) for stream in self.streams)
            for peer in peers:
                self._read(peer)
            if now - kept > CONSENT_SECONDS:
                kept = now
                _send_all([(peer, peer.check()) for peer in peers])
            if now - reported > REPORT_SECONDS:
                reported = now
                _send_all([(peer, peer.tx.protect_rtcp(EMPTY_REPORT)) for peer in self.listeners])

    def _read(self, peer: Peer) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            while True:
                data = peer.socket.recv(2048)
                if 128 <= data[0] <= 191 and not 192 <= data[1] <= 223:
                    self.received += 1


def _send_all(datagrams: list[tuple[Peer, bytes]]) -> None:
    for peer, datagram in datagrams:
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            peer.socket.send(datagram)
