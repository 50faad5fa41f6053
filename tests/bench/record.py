"""`./dev bench record`: what a recording costs, in the media process and in the worker.

The tap gets 1,100-byte packets in batches of 16, as the media loop hands them over, and writes them to the
temporary directory. The worker muxes ten minutes of a VP8 camera (360p) and its microphone with previews.
"""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from recording.mux import MuxOptions, mux_call
from tests.bench._holds import Hold, finish
from tests.recording.played import record
from tests.recording.synthetic import camera, microphone
from tests.recording.tap.machine import describe, make_host, open_tap, packet

PACKETS = 50_000
BATCH = 16
MINUTES = 10
MAX_TAP_US = 5.0
"""Held: a quarter of what forwarding a packet costs."""
MAX_MUX_SECONDS_AN_HOUR = 60.0


def run(*, json: bool) -> int:
    """Measure both and print; return 0 when both hold."""
    with tempfile.TemporaryDirectory(prefix="bangban-bench-") as folder:
        tap_us = _tap_microseconds(Path(folder) / "tap")
        mux_seconds = _mux_seconds_an_hour(Path(folder) / "mux")
    figures = {"tap_us_per_packet": round(tap_us, 2), "mux_cpu_s_per_hour": round(mux_seconds, 1)}
    holds = [
        Hold("CPU of the tap a packet in µs", MAX_TAP_US, figures["tap_us_per_packet"]),
        Hold("CPU of the worker an hour in s", MAX_MUX_SECONDS_AN_HOUR, figures["mux_cpu_s_per_hour"]),
    ]
    return finish(figures, holds, table, json=json)


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    return (
        f"tap: {figures['tap_us_per_packet']:.2f} µs of CPU a packet\n"
        f"worker: {figures['mux_cpu_s_per_hour']:.1f} s of CPU for an hour of camera and microphone"
    )


def _tap_microseconds(directory: Path) -> float:
    host = make_host()
    tap = open_tap(host, directory)
    tap.on_stream(describe())
    views = [packet(index, index * 3000, bytes(1100)) for index in range(PACKETS)]
    started = time.process_time()
    for index, view in enumerate(views):
        tap.on_rtp(view, 100.0 + index * 1e-4)
        if index % BATCH == BATCH - 1:
            host.flush(100.0 + index * 1e-4)
    spent = time.process_time() - started
    host.close()
    return spent / PACKETS * 1e6


def _mux_seconds_an_hour(folder: Path) -> float:
    repeats = MINUTES * 6
    sound, picture = microphone(10, 101), camera(10, 101, size=(640, 360))
    tracks = {
        "microphone": [replace(sound, frames=sound.frames * repeats)],
        "camera": [replace(picture, frames=picture.frames * repeats)],
    }
    record(folder / "journals", {"clerk": tracks})
    (folder / "out").mkdir()
    started = time.process_time()
    mux_call(folder / "journals", folder / "out", MuxOptions("bench"), lambda done: None)
    return (time.process_time() - started) * 60 / MINUTES
