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

_CHUNK_BYTES: Final = 1 << 20
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """What an operator may choose.

    Attributes:
        journal_root: directory of the calls' journal directories; on the machine of the media process.
        storage_url: where finished recordings live, `file:///absolute/directory`.
        media_secret: key of the signed media addresses, at least 32 bytes.
        suite: digests of addresses and files, a key of `DIGESTS`.
        address_lifetime: seconds a media address is valid.
        lease_seconds: time after which a silent worker's job goes to another.
        max_attempts: times a job is tried before it is `failed`.
        thumbnail_interval: seconds between thumbnails.
        keep_journals: leave journals where they are after muxing.
    """

    journal_root: Path
    storage_url: str
    media_secret: bytes
    suite: str = "international"
    address_lifetime: float = 300.0
    lease_seconds: float = 60.0
    max_attempts: int = 5
    thumbnail_interval: float = 10.0
    keep_journals: bool = False


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
