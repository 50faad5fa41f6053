"""Settings of recording, made once in the composition root, and the alphabet of names that become files."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives import hashes

from recording.errors import InvalidNameError

DIGESTS: Final[Mapping[str, Callable[[], hashes.HashAlgorithm]]] = MappingProxyType(
    {"international": hashes.SHA256, "guomi": hashes.SM3}
)
"""Suite of algorithms → its digest, for files and media addresses."""

_CHUNK_BYTES: Final = 1 << 16
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """What an operator may choose.

    Attributes:
        journal_root: directory of the calls' journal directories; on the machine of the media process.
        media_secret: key of the signed media addresses, at least 32 bytes.
        suite: digests of addresses and files, a key of `DIGESTS`.
        address_lifetime: seconds a media address is valid.
        lease_seconds: time after which a silent worker's job goes to another.
        max_attempts: times a job is tried before it is `failed`.
        thumbnail_interval: seconds between thumbnails.
        keep_journals: leave journals where they are after muxing.
        retry_after: seconds until a failed job is tried again; then `retry_growth` times as long.
        disk_retry_after: seconds between looks at a disk without room, however often.
        host_patience: seconds after a call's end in which the disk that has its journals shows itself.
        reserve_bytes: room that muxing leaves on the journals' disk: twice what stops the live journals.
    """

    journal_root: Path
    media_secret: bytes
    suite: str = "international"
    address_lifetime: float = 300.0
    lease_seconds: float = 60.0
    max_attempts: int = 5
    thumbnail_interval: float = 10.0
    keep_journals: bool = False
    retry_after: float = 5.0
    retry_growth: float = 4.0
    disk_retry_after: float = 15.0
    host_patience: float = 600.0
    reserve_bytes: int = 512 << 20


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """What a storage backend is made with.

    Attributes:
        url: where objects live; its scheme names the backend, as in `file:///absolute/directory`.
        chunk_bytes: a range is read in chunks of at most this many bytes.
    """

    url: str
    chunk_bytes: int = 1 << 18


@dataclass(frozen=True, slots=True)
class TapSettings:
    """How the media process journals.

    Attributes:
        min_free_bytes: below this much room nothing is journalled: the database may lie on the same disk, and
            a recording must not take its last room.
        sync_interval: seconds between looks: journals are synced, room and growth are checked.
        anchor_interval: seconds between two readings of both clocks in a journal.
        retry_after: seconds until a track that the disk refused is tried again.
        stall_after: seconds without growth until an alarm; with a look each second it comes within 3 s.
        start_patience: the same for a new producer, which may wait for ICE and DTLS before its first packet.
        key_frame_interval: seconds between key frames asked for: without it a still screen has its only one
            at the start, and nothing seeks.
        eager_key_frame_interval: the same after a pause, when the picture is black until a key frame comes.
        eager_for: seconds after a pause for which it holds.
        max_pending_bytes: more than this is written at once, not with the batch.
        slow_write: writes that take longer are counted, in seconds: a slow disk shows.
    """

    min_free_bytes: int = 256 << 20
    sync_interval: float = 1.0
    anchor_interval: float = 10.0
    retry_after: float = 5.0
    stall_after: float = 2.0
    start_patience: float = 5.0
    key_frame_interval: float = 4.0
    eager_key_frame_interval: float = 0.5
    eager_for: float = 1.0
    max_pending_bytes: int = 1 << 18
    slow_write: float = 0.005


def checked_name(name: str) -> str:
    """Return `name` if it may become part of a path.

    Raises:
        InvalidNameError: not 1–64 of letters, digits, `_` and `-`.
    """
    if not _NAME.fullmatch(name):
        raise InvalidNameError("A name must be 1–64 letters, digits, underscores or hyphens.")
    return name


def file_digest(path: Path, suite: str) -> str:
    """Return the suite's digest of a file, hexadecimal."""
    digest = hashes.Hash(DIGESTS[suite]())
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.finalize().hex()
