"""A media process killed in the middle of writing loses nothing it had flushed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from recording.format import JournalScanner, RecordKind
from recording.mux import MuxOptions, mux_call
from rtc_server.wire.rtp import RtpView
from tests.recording.tap.killed import worst_loss

WRITER = """
import sys
from pathlib import Path
from tests.recording.synthetic import microphone
from tests.recording.tap.machine import make_host, open_tap

host = make_host()
tap = open_tap(host, Path(sys.argv[1]), track="microphone")
track = microphone(20, 101)
tap.on_stream(track.describe())
count = 0
for at, act in track.events():
    act(tap, at)
    host.flush(at)
    host.handle_timeout(at)
    count += 1
    print(count, flush=True)
sys.stdin.read()
"""


def test_kill_nine_loses_nothing_flushed(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "j")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert writer.stdout is not None
    acknowledged = 0
    for line in writer.stdout:
        acknowledged = int(line)
        if acknowledged == 500:
            writer.send_signal(signal.SIGKILL)
    acknowledged = max(acknowledged, 500)
    writer.communicate()
    assert writer.returncode == -signal.SIGKILL
    (journal,) = (tmp_path / "j").iterdir()
    scanner = JournalScanner()
    records = [*scanner.feed(journal.read_bytes()), *scanner.finish()]
    media = [RtpView(record.payload) for record in records if record.kind == RecordKind.RTP]
    reports = [record for record in records if record.kind == RecordKind.SENDER_REPORT]
    assert len(media) + len(reports) >= acknowledged
    assert scanner.damages <= 1
    (tmp_path / "o").mkdir()
    index = mux_call(tmp_path / "j", tmp_path / "o", MuxOptions("c1"), lambda done: None)
    assert index.segments[0].duration_ms >= len(media) * 20 - 20


def test_kills_at_any_moment_lose_nothing_flushed_of_any_stream() -> None:
    """`./dev bench record` kills twenty times with a hundred streams."""
    assert worst_loss(streams=20, kills=2) <= 0.0
