"""Read bits, most significant first."""

from recording.errors import DamagedError


class BitReader:
    """Read from the first bit of `data` on.

    Raises:
        DamagedError: from every method, past the end.
    """

    __slots__ = ("_length", "_position", "_value")

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self._length = len(data) * 8
        self._position = 0

    def read(self, count: int) -> int:
        """Return the next `count` bits as an unsigned number."""
        end = self._position + count
        if end > self._length:
            raise DamagedError("A bit stream ends too early.")
        self._position = end
        return (self._value >> (self._length - end)) & ((1 << count) - 1)

    def flag(self) -> bool:
        """Return the next bit."""
        return self.read(1) == 1
