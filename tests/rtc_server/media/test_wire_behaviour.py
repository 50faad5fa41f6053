"""What the media process does on the wire, seen by a peer made of our own parts."""

from rtc_server.wire.extensions import MID, TRANSPORT_CC
from rtc_server.wire.rtcp import (
    Nack,
    PictureLossIndication,
    ReceiverReport,
    SenderReport,
    SourceDescription,
    TransportWideFeedback,
)
from rtc_server.wire.rtp import build_packet
from rtc_server.wire.rtx import original_sequence_number, wrap
from tests.rtc_server.media.peer import Peer, consume, join, produce
from tests.rtc_server.media.stage import media_process

SSRC = 1000
KEY_FRAME = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00"
"""VP8: descriptor S=1, frame tag with P=0, start code, 320 × 240."""
DELTA_FRAME = b"\x10\x01\x00\x00"


def camera(number: int, payload: bytes = DELTA_FRAME, *, wide: int | None = None) -> bytes:
    extensions = {4: b"0"} | ({} if wide is None else {3: wide.to_bytes(2)})
    return build_packet(96, number, number * 3000, SSRC, payload, marker=1, extensions=extensions)


async def test_packets_are_rewritten_in_order_with_the_consumers_mid() -> None:
    async with (
        media_process() as client,
        await join(client, "send") as sender,
        await join(client, "recv") as receiver,
    ):
        options = await consume(client, receiver, await produce(client, sender, SSRC))
        parameters = options["rtpParameters"]
        sender.send_rtp(camera(65530, KEY_FRAME))
        for number in (*range(65531, 65536), *range(5)):
            sender.send_rtp(camera(number))
        await receiver.until(lambda: len(receiver.rtp) == 11)
        numbers = [view.sequence_number for view in receiver.rtp]
        assert numbers == list(range(numbers[0], numbers[0] + 11))
        first = receiver.rtp[0]
        assert first.ssrc == parameters["encodings"][0]["ssrc"]
        assert first.payload_type == parameters["codecs"][0]["payloadType"]
        ids = {entry["uri"]: entry["id"] for entry in parameters["headerExtensions"]}
        assert first.extension(ids[MID]) == parameters["mid"].encode()
        assert first.extensions().keys() == {ids[MID], ids[TRANSPORT_CC]}
        assert bytes(first.payload) == KEY_FRAME


async def test_delta_frames_wait_for_a_key_frame_that_we_ask_for() -> None:
    async with (
        media_process() as client,
        await join(client, "send") as sender,
        await join(client, "recv") as receiver,
    ):
        producer = await produce(client, sender, SSRC)
        sender.send_rtp(camera(1, KEY_FRAME))
        sender.send_rtp(camera(2))
        await consume(client, receiver, producer)
        sender.send_rtp(camera(3))
        await sender.until(lambda: any(isinstance(packet, PictureLossIndication) for packet in sender.rtcp))
        sender.send_rtp(camera(4, KEY_FRAME))
        await receiver.until(lambda: receiver.rtp)
        assert bytes(receiver.rtp[0].payload) == KEY_FRAME


async def test_lost_packet_is_nacked_again_until_rtx_brings_it() -> None:
    async with (
        media_process() as client,
        await join(client, "send") as sender,
        await join(client, "recv") as receiver,
    ):
        await consume(client, receiver, await produce(client, sender, SSRC))
        sender.send_rtp(camera(1, KEY_FRAME))
        sender.send_rtp(camera(3))

        def nacks() -> list[Nack]:
            return [packet for packet in sender.rtcp if isinstance(packet, Nack)]

        await sender.until(lambda: len(nacks()) >= 2)
        assert {packet.sequence_numbers for packet in nacks()} == {(2,)}
        rtx = build_packet(97, 77, 6000, SSRC + 1, wrap(2, DELTA_FRAME + b"2"), extensions={4: b"0"})
        sender.send_rtp(rtx)
        await receiver.until(lambda: len(receiver.rtp) == 3)
        numbers = [view.sequence_number for view in receiver.rtp]
        assert [number - numbers[0] for number in numbers] == [0, 2, 1]
        stats = await client.request("transport.stats", {"transportId": sender.options["id"]})
        assert stats["producers"][0]["repaired"] == 1


async def test_unrequested_rtx_is_dropped_with_its_reason() -> None:
    async with (
        media_process() as client,
        await join(client, "send") as sender,
        await join(client, "recv") as receiver,
    ):
        await consume(client, receiver, await produce(client, sender, SSRC))
        sender.send_rtp(camera(1, KEY_FRAME))
        sender.send_rtp(build_packet(97, 1, 6000, SSRC + 1, wrap(1, DELTA_FRAME)))
        sender.send_rtp(camera(2))
        await receiver.until(lambda: len(receiver.rtp) == 2)
        stats = await client.request("transport.stats", {"transportId": sender.options["id"]})
        assert stats["drops"] == {"rtx_unrequested": 1}


async def test_nack_of_the_receiver_is_answered_on_its_rtx_stream() -> None:
    async with (
        media_process() as client,
        await join(client, "send") as sender,
        await join(client, "recv") as receiver,
    ):
        options = await consume(client, receiver, await produce(client, sender, SSRC))
        encoding = options["rtpParameters"]["encodings"][0]
        sender.send_rtp(camera(1, KEY_FRAME))
        sender.send_rtp(camera(2, DELTA_FRAME + b"again"))
        await receiver.until(lambda: len(receiver.rtp) == 2)
        missed = receiver.rtp[1].sequence_number
        receiver.send_rtcp(Nack(1, encoding["ssrc"], (missed,)))
        await receiver.until(lambda: len(receiver.rtp) == 3)
        repeated = receiver.rtp[2]
        assert repeated.ssrc == encoding["rtx"]["ssrc"]
        assert original_sequence_number(repeated) == missed
        assert bytes(repeated.payload)[2:] == DELTA_FRAME + b"again"


async def test_reports_and_transport_wide_feedback() -> None:
    async with (
        media_process() as client,
        await join(client, "send") as sender,
        await join(client, "recv") as receiver,
    ):
        options = await consume(client, receiver, await produce(client, sender, SSRC))
        sender.send_rtp(camera(1, KEY_FRAME, wide=10))
        # Recorded although nobody knows this SSRC: a packet left out would look like loss.
        sender.send_rtp(build_packet(96, 5, 0, 4242, b"x", extensions={3: (11).to_bytes(2)}))
        sender.send_rtp(camera(2, wide=12))

        def of_kind(peer: Peer, kind: type) -> list[object]:
            return [packet for packet in peer.rtcp if isinstance(packet, kind)]

        await sender.until(lambda: of_kind(sender, ReceiverReport))
        await receiver.until(lambda: of_kind(receiver, SenderReport))
        feedback = [packet for packet in sender.rtcp if isinstance(packet, TransportWideFeedback)]
        assert [packet.base_sequence_number for packet in feedback] == [10]
        assert all(delta is not None for delta in feedback[0].deltas)
        assert len(feedback[0].deltas) == 3
        report = next(packet for packet in receiver.rtcp if isinstance(packet, SenderReport))
        assert report.ssrc == options["rtpParameters"]["encodings"][0]["ssrc"]
        assert report.packet_count == 2
        description = next(packet for packet in receiver.rtcp if isinstance(packet, SourceDescription))
        assert description.chunks[0].cname not in (None, "peer"), "a peer's own name goes to nobody"
