"""Key frames and picture sizes in recorded payloads, hand-made edge cases and any bytes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.wire.codecs import CODECS, codec_for_mime_type
from rtc_server.wire.codecs.h264_sps import sps_dimensions
from tests.rtc_server.wire.vectors import load

VECTORS = {name: vector for name, vector in load("rtp").items() if vector["codec"]}


@pytest.mark.parametrize("name", VECTORS)
def test_recorded_payload(name: str) -> None:
    vector: Any = VECTORS[name]
    codec = CODECS[vector["codec"]]
    payload = bytes.fromhex(vector["payload"])
    size = tuple(vector["dimensions"]) if vector["dimensions"] else None
    for form in (payload, memoryview(payload)):
        assert codec.is_key_frame(form) is vector["is_key_frame"]
        assert codec.dimensions(form) == size


@pytest.mark.parametrize("name", CODECS)
@given(payload=st.binary(max_size=60))
def test_any_payload(name: str, payload: bytes) -> None:
    codec = CODECS[name]
    assert codec.is_key_frame(payload) in (True, False)
    size = codec.dimensions(payload)
    assert size is None or len(size) == 2
    assert codec.is_key_frame(memoryview(payload)) == codec.is_key_frame(payload)


@pytest.mark.parametrize("name", [name for name in VECTORS if VECTORS[name]["is_key_frame"]])
@given(data=st.data())
def test_truncated_key_frames(name: str, data: st.DataObject) -> None:
    vector: Any = VECTORS[name]
    payload = bytes.fromhex(vector["payload"])
    cut = payload[: data.draw(st.integers(0, len(payload)))]
    codec = CODECS[vector["codec"]]
    assert codec.dimensions(cut) in (None, tuple(vector["dimensions"] or ()))
    assert codec.is_key_frame(cut) in (True, False)


VP8_CASES = [
    ("", False),
    ("10", False),  # descriptor alone
    ("1000", True),  # S = 1, PID = 0, P = 0
    ("1001", False),  # P = 1
    ("0000", False),  # not the start of a partition
    ("1100", False),  # partition 1
    ("90800100", True),  # 7-bit picture id
    ("9080810000", True),  # 15-bit picture id
    ("90f0810000", False),  # truncated
    ("90f08100000000", True),  # picture id, TL0PICIDX, TID
    ("90f08100000001", False),
]


@pytest.mark.parametrize(("payload", "expected"), VP8_CASES)
def test_vp8_descriptor(payload: str, expected: bool) -> None:
    assert CODECS["VP8"].is_key_frame(bytes.fromhex(payload)) is expected


VP9_CASES = [
    ("0800", True),  # B
    ("4800", False),  # P
    ("0000", False),  # not the start
    ("280000", True),  # layers, spatial layer 0
    ("280200", False),  # spatial layer 1
    ("a8810000", True),  # 15-bit picture id in front of the layer octet
    ("a8810002", False),
    ("28", False),  # truncated
]


@pytest.mark.parametrize(("payload", "expected"), VP9_CASES)
def test_vp9_descriptor(payload: str, expected: bool) -> None:
    assert CODECS["VP9"].is_key_frame(bytes.fromhex(payload)) is expected


H264_CASES = [
    ("67", True),  # SPS alone
    ("65aa", False),  # IDR slice without parameter sets
    ("61aa", False),
    ("7800026742000268ce", True),  # STAP-A: SPS, PPS
    ("78000268ce00026742", True),  # STAP-A: PPS, SPS
    ("78000268ce", False),
    ("78ffff67", False),  # size past the end
    ("7c8700", True),  # FU-A start of an SPS
    ("7c0700", False),  # FU-A middle
    ("7c8500", False),  # FU-A start of an IDR slice
    ("7c", False),
]


@pytest.mark.parametrize(("payload", "expected"), H264_CASES)
def test_h264_nal_units(payload: str, expected: bool) -> None:
    assert CODECS["H264"].is_key_frame(bytes.fromhex(payload)) is expected


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        # made by x264: baseline, cropped baseline, interlaced main, 4:4:4
        ("6742c00bda0a37e484000003000400000300c83c50aa80", (160, 90)),
        ("6742c028da01e0089f961000000300100000030320f1832a", (1920, 1080)),
        ("6742c01eda0290bf88921000000300100000030320f162ea", (642, 362)),
        ("674d401eeca05a126840000003004000000c87c50a6580", (720, 576)),
        ("67f4000d91968141fa1000000300100000030320f142aa", (320, 240)),
    ],
)
def test_sps_dimensions(unit: str, size: tuple[int, int]) -> None:
    assert sps_dimensions(bytes.fromhex(unit)) == size


@given(st.binary(max_size=80))
def test_any_sps(tail: bytes) -> None:
    for profile in (b"\x42", b"\x64", b"\xf4"):
        size = sps_dimensions(b"\x67" + profile + tail)
        assert size is None or (0 < size[0] <= 16384 and 0 < size[1] <= 16384)


def test_lookup_ignores_case_and_knows_no_rtx() -> None:
    assert codec_for_mime_type("VIDEO/vp8") is CODECS["VP8"]
    assert codec_for_mime_type("video/rtx") is None


@pytest.mark.parametrize(
    ("payload", "size"),
    [
        # flexible mode with three reference indices in front of the scalability structure: two layers
        ("5a 01 01 02 30 0140 00b4 0280 0168", (640, 360)),
        ("0a 30 0140 00b4 0280 0168", (640, 360)),
        ("2a 00 00 10 0140 00b4", (320, 180)),  # layer octets with TL0PICIDX
        ("0a 00", None),  # no sizes (Y = 0)
        ("0a 30 0140 00b4", None),  # second layer is missing
        ("5a 01", None),  # reference indices without end
        ("02 10 0140 00b4", None),  # not the start of a frame
    ],
)
def test_vp9_scalability_structure(payload: str, size: tuple[int, int] | None) -> None:
    assert CODECS["VP9"].dimensions(bytes.fromhex(payload.replace(" ", ""))) == size


def test_vp8_key_frame_without_start_code_has_no_size() -> None:
    assert CODECS["VP8"].dimensions(bytes.fromhex("100000009d012b8002680100")) is None
    assert CODECS["VP8"].dimensions(bytes.fromhex("100000009d012a80026801")) == (640, 360)
