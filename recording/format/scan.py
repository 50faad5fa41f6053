"""Read a journal chunk by chunk, past whatever damage it has.

After a record that fails its CRC the scanner looks for the next byte that can be a mark and tries there, so
damage costs the records it touches and no other. A torn last record (kill, full disk, power cut) is damage
too, and told apart: nothing that was whole is lost with it.
"""

from typing import Final

from recording.format.record import HEADER_BYTES, MARK, Record, intact_payload, unpack_head

_MARK: Final = bytes((MARK,))


class JournalScanner:
    """Turn chunks of a journal, in order, into records.

    Attributes:
        damages: runs of unreadable bytes so far.
        damaged_bytes: their length together.
        torn_bytes: how many of them are a last record that the file ends in.
    """

    def __init__(self) -> None:
        self.damages = 0
        self.damaged_bytes = 0
        self.torn_bytes = 0
        self._buffer = b""
        self._lost = False
        self._tears = False
        self._run_bytes = 0

    def feed(self, chunk: bytes) -> list[Record]:
        """Take the next chunk and return the records it completes."""
        self._buffer += chunk
        return self._scan(final=False)

    def finish(self) -> list[Record]:
        """Return what is left at the end of the file."""
        found = self._scan(final=True)
        self._skip(len(self._buffer), tears=True)
        self._buffer = b""
        self.torn_bytes = self._run_bytes if self._lost and self._tears else 0
        return found

    def _scan(self, *, final: bool) -> list[Record]:
        found: list[Record] = []
        buffer, position, size = self._buffer, 0, len(self._buffer)
        while size - position >= HEADER_BYTES:
            kind, mark, length, arrival_ns = unpack_head(buffer, position)
            end = position + HEADER_BYTES + length
            if mark == MARK and end > size and not final:
                break
            if mark == MARK and end <= size:
                payload = intact_payload(buffer, position, end)
                if payload is not None:
                    self._lost = False
                    found.append(Record(kind, arrival_ns, payload))
                    position = end
                    continue
            candidate = self._next_candidate(position)
            self._skip(candidate - position, tears=mark == MARK and end > size)
            position = candidate
        self._buffer = buffer[position:]
        return found

    def _next_candidate(self, position: int) -> int:
        found = self._buffer.find(_MARK, position + 2)
        return found - 1 if found >= 0 else max(position + 1, len(self._buffer) - 1)

    def _skip(self, count: int, *, tears: bool) -> None:
        if not count:
            return
        if not self._lost:
            self.damages += 1
            self._lost, self._tears, self._run_bytes = True, tears, 0
        self.damaged_bytes += count
        self._run_bytes += count
