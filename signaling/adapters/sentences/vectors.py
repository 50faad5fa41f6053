"""The vectors of texts on disk, by what the text says: a changed item costs its changed texts only.

Only the texts of now are kept: what a catalogue no longer says, or a withdrawn line, goes at the next write.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

DIMENSIONS: Final = 384
_MAGIC: Final = b"bangban vectors 1 multilingual-e5-small q4 query\n"
_RECORD: Final = np.dtype([("digest", "S16"), ("vector", "<f2", (DIMENSIONS,))])
_DIGEST_HEX: Final = 16

Vector = NDArray[np.float32]


def digest(text: str) -> bytes:
    """Return what a text is kept under: 64 bits in hexadecimal, without zero bytes, which numpy cuts off."""
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_HEX // 2).hexdigest().encode()


def read(path: Path) -> dict[bytes, Vector]:
    """Return digest → vector; nothing when there is no such file or it is no longer whole."""
    try:
        data = path.read_bytes()
        if not data.startswith(_MAGIC):
            return {}
        records = np.frombuffer(data[len(_MAGIC) :], _RECORD)
    except (OSError, ValueError):
        return {}
    return {bytes(one["digest"]): one["vector"].astype(np.float32) for one in records}


def write(path: Path, vectors: Mapping[bytes, Vector], wanted: Iterable[bytes]) -> None:
    """Replace the file by the vectors of `wanted`; raises OSError (a full disk costs a slower start only)."""
    kept = [(one, vectors[one]) for one in dict.fromkeys(wanted) if one in vectors]
    records = np.array(kept, _RECORD) if kept else np.zeros(0, _RECORD)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(_MAGIC + records.tobytes())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
