"""`./dev bench record`: what a recording costs, in the media process and in the worker.

The tap gets what a call sends, at its rates: two people with microphone and camera and a desktop, so five
journals, flushed each 10 ms as the media loop does, into the temporary directory. The worker, a process of
its own, muxes ten minutes of a VP8 camera (360p) and its microphone, whose packets say how loud they are as
a browser's do, with previews; Janus' tool (`janus`) reads the same packets in the same run. Eight hours and
ten minutes of the same smaller pictures tell whether memory grows with a call, in WebM; in MP4 an hour and
ten minutes do. A media process of a hundred streams is killed twenty times.
"""

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from shutil import rmtree
from typing import Any

from recording.mux import MuxOptions, mux_call
from recording.tap.track import RecordingTap
from rtc_server.wire.rtp import RtpView
from tests.bench._holds import Hold, finish
from tests.bench.record.janus import TOOL, cpu_seconds
from tests.recording.longer import prolong
from tests.recording.played import record
from tests.recording.synthetic import camera, levels, microphone
from tests.recording.tap.killed import worst_loss
from tests.recording.tap.machine import describe, make_host, open_tap, packet

CALL_SECONDS = 120
FLUSH_SECONDS = 0.01
MINUTES = 10
MAX_TAP_US = 12.0
"""Held: less than half of what forwarding a packet costs."""
MAX_MUX_SECONDS_AN_HOUR = 8.0
MAX_MUX_GROWTH_MIB = 48.0
HOURS = {"VP8": 8, "H264": 1}
MAX_GROWTH_OF_HOURS_MIB = 4.0
"""What hours take more than ten minutes: each thumbnail's place, what FFmpeg keeps of a file of an hour."""
STREAMS, KILLS = 100, 20


@dataclass(frozen=True)
class Sent:
    """What one track sends: packets a second, bytes each, in bursts of a picture."""

    participant: str
    track: str
    rate: int
    size: int
    burst: int


SENT = (
    Sent("clerk", "microphone", 50, 110, 1),
    Sent("clerk", "camera", 120, 1100, 4),
    Sent("expert", "microphone", 50, 110, 1),
    Sent("expert", "camera", 120, 1100, 4),
    Sent("clerk", "desktop", 40, 1100, 8),
)


def run(*, json: bool) -> int:
    """Measure both and print; return 0 when all holds."""
    with tempfile.TemporaryDirectory(prefix="bangban-bench-") as folder:
        tap_us = _tap_microseconds(Path(folder) / "tap")
        mux_seconds, growth_mib, janus_seconds = _mux(Path(folder) / "mux")
        hours = {codec: _hours(Path(folder) / codec, codec) for codec in HOURS}
        lost_s = worst_loss(STREAMS, KILLS)
    figures = {
        "tap_us_per_packet": round(tap_us, 2),
        "mux_cpu_s_per_hour": round(mux_seconds, 1),
        "mux_growth_mib": round(growth_mib, 1),
        "mux_growth_of_hours_mib": {codec: [round(mib, 1) for mib in pair] for codec, pair in hours.items()},
        "janus_cpu_s_per_hour": None if janus_seconds is None else round(janus_seconds, 1),
        "mux_to_janus": None if janus_seconds is None else round(mux_seconds / janus_seconds, 1),
        "lost_to_kills_s": lost_s,
    }
    holds = [
        Hold("CPU of the tap a packet in µs", MAX_TAP_US, figures["tap_us_per_packet"]),
        Hold("CPU of the worker an hour in s", MAX_MUX_SECONDS_AN_HOUR, figures["mux_cpu_s_per_hour"]),
        Hold("memory a mux takes in MiB", MAX_MUX_GROWTH_MIB, growth_mib),
        *(
            Hold(
                f"memory {HOURS[codec]} h of {codec} take more than {MINUTES} minutes in MiB",
                MAX_GROWTH_OF_HOURS_MIB,
                long_mib - short_mib,
            )
            for codec, (short_mib, long_mib) in hours.items()
        ),
        Hold(f"lost of {STREAMS} streams to {KILLS} kills in s", 0.02, lost_s),
    ]
    return finish(figures, holds, table, json=json)


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lengths = "".join(
        f"; {codec}: {short} MiB for {MINUTES} minutes, {long} for {HOURS[codec]} h"
        for codec, (short, long) in figures["mux_growth_of_hours_mib"].items()
    )
    return (
        f"tap: {figures['tap_us_per_packet']:.2f} µs of CPU a packet, five tracks of a call\n"
        f"worker: {figures['mux_cpu_s_per_hour']:.1f} s of CPU for an hour of camera and microphone, "
        f"{figures['mux_growth_mib']:.1f} MiB{lengths}\n"
        f"{TOOL}: {figures['janus_cpu_s_per_hour']} s, ours is {figures['mux_to_janus']} times as much\n"
        f"lost to {KILLS} kills with {STREAMS} streams: {figures['lost_to_kills_s']:.2f} s"
    )


def _tap_microseconds(directory: Path) -> float:
    host = make_host()
    taps: dict[Sent, RecordingTap] = {}
    for sent in SENT:
        tap = open_tap(host, directory, track=sent.track, participant=sent.participant)
        tap.on_stream(describe(sent.track, "audio/opus" if sent.track == "microphone" else "video/VP8"))
        taps[sent] = tap
    script = [[(taps[sent], view) for sent, view in due] for due in _script()]
    started = time.process_time()
    count = 0
    for index, due in enumerate(script):
        now = 100.0 + index * FLUSH_SECONDS
        for tap, view in due:
            tap.on_rtp(view, now)
        host.flush(now)
        count += len(due)
    spent = time.process_time() - started
    host.close()
    return spent / count * 1e6


def _script() -> Iterator[list[tuple[Sent, RtpView]]]:
    """Yield what arrives in each interval between two flushes."""
    views = {
        sent: [packet(index, index * 3000, bytes(sent.size)) for index in range(sent.burst)] for sent in SENT
    }
    owed = dict.fromkeys(SENT, 0.0)
    for _ in range(round(CALL_SECONDS / FLUSH_SECONDS)):
        due: list[tuple[Sent, RtpView]] = []
        for sent in SENT:
            owed[sent] += sent.rate * FLUSH_SECONDS
            if owed[sent] >= sent.burst:
                owed[sent] -= sent.burst
                due += [(sent, view) for view in views[sent]]
        yield due


def _mux(folder: Path) -> tuple[float, float, float | None]:
    """Return CPU seconds an hour, MiB by which the process grew, and Janus' CPU seconds if it is here."""
    repeats = MINUTES * 6
    sound, picture = microphone(10, 101), camera(10, 101, size=(640, 360))
    said = levels(10) * repeats
    tracks = {
        "microphone": [replace(sound, frames=sound.frames * repeats, levels=said)],
        "camera": [replace(picture, frames=picture.frames * repeats)],
    }
    record(folder / "journals", {"clerk": tracks})
    spent, grown_mib = _in_a_worker(folder)
    janus = cpu_seconds(folder / "journals", folder / "janus")
    return spent * 60 / MINUTES, grown_mib, None if janus is None else janus * 60 / MINUTES


def _hours(folder: Path, codec: str) -> tuple[float, float]:
    """Return by how many MiB the process grows that muxes ten minutes, and hours."""
    sound, picture = microphone(10, 101), camera(10, 101, f"video/{codec}")
    tracks = {"microphone": [replace(sound, levels=levels(10))], "camera": [picture]}
    record(folder / "round", {"clerk": tracks})
    return _long(folder, "short", MINUTES * 60), _long(folder, "long", HOURS[codec] * 3600)


def _long(folder: Path, name: str, seconds: int) -> float:
    (folder / name).mkdir()
    prolong(folder / "round", folder / name / "journals", round_seconds=10, seconds=seconds)
    grown = _in_a_worker(folder / name)[1]
    rmtree(folder / name)
    return grown


def _in_a_worker(folder: Path) -> tuple[float, float]:
    """Return CPU seconds of muxing a folder's journals, and MiB by which the process grew."""
    (folder / "out").mkdir()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        spent, grown_kib = worker.submit(_measured_mux, folder).result()
    return spent, grown_kib / 1024


def _measured_mux(folder: Path) -> tuple[float, int]:
    """Mux, and return CPU seconds and the KiB by which this process grew."""
    before = _kib("VmRSS")
    started = time.process_time()
    mux_call(folder / "journals", folder / "out", MuxOptions("bench"), lambda done: None)
    spent = time.process_time() - started
    return spent, _kib("VmHWM") - before


def _kib(name: str) -> int:
    """Return a figure of this process: resident now (VmRSS), or at most so far (VmHWM)."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[name].split()[0])
