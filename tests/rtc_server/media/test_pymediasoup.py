"""pymediasoup both ways: a client that is no browser, that is the DTLS server, and has no transport-cc."""

import asyncio
import fractions
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import av
from aiortc import AudioStreamTrack, VideoStreamTrack
from playwright.async_api import Browser
from pymediasoup import AiortcHandler, Device
from pymediasoup.rtp_parameters import RtpCapabilities

from rtc_server.server.client import MediaClient
from tests.rtc_server.media.stage import Stage, media_process


class MovingPicture(VideoStreamTrack):
    """Frames that differ, 15 a second."""

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame(320, 240, "rgb24")
        shade = bytes([pts // 3000 % 256])
        frame.planes[0].update(shade * frame.planes[0].buffer_size)
        frame.pts, frame.time_base = pts, fractions.Fraction(time_base)
        return frame


class Person:
    """One pymediasoup device with its two transports."""

    def __init__(self, client: MediaClient, name: str) -> None:
        self.client = client
        self.name = name
        self.numbers = itertools.count(1)
        self.device = Device(handlerFactory=AiortcHandler.createFactory(tracks=[]))
        self.transports: dict[str, Any] = {}

    async def enter(self, capabilities: dict[str, Any]) -> None:
        await self.device.load(RtpCapabilities(**capabilities))
        for direction in ("send", "recv"):
            transport_id = f"{self.name}-{direction}"
            options = await self.client.request(
                "transport.create",
                {"routerId": "call", "transportId": transport_id, "direction": direction, "sctp": True},
            )
            create = (
                self.device.createSendTransport if direction == "send" else self.device.createRecvTransport
            )
            self.transports[direction] = self._listen(create(**options), transport_id)

    def _listen(self, transport: Any, transport_id: str) -> Any:
        @transport.on("connect")
        async def on_connect(parameters: Any) -> None:
            await self.client.request(
                "transport.connect",
                {"transportId": transport_id, "dtlsParameters": parameters.model_dump(exclude_none=True)},
            )

        @transport.on("produce")
        async def on_produce(kind: str, parameters: Any, app_data: Any) -> str:
            result = await self.client.request(
                "producer.create",
                {
                    "transportId": transport_id,
                    "producerId": f"{self.name}-{kind}",
                    "kind": kind,
                    "rtpParameters": parameters.model_dump(exclude_none=True),
                    "appData": app_data,
                },
            )
            return str(result["id"])

        @transport.on("producedata")
        async def on_produce_data(sctpStreamParameters: Any, label: str, **_: Any) -> str:
            result = await self.client.request(
                "dataProducer.create",
                {
                    "transportId": transport_id,
                    "dataProducerId": f"{self.name}-data",
                    "sctpStreamParameters": sctpStreamParameters.model_dump(exclude_none=True),
                    "label": label or "",
                },
            )
            return str(result["id"])

        return transport

    async def consume(self, producer_id: str) -> Any:
        consumer_id = f"{self.name}-consumer-{next(self.numbers)}"
        options = await self.client.request(
            "consumer.create",
            {
                "transportId": f"{self.name}-recv",
                "consumerId": consumer_id,
                "producerId": producer_id,
                "rtpCapabilities": self.device.recvRtpCapabilities.model_dump(exclude_none=True),
                "paused": True,
            },
        )
        consumer = await self.transports["recv"].consume(
            id=options["id"],
            producerId=options["producerId"],
            kind=options["kind"],
            rtpParameters=options["rtpParameters"],
        )
        await self.client.request("consumer.resume", {"consumerId": consumer_id})
        return consumer

    async def consume_data(self, data_producer_id: str) -> Any:
        options = await self.client.request(
            "dataConsumer.create",
            {
                "transportId": f"{self.name}-recv",
                "dataConsumerId": f"{self.name}-data-consumer-{next(self.numbers)}",
                "dataProducerId": data_producer_id,
            },
        )
        return await self.transports["recv"].consumeData(**options)

    async def close(self) -> None:
        for transport in self.transports.values():
            await transport.close()


@asynccontextmanager
async def person(client: MediaClient, name: str, capabilities: dict[str, Any]) -> AsyncIterator[Person]:
    someone = Person(client, name)
    await someone.enter(capabilities)
    try:
        yield someone
    finally:
        await someone.close()


async def test_two_people_see_and_hear_and_message_each_other() -> None:
    async with media_process() as client:
        capabilities = (await client.request("router.create", {"routerId": "call"}))["rtpCapabilities"]
        async with person(client, "ann", capabilities) as ann, person(client, "ben", capabilities) as ben:
            await ann.transports["send"].produce(track=MovingPicture())
            await ann.transports["send"].produce(track=AudioStreamTrack())
            picture = await ben.consume("ann-video")
            sound = await ben.consume("ann-audio")
            async with asyncio.timeout(20):
                for _ in range(20):
                    frame = await picture.track.recv()
                    assert (frame.width, frame.height) == (320, 240)
                for _ in range(20):
                    await sound.track.recv()
            downlink = await told_by_remb(client, picture)
            assert 30_000 <= downlink["estimateBps"] <= 20_000_000
            await messages_both_ways(client, ann, ben)
            stats = await client.request("transport.stats", {"transportId": "ann-send"})
            assert stats["uplinkEstimateBps"] >= 100_000, "without transport-cc the client needs REMB"
            assert stats["lossIn"] == 0


async def told_by_remb(client: MediaClient, picture: Any) -> dict[str, Any]:
    """Look on until the receiver, which measures by the time of sending, has said what it can take."""
    async with asyncio.timeout(20):
        while True:
            await picture.track.recv()
            stats = await client.request("transport.stats", {"transportId": "ben-recv"})
            if stats["downlink"]["state"] == "measured":
                found: dict[str, Any] = stats["downlink"]
                return found


async def messages_both_ways(client: MediaClient, ann: Person, ben: Person) -> None:
    heard = [await _channel(client, ann, ben), await _channel(client, ben, ann)]
    for producer, got in heard:
        async with asyncio.timeout(10):
            while got.empty():
                # The consumer's own channel may still be opening: what is sent before is not kept.
                producer.send("hello")
                await asyncio.sleep(0.1)
        assert got.get_nowait() == "hello"


async def _channel(client: MediaClient, sender: Person, receiver: Person) -> tuple[Any, asyncio.Queue[str]]:
    """Open a channel between two people; return its sending end and what comes out."""
    producer = await sender.transports["send"].produceData(label="chat")
    consumer = await receiver.consume_data(f"{sender.name}-data")
    got: asyncio.Queue[str] = asyncio.Queue()
    consumer.on("message", got.put_nowait)
    return producer, got


async def test_browser_and_pymediasoup_see_each_other(stage: Stage, browser: Browser, origin: str) -> None:
    alice = await stage.enter(browser, origin, "alice")
    async with person(stage.client, "ben", stage.capabilities) as ben:
        await ben.transports["send"].produce(track=MovingPicture())
        shown = await alice.consume("ben-video")
        await alice.more_frames(shown)
        picture = await ben.consume(await alice.produce("video", codec="video/VP8"))
        async with asyncio.timeout(20):
            for _ in range(10):
                await picture.track.recv()
