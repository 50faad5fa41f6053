import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.errors import WireError
from rtc_server.wire import extensions
from rtc_server.wire.rtp import RtpView
from tests.rtc_server.wire.vectors import load


def test_audio_level_of_a_recorded_packet() -> None:
    """Chromium's offer puts ssrc-audio-level at id 1."""
    value = RtpView(load("rtp")["opus"]["data"]).extension(1)
    assert value is not None
    assert extensions.parse_audio_level(value) == 10


@pytest.mark.parametrize(("value", "level"), [(b"\x00", 0), (b"\x7f", 127), (b"\x80", 0), (b"\xff", 127)])
def test_audio_level_with_and_without_speech(value: bytes, level: int) -> None:
    assert extensions.parse_audio_level(value) == level


@given(st.integers(0, 0xFFFF))
def test_transport_sequence_number(number: int) -> None:
    assert extensions.parse_transport_sequence_number(number.to_bytes(2)) == number


@given(st.floats(0, 1e6))
def test_abs_send_time_is_kept_modulo_64_seconds(seconds: float) -> None:
    value = extensions.build_abs_send_time(seconds)
    assert len(value) == 3
    assert abs(int.from_bytes(value) / (1 << 18) - seconds % 64) < 1e-5


@given(st.text(max_size=16))
def test_text(text: str) -> None:
    assert extensions.parse_text(extensions.build_text(text)) == text


@given(st.binary(max_size=4))
def test_any_value_raises_only_wire_error(value: bytes) -> None:
    for parse in (
        extensions.parse_audio_level,
        extensions.parse_transport_sequence_number,
        extensions.parse_text,
    ):
        try:
            parse(value)
        except WireError:
            continue
