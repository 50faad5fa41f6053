import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.wire.demux import Kind, classify


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (0, Kind.STUN),
        (3, Kind.STUN),
        (4, Kind.UNKNOWN),
        (19, Kind.UNKNOWN),
        (20, Kind.DTLS),
        (63, Kind.DTLS),
        (64, Kind.UNKNOWN),
        (127, Kind.UNKNOWN),
        (128, Kind.RTP),
        (191, Kind.RTP),
        (192, Kind.UNKNOWN),
        (255, Kind.UNKNOWN),
    ],
)
def test_first_byte(first: int, kind: Kind) -> None:
    assert classify(bytes((first, 0))) is kind


@pytest.mark.parametrize(
    ("second", "kind"), [(191, Kind.RTP), (192, Kind.RTCP), (223, Kind.RTCP), (224, Kind.RTP)]
)
def test_second_byte_tells_rtcp(second: int, kind: Kind) -> None:
    """RFC 5761 §4: RTCP packet types lie in 192–223, where RTP has the marker and payload types 64–95."""
    assert classify(bytes((0x80, second))) is kind


@given(st.binary(max_size=3))
def test_any_bytes(data: bytes) -> None:
    assert isinstance(classify(data), Kind)


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x00"])
def test_too_short(data: bytes) -> None:
    assert classify(data) is Kind.UNKNOWN
