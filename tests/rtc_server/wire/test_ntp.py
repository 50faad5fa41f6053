import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.wire.ntp import (
    compact_from_ntp,
    compact_from_seconds,
    ntp_from_unix,
    seconds_from_compact,
    unix_from_ntp,
)


def test_known_moment() -> None:
    """2016-12-31T23:59:60Z as in RFC 5905's era 0: 1970-01-01 is 2,208,988,800 s after 1900."""
    assert ntp_from_unix(0) == 2_208_988_800 << 32
    assert ntp_from_unix(0.5) == (2_208_988_800 << 32) + (1 << 31)


@given(st.floats(0, 2_085_978_495))
def test_round_trip(seconds: float) -> None:
    assert unix_from_ntp(ntp_from_unix(seconds)) == pytest.approx(seconds, abs=1e-6)


def test_compact_is_the_middle() -> None:
    assert compact_from_ntp(0x1122_3344_5566_7788) == 0x3344_5566


@given(st.floats(0, 65535))
def test_compact_interval(seconds: float) -> None:
    assert seconds_from_compact(compact_from_seconds(seconds)) == pytest.approx(seconds, abs=1 / 65536)


@pytest.mark.parametrize(("seconds", "compact"), [(-1.0, 0), (1e9, 0xFFFF_FFFF)])
def test_compact_interval_is_clamped(seconds: float, compact: int) -> None:
    assert compact_from_seconds(seconds) == compact
