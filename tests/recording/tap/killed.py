"""A media process that journals many streams in real time and is killed: what it lost of what it flushed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from recording.format import JournalScanner, RecordKind

PACKET_SECONDS: Final = 0.02
_WRITER: Final = """
import sys, time
from pathlib import Path
from tests.recording.tap.machine import describe, make_host, open_tap, packet

streams, directory = int(sys.argv[1]), Path(sys.argv[2])
host = make_host()
taps = [open_tap(host, directory, track="microphone", participant=f"p{n}") for n in range(streams)]
for n, tap in enumerate(taps):
    tap.on_stream(describe("microphone", "audio/opus", ssrc=n + 1))
begin, sent = time.monotonic(), 0
while True:
    now = 100.0 + time.monotonic() - begin
    while sent < (now - 100.0) / float(sys.argv[3]):
        for tap in taps:
            tap.on_rtp(packet(sent, sent * 960, bytes(100)), now)
        sent += 1
    host.flush(now)
    host.handle_timeout(now)
    print(sent, flush=True)
    time.sleep(0.01)
"""


def worst_loss(streams: int, kills: int) -> float:
    """Kill a writer so often at a random moment; return the most seconds a stream lost of what was flushed.

    Raises AssertionError when anything but the torn end of a journal cannot be read.
    """
    chance = random.Random(9)
    worst = 0.0
    for _ in range(kills):
        with TemporaryDirectory() as folder:
            flushed = _killed(streams, Path(folder), chance.uniform(0.2, 0.8))
            kept = [_packets(path) for path in Path(folder).iterdir()]
        assert len(kept) == streams
        worst = max(worst, (flushed - min(kept)) * PACKET_SECONDS)
    return worst


def _killed(streams: int, directory: Path, after: float) -> int:
    """Return how many packets of each stream the writer said it had flushed."""
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(streams), str(directory), str(PACKET_SECONDS)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert writer.stdout is not None
    flushed, until = 0, float("inf")
    for line in writer.stdout:
        if line.endswith(b"\n"):
            flushed = int(line)
        until = min(until, time.monotonic() + after)
        if time.monotonic() >= until:
            writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert writer.returncode == -signal.SIGKILL
    return flushed


def _packets(path: Path) -> int:
    scanner = JournalScanner()
    records = [*scanner.feed(path.read_bytes()), *scanner.finish()]
    assert scanner.damaged_bytes == scanner.torn_bytes
    return sum(record.kind == RecordKind.RTP for record in records)
