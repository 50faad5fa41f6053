"""What the pure steps of one forwarded packet cost, in µs each: the floor under `bench forward`.

Then what they cost together, through a transport, its streams and the outbox of one consumer or of four: the
difference is the price of one more consumer. And what of it is spent on more than forwarding (`PARTS`).
"""

import time
import timeit
from collections.abc import Callable, Mapping
from itertools import count
from math import inf
from typing import Any, Final

from rtc_server.protocol.estimate.estimator import DownlinkEstimator
from rtc_server.protocol.estimate.feedback import FeedbackReader
from rtc_server.protocol.estimate.history import SentHistory
from rtc_server.protocol.nack import NackGenerator
from rtc_server.protocol.pacer import Pacer
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

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "feedback to senders": ("transport_wide",),
    "statistics": ("statistics", "sender_clock"),
    "NACK and its buffer": ("nack", "rtx_cache"),
    "feedback of receivers": ("remember", "feedback"),
    "pacer": ("pacer",),
    "allocator": ("allocator",),
}
"""What a server does for more than passing a packet on → the steps that are it."""

_PER_SECOND: Final = 1000
"""Packets of the stream that feedback and decisions are counted on."""
_REPORTED: Final = _PER_SECOND // 20
"""Packets of one report: 50 ms."""
_DECISIONS: Final = 500
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
    pacer: Pacer[bytes] = Pacer(max_bytes=1 << 20)
    pacer.pace(20_000_000)
    clock, recorder = SenderClock(90000, ParticipantClock()), TransportWideRecorder(1)
    numbers = {
        name: count() for name in ("nack", "statistics", "cache", "mapper", "clock", "recorder", "pacer")
    }

    def record() -> None:
        number = next(numbers["recorder"])
        now = number / _PER_SECOND
        recorder.record(number & 0xFFFF, 3, now)
        if number % _REPORTED == 0:
            serialize(recorder.handle_timeout(now))

    def count_in() -> None:
        number = next(numbers["statistics"])
        statistics.receive(number & 0xFFFF, number // 4 * 3000 & 0xFFFF_FFFF, 1100, number / 120)

    def tell_clock() -> None:
        number = next(numbers["clock"])
        clock.receive(number // 4 * 3000 & 0xFFFF_FFFF, number / 120)

    def pace() -> None:
        number = next(numbers["pacer"])
        if number % _BATCH == 0:
            pacer.passes(_BATCH * 1100, number / _PER_SECOND, inf)

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
        "pacer": pace,
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


def allocator() -> float:
    """Return the µs of CPU that a sent packet pays for decisions about its stream, the usual one a second."""
    rig = Rig()
    sender, receiver = rig.transport("send"), rig.transport("recv")
    rig.consume(receiver, rig.produce(sender))
    spent = 0.0
    for _ in range(_DECISIONS):
        rig.now = max(rig.now, receiver.sharing.next_deadline())
        began = time.process_time()
        receiver.sharing.handle_timeout(rig.now)
        spent += time.process_time() - began
    return spent / (rig.now - Rig.now) / _PER_SECOND * 1e6


def measured() -> dict[str, float]:
    """Return the µs of every step, the best of several rounds."""
    figures = {
        name: min(timeit.repeat(step, number=_ROUNDS, repeat=_REPEATS)) / _ROUNDS * 1e6
        for name, step in steps().items()
    }
    for measure in (feedback, allocator):
        figures[measure.__name__] = min(measure() for _ in range(_REPEATS))
    return {name: round(figure, 3) for name, figure in figures.items()}


def parts(figures: Mapping[str, float]) -> dict[str, float]:
    """Return what each of `PARTS` costs a packet, in µs, of the figures of `measured`."""
    return {part: round(sum(figures[step] for step in names), 3) for part, names in PARTS.items()}


def run(*, json: bool) -> int:
    """Measure every step and the path; return 0 when they stay below `HOLD_US` and `HOLD_PATH_US`."""
    figures = measured()
    total = round(sum(figures[name] for name in steps()), 3)
    paths = {consumers: round(min(path(consumers) for _ in range(_REPEATS)), 3) for consumers in (1, 4)}
    holds = [
        Hold("all steps together in µs", HOLD_US, total),
        Hold("to remember a packet that leaves in µs", HOLD_REMEMBER_US, figures["remember"]),
        Hold("the path with one consumer in µs", HOLD_PATH_US, paths[1]),
    ]
    told = {"us_per_packet": figures, "total_us": total, "parts_us": parts(figures)}
    return finish(told | {"path_us_by_consumers": paths}, holds, table, json=json)


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = [f"{name:20}{figure:8.3f} µs" for name, figure in figures["us_per_packet"].items()]
    lines.append(f"{'together':20}{figures['total_us']:8.3f} µs")
    lines += [f"{f'of it {part}':30}{figure:8.3f} µs" for part, figure in figures["parts_us"].items()]
    lines += [
        f"{f'path, consumers: {consumers}':20}{figure:8.3f} µs"
        for consumers, figure in figures["path_us_by_consumers"].items()
    ]
    return "\n".join(lines)
