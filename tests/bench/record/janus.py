"""What Janus' own tool takes for the same packets: `janus-pp-rec` of the Debian package janus-tools.

It makes one file of each track, without previews or one clock; a track is read from an `.mjr` file, whose
records are "MEET", milliseconds since the first (32 bits), length (16 bits) and the RTP packet, behind a
header "MJR00002", length (16 bits) and a JSON description.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from struct import Struct
from typing import Final

from recording.format import RecordKind
from recording.mux.journals import JournalFile, journals_in

TOOL: Final = "janus-pp-rec"
_LENGTH: Final = Struct("!H")
_HEAD: Final = Struct("!4sIH")
_WALL_US: Final = 1_700_000_000_000_000
_TYPES: Final = {"microphone": ("a", "opus", ".opus"), "camera": ("v", "vp8", ".webm")}


def cpu_seconds(journals: Path, folder: Path) -> float | None:
    """Return the CPU seconds of the tool for a call's journals; None where it is not installed."""
    tool = shutil.which(TOOL)
    if tool is None:
        return None
    folder.mkdir()
    sources = [_written(journal, folder) for journal in journals_in(journals)]
    return sum(_run(tool, source, target) for source, target in sources)


def _written(journal: JournalFile, folder: Path) -> tuple[Path, Path]:
    kind, codec, suffix = _TYPES[journal.name.track]
    path = folder / f"{journal.name.track}.mjr"
    header = json.dumps({"t": kind, "c": codec, "s": _WALL_US, "u": _WALL_US}).encode()
    begin: int | None = None
    with path.open("wb") as file:
        file.write(b"MJR00002" + _LENGTH.pack(len(header)) + header)
        for record in journal.records(lambda size: None):
            if record.kind == RecordKind.RTP:
                begin = record.arrival_ns if begin is None else begin
                milliseconds = (record.arrival_ns - begin) // 1_000_000
                file.write(_HEAD.pack(b"MEET", milliseconds, len(record.payload)) + record.payload)
    return path, path.with_suffix(suffix)


def _run(tool: str, source: Path, target: Path) -> float:
    process = subprocess.Popen(
        [tool, "-d", "0", str(source), str(target)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or not target.stat().st_size:
        raise RuntimeError(
            f"{TOOL} ended with status {process.returncode} and wrote nothing of {source.name}"
        )
    return usage.ru_utime + usage.ru_stime
