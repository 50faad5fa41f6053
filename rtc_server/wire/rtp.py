"""RTP packets (RFC 3550 §5.1) with header extensions (RFC 8285): a view to read, a builder to write.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                           timestamp                           |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |           synchronization source (SSRC) identifier            |
    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+

This is the per-packet path: a view keeps the datagram and offsets into it, extensions are searched only
when asked for. Deliberately not done: the 4-bit `appbits` of the two-byte form, and CSRCs on the way out
(an SFU mixes nothing).
"""

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Final

from rtc_server.errors import WireError

HEADER_BYTES: Final = 12
"""RFC 3550 §5.1, without contributing sources."""

PADDING: Final = bytes(254) + b"\xff"
"""As much as there can be; RFC 3550 §5.1: "the last octet of the padding contains a count"."""

_HEADER: Final = Struct("!BBHII")
_EXTENSION: Final = Struct("!HH")

_ONE_BYTE_PROFILE: Final = 0xBEDE
_TWO_BYTE_PROFILE: Final = 0x1000
"""RFC 8285 §4.3: 0x100 in the upper 12 bits, appbits in the lower 4."""

_unpack_header = _HEADER.unpack_from
_unpack_extension = _EXTENSION.unpack_from
_pack_header = _HEADER.pack


class RtpView:
    """One RTP packet read in place; treat every attribute as read-only.

    Args:
        data: the whole packet after SRTP was removed.

    Attributes:
        data: the packet as it came.
        marker: 0 or 1.
        payload_type: 0–127.
        sequence_number: 16 bit.
        timestamp: 32 bit, in units of the codec's clock.
        ssrc: 32 bit.
        payload_offset, payload_end: the payload is `data[payload_offset:payload_end]`, padding excluded.
        padding_bytes: bytes of padding, its count byte included; 0 without padding.
        is_repaired: whether it came as RTX and was unwrapped; `data` is the packet as it came all the same.

    Raises:
        WireError: too short, not version 2, or lengths that run past the end.
    """

    __slots__ = (
        "_extension_end",
        "_extension_offset",
        "_extension_profile",
        "data",
        "is_repaired",
        "marker",
        "padding_bytes",
        "payload_end",
        "payload_offset",
        "payload_type",
        "sequence_number",
        "ssrc",
        "timestamp",
    )

    data: bytes
    is_repaired: bool
    marker: int
    padding_bytes: int
    payload_end: int
    payload_offset: int
    payload_type: int
    sequence_number: int
    ssrc: int
    timestamp: int
    _extension_end: int
    _extension_offset: int
    _extension_profile: int

    def __init__(self, data: bytes) -> None:
        end = len(data)
        if end < 12:
            raise WireError("RTP packet shorter than its header")
        first, second, self.sequence_number, self.timestamp, self.ssrc = _unpack_header(data)
        if first & 0xC0 != 0x80:
            raise WireError("RTP version is not 2")
        self.data = data
        self.is_repaired = False
        self.marker = second >> 7
        self.payload_type = second & 0x7F
        offset = 12 + ((first & 0x0F) << 2)
        if first & 0x10:
            if offset + 4 > end:
                raise WireError("RTP extension header is truncated")
            self._extension_profile, words = _unpack_extension(data, offset)
            self._extension_offset = offset + 4
            self._extension_end = offset = offset + 4 + (words << 2)
        else:
            self._extension_profile = self._extension_offset = self._extension_end = 0
        if first & 0x20:
            # RFC 3550 §5.1: "The last octet of the padding contains a count of how many padding octets
            # should be ignored, including itself."
            self.padding_bytes = padding = data[-1]
            if padding == 0:
                raise WireError("RTP padding count is 0")
            end -= padding
        else:
            self.padding_bytes = 0
        if offset > end:
            raise WireError("RTP header or padding runs past the end")
        self.payload_offset = offset
        self.payload_end = end

    @property
    def payload(self) -> memoryview:
        """The payload without padding, not copied."""
        return memoryview(self.data)[self.payload_offset : self.payload_end]

    @property
    def payload_bytes(self) -> int:
        """Length of the payload; 0 is a padding-only probe."""
        return self.payload_end - self.payload_offset

    @property
    def csrcs(self) -> tuple[int, ...]:
        """Contributing sources, at most 15."""
        count = self.data[0] & 0x0F
        return tuple(int.from_bytes(self.data[12 + 4 * i : 16 + 4 * i]) for i in range(count))

    def extension(self, wanted: int) -> bytes | None:
        """Return the value of one header extension, or None.

        Args:
            wanted: local identifier as negotiated by the sender, 1–14 (one-byte form) or 1–255.

        Elements behind a broken one are not found; the packet itself stays good.
        """
        position = self._extension_offset
        end = self._extension_end
        if position == end:
            return None
        data = self.data
        if self._extension_profile == _ONE_BYTE_PROFILE:
            while position < end:
                head = data[position]
                if head == 0:  # RFC 8285 §4.1.1: "padding bytes have the value of 0"
                    position += 1
                    continue
                identifier = head >> 4
                if identifier == 15:  # §4.2: "MUST stop processing the whole extension block"
                    return None
                after = position + (head & 0x0F) + 2
                if identifier == wanted:
                    return data[position + 1 : after] if after <= end else None
                position = after
            return None
        return self._two_byte_extension(wanted)

    def extensions(self) -> dict[int, bytes]:
        """Return all header extensions by local identifier (the first of a repeated one wins)."""
        found: dict[int, bytes] = {}
        one_byte = self._extension_profile == _ONE_BYTE_PROFILE
        if not one_byte and self._extension_profile & 0xFFF0 != _TWO_BYTE_PROFILE:
            return found
        data, position, end = self.data, self._extension_offset, self._extension_end
        while position < end:
            head = data[position]
            if head == 0:
                position += 1
                continue
            if one_byte:
                identifier, start, size = head >> 4, position + 1, (head & 0x0F) + 1
            elif position + 1 < end:
                identifier, start, size = head, position + 2, data[position + 1]
            else:
                break
            position = start + size
            if position > end or (one_byte and identifier == 15):
                break
            found.setdefault(identifier, data[start:position])
        return found

    def _two_byte_extension(self, wanted: int) -> bytes | None:
        if self._extension_profile & 0xFFF0 != _TWO_BYTE_PROFILE:
            return None
        data, position, end = self.data, self._extension_offset, self._extension_end
        while position + 1 < end:
            identifier = data[position]
            if identifier == 0:
                position += 1
                continue
            after = position + 2 + data[position + 1]
            if identifier == wanted:
                return data[position + 2 : after] if after <= end else None
            position = after
        return None

    def rewritten(
        self, *, payload_offset: int, payload_type: int, sequence_number: int, ssrc: int
    ) -> "RtpView":
        """Return a view of the same bytes with other header values (RTX unwrapping); nothing is copied.

        `to_bytes` of the result writes the new values; `data` is still the packet as it came.
        """
        view = RtpView.__new__(RtpView)
        view.data = self.data
        view.is_repaired = True
        view.marker = self.marker
        view.payload_type = payload_type
        view.sequence_number = sequence_number
        view.timestamp = self.timestamp
        view.ssrc = ssrc
        view._extension_profile = self._extension_profile
        view._extension_offset = self._extension_offset
        view._extension_end = self._extension_end
        view.padding_bytes = self.padding_bytes
        view.payload_offset = payload_offset
        view.payload_end = self.payload_end
        return view

    def to_bytes(self) -> bytes:
        """Return a whole packet with the values of this view; padding and CSRCs are left out."""
        block = b""
        if self._extension_offset:
            block = self.data[self._extension_offset - 4 : self._extension_end]
        header = build_header(
            self.payload_type, self.sequence_number, self.timestamp, self.ssrc, self.marker, block
        )
        return header + self.data[self.payload_offset : self.payload_end]

    def __repr__(self) -> str:
        return (
            f"RtpView(ssrc={self.ssrc}, payload_type={self.payload_type}, marker={self.marker}, "
            f"sequence_number={self.sequence_number}, timestamp={self.timestamp}, "
            f"payload_bytes={self.payload_bytes})"
        )


def build_header(
    payload_type: int,
    sequence_number: int,
    timestamp: int,
    ssrc: int,
    marker: int = 0,
    extension_block: bytes = b"",
    is_padded: bool = False,
) -> bytes:
    """Return an RTP header; append the payload (`view.data[view.payload_offset:view.payload_end]`) to it.

    Args:
        payload_type: 0–127.
        sequence_number: 0–65535, already wrapped.
        timestamp: 0–2³²−1, already wrapped.
        ssrc: 0–2³²−1.
        marker: 0 or 1.
        extension_block: what `build_extensions` returned, usually once per stream.
        is_padded: whether what follows ends in padding and its count.
    """
    first = (0x90 if extension_block else 0x80) | (0x20 if is_padded else 0)
    return _pack_header(first, marker << 7 | payload_type, sequence_number, timestamp, ssrc) + extension_block


def header_writer(payload_type: int, ssrc: int, extension_block: bytes) -> Callable[[int, int, int], bytes]:
    """Return `build_header` of one stream: sequence number, timestamp and marker → header; the hot path."""
    first, pack = 0x90 if extension_block else 0x80, Struct(f"!BBHII{len(extension_block)}s").pack

    def write(sequence_number: int, timestamp: int, marker: int) -> bytes:
        return pack(first, marker << 7 | payload_type, sequence_number, timestamp, ssrc, extension_block)

    return write


def build_extensions(values: Mapping[int, bytes]) -> bytes:
    """Return the extension block for `build_header`: profile, length, elements, padding; empty for no values.

    The one-byte form is used whenever all identifiers are 1–14 and all values 1–16 bytes, else the two-byte
    form.

    Args:
        values: local identifier (1–255) → value (0–255 bytes).

    Raises:
        ValueError: an identifier or a length that no form can carry; a bug of the caller.
    """
    if not values:
        return b""
    profile, elements = _write_elements(values)
    body = b"".join(elements)
    body += bytes(-len(body) % 4)
    return _EXTENSION.pack(profile, len(body) // 4) + body


def build_open_extensions(values: Mapping[int, bytes], identifier: int, size: int) -> bytes:
    """Return an extension block that lacks its last `size` bytes: the value of `identifier`, to be appended.

    What is known only when a packet leaves is written by putting it between header and payload; RFC 8285
    §4.1.1 lets padding stand between elements.

    Raises:
        ValueError: as `build_extensions`.
    """
    profile, elements = _write_elements({**values, identifier: bytes(size)})
    before, last = b"".join(elements[:-1]), elements[-1]
    body = before + bytes(-(len(before) + len(last)) % 4) + last
    return _EXTENSION.pack(profile, len(body) // 4) + body[:-size]


def _write_elements(values: Mapping[int, bytes]) -> tuple[int, list[bytes]]:
    """Return the profile of the form that carries all values, and each as an element of it."""
    if all(1 <= identifier <= 14 and 1 <= len(value) <= 16 for identifier, value in values.items()):
        return _ONE_BYTE_PROFILE, [bytes((i << 4 | len(v) - 1,)) + v for i, v in values.items()]
    if not all(1 <= identifier <= 255 and len(value) <= 255 for identifier, value in values.items()):
        raise ValueError("header extension out of range")
    return _TWO_BYTE_PROFILE, [bytes((i, len(v))) + v for i, v in values.items()]


def build_packet(
    payload_type: int,
    sequence_number: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    *,
    marker: int = 0,
    extensions: Mapping[int, bytes] | None = None,
    padding_bytes: int = 0,
) -> bytes:
    """Return a whole packet; for probes, tests and load, not for the forwarding path.

    Args:
        padding_bytes: 0, or 1–255 bytes of padding behind the payload.
    """
    block = build_extensions(extensions or {})
    header = build_header(
        payload_type, sequence_number, timestamp, ssrc, marker, block, is_padded=padding_bytes > 0
    )
    padding = bytes(padding_bytes - 1) + bytes((padding_bytes,)) if padding_bytes else b""
    return header + payload + padding
