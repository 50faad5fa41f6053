"""What consumers get of a producer: order, gaps, pauses, restarts, repairs."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.sfu.drops import Drop
from rtc_server.sfu.producer import MAX_RESTARTS
from rtc_server.wire.extensions import MID, TRANSPORT_CC, VIDEO_ORIENTATION
from rtc_server.wire.rtcp import (
    Nack,
    PictureLossIndication,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    TransportWideFeedback,
    serialize,
)
from rtc_server.wire.rtp import RtpView, build_packet
from rtc_server.wire.rtx import original_sequence_number, wrap
from tests.rtc_server.sfu.rig import (
    DELTA_FRAME,
    KEY_FRAME,
    MID_ID,
    WIDE_ID,
    Rig,
    audio,
    rtcp_of,
    rtp_of,
    video,
)


def test_forwards_from_the_first_key_frame_on() -> None:
    rig = Rig()
    sender, receiver, _, consumer = rig.pair()
    sender.receive_rtp(video(1), rig.now)
    sender.receive_rtp(video(2, KEY_FRAME), rig.now)
    sender.receive_rtp(video(3), rig.now)
    got = rtp_of(receiver)
    assert [bytes(view.payload) for view in got] == [KEY_FRAME, DELTA_FRAME]
    assert {view.ssrc for view in got} == {consumer.stream.route.ssrc}
    assert receiver.drops[Drop.WAITING_FOR_KEY_FRAME] == 1


def test_holes_of_the_source_stay_holes() -> None:
    rig = Rig()
    sender, receiver, _, _ = rig.pair()
    for number in (10, 11, 14):
        sender.receive_rtp(video(number, KEY_FRAME), rig.now)
    first, *rest = (view.sequence_number for view in rtp_of(receiver))
    assert [number - first for number in rest] == [1, 4]


def test_padding_is_left_out_without_a_hole() -> None:
    rig = Rig()
    sender, receiver, _, _ = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME), rig.now)
    sender.receive_rtp(build_packet(96, 2, 0, 1000, b"", padding_bytes=200), rig.now)
    sender.receive_rtp(video(3), rig.now)
    numbers = [view.sequence_number for view in rtp_of(receiver)]
    assert numbers[1] - numbers[0] == 1
    assert receiver.drops[Drop.PADDING] == 1


def test_duplicates_are_forwarded_once() -> None:
    rig = Rig()
    sender, receiver, _, _ = rig.pair()
    for number in (1, 2, 2, 1):
        sender.receive_rtp(video(number, KEY_FRAME), rig.now)
    assert len(rtp_of(receiver)) == 2
    assert sender.drops[Drop.DUPLICATE] == 2


def test_a_consumers_pause_closes_up_and_needs_a_key_frame() -> None:
    rig = Rig()
    sender, receiver, _, consumer = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME), rig.now)
    consumer.pause()
    for number in range(2, 50):
        sender.receive_rtp(video(number), rig.now)
    rtcp_of(sender)
    rig.now += 5
    consumer.resume(rig.now)
    assert any(isinstance(packet, PictureLossIndication) for packet in rtcp_of(sender))
    sender.receive_rtp(video(50), rig.now)
    sender.receive_rtp(video(51, KEY_FRAME), rig.now)
    numbers = [view.sequence_number for view in rtp_of(receiver)]
    assert numbers[1] - numbers[0] == 1


def test_a_producers_pause_is_silence_for_all() -> None:
    rig = Rig()
    sender, receiver, producer, _ = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME), rig.now)
    rig.router.pause_producer(producer)
    sender.receive_rtp(video(2), rig.now)
    assert len(rtp_of(receiver)) == 1
    assert producer.stats(rig.now)["packets"] == 2
    rig.router.resume_producer(producer, rig.now)
    sender.receive_rtp(video(3, KEY_FRAME), rig.now)
    assert len(rtp_of(receiver)) == 1


def test_a_new_ssrc_under_the_same_mid_goes_on_seamlessly() -> None:
    rig = Rig()
    sender, receiver, _, _ = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME, mid="1000"), rig.now)
    sender.receive_rtp(video(40_000, KEY_FRAME, ssrc=77, mid="1000"), rig.now)
    first, second = rtp_of(receiver)
    assert second.sequence_number - first.sequence_number == 1
    assert second.timestamp - first.timestamp == 3000
    assert second.ssrc == first.ssrc
    sender.receive_rtp(video(2, KEY_FRAME, mid="1000"), rig.now)
    assert sender.drops[Drop.UNKNOWN_SSRC] == 1, "a stream that was left stays left"


def test_restarts_give_their_ssrcs_back_and_bind_none_of_them_again() -> None:
    rig = Rig()
    sender, receiver, _, _ = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME, mid="1000"), rig.now)
    for turn in range(1, MAX_RESTARTS + 5):
        ssrc = 7000 + 2 * turn
        sender.receive_rtp(video(turn, KEY_FRAME, ssrc=ssrc, mid="1000"), rig.now)
        rtx = {MID_ID: b"1000"}
        sender.receive_rtp(build_packet(97, 1, 0, ssrc + 1, wrap(1, DELTA_FRAME), extensions=rtx), rig.now)
    last = 7000 + 2 * (MAX_RESTARTS - 1)
    refused = set(range(last + 2, last + 2 * 5 + 1, 2))
    left = {1000, 1001, *range(7002, last)} | refused
    released = sender.outbox.take().released
    assert set(released) == left
    assert len(released) == len(left), "each once"
    rtp_of(receiver)
    for ssrc in sorted(left):
        sender.receive_rtp(video(50, KEY_FRAME, ssrc=ssrc, mid="1000"), rig.now)
        sender.receive_rtcp(serialize([SenderReport(ssrc, 0, 0, 0, 0, ())]), rig.now)
    assert rtp_of(receiver) == []
    assert sorted(sender.outbox.take().released) == sorted([*left, *left]), "stragglers hold no place"
    sender.receive_rtp(video(51, KEY_FRAME, ssrc=last), rig.now)
    assert len(rtp_of(receiver)) == 1


def test_what_an_ended_producer_left_is_not_its_successors_under_the_same_mid() -> None:
    rig = Rig()
    sender, receiver, producer, _ = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME, mid="1000"), rig.now)
    rig.router.close_producer(producer, "closed")
    successor = rig.produce(sender, 2000, mid="1000")
    rig.consume(receiver, successor)
    rtp_of(receiver)
    sender.receive_rtp(video(2, KEY_FRAME, mid="1000"), rig.now)
    assert successor.streams == []
    sender.receive_rtp(video(1, KEY_FRAME, ssrc=2000, mid="1000"), rig.now)
    assert len(rtp_of(receiver)) == 1


@pytest.mark.parametrize("rtx_ssrc", [1001, 4711], ids=["declared", "found by MID"])
def test_a_repair_of_the_stream_before_is_not_taken_for_one_of_the_new_one(rtx_ssrc: int) -> None:
    rig = Rig()
    sender, receiver, _, _ = rig.pair()

    def repair(number: int, ssrc: int) -> bytes:
        named = {MID_ID: b"1000"}
        return build_packet(97, number, 0, ssrc, wrap(number, DELTA_FRAME), extensions=named)

    for number in (10, 12):
        sender.receive_rtp(video(number, KEY_FRAME), rig.now)
    rig.advance(0.05)
    sender.receive_rtp(repair(11, rtx_ssrc), rig.now)
    for number in (1, 3):
        sender.receive_rtp(video(number, KEY_FRAME, ssrc=77, mid="1000"), rig.now)
    rig.advance(0.05)
    rtp_of(receiver)
    sender.receive_rtp(repair(2, rtx_ssrc), rig.now)
    assert rtp_of(receiver) == []
    sender.receive_rtp(repair(2, 78), rig.now)
    assert len(rtp_of(receiver)) == 1, "the new one has a repair stream of its own"


def test_a_probe_ahead_of_a_restart_belongs_to_the_new_stream() -> None:
    rig = Rig()
    sender, receiver, _, _ = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME), rig.now)
    named = {MID_ID: b"1000"}
    sender.receive_rtp(build_packet(97, 1, 0, 78, b"", padding_bytes=200, extensions=named), rig.now)
    for number in (1, 3):
        sender.receive_rtp(video(number, KEY_FRAME, ssrc=77, mid="1000"), rig.now)
    rig.advance(0.05)
    rtp_of(receiver)
    sender.receive_rtp(build_packet(97, 2, 0, 78, wrap(2, DELTA_FRAME)), rig.now)
    assert len(rtp_of(receiver)) == 1


def test_streams_without_declared_ssrc_are_found_by_mid() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    producer = rig.produce(sender, encodings=[{}])
    rig.consume(receiver, producer)
    sender.receive_rtp(video(1, KEY_FRAME, ssrc=4711, mid="1000"), rig.now)
    sender.receive_rtp(video(2, ssrc=4711), rig.now)
    assert len(rtp_of(receiver)) == 2


def test_rotation_of_a_camera_reaches_the_consumer() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    rotated = [{"uri": VIDEO_ORIENTATION, "id": 9, "encrypt": False}]
    consumer = rig.consume(receiver, rig.produce(sender, headerExtensions=rotated))
    packet = build_packet(96, 1, 0, 1000, KEY_FRAME, marker=1, extensions={9: b"\x01"})
    sender.receive_rtp(packet, rig.now)
    sender.receive_rtp(video(2), rig.now)
    first, second = rtp_of(receiver)
    ours = consumer.parameters.extension_id(VIDEO_ORIENTATION)
    mid_id, wide_id = (consumer.parameters.extension_id(uri) for uri in (MID, TRANSPORT_CC))
    assert first.extensions() == {mid_id: b"0", wide_id: b"\0\0", ours: b"\x01"}
    assert second.extensions() == {mid_id: b"0", wide_id: b"\0\1"}


@pytest.mark.parametrize("value", [b"\x01", b"\x01\x02\x03"])
def test_a_transport_wide_number_of_another_size_costs_its_packet_nothing(value: bytes) -> None:
    rig = Rig()
    sender, receiver, _, _ = rig.pair()
    packet = build_packet(96, 1, 0, 1000, KEY_FRAME, marker=1, extensions={WIDE_ID: value})
    sender.receive_rtp(packet, rig.now)
    assert len(rtp_of(receiver)) == 1
    rig.advance(1.0)
    assert not any(isinstance(packet, TransportWideFeedback) for packet in rtcp_of(sender))


def test_unknown_payload_type_is_dropped() -> None:
    rig = Rig()
    sender, receiver, _, _ = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME, payload_type=50), rig.now)
    assert rtp_of(receiver) == []
    assert sender.drops[Drop.UNKNOWN_PAYLOAD_TYPE] == 1


def test_full_outbox_drops_instead_of_growing() -> None:
    rig = Rig()
    sender, receiver, _, _ = rig.pair()
    for number in range(1, 1001):
        sender.receive_rtp(video(number, KEY_FRAME), rig.now)
    assert len(rtp_of(receiver)) == rig.limits.max_outbox_packets
    assert receiver.drops[Drop.OUTBOX_FULL] == 1000 - rig.limits.max_outbox_packets


def test_nack_is_answered_once_a_round_trip() -> None:
    rig = Rig()
    sender, receiver, _, consumer = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME), rig.now)
    sender.receive_rtp(video(2), rig.now)
    missed = rtp_of(receiver)[1].sequence_number
    for _ in range(3):
        receiver._receive_rtcp_packet(Nack(1, consumer.stream.route.ssrc, (missed,)), rig.now)
    (repeated,) = rtp_of(receiver)
    assert repeated.ssrc == consumer.stream.route.rtx_ssrc
    assert original_sequence_number(repeated) == missed
    assert receiver.drops[Drop.RTX_RATE] == 2
    rig.now += 2.5
    receiver._receive_rtcp_packet(Nack(1, consumer.stream.route.ssrc, (missed,)), rig.now)
    assert rtp_of(receiver) == []
    assert receiver.drops[Drop.NOT_IN_CACHE] == 1


def test_repaired_packet_takes_its_own_place() -> None:
    rig = Rig()
    sender, receiver, _, _ = rig.pair()
    for number in (1, 2, 4):
        sender.receive_rtp(video(number, KEY_FRAME), rig.now)
    rig.advance(0.05)
    nacks = [packet for packet in rtcp_of(sender) if isinstance(packet, Nack)]
    assert nacks
    assert nacks[0].sequence_numbers == (3,)
    rtx = build_packet(97, 1, 9000, 1001, wrap(3, DELTA_FRAME))
    sender.receive_rtp(rtx, rig.now)
    sender.receive_rtp(rtx, rig.now)
    numbers = [view.sequence_number for view in rtp_of(receiver)]
    assert [number - numbers[0] for number in numbers] == [0, 1, 3, 2]
    assert sender.drops[Drop.RTX_UNREQUESTED] == 1


def test_lost_speech_is_asked_for_and_repeated_as_it_was() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    consumer = rig.consume(receiver, rig.produce(sender, 2000, kind="audio"))
    for number in (1, 2, 4):
        sender.receive_rtp(audio(number, ssrc=2000, level=20), rig.now)
    rig.advance(0.05)
    assert [packet.sequence_numbers for packet in rtcp_of(sender) if isinstance(packet, Nack)] == [(3,)]
    sender.receive_rtp(audio(3, ssrc=2000, level=20), rig.now)
    third = rtp_of(receiver)[-1].data
    missed = RtpView(third).sequence_number
    receiver._receive_rtcp_packet(Nack(1, consumer.stream.route.ssrc, (missed,)), rig.now)
    assert [packet.data for packet in rtp_of(receiver)] == [third]


def test_hole_that_nobody_can_fill_asks_for_a_key_frame() -> None:
    rig = Rig()
    sender, _, _, _ = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME), rig.now)
    sender.receive_rtp(video(3), rig.now)
    rtcp_of(sender)
    rig.advance(1.5)
    sent = rtcp_of(sender)
    assert 2 <= sum(isinstance(packet, Nack) for packet in sent) <= 10
    assert any(isinstance(packet, PictureLossIndication) for packet in sent)


def test_key_frame_requests_of_many_are_one_and_repeated_until_it_comes() -> None:
    rig = Rig()
    sender, receiver, producer, _ = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME), rig.now)
    rtcp_of(sender)
    for _ in range(5):
        rig.consume(receiver, producer)
    plis = [packet for packet in rtcp_of(sender) if isinstance(packet, PictureLossIndication)]
    assert len(plis) == 1
    rig.advance(3.5)
    plis = [packet for packet in rtcp_of(sender) if isinstance(packet, PictureLossIndication)]
    assert len(plis) == 2
    sender.receive_rtp(video(2, KEY_FRAME), rig.now)
    rig.advance(3)
    assert not any(isinstance(packet, PictureLossIndication) for packet in rtcp_of(sender))


def test_a_key_frame_on_its_way_through_a_thin_line_is_not_asked_for_again() -> None:
    """It took two seconds: the next two are for other frames, though its receiver asks for another."""
    rig = Rig()
    sender, _, producer, _ = rig.pair()
    rig.advance(2)
    rtcp_of(sender)
    for number in range(20):
        payload = KEY_FRAME if number == 0 else bytes(4)
        packet = build_packet(96, number, 3000, 1000, payload, marker=number == 19)
        sender.receive_rtp(packet, rig.now)
        producer.request_key_frame(0, rig.now)
        rig.advance(0.1)
    rig.advance(1.7)
    assert not any(isinstance(packet, PictureLossIndication) for packet in rtcp_of(sender))
    rig.advance(0.3)
    assert any(isinstance(packet, PictureLossIndication) for packet in rtcp_of(sender))


def test_round_trip_comes_from_the_peers_report() -> None:
    rig = Rig()
    sender, receiver, _, consumer = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME), rig.now)
    rig.advance(0.3)
    sent = [packet for packet in rtcp_of(receiver) if hasattr(packet, "ntp")]
    last_sr = sent[0].ntp >> 16 & 0xFFFFFFFF
    sent_at = rig.now
    rig.now += 0.08
    block = ReportBlock(consumer.stream.route.ssrc, 51, 9, 0, 0, last_sr, round(0.03 * 65536))
    receiver._receive_rtcp_packet(ReceiverReport(9, (block,)), rig.now)
    assert consumer.round_trip == pytest.approx(rig.now - sent_at - 0.03, abs=0.11)
    assert consumer.fraction_lost == pytest.approx(0.2, abs=0.01)


@given(st.integers(0, 2**32), st.lists(st.integers(0, 5), min_size=10, max_size=60))
def test_whatever_the_script_numbers_never_repeat_and_order_is_the_sources(
    seed: int, script: list[int]
) -> None:
    rig = Rig()
    sender, receiver, producer, consumer = rig.pair()
    dice = random.Random(seed)
    number, seen = dice.randrange(65536), set()
    for act in script:
        match act:
            case 0:
                consumer.pause()
            case 1:
                consumer.resume(rig.now)
            case 2:
                rig.router.pause_producer(producer)
            case 3:
                rig.router.resume_producer(producer, rig.now)
            case 4:
                number += dice.randrange(1, 5)
            case _:
                rig.advance(dice.random() / 10)
        number += 1
        payload = KEY_FRAME if dice.random() < 0.5 else DELTA_FRAME
        sender.receive_rtp(video(number, payload), rig.now)
        for view in rtp_of(receiver):
            assert view.sequence_number not in seen
            seen.add(view.sequence_number)


@given(st.binary(max_size=100))
def test_any_bytes_into_the_transport(data: bytes) -> None:
    rig = Rig()
    sender, receiver, _, _ = rig.pair()
    sender.receive_rtp(data, rig.now)
    sender.receive_rtcp(data, rig.now)
    receiver.receive_rtcp(data, rig.now)
    sender.receive_message(0, 51, data)
    rig.advance(0.1)


def test_nothing_is_sent_of_a_picture_that_is_not_shown() -> None:
    rig = Rig()
    sender, receiver, _, consumer = rig.pair()
    sender.receive_rtp(video(1, KEY_FRAME), rig.now)
    assert len(rtp_of(receiver)) == 1
    consumer.view(0, rig.now)
    rig.advance(0.6)
    rtcp_of(sender)
    consumer.resume(rig.now)
    receiver.receive_rtcp(serialize([PictureLossIndication(1, consumer.stream.route.ssrc)]), rig.now)
    sender.receive_rtp(video(2, KEY_FRAME), rig.now)
    assert rtp_of(receiver) == []
    asked = [packet for packet in rtcp_of(sender) if isinstance(packet, PictureLossIndication)]
    assert asked == [], "nor is a key frame asked for"
    consumer.view(180, rig.now)
    asked = [packet for packet in rtcp_of(sender) if isinstance(packet, PictureLossIndication)]
    assert len(asked) == 1, "what is shown again begins with a key frame"
    sender.receive_rtp(video(3, KEY_FRAME), rig.now)
    consumer.view(90, rig.now)
    sender.receive_rtp(video(4), rig.now)
    assert len(rtp_of(receiver)) == 2
