"""Numbers that wrap: comparison and unwrapping of 16- and 32-bit counters (RFC 1982, RFC 3550 A.1).

`Unwrapper` maps a wrapping counter to integers that keep growing. Values may be negative when packets older
than the first one arrive.
"""


def distance16(a: int, b: int) -> int:
    """Return the signed way from b to a, −32768…32767; positive when a is newer."""
    return ((a - b + 0x8000) & 0xFFFF) - 0x8000


def distance32(a: int, b: int) -> int:
    """Return the signed way from b to a, −2³¹…2³¹−1; positive when a is newer."""
    return ((a - b + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000


class Unwrapper:
    """Turn a wrapping counter into a growing integer, in any order of arrival.

    The first value keeps its own number. A value half a turn or more away is taken as the nearer one.

    Args:
        bits: width of the counter, 16 or 32.
    """

    __slots__ = ("_half", "_last", "_mask")

    def __init__(self, bits: int = 16) -> None:
        self._mask = (1 << bits) - 1
        self._half = 1 << (bits - 1)
        self._last: int | None = None

    @property
    def last(self) -> int | None:
        """The highest number so far."""
        return self._last

    def unwrap(self, value: int) -> int:
        """Return the growing number for `value` and remember it if it is the highest."""
        last = self._last
        if last is None:
            self._last = value
            return value
        half = self._half
        number = last + ((value - last + half) & self._mask) - half
        if number > last:
            self._last = number
        return number

    def peek(self, value: int) -> int:
        """Return what `unwrap` would, remembering nothing."""
        last = self._last
        if last is None:
            return value
        return last + ((value - last + self._half) & self._mask) - self._half
