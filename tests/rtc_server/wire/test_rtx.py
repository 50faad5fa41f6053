import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.errors import WireError
from rtc_server.wire import rtx
from rtc_server.wire.rtp import RtpView, build_packet
from tests.rtc_server.wire.vectors import load

VECTORS = load("rtp")


@given(st.integers(0, 0xFFFF), st.binary(max_size=50), st.integers(0, 8))
def test_unwrap_restores_the_original(sequence_number: int, payload: bytes, padding: int) -> None:
    """RFC 4588 §4: the original's sequence number and payload; SSRC and payload type by session."""
    wrapped = rtx.wrap(sequence_number, payload)
    packet = build_packet(97, 5, 9000, 22, wrapped, marker=1, extensions={1: b"0"}, padding_bytes=padding)
    view = rtx.unwrap(RtpView(packet), payload_type=96, ssrc=11)
    assert (view.payload_type, view.sequence_number, view.timestamp, view.ssrc, view.marker) == (
        96,
        sequence_number,
        9000,
        11,
        1,
    )
    assert bytes(view.payload) == payload
    assert view.extension(1) == b"0"
    again = RtpView(view.to_bytes())
    assert again.sequence_number == sequence_number
    assert again.ssrc == 11
    assert bytes(again.payload) == payload


def test_padding_probe_has_no_original() -> None:
    probe = RtpView(VECTORS["rtx_padding_probe"]["data"])
    assert rtx.original_sequence_number(probe) is None
    with pytest.raises(WireError, match="original sequence number"):
        rtx.unwrap(probe, payload_type=96, ssrc=1)


def test_recorded_retransmission_repeats_a_vp8_packet() -> None:
    view = RtpView(VECTORS["rtx_retransmission"]["data"])
    original = rtx.unwrap(view, payload_type=96, ssrc=VECTORS["vp8_key_frame"]["ssrc"])
    assert original.payload[0] & 0x80  # a VP8 descriptor with extension octet, as Chromium sends
    assert 0 <= (original.sequence_number - VECTORS["vp8_key_frame"]["sequence_number"]) & 0xFFFF < 200
