"""Who ends with whom, who speaks, how a line is judged, and data channels."""

import pytest

from rtc_server.errors import MalformedError, StateError, UnsupportedError
from rtc_server.owner_events import (
    ConsumerClosed,
    ConsumerProducerPaused,
    DataEnd,
    DataEndClosed,
    ProducerClosed,
    QualityLevel,
    SpeakerChanged,
    TransportQualityChanged,
)
from rtc_server.sfu.drops import Drop
from rtc_server.sfu.outbox import MESSAGES_HELD
from rtc_server.sfu.parameters import SctpStreamParameters
from rtc_server.sfu.quality import LineReport, judge
from rtc_server.sfu.router import TransportEnded
from rtc_server.sfu.speaker import INTERVAL, SpeakerDetector
from rtc_server.wire.rtcp import Nack, ReceiverEstimatedBitrate, ReceiverReport, ReportBlock
from tests.rtc_server.sfu.rig import KEY_FRAME, Rig, audio, opus_parameters, rtcp_of, video


def test_a_transports_end_takes_its_producers_and_their_consumers() -> None:
    rig = Rig()
    sender, receiver, producer, consumer = rig.pair()
    assert rig.router.close_transport(sender, "closed") == [
        ConsumerClosed("call", receiver.id, consumer.id, producer.id, "producer_closed"),
        ProducerClosed("call", producer.id, "closed"),
        TransportEnded("call", sender.id, "closed"),
    ]
    assert (receiver.consumers, sender.producers) == ({}, [])


def test_a_transports_end_takes_its_consumers_and_leaves_their_producers() -> None:
    rig = Rig()
    sender, receiver, producer, consumer = rig.pair()
    assert rig.router.close_transport(receiver, "remote_closed") == [
        ConsumerClosed("call", receiver.id, consumer.id, producer.id, "transport_closed"),
        TransportEnded("call", receiver.id, "remote_closed"),
    ]
    assert (sender.producers, receiver.consumers) == ([producer], {})
    assert rig.router.transports == [sender]


def test_pauses_are_told_to_the_owners_of_consumers_once() -> None:
    rig = Rig()
    _, receiver, producer, consumer = rig.pair()
    rig.router.pause_producer(producer)
    rig.router.pause_producer(producer)
    rig.router.resume_producer(producer, rig.now)
    assert rig.events == [
        ConsumerProducerPaused("call", receiver.id, consumer.id, True),
        ConsumerProducerPaused("call", receiver.id, consumer.id, False),
    ]


def test_two_producers_cannot_share_ssrc_or_mid() -> None:
    rig = Rig()
    sender = rig.transport()
    rig.produce(sender, 1000)
    with pytest.raises(MalformedError):
        rig.produce(sender, 1000)
    assert len(sender.producers) == 1


def test_client_without_the_codec_is_refused() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    producer = rig.produce(sender)
    with pytest.raises(UnsupportedError):
        rig.router.consume(
            receiver,
            "c",
            producer,
            rtp_capabilities={"codecs": [], "headerExtensions": []},
            paused=False,
            ssrc=2,
            now=rig.now,
        )
    assert receiver.consumers == {}


def test_mids_are_never_given_twice() -> None:
    rig = Rig()
    _, receiver, producer, first = rig.pair()
    rig.router.close_consumer(first, "closed")
    assert rig.consume(receiver, producer).parameters.mid != first.parameters.mid


def test_the_louder_one_speaks_then_nobody() -> None:
    rig = Rig()
    sender = rig.transport()
    quiet = rig.produce(sender, 1, kind="audio")
    loud = rig.produce(sender, 2, kind="audio")
    for number in range(60):
        sender.receive_rtp(audio(number, ssrc=1, level=90), rig.now)
        sender.receive_rtp(audio(number, ssrc=2, level=20), rig.now)
        rig.advance(0.02)
    rig.advance(3)
    assert rig.events == [SpeakerChanged("call", loud.id), SpeakerChanged("call", None)]
    assert quiet.stats(rig.now)["packets"] == 60


def test_a_cough_does_not_take_the_floor() -> None:
    detector = SpeakerDetector()
    detector.add("speaker", 0.0)
    detector.add("cougher", 0.0)
    now = 0.0
    for interval in range(10):
        for _ in range(15):
            detector.hear("speaker", 25)
        if interval == 5:
            for _ in range(3):
                detector.hear("cougher", 20)
        now += INTERVAL
        detector.handle_timeout(now)
        assert detector.speaker == "speaker"


@pytest.mark.parametrize(
    ("report", "level"),
    [
        (LineReport(0, 0, None), QualityLevel.GOOD),
        (LineReport(0.02, 0, 250), QualityLevel.GOOD),
        (LineReport(0.04, 0, 20), QualityLevel.WEAK),
        (LineReport(0, 0, 400), QualityLevel.WEAK),
        (LineReport(0, 0.2, 20), QualityLevel.BAD),
        (LineReport(0, 0, 900), QualityLevel.BAD),
    ],
)
def test_lines_are_judged(report: LineReport, level: QualityLevel) -> None:
    assert judge(report) is level


def test_quality_is_told_on_change_and_at_most_each_two_seconds() -> None:
    rig = Rig()
    _, receiver, _, consumer = rig.pair()
    for step in range(40):
        lost = 60 if step % 2 else 0
        block = ReportBlock(consumer.stream.route.ssrc, lost, 0, 0, 0, 0, 0)
        receiver._receive_rtcp_packet(ReceiverReport(9, (block,)), rig.now)
        rig.advance(0.5)
    told = [event for event in rig.events if isinstance(event, TransportQualityChanged)]
    assert len(told) <= 11


def test_loss_of_the_uplink_is_measured() -> None:
    rig = Rig()
    sender, _, _, _ = rig.pair()
    for number in range(200):
        if number % 10:
            sender.receive_rtp(video(number, KEY_FRAME), rig.now)
        rig.advance(0.01)
    assert sender.stats(rig.now)["lossIn"] == pytest.approx(0.1, abs=0.02)
    reports = [packet for packet in rtcp_of(sender) if isinstance(packet, ReceiverReport)]
    assert reports[-1].report_blocks[0].fraction_lost == pytest.approx(25, abs=6)


def test_what_was_repeated_on_the_stream_itself_was_lost_on_the_line_all_the_same() -> None:
    """Sound has no repair stream: its repeats must not make a bad line look good."""
    rig = Rig()
    sender = rig.transport()
    rig.consume(rig.transport("recv"), rig.produce(sender, 2000, kind="audio"))
    for number in range(300):
        if number % 5:
            sender.receive_rtp(audio(number, ssrc=2000, level=30), rig.now)
        rig.advance(0.02)
        for asked in [packet for packet in rtcp_of(sender) if isinstance(packet, Nack)]:
            for missed in asked.sequence_numbers:
                sender.receive_rtp(audio(missed, ssrc=2000, level=30), rig.now)
    stats = sender.stats(rig.now)
    assert stats["producers"][0]["repaired"] > 50
    assert stats["lossIn"] == pytest.approx(0.2, abs=0.03)
    assert stats["quality"] == QualityLevel.BAD.value


def test_client_without_transport_cc_gets_remb() -> None:
    rig = Rig()
    sender = rig.transport()
    parameters = {
        "headerExtensions": [],
        "codecs": [
            {
                "mimeType": "video/VP8",
                "payloadType": 96,
                "clockRate": 90000,
                "parameters": {},
                "rtcpFeedback": [{"type": "goog-remb", "parameter": ""}],
            }
        ],
        "encodings": [{"ssrc": 1000}],
    }
    rig.produce(sender, **parameters)
    for number in range(100):
        sender.receive_rtp(video(number, KEY_FRAME), rig.now)
        rig.advance(0.02)
    estimates = [packet for packet in rtcp_of(sender) if isinstance(packet, ReceiverEstimatedBitrate)]
    assert estimates
    assert estimates[0].ssrcs == (1000,)
    assert estimates[0].bitrate_bps >= 100_000


def test_data_is_relayed_by_stream_with_its_kind() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send", sctp=True), rig.transport("recv", sctp=True)
    producer = rig.router.data.produce(
        sender, "d", parameters=SctpStreamParameters(3, False, None, 0), label="pointer", protocol=""
    )
    consumer = rig.router.data.consume(receiver, "c", producer)
    assert (consumer.parameters.ordered, consumer.parameters.max_retransmits) == (False, 0)
    sender.receive_message(3, 51, b"hello")
    sender.receive_message(3, 50, b"\x03")
    sender.receive_message(9, 51, b"nobody's")
    assert receiver.outbox.take().messages == [(consumer.parameters, 51, b"hello")]
    assert sender.drops[Drop.UNKNOWN_STREAM] == 2
    with pytest.raises(MalformedError):
        rig.router.data.produce(sender, "e", parameters=SctpStreamParameters(3), label="again", protocol="")


def test_end_of_sctp_ends_its_channels_only() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send", sctp=True), rig.transport("recv", sctp=True)
    video_producer = rig.produce(sender)
    producer = rig.router.data.produce(sender, "d", parameters=SctpStreamParameters(0), label="", protocol="")
    rig.router.data.consume(receiver, "c", producer)
    assert rig.router.data.close_all_of(sender, "sctp_message_rate") == [
        DataEndClosed("call", receiver.id, DataEnd.CONSUMER, "c", "producer_closed"),
        DataEndClosed("call", sender.id, DataEnd.PRODUCER, "d", "sctp_message_rate"),
    ]
    assert sender.producers == [video_producer]


def test_transport_without_sctp_refuses_data() -> None:
    rig = Rig()
    with pytest.raises(StateError):
        rig.router.data.produce(
            rig.transport(), "d", parameters=SctpStreamParameters(0), label="", protocol=""
        )


def test_message_flood_between_two_drains_is_bounded() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send", sctp=True), rig.transport("recv", sctp=True)
    producer = rig.router.data.produce(sender, "d", parameters=SctpStreamParameters(0), label="", protocol="")
    rig.router.data.consume(receiver, "c", producer)
    for _ in range(1000):
        sender.receive_message(0, 51, b"x")
    assert len(receiver.outbox.take().messages) == 256
    assert receiver.drops[Drop.SCTP_BACKLOG] == 744


def test_a_reset_is_sent_however_many_messages_wait() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send", sctp=True), rig.transport("recv", sctp=True)
    producer = rig.router.data.produce(sender, "d", parameters=SctpStreamParameters(0), label="", protocol="")
    consumer = rig.router.data.consume(receiver, "c", producer)
    for _ in range(MESSAGES_HELD + 1):
        sender.receive_message(0, 51, b"hello")
    rig.router.data.close_consumer(consumer, "closed")
    *messages, last = receiver.outbox.take().messages
    assert len(messages) == MESSAGES_HELD
    assert last == (consumer.parameters, 0, None), "the next channel may have the same stream"


def test_audio_is_forwarded_from_any_packet_on() -> None:
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    producer = rig.produce(sender, 5, kind="audio", rtcp={"cname": "peer"})
    rig.consume(receiver, producer)
    sender.receive_rtp(audio(77, ssrc=5, level=30), rig.now)
    assert len(receiver.outbox.take().packets) == 1
    assert opus_parameters(5)["codecs"][0]["payloadType"] == 111


def test_what_a_sender_says_of_its_opus_reaches_who_hears_it() -> None:
    """In-band FEC and DTX; RFC 7587 §6.1."""
    rig = Rig()
    [codec] = opus_parameters(1000)["codecs"]
    said = {"useinbandfec": 1, "usedtx": 1}
    producer = rig.produce(rig.transport(), kind="audio", codecs=[codec | {"parameters": said}])
    consumer = rig.consume(rig.transport("recv"), producer)
    assert consumer.parameters.media_codec.parameters == said
