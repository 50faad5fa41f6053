"""What the pure steps of one forwarded packet cost, in µs each: the floor under `bench forward`.

Then what they cost together, through a transport, its streams and the outbox of one consumer or of four: the
difference is the price of one more consumer.
"""

import time
import timeit
from collections.abc import Callable
from itertools import count
from typing import Any, Final

from rtc_server.protocol.estimate.estimator import DownlinkEstimator
from rtc_server.protocol.estimate.feedback import FeedbackReader
from rtc_server.protocol.estimate.history import SentHistory
from rtc_server.protocol.nack import NackGenerator
from rtc_server.protocol.receive_statistics import ReceiveStatistics
from rtc_server.protocol.rtx_cache import RtxCache
from rtc_server.protocol.sender_clock import ParticipantClock, SenderClock
from rtc_server.protocol.sequence_mapper import SequenceMapper
from rtc_server.protocol.transport_wide import TransportWideRecorder
from rtc_server.wire.codecs import CODECS
from rtc_server.wire.demux import classify
from rtc_server.wire.rtcp import TransportWideFeedback, parse_compound, serialize
from rtc_server.wire.rtp import RtpView, build_extensions, build_header, build_packet
from tests.bench._holds import Hold, finish
from tests.rtc_server.sfu.rig import KEY_FRAME, Rig

HOLD_US: Final = 8.0
"""All steps together; 21 µs is the whole path, SRTP and sockets included."""

HOLD_PATH_US: Final = 12.0
"""From an authenticated packet to one that is ready to be sealed, for one consumer."""

HOLD_REMEMBER_US: Final = 1.0
"""To number a packet that leaves and to remember it until its feedback comes."""

_REPORTED: Final = 50
"""Packets of one report: 50 ms of 1,000/s."""
_BATCH: Final = 16
"""Packets between two drains."""
_ROUNDS: Final = 50_000
_REPEATS: Final = 5


def steps() -> dict[str, Callable[[], object]]:
    """Return each step as a call that handles the next packet of a 30 fps VP8 stream."""
    packet = build_packet(
        96, 1, 2, 3, bytes.fromhex("9080937050") + bytes(1095), extensions={1: b"0", 4: b"abc", 5: b"ab"}
    )
    view = RtpView(packet)
    block = build_extensions({1: b"0"})
    is_key_frame = CODECS["VP8"].is_key_frame
    nack, statistics, cache, mapper = (
        NackGenerator(),
        ReceiveStatistics(3, 90000),
        RtxCache(512, max_age=1.0),
        SequenceMapper(),
    )
    history = SentHistory()
    clock, recorder = SenderClock(90000, ParticipantClock()), TransportWideRecorder(1)
    numbers = {name: count() for name in ("nack", "statistics", "cache", "mapper", "clock", "recorder")}

    def record() -> None:
        number = next(numbers["recorder"])
        recorder.record(number & 0xFFFF, 3, number / 1000)
        if number % 50 == 0:
            recorder.handle_timeout(number / 1000)

    def count_in() -> None:
        number = next(numbers["statistics"])
        statistics.receive(number & 0xFFFF, number // 4 * 3000 & 0xFFFF_FFFF, 1100, number / 120)

    def tell_clock() -> None:
        number = next(numbers["clock"])
        clock.receive(number // 4 * 3000 & 0xFFFF_FFFF, number / 120)

    return {
        "classify": lambda: classify(packet),
        "view": lambda: RtpView(packet),
        "extension": lambda: view.extension(5),
        "transport_wide": record,
        "nack": lambda: nack.receive(next(numbers["nack"]) & 0xFFFF, 1.0),
        "statistics": count_in,
        "sender_clock": tell_clock,
        "key_frame": lambda: is_key_frame(view.payload),
        "rtx_cache": lambda: cache.store(next(numbers["cache"]) & 0xFFFF, 2, 0, packet, 1.0),
        "sequence_mapper": lambda: mapper.map(next(numbers["mapper"]) & 0xFFFF),
        "remember": lambda: history.remember(1100, 1.0),
        "header_and_payload": lambda: (
            build_header(96, 1, 2, 3, 1, block) + view.data[view.payload_offset : view.payload_end]
        ),
    }


def path(consumers: int) -> float:
    """Return the µs of CPU that one packet takes from its transport to `consumers` finished ones."""
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    producer = rig.produce(sender)
    for _ in range(consumers):
        rig.consume(receiver, producer)
    payload = KEY_FRAME + bytes(1090)
    packets = [
        build_packet(96, i & 0xFFFF, i // 8 * 3000, 1000, payload, extensions={3: (i & 0xFFFF).to_bytes(2)})
        for i in range(_ROUNDS)
    ]
    outbox, now = receiver.outbox, rig.now
    outbox.pacer.pace(20_000_000)
    began = time.process_time()
    for index, packet in enumerate(packets):
        now += 0.001
        sender.receive_rtp(packet, now)
        if index % _BATCH == _BATCH - 1:
            outbox.finish(outbox.take(now).packets, lambda: rig.now)
            if sender.next_deadline() <= now:
                sender.handle_timeout(now)
                sender.outbox.take()
    return (time.process_time() - began) / _ROUNDS * 1e6


def feedback() -> float:
    """Return the µs of CPU that a sent packet takes once its report comes: parsed, read, estimated."""
    history, recorder = SentHistory(), TransportWideRecorder(1)
    reader, estimator = FeedbackReader(history), DownlinkEstimator(max_bps=20_000_000)
    spent, now = 0.0, 100.0
    for index in range(_ROUNDS):
        now += 0.001
        recorder.record(history.remember(1100, now), 3, now + 0.02)
        if index % _REPORTED:
            continue
        now = max(now, recorder.next_deadline())
        reports = serialize(recorder.handle_timeout(now))
        began = time.process_time()
        for report in parse_compound(reports):
            told = reader.read(report, now) if isinstance(report, TransportWideFeedback) else None
            assert told is not None
            estimator.receive(told, now)
        spent += time.process_time() - began
    return spent / _ROUNDS * 1e6


def run(*, json: bool) -> int:
    """Measure every step and the path; return 0 when they stay below `HOLD_US` and `HOLD_PATH_US`."""
    figures = {
        name: round(min(timeit.repeat(step, number=_ROUNDS, repeat=_REPEATS)) / _ROUNDS * 1e6, 3)
        for name, step in steps().items()
    }
    total = round(sum(figures.values()), 3)
    paths = {consumers: round(min(path(consumers) for _ in range(_REPEATS)), 3) for consumers in (1, 4)}
    reported = round(min(feedback() for _ in range(_REPEATS)), 3)
    holds = [
        Hold("all steps together in µs", HOLD_US, total),
        Hold("to remember a packet that leaves in µs", HOLD_REMEMBER_US, figures["remember"]),
        Hold("the path with one consumer in µs", HOLD_PATH_US, paths[1]),
    ]
    measured = {"us_per_packet": figures, "total_us": total, "path_us_by_consumers": paths}
    measured["feedback_us"] = reported
    return finish(measured, holds, table, json=json)


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = [f"{name:20}{figure:8.3f} µs" for name, figure in figures["us_per_packet"].items()]
    lines.append(f"{'together':20}{figures['total_us']:8.3f} µs")
    lines.append(f"{'feedback':20}{figures['feedback_us']:8.3f} µs")
    lines += [
        f"{f'path, consumers: {consumers}':20}{figure:8.3f} µs"
        for consumers, figure in figures["path_us_by_consumers"].items()
    ]
    return "\n".join(lines)
