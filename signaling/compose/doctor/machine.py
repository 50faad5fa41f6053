"""This machine: disk, open files, NTP, and the files that pages are served from."""

import ctypes
import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from signaling.compose.doctor.report import Finding, advice, fine, mend
from signaling.config import Settings
from signaling.domain.readiness import DISK_HOUR_BYTES
from web_client.helper.build import packed

_ENOUGH_HOURS: Final = 24
_GB: Final = 1e9
_ENOUGH_FILES: Final = 65_536
_FEW_FILES: Final = 2_048
_TIMEX_BYTES: Final = 512
"""More than any `struct timex`; its first field, 0, says that nothing is to be changed (adjtimex(2))."""
_TIME_ERROR: Final = 5


def disk(settings: Settings) -> Iterator[Finding]:
    """Compare the room on the disks of journals and recordings with what recording needs."""
    seen: set[int] = set()
    for folder in filter(None, (settings.journal_dir, _folder_of(settings.storage_url))):
        here = next(one for one in (folder, *folder.parents) if one.is_dir())
        if not os.access(here, os.W_OK):
            yield mend("disk", "disk_unwritable", folder=here)
            continue
        if here.stat().st_dev not in seen:
            seen.add(here.stat().st_dev)
            yield room(here, shutil.disk_usage(here).free, settings.journal_reserve_mib << 20)


def room(folder: Path, free_bytes: int, reserve_bytes: int) -> Finding:
    """Judge what is left on a disk."""
    hours = max(0, free_bytes - reserve_bytes) // DISK_HOUR_BYTES
    facts = {"folder": folder, "free": f"{free_bytes / _GB:.1f}", "hours": hours}
    if hours < 1:
        return mend("disk", "disk_full", reserve=f"{reserve_bytes / _GB:.1f}", **facts)
    return (fine if hours >= _ENOUGH_HOURS else advice)(
        "disk", "disk_fine" if hours >= _ENOUGH_HOURS else "disk_low", **facts
    )


def open_files() -> Finding:
    """Judge how far the limit of open files may be raised."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = _ENOUGH_FILES if hard == resource.RLIM_INFINITY else hard
    if limit >= _ENOUGH_FILES:
        return fine("files", "files_fine", limit=limit)
    return (mend if limit < _FEW_FILES else advice)("files", "files_few", limit=limit)


def ntp() -> Iterator[Finding]:
    """Ask the kernel whether its clock is set by NTP; nothing where it does not tell."""
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    if state == _TIME_ERROR:
        yield advice("clock", "clock_unsynchronised")
    elif state >= 0:
        yield fine("clock", "clock_synchronised")


def served_files(settings: Settings) -> Iterator[Finding]:
    """Look for the built web client, and pack the counter PC's program as the service would."""
    root = settings.web_client_dir
    if not (root / "index.html").is_file():
        yield mend("web_client", "web_client_missing", where=root)
    try:
        packed()
    except OSError:
        yield mend("helper", "helper_missing")
    else:
        yield fine("helper", "helper_there")


def _folder_of(url: str) -> Path | None:
    parts = urlsplit(url)
    if parts.scheme not in {"", "file"}:
        return None
    return Path(unquote(parts.path))
