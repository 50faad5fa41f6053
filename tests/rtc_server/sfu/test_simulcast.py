"""Several encodings of one producer: told apart by MID and RID, repaired apart, one of them forwarded."""

import json
from typing import Any

import pytest

from rtc_server.errors import MalformedError
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.drops import Drop
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.router import MakeTap
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.extensions import MID, REPAIRED_RTP_STREAM_ID, RTP_STREAM_ID
from rtc_server.wire.rtcp import Nack, PictureLossIndication, ReceiverReport
from rtc_server.wire.rtp import build_packet
from rtc_server.wire.rtx import wrap
from tests.rtc_server.server.host import RememberingTap
from tests.rtc_server.sfu.rig import DELTA_FRAME, KEY_FRAME, Rig, rtcp_of, rtp_of

IDS = {MID: 4, RTP_STREAM_ID: 10, REPAIRED_RTP_STREAM_ID: 11}
EXTENSIONS = [{"uri": uri, "id": number, "encrypt": False} for uri, number in IDS.items()]
LOW, HIGH = 7000, 8000
"""SSRCs that nobody declared."""


def layered(rig: Rig, transport: WebRtcTransport, **changes: Any) -> Producer:
    """Make a producer as Chromium's simulcast: RIDs, no SSRC, no repair streams named."""
    encodings = [{"rid": "low", "scalabilityMode": "L1T1"}, {"rid": "high", "scalabilityMode": "L1T1"}]
    layers: dict[str, Any] = {"encodings": encodings, **changes}
    return rig.produce(transport, headerExtensions=EXTENSIONS, **layers)


def frame(number: int, rid: str, ssrc: int, payload: bytes = KEY_FRAME, *, mid: str | None = "1000") -> bytes:
    named = {IDS[RTP_STREAM_ID]: rid.encode()} | ({} if mid is None else {IDS[MID]: mid.encode()})
    return build_packet(96, number, number * 3000, ssrc, payload, marker=1, extensions=named)


def repair(number: int, rid: str, ssrc: int) -> bytes:
    named = {IDS[REPAIRED_RTP_STREAM_ID]: rid.encode(), IDS[MID]: b"1000"}
    return build_packet(97, 1, number * 3000, ssrc, wrap(number, DELTA_FRAME), extensions=named)


def layered_pair() -> tuple[Rig, WebRtcTransport, WebRtcTransport, Producer, Consumer]:
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    producer = layered(rig, sender)
    return rig, sender, receiver, producer, rig.consume(receiver, producer)


def test_the_first_encoding_is_forwarded_and_the_others_are_counted() -> None:
    rig, sender, receiver, producer, _ = layered_pair()
    for number in range(1, 5):
        sender.receive_rtp(frame(number, "high", HIGH, KEY_FRAME + b"high"), rig.now)
        sender.receive_rtp(frame(number, "low", LOW, KEY_FRAME + b"low"), rig.now)
    got = rtp_of(receiver)
    assert [bytes(view.payload) for view in got] == [KEY_FRAME + b"low"] * 4
    assert [view.sequence_number - got[0].sequence_number for view in got] == [0, 1, 2, 3]
    assert [stream.ssrc for stream in producer.streams] == [LOW, HIGH]
    assert producer.stats(rig.now)["packets"] == 8
    assert receiver.drops.total == 0, "what is not chosen is no drop"


def test_an_ssrc_is_remembered_after_its_names_are_no_longer_sent() -> None:
    rig, sender, receiver, _, _ = layered_pair()
    sender.receive_rtp(frame(1, "low", LOW), rig.now)
    sender.receive_rtp(build_packet(96, 2, 6000, LOW, DELTA_FRAME), rig.now)
    assert len(rtp_of(receiver)) == 2


def test_a_packet_that_names_no_encoding_is_nobodys() -> None:
    rig, sender, receiver, producer, _ = layered_pair()
    sender.receive_rtp(build_packet(96, 1, 0, LOW, KEY_FRAME, extensions={IDS[MID]: b"1000"}), rig.now)
    sender.receive_rtp(frame(1, "middle", LOW), rig.now)
    assert (rtp_of(receiver), producer.streams) == ([], [])
    assert sender.drops[Drop.UNKNOWN_SSRC] == 2
    sender.receive_rtp(frame(2, "low", LOW), rig.now)
    assert len(rtp_of(receiver)) == 1, "a later packet may still say it"


@pytest.mark.parametrize("payload_type", [96, 97], ids=["media", "repair"])
def test_an_ssrc_that_nobody_declared_is_no_encoding_that_was_declared_by_ssrc(payload_type: int) -> None:
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    producer = layered(rig, sender, encodings=[{"ssrc": LOW}, {"ssrc": HIGH}])
    rig.consume(receiver, producer)
    sender.receive_rtp(frame(1, "low", LOW), rig.now)
    stranger = build_packet(payload_type, 9, 0, 4711, KEY_FRAME, extensions={IDS[MID]: b"1000"})
    sender.receive_rtp(stranger, rig.now)
    assert [stream.ssrc for stream in producer.streams] == [LOW]
    assert sender.drops.as_dict() == {Drop.UNKNOWN_SSRC.value: 1}


def test_each_encoding_is_repaired_by_its_own_repair_stream() -> None:
    rig, sender, receiver, producer, _ = layered_pair()
    sender.receive_rtp(repair(1, "low", LOW + 1), rig.now)
    assert sender.drops[Drop.RTX_UNREQUESTED] == 1, "a probe may come before its layer"
    for ssrc, rid in ((LOW, "low"), (HIGH, "high")):
        for number in (1, 3):
            sender.receive_rtp(frame(number, rid, ssrc), rig.now)
    rig.advance(0.05)
    nacks = [packet for packet in rtcp_of(sender) if isinstance(packet, Nack)]
    assert {(nack.media_ssrc, nack.sequence_numbers) for nack in nacks} == {(LOW, (2,)), (HIGH, (2,))}
    sender.receive_rtp(repair(2, "low", LOW + 1), rig.now)
    numbers = [view.sequence_number for view in rtp_of(receiver)]
    assert [number - numbers[0] for number in numbers] == [0, 2, 1]
    assert producer.stats(rig.now)["repaired"] == 1
    sender.receive_rtp(repair(2, "high", HIGH + 1), rig.now)
    assert producer.stats(rig.now)["repaired"] == 2
    assert rtp_of(receiver) == []


def test_key_frames_are_asked_of_the_layer_that_is_forwarded() -> None:
    rig, sender, receiver, producer, _ = layered_pair()
    for ssrc, rid in ((LOW, "low"), (HIGH, "high")):
        sender.receive_rtp(frame(1, rid, ssrc), rig.now)
    rtcp_of(sender)
    rig.consume(receiver, producer)
    plis = [packet for packet in rtcp_of(sender) if isinstance(packet, PictureLossIndication)]
    assert [pli.media_ssrc for pli in plis] == [LOW]


def test_no_key_frame_is_asked_of_a_layer_that_nobody_gets() -> None:
    rig, sender, _, producer, consumer = layered_pair()
    for ssrc, rid in ((LOW, "low"), (HIGH, "high")):
        sender.receive_rtp(frame(1, rid, ssrc, b"\x10\x00" + KEY_FRAME[1:]), rig.now)  # tells its height
    consumer.view(240, rig.now)
    rig.advance(1)
    rtcp_of(sender)
    for number in (2, 4):  # with a hole that nobody fills
        for ssrc, rid in ((LOW, "low"), (HIGH, "high")):
            sender.receive_rtp(frame(number, rid, ssrc, DELTA_FRAME), rig.now)
    rig.advance(3)
    rig.router.pause_producer(producer)
    rig.router.resume_producer(producer, rig.now)
    rig.advance(3)
    asked = [packet.media_ssrc for packet in rtcp_of(sender) if isinstance(packet, PictureLossIndication)]
    assert set(asked) == {LOW}


def test_a_layer_that_begins_afresh_goes_on_seamlessly_and_leaves_the_other_alone() -> None:
    rig, sender, receiver, producer, _ = layered_pair()
    sender.receive_rtp(frame(1, "low", LOW), rig.now)
    sender.receive_rtp(frame(1, "high", HIGH), rig.now)
    sender.receive_rtp(frame(30_000, "low", LOW + 100), rig.now)
    first, second = rtp_of(receiver)
    assert second.sequence_number - first.sequence_number == 1
    assert second.timestamp - first.timestamp == 3000
    assert [stream.ssrc for stream in producer.streams] == [LOW + 100, HIGH]
    assert producer.stats(rig.now)["packets"] == 3


def test_a_producer_without_mid_is_found_by_its_rids() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    producer = layered(rig, sender, mid=None)
    rig.consume(receiver, producer)
    sender.receive_rtp(frame(1, "low", LOW, mid=None), rig.now)
    assert len(rtp_of(receiver)) == 1
    with pytest.raises(MalformedError):
        layered(rig, sender, mid=None)


def test_every_stream_is_reported_and_no_report_has_more_blocks_than_it_can() -> None:
    rig = Rig()
    sender = rig.transport("send")
    for producer_number in range(16):
        mid = f"m{producer_number}"
        layered(rig, sender, mid=mid)
        for layer, rid in enumerate(("low", "high")):
            sender.receive_rtp(frame(1, rid, 100 * producer_number + layer + 1, mid=mid), rig.now)
    rig.advance(0.25)
    reports = [packet for packet in rtcp_of(sender) if isinstance(packet, ReceiverReport)]
    assert [len(report.report_blocks) for report in reports] == [31, 1]
    assert len({block.ssrc for report in reports for block in report.report_blocks}) == 32


def test_a_tap_hears_one_encoding() -> None:
    rig = Rig()
    tap = RememberingTap()
    make_tap: MakeTap = lambda producer_id, app_data: tap  # noqa: E731
    rig.router.open_tap(make_tap)
    sender = rig.transport("send")
    layered(rig, sender)
    for ssrc, rid in ((HIGH, "high"), (LOW, "low")):
        sender.receive_rtp(frame(1, rid, ssrc, KEY_FRAME + rid.encode()), rig.now)
    assert [stream.ssrc for stream in tap.streams] == [LOW]
    assert tap.packets == [(1, KEY_FRAME + b"low")]


def test_streams_of_one_peer_share_a_cname_although_simulcast_comes_without() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    producers = [
        layered(rig, sender, rtcp={"cname": "", "reducedSize": True}),
        rig.produce(sender, 5, kind="audio"),
    ]
    names = {rig.consume(receiver, producer).parameters.cname for producer in producers}
    assert names == {sender.id}
    other = rig.transport("send")
    named, unnamed = rig.produce(other, 6), layered(rig, other, mid="9", rtcp={})
    assert {named.consumable.cname, unnamed.consumable.cname} == {other.id}


def test_a_peers_own_names_go_to_nobody() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    said = {"cname": "张三 533324199001011234", "reducedSize": True}
    producer = rig.produce(sender, 5, rtcp=said, msid="张三的屏幕 track")
    told = json.dumps(rig.consume(receiver, producer).parameters.to_json(), ensure_ascii=False)
    assert "张三" not in told


def test_the_end_of_the_producer_gives_all_its_ssrcs_back() -> None:
    rig, sender, _, producer, _ = layered_pair()
    for ssrc, rid in ((LOW, "low"), (HIGH, "high")):
        sender.receive_rtp(frame(1, rid, ssrc), rig.now)
    sender.receive_rtp(repair(9, "high", HIGH + 1), rig.now)
    rig.router.close_producer(producer, "closed")
    assert sorted(sender.outbox.take().released) == [LOW, HIGH, HIGH + 1]
