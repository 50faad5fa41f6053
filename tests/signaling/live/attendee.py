"""A person of a call with real media: the commands of a page, an aiortc peer, and tones and shades to know
each by.
"""

import asyncio
import fractions
import itertools
import math
from array import array
from collections.abc import Sequence
from typing import Any

import av
from aiortc import MediaStreamTrack, VideoStreamTrack
from pymediasoup import AiortcHandler, Device
from pymediasoup.rtp_parameters import RtpCapabilities

from tests.signaling.web.house import Json, Person

RATE = 48_000
SAMPLES = 960
PATIENCE_S = 20.0


class Tone(MediaStreamTrack):
    """A sine for as long as it is asked for, in real time."""

    kind = "audio"

    def __init__(self, hertz: int) -> None:
        super().__init__()
        self._hertz = hertz
        self._at = 0
        self._began = asyncio.get_running_loop().time()

    async def recv(self) -> av.AudioFrame:
        due = self._began + self._at / RATE
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        turn = 2 * math.pi * self._hertz / RATE
        values = (round(12_000 * math.sin(turn * (self._at + n))) for n in range(SAMPLES))
        frame = av.AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(b"".join(value.to_bytes(2, "little", signed=True) for value in values))
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._at, fractions.Fraction(1, RATE)
        self._at += SAMPLES
        return frame


class Shade(VideoStreamTrack):
    """A grey picture that flickers a little, so that frames differ."""

    def __init__(self, shade: int) -> None:
        super().__init__()
        self._shade = shade
        self._count = 0

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        self._count += 1
        frame = av.VideoFrame(160, 120, "rgb24")
        frame.planes[0].update(bytes([self._shade + self._count % 2]) * frame.planes[0].buffer_size)
        frame.pts, frame.time_base = pts, fractions.Fraction(time_base)
        return frame


def pitch(frames: Sequence[av.AudioFrame]) -> float:
    """Return the frequency of a tone by counting how often it crosses zero upwards."""
    heard = array("h")
    for frame in frames:
        channels = len(frame.layout.channels)
        values = array("h", bytes(frame.planes[0])[: 2 * frame.samples * channels])
        heard += values[::channels]
    crossings = sum(before < 0 <= after for before, after in itertools.pairwise(heard))
    return crossings * frames[0].sample_rate / len(heard)


def grey(frame: av.VideoFrame) -> int:
    """Return the brightness of the middle of a picture."""
    return bytes(frame.reformat(16, 16, "gray").planes[0])[8 * 16 + 8]


class Attendee:
    """Somebody in a call, from one join to the next."""

    def __init__(self, person: Person, call_id: str) -> None:
        self.person = person
        self.call_id = call_id
        self.snapshot: Json = {}
        self._device = Device(handlerFactory=AiortcHandler.createFactory(tracks=[]))
        self._transports: dict[str, tuple[str, Any]] = {}
        self._producing: dict[str, str] = {}

    async def join(self) -> Json:
        """Join and make both transports."""
        self.snapshot = await self.person.do("call.join", call_id=self.call_id)
        await self._device.load(RtpCapabilities(**self.snapshot["media"]["router_rtp_capabilities"]))
        for direction in ("send", "recv"):
            made = await self.person.do("media.create_transport", call_id=self.call_id, direction=direction)
            create = (
                self._device.createSendTransport if direction == "send" else self._device.createRecvTransport
            )
            transport = create(
                id=made["transport_id"],
                iceParameters=made["ice_parameters"],
                iceCandidates=made["ice_candidates"],
                dtlsParameters=made["dtls_parameters"],
                sctpParameters=made["sctp_parameters"],
            )
            self._listen(transport, made["transport_id"])
            self._transports[direction] = made["transport_id"], transport
        return self.snapshot

    def _listen(self, transport: Any, transport_id: str) -> None:
        @transport.on("connect")
        async def on_connect(parameters: Any) -> None:
            given = parameters.model_dump(exclude_none=True)
            await self.person.do(
                "media.connect_transport",
                call_id=self.call_id,
                transport_id=transport_id,
                dtls_parameters=given,
            )

        @transport.on("produce")
        async def on_produce(kind: str, parameters: Any, app_data: Any) -> str:
            made = await self.person.do(
                "media.produce",
                call_id=self.call_id,
                transport_id=transport_id,
                track="microphone" if kind == "audio" else "camera",
                rtp_parameters=parameters.model_dump(exclude_none=True),
            )
            return str(made["producer_id"])

    async def send(self, track: MediaStreamTrack) -> str:
        """Send a track; return its producer id."""
        producer = await self._transports["send"][1].produce(track=track)
        return str(producer.id)

    async def receive(self, producer_id: str) -> Any:
        """Receive somebody's track; return it."""
        transport_id, transport = self._transports["recv"]
        options = await self.person.do(
            "media.consume",
            call_id=self.call_id,
            transport_id=transport_id,
            producer_id=producer_id,
            rtp_capabilities=self._device.recvRtpCapabilities.model_dump(exclude_none=True),
        )
        consumer = await transport.consume(
            id=options["consumer_id"],
            producerId=options["producer_id"],
            kind=options["kind"],
            rtpParameters=options["rtp_parameters"],
        )
        await self.person.do(
            "media.resume_consumer", call_id=self.call_id, consumer_id=options["consumer_id"]
        )
        return consumer.track

    async def refused(self, producer_id: str) -> str:
        """Ask for somebody's track in vain; return the code of the refusal."""
        return await self.person.refused(
            "media.consume",
            call_id=self.call_id,
            transport_id=self._transports["recv"][0],
            producer_id=producer_id,
            rtp_capabilities=self._device.recvRtpCapabilities.model_dump(exclude_none=True),
        )

    async def close(self) -> None:
        """Stop the peer, as a page that is gone does."""
        for _, transport in self._transports.values():
            await transport.close()
        self._transports.clear()


async def frames(track: Any, count: int) -> list[Any]:
    """Return the next decoded frames of a track."""
    async with asyncio.timeout(PATIENCE_S):
        return [await track.recv() for _ in range(count)]
