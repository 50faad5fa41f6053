"""The load's reports are read as a browser's are."""

from rtc_server.wire.rtcp import TransportWideFeedback, parse_compound
from rtc_server.wire.rtp import build_packet
from tests.bench.forward.feedback import Feedback, number_at


def test_what_came_and_what_did_not_is_told() -> None:
    feedback = Feedback()
    assert feedback.take() is None
    begin = 1_000_000_000
    for number, after_ms in ((0xFFFE, 0), (0xFFFF, 1), (1, 2), (2, 200), (4, 201), (3, 199)):
        feedback.note(number, begin + after_ms * 1_000_000)
    report = feedback.take()
    assert report is not None
    [told] = parse_compound(report)
    assert isinstance(told, TransportWideFeedback)
    assert told.base_sequence_number == 0xFFFE
    first, *deltas = told.deltas
    assert told.reference_time * 256 + (first or 0) == begin // 250_000
    assert deltas == [4, None, 4, 792, -4, 8]
    assert feedback.take() is None


def test_the_place_of_the_number_is_found() -> None:
    packet = build_packet(96, 1, 2, 3, b"payload", extensions={1: b"mid", 5: b"\x12\x34"})
    at = number_at(packet, 5)
    assert at is not None
    assert packet[at : at + 2] == b"\x12\x34"
    assert number_at(packet, 6) is None
    assert number_at(build_packet(96, 1, 2, 3, b"payload"), 5) is None
