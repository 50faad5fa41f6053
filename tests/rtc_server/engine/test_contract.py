"""What an engine has to do: plain data in, packets and plain facts out. Runs over every engine there is."""

import pickle
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtc_server.sfu.engine import Engine, ReceivedCounters, SentCounters, Wanted
from rtc_server.wire.codecs.vp8_layers import read_numbers
from rtc_server.wire.rtx import original_sequence_number
from tests.rtc_server.engine.line import (
    AUDIO,
    DELTA_FRAME,
    KEY_FRAME,
    OUR_REPAIRS,
    OURS,
    ROUTE,
    SSRC,
    STAMPED,
    TURNED,
    TURNING,
    VIDEO,
    Line,
)

# --- forwarding


def test_a_packet_is_written_as_its_route_says(engine: Engine) -> None:
    line = Line(engine)
    line.put(7, KEY_FRAME + b"payload")
    [view] = line.left()
    assert (view.ssrc, view.payload_type, view.marker) == (OURS, 101, 1)
    assert view.timestamp == 7 * 3000
    assert view.extensions() == {1: b"0"}
    assert bytes(view.payload) == KEY_FRAME + b"payload"
    assert line.heard == [7]


def test_holes_of_the_source_stay_and_what_is_left_out_closes_up(engine: Engine) -> None:
    line = Line(engine)
    line.put(65_534)
    line.put(65_535)
    line.put_padding(0)
    line.put(1)
    line.put(4)
    assert line.left_numbers() == [0, 1, 2, 5]
    assert line.drops_out.as_dict() == {"padding": 1}


def test_late_packets_take_their_own_place_and_duplicates_none(engine: Engine) -> None:
    line = Line(engine)
    for number in (1, 3, 2, 3, 2):
        line.put(number)
    assert line.left_numbers() == [0, 2, 1]
    assert line.drops_in.as_dict() == {"duplicate": 2}
    assert line.heard == [1, 3, 2]


def test_pictures_begin_with_a_key_frame_and_sound_with_anything(engine: Engine) -> None:
    pictures = Line(engine)
    pictures.put(1, DELTA_FRAME)
    pictures.receiver.request_key_frame(pictures.now)
    pictures.put(2, KEY_FRAME)
    pictures.put(3, DELTA_FRAME)
    assert [bytes(view.payload) for view in pictures.left()] == [KEY_FRAME, DELTA_FRAME]
    assert pictures.drops_out.as_dict() == {"waiting_for_key_frame": 1}
    sound = Line(engine, AUDIO, replace(ROUTE, source_payload_type=111, needs_key_frame=False))
    sound.put(1, b"opus", payload_type=111)
    assert len(sound.left()) == 1


def test_payload_types_that_were_not_negotiated_go_nowhere(engine: Engine) -> None:
    line = Line(engine, replace(VIDEO, codecs={96: "video/VP8", 98: "video/H264"}))
    line.put(1, payload_type=50)
    line.put(2, payload_type=98)
    assert line.left() == []
    assert line.drops_in.as_dict() == {"unknown_payload_type": 1}
    assert line.drops_out.as_dict() == {"unknown_payload_type": 1}


def test_a_packet_has_the_room_its_route_says_and_is_stamped_on_leaving(engine: Engine) -> None:
    line = Line(engine, route=STAMPED)
    for number in (1, 2):
        line.put(number)
    line.nack(1)
    views = line.left()
    assert [view.extension(5) for view in views] == [b"\0\0", b"\0\1", b"\0\2"]
    assert [view.ssrc for view in views] == [OUR_REPAIRS, OURS, OURS], "what is missed is waited for"


def test_every_sink_gets_every_packet_and_one_that_fails_costs_the_others_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(engine)
    others = [line.add_sender(), line.add_sender()]

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(others[0], "forward", fail)
    line.put(1)
    assert len(line.left()) == 2
    assert line.drops_out.as_dict() == {"fault": 1}


def test_what_is_not_attached_any_more_gets_nothing(engine: Engine) -> None:
    line = Line(engine)
    other = line.add_sender()
    line.put(1)
    line.receiver.detach(other)
    line.put(2)
    assert (line.sender.counters().packets, other.counters().packets) == (2, 1)
    line.receiver.close()
    line.put(3)
    assert line.sender.counters().packets == 2


def test_a_sink_may_be_fed_up_to_the_next_key_frame_and_the_others_go_on(engine: Engine) -> None:
    line = Line(engine)
    other, spared = line.add_sender(), line.add_sender()
    line.put(1)
    line.receiver.end_at_key_frame(other, True)
    line.receiver.end_at_key_frame(spared, True)
    line.put(2, DELTA_FRAME)
    line.receiver.end_at_key_frame(spared, False)
    assert line.receiver.feeds(other)
    line.put(3, KEY_FRAME)
    assert [line.receiver.feeds(sink) for sink in line.senders] == [True, False, True]
    assert [sink.counters().packets for sink in line.senders] == [3, 2, 3]
    line.receiver.attach(other)
    line.receiver.request_key_frame(line.now)
    line.put(4, KEY_FRAME)
    assert other.counters().packets == 3, "and from another key frame on"


def test_a_stream_that_feeds_nobody_keeps_nothing(engine: Engine) -> None:
    line = Line(engine)
    line.put(1)
    assert line.receiver.cached(1, line.now) is not None
    line.receiver.detach(line.sender)
    line.put(2)
    assert [line.receiver.cached(number, line.now) for number in (1, 2)] == [None, None]
    assert line.heard == [1, 2]


# --- pauses and breaks


def test_what_waits_of_one_source_does_not_delay_the_next(engine: Engine) -> None:
    line = Line(engine)
    line.outbox.pacer.pace(100_000, is_strained=True)
    for number in range(1, 20):
        line.put(number, KEY_FRAME + bytes(1000))
    line.outbox.take(line.now)
    assert line.outbox.pacer.waiting_bytes > 10_000
    line.begin(SSRC + 10)
    assert line.outbox.pacer.waiting_bytes == 0
    assert line.drops_out.as_dict()["line_full"] > 10


def test_a_sent_streams_pause_leaves_no_hole_and_ends_at_a_key_frame(engine: Engine) -> None:
    line = Line(engine)
    line.put(1)
    line.sender.pause()
    line.put(2)
    line.sender.resume()
    line.receiver.request_key_frame(line.now)
    line.put(3, DELTA_FRAME)
    line.put(4, KEY_FRAME)
    assert line.left_numbers() == [0, 1]
    assert line.drops_out.as_dict() == {"consumer_paused": 1, "waiting_for_key_frame": 1}


def test_a_received_streams_pause_is_counted_and_silent(engine: Engine) -> None:
    line = Line(engine)
    line.put(1)
    line.receiver.pause()
    assert line.receiver.request_key_frame(line.now) is False
    line.put(2)
    assert line.receiver.counters().packets == 2
    assert line.heard == [1]
    line.receiver.resume()
    line.sender.source_resumed()
    line.receiver.request_key_frame(line.now)
    line.put(3, KEY_FRAME)
    assert line.left_numbers() == [0, 1]
    assert line.drops_in.as_dict() == {"producer_paused": 1}


def test_another_source_in_its_place_goes_on_without_a_seam(engine: Engine) -> None:
    line = Line(engine)
    line.put(1)
    line.receiver.close()
    line.begin(77)
    line.put(40_000, ssrc=77)
    first, second = line.left()
    assert second.sequence_number - first.sequence_number == 1
    assert second.timestamp - first.timestamp == 3000
    line.nack(first.sequence_number)
    assert line.left() == []
    assert line.drops_out.as_dict() == {"not_in_cache": 1}


def test_rtp_time_passes_between_two_sources_as_time_does(engine: Engine) -> None:
    """Else the receiver takes the first frame for late, and sound and picture part by the break."""
    line = Line(engine)
    line.put(1)
    reported = line.sender.report(line.now)
    line.receiver.close()
    line.now += 5.0
    line.begin(77)
    line.put(40_000, ssrc=77)
    first, second = line.left()
    assert second.timestamp - first.timestamp == 5 * 90_000
    again = line.sender.report(line.now)
    assert reported is not None
    assert again is not None
    assert again.rtp - reported.rtp == 5 * 90_000


def test_a_nack_of_the_source_before_is_not_answered_with_the_next_ones_packets(engine: Engine) -> None:
    line = Line(engine)
    for number in (1, 2):
        line.put(number)
    [_, missed] = line.left()
    line.receiver.close()
    line.begin(77)
    for number in (1, 2, 3):
        line.put(number, DELTA_FRAME + b"another source", ssrc=77)
    line.nack(missed.sequence_number)
    assert line.left() == []
    assert line.drops_out.as_dict() == {"waiting_for_key_frame": 3}


def test_another_source_follows_the_newest_frame_though_a_late_packet_was_the_last(engine: Engine) -> None:
    line = Line(engine)
    for number in (1, 3, 2):
        line.put(number)
    newest = line.left()[1]
    line.receiver.close()
    line.begin(77)
    line.put(40_000, ssrc=77)
    [begun] = line.left()
    assert begun.timestamp - newest.timestamp == 3000


@pytest.mark.parametrize("ssrc", [SSRC, 77], ids=["after a pause", "of another source"])
def test_padding_before_the_first_key_frame_makes_no_hole(engine: Engine, ssrc: int) -> None:
    line = Line(engine)
    line.put(1)
    line.sender.pause()
    line.put(900)
    line.sender.resume()
    if ssrc != SSRC:
        line.receiver.close()
        line.begin(ssrc)
    line.put_padding(1000)
    line.receiver.request_key_frame(line.now)
    line.put(1001, ssrc=ssrc)
    assert line.left_numbers() == [0, 1]


def test_packets_of_a_payload_type_that_is_not_forwarded_leave_no_hole(engine: Engine) -> None:
    line = Line(engine, replace(VIDEO, codecs={96: "video/VP8", 98: "video/H264"}))
    line.put(1)
    line.put(2, b"another codec", payload_type=98)
    line.put(3)
    assert line.left_numbers() == [0, 1]
    line.nack(2, 3)
    assert [bytes(view.payload)[2:] for view in line.left()] == [KEY_FRAME]


# --- repairs


def test_a_hole_is_asked_for_and_repaired(engine: Engine) -> None:
    line = Line(engine)
    line.put(1)
    line.put(3)
    line.now = line.receiver.next_deadline()
    assert line.receiver.handle_timeout(line.now) == Wanted((2,), False, False)
    line.repair(2)
    line.repair(2)
    assert line.left_numbers() == [0, 2, 1]
    assert line.drops_in.as_dict() == {"rtx_unrequested": 1}
    assert (line.receiver.counters().repaired, line.receiver.counters().nacked) == (1, 1)


def test_a_hole_that_stays_is_given_up_for_a_key_frame(engine: Engine) -> None:
    line = Line(engine)
    line.put(1)
    line.put(3)
    wanted = []
    while line.receiver.next_deadline() < line.now + 10:
        line.now = line.receiver.next_deadline()
        wanted.append(line.receiver.handle_timeout(line.now))
    assert [entry.key_frame for entry in wanted] == [False] * (len(wanted) - 1) + [True]
    assert 2 <= sum(len(entry.sequence_numbers) for entry in wanted) <= 10


def test_nothing_is_asked_again_of_a_sender_that_does_not_repeat(engine: Engine) -> None:
    line = Line(engine, replace(VIDEO, asks_again=False))
    line.put(1)
    line.put(3)
    line.now = line.receiver.next_deadline()
    assert line.receiver.handle_timeout(line.now).sequence_numbers == ()


def test_requests_for_a_key_frame_are_throttled_and_repeated_until_it_comes(engine: Engine) -> None:
    line = Line(engine)
    line.put(1)
    assert line.receiver.request_key_frame(line.now) is True
    assert line.receiver.request_key_frame(line.now) is False
    line.now = line.receiver.next_deadline()
    assert line.receiver.handle_timeout(line.now) == Wanted((), False, True)
    line.put(2, KEY_FRAME)
    assert line.receiver.next_deadline() == float("inf")
    assert line.receiver.counters().key_frames == 2


def test_a_nack_is_answered_on_the_repair_stream_once_a_round_trip(engine: Engine) -> None:
    line = Line(engine)
    line.put(1)
    line.put(2, DELTA_FRAME + b"again")
    missed = line.left()[1].sequence_number
    for _ in range(3):
        line.nack(missed, round_trip=0.1)
    [repeated] = line.left()
    assert (repeated.ssrc, repeated.payload_type) == (OUR_REPAIRS, 102)
    assert original_sequence_number(repeated) == missed
    assert bytes(repeated.payload)[2:] == DELTA_FRAME + b"again"
    assert (repeated.timestamp, repeated.marker) == (6000, 1)
    assert line.drops_out.as_dict() == {"rtx_rate": 2}
    line.now += 0.11
    line.nack(missed, round_trip=0.1)
    [again] = line.left()
    assert again.sequence_number - repeated.sequence_number == 1


def test_a_frame_that_was_turned_is_repeated_turned(engine: Engine) -> None:
    line = Line(engine, TURNING, TURNED)
    line.put(1, extensions={9: b"\x01"})
    line.put(2, extensions={9: b"\x01"}, marker=0)
    first, second = line.left()
    line.nack(first.sequence_number, second.sequence_number)
    assert [view.extension(4) for view in line.left()] == [b"\x01", None]
    line.put(3)
    [upright] = line.left()
    line.nack(upright.sequence_number)
    assert [view.extension(4) for view in (upright, *line.left())] == [None, None]


def test_a_frame_is_repeated_turned_as_it_was_though_the_camera_was_turned_since(engine: Engine) -> None:
    line = Line(engine, TURNING, TURNED)
    rotations = [b"\x01", b"\x02", None, b"\x03"]
    for number, rotation in enumerate(rotations, start=1):
        line.put(number, extensions={} if rotation is None else {9: rotation})
    line.nack(*(view.sequence_number for view in line.left()))
    assert [view.extension(4) for view in line.left()] == rotations


def test_a_frame_repaired_on_its_way_to_us_is_turned_and_repeated_so(engine: Engine) -> None:
    line = Line(engine, TURNING, TURNED)
    line.put(1, extensions={9: b"\x01"})
    line.put(3, extensions={9: b"\x02"})
    line.now = line.receiver.next_deadline()
    line.receiver.handle_timeout(line.now)
    line.repair(2, extensions={9: b"\x01"}, marker=1)
    repaired = line.left()[-1]
    line.nack(repaired.sequence_number)
    assert [view.extension(4) for view in (repaired, *line.left())] == [b"\x01", b"\x01"]


def test_without_a_repair_stream_a_packet_is_repeated_as_it_was(engine: Engine) -> None:
    line = Line(engine, route=replace(ROUTE, rtx_ssrc=None, rtx_payload_type=None))
    line.put(1)
    [first] = line.left()
    line.nack(first.sequence_number)
    [again] = line.left()
    assert again.data == first.data


def test_without_a_repair_stream_only_the_very_same_bytes_are_sent_again(engine: Engine) -> None:
    """SRTP seals both with one nonce."""
    line = Line(engine, route=replace(STAMPED, rtx_ssrc=None, rtx_payload_type=None))
    line.put(1)
    [first] = line.left()
    line.nack(first.sequence_number)
    assert line.left() == []
    assert line.drops_out.as_dict() == {"no_repair_stream": 1}


def test_without_a_repair_stream_a_turned_frame_is_repeated_in_the_very_same_bytes(engine: Engine) -> None:
    line = Line(engine, TURNING, replace(TURNED, rtx_ssrc=None, rtx_payload_type=None))
    for number, rotation in enumerate([b"\x01", b"\x02"], start=1):
        line.put(number, extensions={9: rotation})
    first, second = line.left()
    line.nack(first.sequence_number, second.sequence_number)
    assert [view.data for view in line.left()] == [first.data, second.data]


def test_padding_goes_on_the_repair_stream_numbered_among_its_packets(engine: Engine) -> None:
    line = Line(engine, route=STAMPED)
    line.put(1)
    line.nack(1)
    size = line.sender.pad()
    line.nack(1)
    repeat, media, padding = line.left()
    assert (padding.ssrc, padding.payload_type) == (OUR_REPAIRS, repeat.payload_type)
    assert padding.sequence_number == repeat.sequence_number + 1
    assert (padding.payload_bytes, padding.padding_bytes) == (0, 255)
    assert padding.timestamp == media.timestamp
    assert padding.extension(5) == b"\0\2"
    assert size == len(padding.data)
    assert line.sender.counters().payload_bytes == media.payload_bytes


def test_there_is_no_padding_before_a_picture_in_a_pause_or_without_a_repair_stream(engine: Engine) -> None:
    line = Line(engine)
    assert not line.sender.can_pad
    line.put(1)
    assert line.sender.can_pad
    line.sender.pause()
    assert not line.sender.can_pad
    line.sender.resume()
    assert not line.sender.can_pad, "until the next key frame"
    alone = Line(engine, route=replace(ROUTE, rtx_ssrc=None, rtx_payload_type=None))
    alone.put(1)
    assert not alone.sender.can_pad


def test_what_is_too_old_is_not_repeated(engine: Engine) -> None:
    line = Line(engine)
    line.put(1)
    [first] = line.left()
    line.now += 1.1
    line.nack(first.sequence_number, 4711)
    assert line.left() == []
    assert line.drops_out.as_dict() == {"not_in_cache": 2}


# --- facts


def test_a_received_stream_reports_what_came_and_was_lost_since(engine: Engine) -> None:
    line = Line(engine)
    assert line.receiver.report(line.now) is None
    for number in (1, 2, 3, 5):
        line.put(number)
    report = line.receiver.report(line.now)
    assert report is not None
    assert (report.block.ssrc, report.packets, report.lost) == (SSRC, 4, 1)
    assert report.block.highest_sequence == 5
    assert report.block.fraction_lost == 256 // 5
    line.put(6)
    again = line.receiver.report(line.now)
    assert again is not None
    assert (again.packets, again.lost, again.block.fraction_lost) == (1, 0, 0)


def test_the_peers_report_is_answered_with_its_time(engine: Engine) -> None:
    line = Line(engine)
    line.put(1)
    line.receiver.receive_sender_report(0x1234_5678_9ABC_DEF0, 3000, line.now)
    line.now += 0.5
    report = line.receiver.report(line.now)
    assert report is not None
    assert report.block.last_sr == 0x5678_9ABC
    assert report.block.delay_since_last_sr == 0x8000


def test_a_sent_stream_reports_while_it_sends(engine: Engine) -> None:
    line = Line(engine)
    assert line.sender.report(line.now) is None
    line.put(1, KEY_FRAME)
    line.now += 0.1
    report = line.sender.report(line.now)
    assert report is not None
    assert (report.ssrc, report.packets, report.payload_bytes) == (OURS, 1, len(KEY_FRAME))
    assert report.rtp == 3000 + 9000
    line.sender.pause()
    assert line.sender.report(line.now) is None


def test_counters(engine: Engine) -> None:
    line = Line(engine)
    for number in (1, 2, 4):
        line.put(number, KEY_FRAME)
    line.nack(1, 2)
    size = len(KEY_FRAME)
    assert line.receiver.counters()._replace(jitter_s=0) == ReceivedCounters(
        packets=3, payload_bytes=3 * size, lost=1, key_frames=1
    )
    assert line.sender.counters() == SentCounters(packets=3, payload_bytes=3 * size, resent=2, nacked=2)


def test_a_closed_stream_holds_nothing(engine: Engine) -> None:
    line = Line(engine)
    line.put(1)
    line.receiver.close()
    assert line.receiver.cached(1, line.now) is None


def test_what_crosses_the_seam_is_plain_data(engine: Engine) -> None:
    line = Line(engine, route=STAMPED)
    line.put(1)
    line.put(3)
    line.now = line.receiver.next_deadline()
    crossing = [
        line.reception,
        line.route,
        line.receiver.handle_timeout(line.now),
        line.receiver.report(line.now),
        line.receiver.counters(),
        line.sender.report(line.now),
        line.sender.counters(),
        line.outbox.take(),
    ]
    assert None not in crossing
    assert pickle.loads(pickle.dumps(crossing)) == crossing


ACTS = st.sampled_from(
    ["key", "delta", "other", "lose", "late", "again", "padding", "pause", "resume", "nack", "wait"],
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 65_535), script=st.lists(ACTS, min_size=20, max_size=80))
def test_whatever_the_script_numbers_never_repeat_and_payloads_stay_whole(
    engine: Engine, start: int, script: list[str]
) -> None:
    line = Line(engine, replace(VIDEO, codecs={96: "video/VP8", 98: "video/H264"}))
    number, held = start, list[int]()
    seen: dict[int, bytes] = {}
    holes, goes_on = 0, False

    def body(of: int, begin: bytes) -> bytes:
        return begin + of.to_bytes(4)

    for act in script:
        number += act in ("key", "delta", "other", "lose", "late")
        match act:
            case "key" | "delta":
                line.put(number, body(number, KEY_FRAME if act == "key" else DELTA_FRAME))
            case "other":
                line.put(number, b"another codec", payload_type=98)
            case "late":
                held.append(number)
                holes += goes_on
            case "again" if held:
                late = held.pop()
                line.put(late, body(late, DELTA_FRAME))
            case "padding":
                number += 1
                line.put_padding(number & 0xFFFF)
            case "lose":
                holes += goes_on
            case "pause":
                line.sender.pause()
                goes_on = False
            case "resume":
                line.sender.resume()
                line.receiver.request_key_frame(line.now)
            case "nack":
                line.nack(*seen)
            case "wait":
                line.now += 0.05
                line.receiver.handle_timeout(line.now)
        for view in line.left():
            if view.ssrc == OUR_REPAIRS:
                assert bytes(view.payload)[2:] == seen[original_sequence_number(view) or 0]
            else:
                assert view.sequence_number not in seen
                assert view.timestamp == int.from_bytes(view.payload[-4:]) * 3000 & 0xFFFF_FFFF
                seen[view.sequence_number] = bytes(view.payload)
                goes_on = True
    assert line.sender.counters().packets == len(seen)
    assert not seen or max(seen) < min(seen) + len(seen) + holes, "what is left out makes none"


# --- encodings and temporal layers

LAYERED = replace(ROUTE, numbers_pictures=True)
COUNTED = replace(VIDEO, temporal_layers=2)


def picture(number: int, temporal: int, frame: bytes) -> bytes:
    """Return a whole VP8 picture with its numbers."""
    return (
        bytes((0x90, 0xE0, 0x80 | number >> 8, number & 0xFF, number // 2 & 0xFF, temporal << 6 | 0x20))
        + frame
    )


def put_pictures(line: Line, numbers: range, *, ssrc: int = SSRC, first: int = 0) -> None:
    for number in numbers:
        frame = KEY_FRAME[1:] if number == numbers[0] else DELTA_FRAME[1:]
        line.put(number, picture(first + number, number % 2, frame), ssrc=ssrc)


def told(line: Line) -> list[tuple[int, int]]:
    """Take what leaves; return picture ids and temporal layers."""
    found = [read_numbers(bytes(view.payload), 0, view.payload_bytes) for view in line.left()]
    return [(numbers.picture_id, numbers.temporal) for numbers in found if numbers is not None]


def test_pictures_of_another_stream_go_on_where_those_before_ended(engine: Engine) -> None:
    line = Line(engine, COUNTED, LAYERED)
    put_pictures(line, range(100, 104))
    line.begin(SSRC + 10)
    put_pictures(line, range(4), ssrc=SSRC + 10, first=5000)
    assert told(line) == [(number, number % 2) for number in range(100, 108)]
    line.nack(8)
    [repeat] = line.left()
    numbers = read_numbers(bytes(repeat.payload), 2, repeat.payload_bytes)
    assert numbers is not None
    assert numbers.picture_id == 107, "a repeat has the numbers of the first time"


def test_temporal_layers_are_counted_apart_and_left_out_without_a_gap(engine: Engine) -> None:
    line = Line(engine, COUNTED, LAYERED)
    put_pictures(line, range(4))
    line.sender.thin(0)
    for number in range(4, 8):
        line.put(number, picture(number, number % 2, DELTA_FRAME[1:]))
    views = line.left()
    assert [view.sequence_number - views[0].sequence_number for view in views] == [0, 1, 2, 3, 4, 5]
    assert line.drops_out.as_dict() == {"temporal_layer": 2}
    low, high = line.receiver.counters().temporal_bytes
    assert low > high > 0
