"""Packets are finished when they leave: what belongs to the transport is numbered in the order of leaving."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.estimate.history import SentHistory
from rtc_server.protocol.pacer import LASTING_S, MAX_REPAIR_BYTES, THIN_FACTOR, Lane
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.drops import Drop, DropCounter
from rtc_server.sfu.outbox import Outbox
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.route import Stamp
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.extensions import (
    ABS_SEND_TIME,
    MID,
    TRANSPORT_CC,
    VIDEO_ORIENTATION,
    parse_transport_sequence_number,
)
from rtc_server.wire.rtcp import Nack, PictureLossIndication
from rtc_server.wire.rtp import (
    RtpView,
    build_header,
    build_open_extensions,
    build_packet,
)
from tests.rtc_server.sfu.rig import DELTA_FRAME, KEY_FRAME, Rig, audio, rtcp_of, video


def leave(rig: Rig, outbox: Outbox) -> list[RtpView]:
    return [RtpView(packet) for packet in outbox.finish(outbox.take().packets, lambda: rig.now)]


def consume(rig: Rig, receiver: WebRtcTransport, producer: Producer, *without: str) -> Consumer:
    """Consume with the router's own capabilities, without extensions or codecs by their names."""
    capabilities = rig.router.capabilities.to_json()
    capabilities["codecs"] = [codec for codec in capabilities["codecs"] if codec["mimeType"] not in without]
    capabilities["headerExtensions"] = [
        entry for entry in capabilities["headerExtensions"] if entry["uri"] not in without
    ]
    return rig.router.consume(
        receiver, "consumer", producer, rtp_capabilities=capabilities, paused=False, ssrc=5000, now=rig.now
    )


@pytest.mark.parametrize(
    ("kind", "without", "stamped"),
    [
        ("video", (), TRANSPORT_CC),
        ("video", (TRANSPORT_CC,), ABS_SEND_TIME),
        ("video", (TRANSPORT_CC, ABS_SEND_TIME), None),
        ("video", ("video/rtx",), None),
        ("audio", (), None),
    ],
)
def test_what_the_line_is_estimated_by_is_stamped(
    kind: str, without: tuple[str, ...], stamped: str | None
) -> None:
    """REMB's clients measure by the time of sending; without a repair stream NACKs are worth more."""
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    consumer = consume(rig, receiver, rig.produce(sender, kind=kind), *without)
    sender.receive_rtp(video(1, KEY_FRAME) if kind == "video" else audio(1, ssrc=1000, level=9), rig.now)
    [view] = leave(rig, receiver.outbox)
    written = {uri for uri in (TRANSPORT_CC, ABS_SEND_TIME) if has(view, consumer, uri)}
    assert written == ({stamped} if stamped else set())
    assert view.extension(consumer.parameters.extension_id(MID) or 0) == b"0"


def has(view: RtpView, consumer: Consumer, uri: str) -> bool:
    return view.extension(consumer.parameters.extension_id(uri) or 0) is not None


def test_one_count_a_transport_over_all_its_streams_and_repeats() -> None:
    rig = Rig()
    sender, receiver, other = rig.transport("send"), rig.transport("recv"), rig.transport("recv")
    consumers = [rig.consume(receiver, rig.produce(sender, ssrc)) for ssrc in (1000, 2000)]
    rig.consume(other, rig.produce(sender, 3000))
    number_id = consumers[0].parameters.extension_id(TRANSPORT_CC)
    assert number_id is not None
    receiver.outbox.history = SentHistory()
    receiver.outbox.history.next_number = 0xFFFE
    for number in (1, 2):
        for ssrc in (1000, 2000, 3000):
            sender.receive_rtp(video(number, KEY_FRAME, ssrc=ssrc), rig.now)
    first = leave(rig, receiver.outbox)
    numbers = [parse_transport_sequence_number(view.extension(number_id) or b"") for view in first]
    assert numbers == [0xFFFE, 0xFFFF, 0, 1]
    assert len({view.ssrc for view in first}) == 2
    receiver._receive_rtcp_packet(Nack(1, first[0].ssrc, (first[0].sequence_number,)), rig.now)
    [repeat] = leave(rig, receiver.outbox)
    assert repeat.ssrc == consumers[0].stream.route.rtx_ssrc
    assert parse_transport_sequence_number(repeat.extension(number_id) or b"") == 2
    others = leave(rig, other.outbox)
    assert [parse_transport_sequence_number(view.extension(number_id) or b"") for view in others] == [0, 1]


def test_the_numbers_follow_the_order_of_leaving_not_of_waiting() -> None:
    rig = Rig()
    sender, receiver, _, consumer = rig.pair()
    number_id = consumer.parameters.extension_id(TRANSPORT_CC) or 0
    for number in (1, 2, 3):
        sender.receive_rtp(video(number, KEY_FRAME), rig.now)
    waiting = receiver.outbox.take().packets
    left = [RtpView(packet) for packet in receiver.outbox.finish(waiting[::-1], lambda: rig.now)]
    assert [view.sequence_number - left[-1].sequence_number for view in left] == [2, 1, 0]
    numbers = [parse_transport_sequence_number(view.extension(number_id) or b"") for view in left]
    assert numbers == [0, 1, 2]


def test_the_time_is_that_of_leaving() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    consumer = consume(rig, receiver, rig.produce(sender), TRANSPORT_CC)
    time_id = consumer.parameters.extension_id(ABS_SEND_TIME) or 0
    sender.receive_rtp(video(1, KEY_FRAME), rig.now)
    rig.now += 0.25
    [view] = leave(rig, receiver.outbox)
    seconds = int.from_bytes(view.extension(time_id) or b"") / (1 << 18)
    assert seconds == pytest.approx(rig.now % 64, abs=1e-4)
    assert view.extension(consumer.parameters.extension_id(MID) or 0) == b"0"


def test_a_stamped_packet_carries_rotation_too() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    rotated = [{"uri": VIDEO_ORIENTATION, "id": 9, "encrypt": False}]
    consumer = rig.consume(receiver, rig.produce(sender, headerExtensions=rotated))
    for number, turn in ((1, 3), (2, 0)):
        packet = build_packet(96, number, 0, 1000, KEY_FRAME, marker=1, extensions={9: bytes([turn])})
        sender.receive_rtp(packet, rig.now)
    number_id = consumer.parameters.extension_id(TRANSPORT_CC) or 0
    turned = consumer.parameters.extension_id(VIDEO_ORIENTATION) or 0
    views = leave(rig, receiver.outbox)
    assert [view.extension(turned) for view in views] == [b"\x03", b"\x00"]
    assert [view.extension(number_id) for view in views] == [b"\x00\x00", b"\x00\x01"]


def test_a_header_that_is_shared_is_never_altered() -> None:
    header = build_header(96, 1, 2, 3, 0, build_open_extensions({}, 3, Stamp.NUMBER))
    outbox = Outbox(DropCounter(), max_packets=8)
    whole = outbox.finish([(header, DELTA_FRAME, Stamp.NUMBER)] * 2, lambda: 0.0)
    assert header == build_header(96, 1, 2, 3, 0, build_open_extensions({}, 3, Stamp.NUMBER))
    assert [RtpView(packet).extension(3) for packet in whole] == [b"\0\0", b"\0\1"]
    assert outbox.history is not None
    assert [outbox.history.sizes[number] for number in (0, 1)] == [len(packet) for packet in whole]


@given(
    st.dictionaries(st.integers(1, 255), st.binary(max_size=20), max_size=6),
    st.integers(1, 255),
    st.binary(min_size=1, max_size=16),
)
def test_an_open_block_is_whole_with_its_last_value(
    values: dict[int, bytes], identifier: int, last: bytes
) -> None:
    values.pop(identifier, None)
    header = build_header(96, 1, 2, 3, 0, build_open_extensions(values, identifier, len(last)))
    view = RtpView(header + last + b"payload")
    assert bytes(view.payload) == b"payload"
    assert view.extensions() == {**values, identifier: last}


PICTURE = DELTA_FRAME + bytes(1100)


class Narrow:
    """A camera and a microphone towards a peer whose line is known to be narrow."""

    def __init__(self, estimate_bps: int = 100_000) -> None:
        self.rig = Rig()
        self.sender, self.receiver = self.rig.transport("send"), self.rig.transport("recv")
        self.camera = self.rig.consume(self.receiver, self.rig.produce(self.sender, 1000))
        self.microphone = self.rig.consume(self.receiver, self.rig.produce(self.sender, 2000, kind="audio"))
        self.outbox = self.receiver.outbox
        self.outbox.pacer.pace(estimate_bps)
        self.put(1, KEY_FRAME)
        assert len(self.leave()) == 1
        rtcp_of(self.sender)
        self.number = 1

    def put(self, number: int, payload: bytes = PICTURE) -> None:
        self.sender.receive_rtp(video(number, payload), self.rig.now)

    def put_picture(self, packets: int) -> None:
        for _ in range(packets):
            self.number += 1
            self.put(self.number)

    def leave(self, room: float = float("inf")) -> list[RtpView]:
        now = self.rig.now
        packets = self.outbox.take(now, room).packets
        return [RtpView(packet) for packet in self.outbox.finish(packets, lambda: now)]

    def asked(self) -> int:
        found = rtcp_of(self.sender)
        return sum(isinstance(packet, PictureLossIndication) for packet in found)


def test_sound_never_waits_behind_a_picture() -> None:
    line = Narrow()
    line.put_picture(100)
    assert 1 <= len(line.leave()) < 10
    for number in range(50):
        line.rig.now += 0.02
        line.sender.receive_rtp(audio(number, ssrc=2000, level=9), line.rig.now)
        first, *_ = line.leave(room=-1000)
        assert first.ssrc == line.microphone.stream.route.ssrc


def test_a_picture_that_waits_leaves_when_its_time_has_come() -> None:
    line = Narrow(400_000)
    line.put_picture(30)
    left = line.leave()
    while line.outbox.next_deadline() != NEVER:
        line.rig.now = line.outbox.next_deadline()
        left += line.leave()
    after = 30 * len(PICTURE) * 8 - THIN_FACTOR * 400_000 * LASTING_S
    assert line.rig.now - 100 == pytest.approx(LASTING_S + after / 400_000, abs=0.03)
    numbers = [view.sequence_number for view in left]
    assert numbers == list(range(numbers[0], numbers[0] + 30))


def test_a_camera_whose_pictures_waited_too_long_goes_on_with_its_next_key_frame() -> None:
    line = Narrow()
    while not line.outbox._drops[Drop.LINE_FULL]:
        line.put_picture(10)
        left = line.leave()
        line.rig.now += 1 / 30
    assert left == []
    assert line.asked() == 1
    line.put_picture(10)
    assert line.leave() == []
    line.number += 1
    line.put(line.number, KEY_FRAME)
    [view] = line.leave()
    assert bytes(view.payload) == KEY_FRAME
    line.receiver._receive_rtcp_packet(Nack(1, view.ssrc, (view.sequence_number - 1,)), line.rig.now)
    assert line.leave() == [], "what was given up is not sent again"


def test_nothing_of_a_stream_that_ended_is_left_to_be_sealed() -> None:
    """Once SRTP has forgotten it, its nonces would begin anew."""
    line = Narrow()
    line.put_picture(50)
    line.leave()
    assert line.outbox.pacer.waiting_bytes
    line.put_picture(5)
    line.rig.router.close_consumer(line.camera, "closed")
    output = line.outbox.take(line.rig.now)
    assert line.camera.stream.route.ssrc in output.retired
    assert line.outbox.pacer.waiting_bytes == 0
    line.rig.now += 1
    assert line.leave() == []


def test_padding_goes_where_nothing_waits_and_into_no_stream_that_is_full() -> None:
    line = Narrow()
    stream = line.camera.stream
    stream.pad()
    assert [view.ssrc for view in line.leave()] == [stream.route.rtx_ssrc]
    stream.pad()
    assert line.leave(room=10) == []
    line.put_picture(50)
    stream.pad()
    assert stream.route.rtx_ssrc not in {view.ssrc for view in line.leave()}


def test_repeats_leave_first_and_only_so_many_wait() -> None:
    line = Narrow()
    line.put_picture(30)
    sent = line.leave()
    assert line.outbox.pacer.waiting_bytes
    line.rig.now += 0.1
    for view in sent:
        line.receiver._receive_rtcp_packet(Nack(1, view.ssrc, (view.sequence_number,)), line.rig.now)
    assert {view.ssrc for view in line.leave()} >= {line.camera.stream.route.rtx_ssrc}
    line.outbox.take()
    for _ in range(200):
        line.outbox.send_rtp(bytes(12), bytes(1200), None, Lane.REPAIR)
        line.leave(room=0)
    assert line.outbox._drops[Drop.RTX_RATE] == 200 - MAX_REPAIR_BYTES // 1212
