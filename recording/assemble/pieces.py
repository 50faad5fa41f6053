"""Collect the packets of one picture: same timestamp, first packet to marker, nothing missing between."""

from collections.abc import Callable
from typing import Final, NamedTuple

from recording.assemble.frames import Frame, OrderedPacket

MAX_PICTURE_BYTES: Final = 1 << 24
"""No encoder makes more of one picture; without a bound a stream that never ends one stays in memory."""


class Piece(NamedTuple):
    """What one packet adds to its picture.

    Attributes:
        first: a picture can begin with it.
        certain: a picture does begin with it, whatever was lost before.
    """

    data: bytes
    first: bool
    certain: bool


class Picture(NamedTuple):
    """A whole picture before its codec looked at it."""

    sequence: int
    timestamp: int
    pieces: list[bytes]
    damaged_before: bool


class PictureAssembler:
    """Depacketiser of a video codec made of two functions.

    Args:
        parse: payload → piece, or None for a payload that breaks the format.
        finish: whole picture → frame, or None for a picture without content.
    """

    def __init__(
        self, parse: Callable[[bytes], Piece | None], finish: Callable[[Picture], Frame | None]
    ) -> None:
        self._parse = parse
        self._finish = finish
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._sequence = 0
        self._timestamp: int | None = None
        self._broken = False
        self._unsure = False
        self._damaged = False

    def push(self, packet: OrderedPacket) -> Frame | None:
        """Take the next packet; return the frame its marker completes."""
        if packet.after_hole:  # this picture misses something, and the next one perhaps its beginning
            self._broken = self._unsure = self._damaged = True
        view = packet.view
        payload = view.data[view.payload_offset : view.payload_end]
        if not payload:  # a probe of padding only: it takes a sequence number and nothing else
            return None
        piece = self._parse(payload)
        if packet.timestamp != self._timestamp:
            self._begin(packet, piece)
        if self._broken or piece is None or self._bytes > MAX_PICTURE_BYTES:
            self._broken = self._damaged = True
            self._pieces = []
            return None
        self._pieces.append(piece.data)
        self._bytes += len(piece.data)
        return self._complete() if view.marker else None

    def _begin(self, packet: OrderedPacket, piece: Piece | None) -> None:
        if self._pieces:  # the picture before had no marker
            self._damaged = True
        begins = piece is not None and piece.first and (piece.certain or not self._unsure)
        self._broken, self._unsure = not begins, False
        self._sequence, self._timestamp, self._pieces = packet.sequence, packet.timestamp, []
        self._bytes = 0

    def _complete(self) -> Frame | None:
        assert self._timestamp is not None
        frame = self._finish(Picture(self._sequence, self._timestamp, self._pieces, self._damaged))
        self._damaged = frame is None
        self._pieces, self._timestamp = [], None
        return frame
