"""RTP views and headers against recorded packets, aiortc's parser, and any bytes."""

from typing import Any

import pytest
from aiortc.rtp import RtpPacket as AiortcPacket
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.errors import WireError
from rtc_server.wire.rtp import RtpView, build_extensions, build_header, build_packet
from tests.rtc_server.wire.vectors import load

VECTORS = load("rtp")

uint16 = st.integers(0, 0xFFFF)
uint32 = st.integers(0, 0xFFFF_FFFF)
one_byte_values = st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=8)
any_values = st.dictionaries(st.integers(1, 255), st.binary(max_size=40), max_size=8)


@pytest.mark.parametrize("name", VECTORS)
def test_recorded_packet(name: str) -> None:
    vector: Any = VECTORS[name]
    view = RtpView(vector["data"])
    for field in ("marker", "payload_type", "sequence_number", "timestamp", "ssrc", "padding_bytes"):
        assert getattr(view, field) == vector[field]
    assert list(view.csrcs) == vector["csrcs"]
    assert view.payload.hex() == vector["payload"]
    assert {str(key): value.hex() for key, value in view.extensions().items()} == vector["extensions"]


@pytest.mark.parametrize("name", [name for name in VECTORS if not VECTORS[name]["padding_bytes"]])
def test_unpadded_packet_survives_to_bytes(name: str) -> None:
    data = VECTORS[name]["data"]
    assert RtpView(data).to_bytes() == data


@given(
    payload_type=st.integers(0, 127),
    sequence_number=uint16,
    timestamp=uint32,
    ssrc=uint32,
    marker=st.integers(0, 1),
    extensions=any_values,
    payload=st.binary(max_size=64),
    padding=st.integers(0, 255),
)
def test_round_trip(
    payload_type: int,
    sequence_number: int,
    timestamp: int,
    ssrc: int,
    marker: int,
    extensions: dict[int, bytes],
    payload: bytes,
    padding: int,
) -> None:
    data = build_packet(
        payload_type,
        sequence_number,
        timestamp,
        ssrc,
        payload,
        marker=marker,
        extensions=extensions,
        padding_bytes=padding,
    )
    view = RtpView(data)
    assert (view.payload_type, view.sequence_number, view.timestamp, view.ssrc, view.marker) == (
        payload_type,
        sequence_number,
        timestamp,
        ssrc,
        marker,
    )
    assert view.extensions() == extensions
    assert all(view.extension(key) == value for key, value in extensions.items())
    assert bytes(view.payload) == payload
    assert view.padding_bytes == padding
    assert view.payload_bytes == len(payload)


@given(values=one_byte_values)
def test_aiortc_reads_our_extensions(values: dict[int, bytes]) -> None:
    from aiortc.rtp import unpack_header_extensions

    block = build_extensions(values)
    if values:
        profile = int.from_bytes(block[:2])
        assert profile == 0xBEDE
        assert dict(unpack_header_extensions(profile, block[4:])) == values


@given(st.binary(max_size=120) | st.binary(max_size=100).map(lambda tail: b"\x90" + tail))
def test_any_bytes_raise_only_wire_error(data: bytes) -> None:
    try:
        view = RtpView(data)
    except WireError:
        return
    found = view.extensions()
    for identifier in range(256):
        assert view.extension(identifier) == found.get(identifier)
    assert len(view.payload) == view.payload_bytes
    assert len(view.csrcs) == data[0] & 0x0F
    RtpView(view.to_bytes())


@given(st.binary(max_size=100).map(lambda tail: b"\x90" + tail))
def test_same_header_as_aiortc(data: bytes) -> None:
    """Where aiortc takes a packet we take it, and read the same."""
    try:
        theirs = AiortcPacket.parse(data)
    except Exception:
        return
    ours = RtpView(data)
    assert (ours.ssrc, ours.timestamp, ours.sequence_number) == (
        theirs.ssrc,
        theirs.timestamp,
        theirs.sequence_number,
    )
    assert bytes(ours.payload) == theirs.payload


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "shorter"),
        (bytes(12), "version"),
        (b"\x80" + bytes(10), "shorter"),
        (b"\x81" + bytes(11), "runs past"),
        (b"\x90" + bytes(11), "truncated"),
        (b"\x90" + bytes(11) + b"\xbe\xde\x00\x01", "runs past"),
        (b"\xa0" + bytes(11), "padding count is 0"),
        (b"\xa0" + bytes(11) + b"\x02", "runs past"),
    ],
)
def test_refusals(data: bytes, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        RtpView(data)


def test_padding_only_probe_has_no_payload() -> None:
    view = RtpView(build_packet(96, 1, 2, 3, b"", padding_bytes=255))
    assert view.payload_bytes == 0
    assert view.payload_offset == view.payload_end


def test_identifier_15_ends_the_one_byte_form() -> None:
    """RFC 8285 §4.2: "If the ID value 15 is used ... processing of the entire extension MUST terminate"."""
    block = b"\xbe\xde\x00\x02" + b"\x10\xaa" + b"\xf0\xbb" + b"\x20\xcc" + b"\x00\x00"
    view = RtpView(b"\x90" + bytes(11) + block)
    assert view.extension(1) == b"\xaa"
    assert view.extension(2) is None
    assert view.extensions() == {1: b"\xaa"}


def test_padding_between_elements_is_skipped() -> None:
    block = b"\xbe\xde\x00\x02" + b"\x00\x00\x10\xaa" + b"\x00\x20\xbb\x00"
    view = RtpView(b"\x90" + bytes(11) + block)
    assert view.extensions() == {1: b"\xaa", 2: b"\xbb"}
    assert view.extension(2) == b"\xbb"


def test_unknown_extension_profile_is_ignored() -> None:
    view = RtpView(b"\x90" + bytes(11) + b"\x12\x34\x00\x01\x10\xaa\x00\x00" + b"payload")
    assert view.extensions() == {}
    assert view.extension(1) is None
    assert bytes(view.payload) == b"payload"


def test_impossible_extension_is_our_bug() -> None:
    with pytest.raises(ValueError, match="out of range"):
        build_extensions({256: b""})
    with pytest.raises(ValueError, match="out of range"):
        build_extensions({1: bytes(256)})


def test_header_without_extension_is_twelve_bytes() -> None:
    assert build_header(111, 7, 8, 9, 1) == bytes.fromhex("80ef0007000000080000000 9".replace(" ", ""))


def test_two_byte_form_with_padding_empty_values_and_a_broken_end() -> None:
    """RFC 8285 §4.3: identifier, length, value; 0 octets pad; length 0 is a value too."""
    block = b"\x10\x00\x00\x03" + b"\x00\x05\x00" + b"\x06\x02ab" + b"\x00\x00" + b"\x07\x09c"
    view = RtpView(b"\x90" + bytes(11) + block)
    assert view.extensions() == {5: b"", 6: b"ab"}
    assert [view.extension(wanted) for wanted in (5, 6, 7, 8)] == [b"", b"ab", None, None]


def test_two_byte_form_that_ends_in_an_identifier() -> None:
    block = b"\x10\x00\x00\x01" + b"\x06\x01a\x07"
    view = RtpView(b"\x90" + bytes(11) + block)
    assert view.extensions() == {6: b"a"}
    assert view.extension(7) is None


def test_one_byte_element_past_the_end_is_not_there() -> None:
    block = b"\xbe\xde\x00\x01" + b"\x10a" + b"\x23b"
    view = RtpView(b"\x90" + bytes(11) + block)
    assert view.extensions() == {1: b"a"}
    assert view.extension(2) is None


def test_contributing_sources() -> None:
    view = RtpView(b"\x82" + bytes(11) + bytes.fromhex("0000000700000008") + b"p")
    assert view.csrcs == (7, 8)
    assert bytes(view.payload) == b"p"


def test_repr_names_what_matters() -> None:
    assert "ssrc=3" in repr(RtpView(build_packet(96, 1, 2, 3, b"")))
