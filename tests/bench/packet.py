"""What the pure steps of one forwarded packet cost, in µs each: the floor under `bench forward`."""

import json as json_text
import timeit
from collections.abc import Callable
from itertools import count
from typing import Final

from rtc_server.protocol.nack import NackGenerator
from rtc_server.protocol.receive_statistics import ReceiveStatistics
from rtc_server.protocol.rtx_cache import RtxCache
from rtc_server.protocol.sender_clock import ParticipantClock, SenderClock
from rtc_server.protocol.sequence_mapper import SequenceMapper
from rtc_server.protocol.transport_wide import TransportWideRecorder
from rtc_server.wire.codecs import CODECS
from rtc_server.wire.demux import classify
from rtc_server.wire.rtp import RtpView, build_extensions, build_header, build_packet

HOLD_US: Final = 8.0
"""All steps together; 21 µs is the whole path, SRTP and sockets included."""

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
        RtxCache(),
        SequenceMapper(),
    )
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
        "header_and_payload": lambda: (
            build_header(96, 1, 2, 3, 1, block) + view.data[view.payload_offset : view.payload_end]
        ),
    }


def run(*, json: bool) -> int:
    """Measure every step; return 0 when all together stay below `HOLD_US`."""
    figures = {
        name: round(min(timeit.repeat(step, number=_ROUNDS, repeat=_REPEATS)) / _ROUNDS * 1e6, 3)
        for name, step in steps().items()
    }
    total = round(sum(figures.values()), 3)
    held = total < HOLD_US
    if json:
        print(
            json_text.dumps({"us_per_packet": figures, "total_us": total, "hold_us": HOLD_US, "held": held})
        )
    else:
        for name, figure in figures.items():
            print(f"{name:20}{figure:8.3f} µs")
        print(f"{'together':20}{total:8.3f} µs of {HOLD_US}")
    return 0 if held else 1
