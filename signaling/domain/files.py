"""Files that go between counter and specialist: each after a yes of its own, each of a kind that is known.

Two browsers send and save them: no program reads or writes anything on the counter PC.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from signaling.domain.control.grant import OnceKind
from signaling.domain.errors import InvalidError
from signaling.domain.ids import CallId

FILE_BYTES: Final = 12 * 1024 * 1024
"""A scanned contract of forty pages is about 10 MiB; each is in memory while it comes."""
LONGEST_NAME: Final = 120
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file that may be sent: its media type, and what its bytes begin with."""

    media_type: str
    magic: bytes


TYPES: Final[Mapping[str, FileType]] = MappingProxyType(
    {
        "pdf": FileType("application/pdf", b"%PDF-"),
        "jpg": FileType("image/jpeg", b"\xff\xd8\xff"),
        "jpeg": FileType("image/jpeg", b"\xff\xd8\xff"),
        "png": FileType("image/png", b"\x89PNG\r\n\x1a\n"),
        "ofd": FileType("application/ofd", _ZIP),
        "docx": FileType(f"{_OFFICE}wordprocessingml.document", _ZIP),
        "xlsx": FileType(f"{_OFFICE}spreadsheetml.sheet", _ZIP),
        "doc": FileType("application/msword", _OLE),
        "xls": FileType("application/vnd.ms-excel", _OLE),
        "wps": FileType("application/vnd.ms-works", _OLE),
        "et": FileType("application/vnd.ms-excel", _OLE),
        "txt": FileType("text/plain", b""),
    }
)
"""By the end of the name. Nothing in it runs by itself: no programs, no scripts, no archives, no macros."""

_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(10))}
)
"""What Windows takes for a device whatever follows the dot."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that was sent; `key` is where its bytes are kept.

    Attributes:
        way: to the counter or from it.
        once_id: the question that was answered with yes.
    """

    file_id: str
    call_id: CallId
    way: OnceKind
    once_id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    sent_by: str
    sent_at: float
    key: str
    off_record: bool = False


def checked_name(name: str) -> tuple[str, FileType]:
    """Return a file's name in its normal form (NFC), and of which type it says to be.

    Raises:
        InvalidError: `file_name` for a path, a name that hides something or that a system cannot keep;
            `file_type` for a kind that is not sent.
    """
    name = unicodedata.normalize("NFC", name)
    stem, dot, end = name.rpartition(".")
    hidden = any(character in '/\\:*?"<>|' or unicodedata.category(character)[0] == "C" for character in name)
    if hidden or not 0 < len(name) <= LONGEST_NAME or name != name.strip() or name.startswith("."):
        raise InvalidError("file_name", field="name")
    if stem.split(".")[0].strip().casefold() in _DEVICES:
        raise InvalidError("file_name", field="name")
    kind = TYPES.get(end.casefold())
    if not dot or kind is None:
        raise InvalidError("file_type", field="name")
    return name, kind


def require_type(kind: FileType, data: bytes) -> None:
    """Raise `file_type` unless the bytes are what the name says."""
    if not data or not data.startswith(kind.magic) or (not kind.magic and b"\0" in data):
        raise InvalidError("file_type", field="name")
