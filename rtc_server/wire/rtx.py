"""Retransmission packets (RFC 4588): the original sequence number in front of the original payload."""

from typing import Final

from rtc_server.errors import WireError
from rtc_server.wire.rtp import RtpView

OSN_BYTES: Final = 2
"""RFC 4588 §4: "a two-octet field, the original sequence number (OSN)"."""


def original_sequence_number(view: RtpView) -> int | None:
    """Return the sequence number an RTX packet repeats; None for a probe that carries padding only."""
    offset = view.payload_offset
    if view.payload_end - offset < OSN_BYTES:
        return None
    return view.data[offset] << 8 | view.data[offset + 1]


def unwrap(view: RtpView, *, payload_type: int, ssrc: int) -> RtpView:
    """Return the packet that `view` repeats, on the same bytes.

    Args:
        payload_type: of the media codec that `apt` names.
        ssrc: of the media stream.

    Raises:
        WireError: no original sequence number (a padding-only probe).
    """
    sequence_number = original_sequence_number(view)
    if sequence_number is None:
        raise WireError("RTX packet without original sequence number")
    return view.rewritten(
        payload_offset=view.payload_offset + OSN_BYTES,
        payload_type=payload_type,
        sequence_number=sequence_number,
        ssrc=ssrc,
    )


def wrap(sequence_number: int, payload: bytes) -> bytes:
    """Return the payload of the RTX packet that repeats packet `sequence_number`.

    Timestamp and marker of the RTX packet are those of the original (RFC 4588 §4).
    """
    return sequence_number.to_bytes(OSN_BYTES) + payload
