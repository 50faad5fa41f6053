"""H.264 (RFC 6184): NAL units out of single, STAP-A and FU-A packets, in the length-prefixed form of MP4.

Parameter sets stay in band too, so that a change of size in mid-track plays. Not done: interleaved mode
(STAP-B, MTAP, FU-B), which WebRTC never negotiates.
"""

from collections.abc import Iterator
from enum import IntEnum

from recording.assemble.frames import Frame
from recording.assemble.pieces import Picture, PictureAssembler, Piece
from recording.errors import DamagedError
from rtc_server.wire.codecs.h264 import is_key_frame
from rtc_server.wire.codecs.h264_sps import sps_dimensions


class NalType(IntEnum):
    """NAL unit types read here (H.264 table 7-1, RFC 6184 table 1)."""

    IDR = 5
    SPS = 7
    PPS = 8
    STAP_A = 24
    FU_A = 28


def parse(payload: bytes) -> Piece | None:
    """Return a payload as it is: aggregation and fragments are undone when the picture is whole.

    Only parameter sets surely begin a picture; a slice may be the second one.
    """
    kind = payload[0] & 0x1F
    if kind == NalType.FU_A:
        if len(payload) < 3:
            return None
        return Piece(payload, first=bool(payload[1] & 0x80), certain=False)
    if not 0 < kind <= NalType.STAP_A:
        return None
    return Piece(payload, first=True, certain=is_key_frame(payload))


def nal_units(payloads: list[bytes]) -> Iterator[bytes]:
    """Yield the NAL units in the payloads of one picture.

    Raises:
        DamagedError: fragments that do not fit together, or sizes that run past the end.
    """
    fragments: list[bytes] = []
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == NalType.FU_A:
            indicator, header = payload[0], payload[1]
            if header & 0x80:
                fragments = [bytes((indicator & 0xE0 | header & 0x1F,))]
            elif not fragments:
                raise DamagedError("An H.264 fragment without its start.")
            fragments.append(payload[2:])
            if header & 0x40:
                yield b"".join(fragments)
                fragments = []
        elif kind == NalType.STAP_A:
            yield from _aggregated(payload)
        else:
            yield payload
    if fragments:
        raise DamagedError("An H.264 fragment without its end.")


def _aggregated(payload: bytes) -> Iterator[bytes]:
    position = 1
    while position + 2 < len(payload):
        size = int.from_bytes(payload[position : position + 2])
        position += 2
        if size == 0 or position + size > len(payload):
            raise DamagedError("An H.264 aggregate runs past its end.")
        yield payload[position : position + size]
        position += size


def decoder_configuration(sps: bytes, pps: bytes) -> bytes:
    """Return the avcC record (ISO/IEC 14496-15 §5.3.3.1) of one pair of parameter sets, 4-byte lengths."""
    head = bytes((1, sps[1], sps[2], sps[3], 0xFF, 0xE1))
    return head + len(sps).to_bytes(2) + sps + b"\x01" + len(pps).to_bytes(2) + pps


class _Finisher:
    """Remember the parameter sets: a key frame may come without them."""

    def __init__(self) -> None:
        self._sps = b""
        self._pps = b""

    def __call__(self, picture: Picture) -> Frame | None:
        try:
            units = list(nal_units(picture.pieces))
            return self._frame(picture, units)
        except DamagedError:
            return None

    def _frame(self, picture: Picture, units: list[bytes]) -> Frame | None:
        kinds = {unit[0] & 0x1F for unit in units}
        for unit in units:
            if unit[0] & 0x1F == NalType.SPS:
                self._sps = unit
            elif unit[0] & 0x1F == NalType.PPS:
                self._pps = unit
        if not kinds & {1, 2, 3, 4, NalType.IDR}:
            return None if not units else self._held(picture)
        key = NalType.IDR in kinds
        if key and (len(self._sps) < 4 or not self._pps):
            return None
        if key and NalType.SPS not in kinds:
            units = [self._sps, self._pps, *units]
        data = b"".join(len(unit).to_bytes(4) + unit for unit in units)
        frame = Frame(picture.sequence, picture.timestamp, data, key, damaged_before=picture.damaged_before)
        if not key:
            return frame
        width, height = sps_dimensions(self._sps) or (0, 0)
        return frame._replace(
            width=width,
            height=height,
            codec_private=decoder_configuration(self._sps, self._pps),
            codec_string=f"avc1.{self._sps[1:4].hex().upper()}",
        )

    def _held(self, picture: Picture) -> Frame:
        """Parameter sets on their own: nothing to show, nothing missing."""
        return Frame(
            picture.sequence, picture.timestamp, b"", key=False, damaged_before=picture.damaged_before
        )


def make() -> PictureAssembler:
    """Return an H.264 depacketiser."""
    return PictureAssembler(parse, _Finisher())
