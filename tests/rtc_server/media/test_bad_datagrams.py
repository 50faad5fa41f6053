"""Hostile datagrams, before and after authentication: counted, dropped, and nobody else notices."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtc_server.server.client import MediaClient
from rtc_server.wire.rtcp import Nack, ReceiverReport, serialize
from rtc_server.wire.rtp import build_packet
from tests.rtc_server.media.peer import Peer, consume, join, produce
from tests.rtc_server.media.stage import media_process
from tests.rtc_server.media.test_wire_behaviour import DELTA_FRAME, KEY_FRAME

SSRC = 1000


@dataclass
class Scene:
    """A stream that flows from one peer to another, and an attacker on a transport of its own."""

    client: MediaClient
    sender: Peer
    receiver: Peer
    attacker: Peer
    number: int = 1

    async def media_still_flows(self) -> None:
        """Send ten packets and see all of them arrive."""
        before = len(self.receiver.rtp)
        for _ in range(10):
            self.number += 1
            self.sender.send_rtp(camera(self.number))
        await self.receiver.until(lambda: len(self.receiver.rtp) >= before + 10)

    async def stats(self, peer: Peer) -> dict[str, Any]:
        return await self.client.request("transport.stats", {"transportId": peer.options["id"]})

    async def drops(self) -> dict[str, int]:
        return dict((await self.client.request("stats"))["drops"])

    async def settled(self, condition: Callable[[dict[str, int]], bool]) -> dict[str, int]:
        """Return the process's drops once they satisfy `condition`; media flows meanwhile."""
        for _ in range(200):
            await self.media_still_flows()
            drops = await self.drops()
            if condition(drops):
                return drops
        raise AssertionError(f"drops stayed {drops}")

    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self.client.hello['pid']}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024


def camera(number: int) -> bytes:
    return build_packet(96, number, number * 3000, SSRC, DELTA_FRAME, extensions={4: b"0"})


@asynccontextmanager
async def scene(*, sctp: bool = False) -> AsyncIterator[Scene]:
    async with (
        media_process() as client,
        await join(client, "send") as sender,
        await join(client, "recv") as receiver,
        await join(client, "send", sctp=sctp) as attacker,
    ):
        await consume(client, receiver, await produce(client, sender, SSRC))
        sender.send_rtp(build_packet(96, 1, 3000, SSRC, KEY_FRAME, extensions={4: b"0"}))
        await receiver.until(lambda: receiver.rtp)
        yield Scene(client, sender, receiver, attacker)


async def test_noise_of_every_kind_from_a_known_address() -> None:
    async with scene() as on:
        noise = random.Random(1)
        await on.media_still_flows()
        before = on.resident_bytes()
        for round_number in range(60):
            for first in (0, 1, 20, 22, 23, 63, 64, 128, 144, 191, 200, 255):
                size = noise.choice((0, 1, 11, 19, 40, 200, 1200, 1500, 1501, 9000))
                on.attacker.send_raw(bytes([first]) + noise.randbytes(size))
            if round_number % 10 == 0:
                await on.media_still_flows()
        drops = await on.settled(lambda drops: drops.get("bad_stun", 0) > 50)
        assert drops["unprotect"] > 50
        assert drops["oversized"] > 10
        assert drops["unknown_protocol"] > 50
        assert on.resident_bytes() - before < 8_000_000
        assert (await on.stats(on.sender))["lossIn"] == 0


async def test_stun_with_a_wrong_password_is_refused_and_changes_nothing() -> None:
    async with scene() as on:
        answers = len(on.attacker.stun)
        on.attacker.check(password="x" * 32)
        await on.attacker.until(lambda: len(on.attacker.stun) > answers)
        assert on.attacker.stun[-1][:2] == b"\x01\x11", "a Binding error response"
        await on.settled(lambda drops: drops.get("bad_stun", 0) == 1)


async def test_flood_of_fresh_ssrcs_is_dropped_and_keeps_nobody_out() -> None:
    async with scene() as on:
        before = on.resident_bytes()
        for ssrc in range(50_000, 50_500):
            on.attacker.send_rtp(build_packet(96, 1, 0, ssrc, b"flood"))
        await on.settled(lambda drops: drops.get("ssrc_limit", 0) + drops.get("unknown_ssrc", 0) >= 500)
        assert on.resident_bytes() - before < 8_000_000
        await produce(on.client, on.attacker, 7000)
        sent = build_packet(96, 1, 0, 7000, KEY_FRAME, extensions={4: b"0"})
        on.attacker.send_rtp(sent)
        await on.settled(lambda drops: True)
        assert (await on.stats(on.attacker))["drops"].get("ssrc_limit", 0) == 0


async def test_one_producer_cannot_restart_its_stream_for_ever() -> None:
    async with scene() as on:
        await produce(on.client, on.attacker, 7000)
        for index in range(40):
            ssrc = 60_000 + index % 20
            on.attacker.send_rtp(build_packet(96, index, 0, ssrc, KEY_FRAME, extensions={4: b"0"}))
        await on.settled(lambda drops: drops.get("unknown_ssrc", 0) >= 20)


async def test_authenticated_but_malformed_rtp_and_rtcp() -> None:
    async with scene() as on:
        noise = random.Random(2)
        good = serialize([ReceiverReport(1)])
        broken_padding = bytearray(build_packet(96, 1, 0, 42, bytes(20)))
        broken_padding[0] |= 0x20
        broken_padding[-1] = 255
        for index in range(300):
            on.attacker.send_rtcp_bytes(good[:8] + noise.randbytes(4 * noise.randrange(1, 40)))
            kind = 200 + index % 8
            words = noise.randrange(0, 30)
            body = noise.randbytes(4 * max(1, words))
            head = bytes([0x80 | index % 32, kind]) + max(1, words).to_bytes(2)
            on.attacker.send_rtcp_bytes(head + body)
            broken_padding[2:4] = index.to_bytes(2)
            on.attacker.send_rtp(bytes(broken_padding))
            if index % 50 == 0:
                await on.media_still_flows()
        await on.settled(lambda drops: drops.get("malformed_rtp", 0) > 250)
        assert (await on.drops())["malformed_rtcp"] > 100


async def test_nack_flood_costs_no_more_than_its_bound() -> None:
    async with scene() as on:
        ssrc = on.receiver.rtp[0].ssrc
        newest = on.receiver.rtp[-1].sequence_number
        for _ in range(200):
            on.receiver.send_rtcp(Nack(1, ssrc, tuple((newest - back) & 0xFFFF for back in range(100))))
        await on.media_still_flows()
        stats = await on.stats(on.receiver)
        assert stats["consumers"][0]["resent"] <= 10 * 110
        assert stats["drops"]["rtx_rate"] + stats["drops"]["not_in_cache"] > 10_000


async def test_malformed_sctp_and_dtls_records_from_a_connected_peer() -> None:
    async with scene(sctp=True) as on:
        await on.attacker.open_sctp()
        noise = random.Random(3)
        for _ in range(100):
            await on.attacker.dtls.send_record(noise.randbytes(noise.randrange(1, 1100)))
            on.attacker.send_raw(bytes([noise.choice((20, 21, 22, 23))]) + noise.randbytes(60))
        await on.media_still_flows()
        assert (await on.stats(on.attacker))["state"] == "connected"
