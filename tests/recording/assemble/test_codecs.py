"""Every router codec can be recorded or is listed as not; depacketisers undo packetisers, take any bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.assemble.codecs import RECORDED, UNRECORDABLE, recorded_codec
from recording.assemble.frames import Frame, OrderedPacket
from recording.assemble.opus import SILENCE, packet_seconds
from recording.errors import UnrecordableError
from rtc_server.wire.codecs import CODECS
from rtc_server.wire.rtp import RtpView, build_packet
from tests.recording.synthetic import PACKETIZERS, camera

VIDEO = [mime_type for mime_type in PACKETIZERS if mime_type.startswith("video/")]


def test_every_router_codec_is_recorded_or_listed() -> None:
    names = {codec.mime_type.lower() for codec in CODECS.values()}
    assert names <= set(RECORDED) | set(UNRECORDABLE)
    assert not set(RECORDED) & set(UNRECORDABLE)


def test_unknown_codec_is_refused() -> None:
    with pytest.raises(UnrecordableError):
        recorded_codec("audio/PCMU")


def push_all(mime_type: str, frames: tuple[bytes, ...], lose: frozenset[int] = frozenset()) -> list[Frame]:
    depacketizer = recorded_codec(mime_type).make()
    found: list[Frame] = []
    sequence, hole = 0, False
    for index, frame in enumerate(frames):
        payloads = PACKETIZERS[mime_type](frame)
        for position, payload in enumerate(payloads):
            sequence += 1
            if sequence in lose:
                hole = True
                continue
            marker = int(position == len(payloads) - 1)
            view = RtpView(build_packet(96, sequence, index, 1, payload, marker=marker))
            made = depacketizer.push(OrderedPacket(view, sequence, index, hole))
            hole = False
            if made is not None:
                found.append(made)
    return found


@pytest.mark.parametrize("mime_type", VIDEO)
def test_frames_come_back_with_keys_and_sizes(mime_type: str) -> None:
    frames = camera(3, 0, mime_type, key_every=1.0).frames
    found = push_all(mime_type, frames)
    assert [frame.timestamp for frame in found] == list(range(30))
    assert [frame.timestamp for frame in found if frame.key] == [0, 10, 20]
    assert {(frame.width, frame.height) for frame in found if frame.key} == {(160, 120)}
    assert not any(frame.damaged_before for frame in found)
    if mime_type in ("video/VP8", "video/VP9"):
        assert [frame.data for frame in found] == list(frames)


@pytest.mark.parametrize("mime_type", VIDEO)
@given(lose=st.frozensets(st.integers(1, 120), max_size=12))
def test_every_whole_picture_behind_a_loss_says_so(mime_type: str, lose: frozenset[int]) -> None:
    frames = camera(3, 0, mime_type, key_every=1.0).frames
    whole = {frame.timestamp: frame for frame in push_all(mime_type, frames)}
    found = push_all(mime_type, frames, lose)
    for before, frame in zip([None, *found], found, strict=False):
        assert frame.data == whole[frame.timestamp].data
        expected = before.timestamp + 1 if before else 0
        assert frame.damaged_before or frame.timestamp == expected


@pytest.mark.parametrize("mime_type", list(RECORDED))
@given(
    packets=st.lists(
        st.tuples(st.binary(max_size=60), st.integers(0, 1), st.integers(0, 2), st.booleans()), max_size=12
    )
)
def test_any_payloads_never_raise(mime_type: str, packets: list[tuple[bytes, int, int, bool]]) -> None:
    depacketizer = recorded_codec(mime_type).make()
    for sequence, (payload, marker, timestamp, hole) in enumerate(packets):
        view = RtpView(build_packet(96, sequence, timestamp, 1, payload, marker=marker))
        depacketizer.push(OrderedPacket(view, sequence, timestamp, hole))


@pytest.mark.parametrize(
    ("packet", "seconds"),
    [
        (SILENCE, 0.02),
        (b"\x08x", 0.02),
        (b"\x18x", 0.06),
        (b"\x19xx", 0.12),
        (b"\x1axx", 0.12),
        (b"\x60x", 0.01),
        (b"\xe0x", 0.0025),
        (b"\xfb\x03xxx", 0.06),
        (b"\xfb\x3fxxx", 0.0),
        (b"\xfb", 0.0),
        (b"", 0.0),
    ],
)
def test_opus_packets_tell_how_long_they_sound(packet: bytes, seconds: float) -> None:
    assert packet_seconds(packet) == pytest.approx(seconds)
