"""A flood of wrong datagrams at the media port: each is dropped, and who has a call there goes on."""

import asyncio
import random
import socket
from collections.abc import Iterator

import pytest

from rtc_server.wire.rtp import build_packet
from rtc_server.wire.stun import build_binding_request
from tests.rtc_server.media.peer import consume, join, produce
from tests.rtc_server.server.host import hosted
from tests.support.until import until_async

DATAGRAMS = 150_000
_AT_ONCE = 32
"""What the process reads in one turn of the loop: none is lost before it is looked at."""
KEY_FRAME = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00"


def hostile(seed: int) -> Iterator[bytes]:
    """Return datagrams for ever: STUN, DTLS, RTP and RTCP with bytes changed, cut or repeated, and noise."""
    chance = random.Random(seed)
    whole = [
        build_binding_request(bytes(12), "user:name", "password", priority=1, tie_breaker=2),
        b"\x16\xfe\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x30\x01" + bytes(47),
        build_packet(96, 1, 0, 1000, KEY_FRAME),
        b"\x80\xc8\x00\x06" + bytes(24),
        b"\x81\xcd\x00\x03" + bytes(12),
    ]
    while True:
        data = bytearray(chance.choice(whole))
        match chance.randrange(5):
            case 0:
                data = bytearray(chance.randbytes(chance.randrange(0, 1400)))
            case 1:
                del data[chance.randrange(len(data)) :]
            case 2:
                data += chance.randbytes(chance.randrange(1, 1200))
            case _:
                for _ in range(chance.randrange(1, 6)):
                    data[chance.randrange(len(data))] = chance.randrange(256)
        yield bytes(data)


@pytest.mark.timeout(120)
async def test_a_hundred_and_fifty_thousand_hostile_datagrams_harm_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with (
        hosted() as on,
        await join(on.client, "send") as sender,
        await join(on.client, "recv") as receiver,
    ):
        await consume(on.client, receiver, await produce(on.client, sender, 1000))
        candidate = sender.options["iceCandidates"][0]
        flood, datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), hostile(7)
        flood.setblocking(False)
        try:
            for _ in range(DATAGRAMS // _AT_ONCE):
                for _ in range(_AT_ONCE):
                    flood.sendto(next(datagrams), (candidate["address"], candidate["port"]))
                await asyncio.sleep(0)  # the process reads in this loop
        finally:
            flood.close()

        sequence = iter(range(1, 10_000))

        async def arrives() -> bool:
            sender.send_rtp(build_packet(96, next(sequence), 0, 1000, KEY_FRAME))
            await asyncio.sleep(0)
            return bool(receiver.rtp)

        await until_async(arrives, what="a packet after the flood", patience_s=20)
        assert not [record for record in caplog.records if record.levelname == "ERROR"]
        assert len(caplog.text) < 20_000
