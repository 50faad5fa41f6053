"""Taps hear what their producer got, and the tap host is told of routers, batches and ends."""

import pytest

from rtc_server.errors import StateError
from rtc_server.owner_events import RecordingEvent, RecordingStalled
from rtc_server.tap_commands import TAP_COMMANDS, OpenTap, PauseTap, ResumeTap
from rtc_server.wire.rtcp import PictureLossIndication, ReceiverReport, SenderReport
from rtc_server.wire.rtp import build_packet
from rtc_server.wire.rtx import wrap
from tests.rtc_server.media.peer import consume, join, produce, vp8_parameters
from tests.rtc_server.server.host import RECORDED, hosted
from tests.support.until import until_here

SSRC = 1000
KEY_FRAME = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00"
DELTA_FRAME = b"\x10\x01\x00\x00"


async def test_tap_hears_media_repairs_and_reports_of_an_open_router() -> None:
    async with hosted() as on:
        await on.client.request("router.create", {"routerId": "call", "tap": RECORDED})
        assert on.taps.routers == {"call": OpenTap("/x", "c")}
        async with await join(on.client, "send") as peer:
            await on.client.request(
                "producer.create",
                {
                    "transportId": peer.options["id"],
                    "producerId": "camera",
                    "kind": "video",
                    "rtpParameters": vp8_parameters(SSRC),
                    "appData": {"participant": "clerk", "track": "camera"},
                },
            )
            tap = on.taps.taps["camera"]
            peer.send_rtp(build_packet(96, 1, 0, SSRC, KEY_FRAME))
            peer.send_rtp(build_packet(96, 3, 6000, SSRC, DELTA_FRAME))
            await peer.until(lambda: peer.rtcp)
            peer.send_rtp(build_packet(97, 1, 3000, SSRC + 1, wrap(2, DELTA_FRAME)))
            peer.send_rtcp(SenderReport(SSRC, 1 << 40, 6000, 3, 300))
            await until_here(lambda: tap.reports)
            assert [number for number, _ in tap.packets] == [1, 3, 2]
            assert tap.packets[0][1] == KEY_FRAME
            assert tap.reports == [(1 << 40, 6000)]
            description = tap.streams[0]
            assert (description.producer_id, description.mime_type) == ("camera", "video/VP8")
            assert (description.ssrc, description.payload_type) == (SSRC, 96)
            assert on.taps.flushes > 0
        await on.client.request("router.close", {"routerId": "call"})
        assert tap.ended is not None
        assert on.taps.closed == [("call", "closed")]


async def test_existing_producers_are_tapped_when_a_tap_is_opened_and_asked_for_a_key_frame() -> None:
    async with hosted() as on, await join(on.client, "send") as peer:
        await on.client.request(
            "producer.create",
            {
                "transportId": peer.options["id"],
                "producerId": "camera",
                "kind": "video",
                "rtpParameters": vp8_parameters(SSRC),
            },
        )
        peer.send_rtp(build_packet(96, 1, 0, SSRC, KEY_FRAME))
        await on.client.request("tap.open", {"routerId": "call", "tap": RECORDED})
        peer.send_rtp(build_packet(96, 2, 0, SSRC, DELTA_FRAME))
        await peer.until(lambda: any(isinstance(packet, PictureLossIndication) for packet in peer.rtcp))
        assert on.taps.taps["camera"].streams


async def test_paused_producer_is_not_recorded() -> None:
    async with hosted() as on:
        await on.client.request("router.create", {"routerId": "call", "tap": RECORDED})
        async with await join(on.client, "send") as peer:
            await on.client.request(
                "producer.create",
                {
                    "transportId": peer.options["id"],
                    "producerId": "camera",
                    "kind": "video",
                    "rtpParameters": vp8_parameters(SSRC),
                    "paused": True,
                },
            )
            for number in range(20):
                peer.send_rtp(build_packet(96, number, 0, SSRC, KEY_FRAME))
            await on.until_stats(peer, lambda stats: stats["drops"].get("producer_paused") == 20)
            assert on.taps.taps["camera"].packets == []
            assert on.taps.taps["camera"].paused is True


async def test_a_broken_tap_or_host_does_not_break_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> list[RecordingEvent]:
        raise OSError("no space left on device")

    async with (
        hosted() as on,
        await join(on.client, "send") as sender,
        await join(on.client, "recv") as receiver,
    ):
        await on.client.request("tap.open", {"routerId": "call", "tap": RECORDED})
        await consume(on.client, receiver, await produce(on.client, sender, SSRC))
        (tap,) = on.taps.taps.values()
        monkeypatch.setattr(tap, "on_rtp", fail)
        monkeypatch.setattr(on.taps, "flush", fail)
        monkeypatch.setattr(on.taps, "handle_timeout", fail)
        for number in range(1, 6):
            sender.send_rtp(build_packet(96, number, 0, SSRC, KEY_FRAME))
        await receiver.until(lambda: len(receiver.rtp) == 5)
        assert (await on.client.request("stats"))["producers"] == 1
        await sender.until(lambda: any(isinstance(packet, ReceiverReport) for packet in sender.rtcp))


async def test_commands_and_events_pass_through() -> None:
    async with hosted() as on:
        await on.client.request("router.create", {"routerId": "call", "tap": RECORDED})
        for command in (PauseTap("身份证", ("clerk/camera",)), ResumeTap()):
            asked = {"routerId": "call", "command": TAP_COMMANDS.write(command)}
            assert await on.client.request("tap.control", asked) == {}
            assert on.taps.commands[-1] == ("call", command)
        assert await on.client.request("tap.stats", {"routerId": "call"}) == {"router": "call"}
        stalled = RecordingStalled("call", "clerk", "camera", 3.0)
        on.taps.events.append(stalled)
        assert await on.until_event(RecordingStalled) == stalled


async def test_process_without_tap_host_refuses_to_record() -> None:
    async with hosted(with_taps=False) as on:
        with pytest.raises(StateError):
            await on.client.request("router.create", {"routerId": "call", "tap": RECORDED})
        assert (await on.client.request("stats"))["routers"] == 0
