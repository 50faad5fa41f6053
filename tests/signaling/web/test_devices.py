"""The cookie of a device on which somebody signed in before."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.adapters.auth.devices import DEVICE_LIFETIME_S, KnownDevices

DEVICES = KnownDevices(b"k" * 32)
NOW = 1_800_000_000.0


def test_a_device_is_known_to_those_who_signed_in_on_it() -> None:
    cookie = DEVICES.remember("", "s1", NOW, "fresh")
    cookie = DEVICES.remember(cookie, "s2", NOW + 5, "another")
    assert DEVICES.recognise(cookie, "s1", NOW + 9) == DEVICES.recognise(cookie, "s2", NOW + 9) == "fresh"
    assert DEVICES.recognise(cookie, "s3", NOW + 9) is None
    assert DEVICES.recognise(cookie, "s1", NOW + DEVICE_LIFETIME_S) is None


def test_who_comes_back_is_remembered_anew_and_once() -> None:
    cookie = DEVICES.remember("", "s1", NOW, "fresh")
    later = DEVICES.remember(cookie, "s1", NOW + 1000, "other")
    assert len(later) == len(cookie)
    assert DEVICES.recognise(later, "s1", NOW + DEVICE_LIFETIME_S + 500) == "fresh"


def test_the_cookie_stays_small_and_keeps_the_newest() -> None:
    cookie = ""
    for number in range(40):
        cookie = DEVICES.remember(cookie, f"s{number}", NOW + number, "fresh")
    assert len(cookie) < 1000
    assert DEVICES.recognise(cookie, "s39", NOW + 50)
    assert DEVICES.recognise(cookie, "s1", NOW + 50) is None


def test_forged_and_foreign_cookies_say_nothing() -> None:
    cookie = DEVICES.remember("", "s1", NOW, "fresh")
    assert DEVICES.recognise(cookie.replace("fresh", "other"), "s1", NOW) is None
    assert DEVICES.recognise(cookie[:-1] + ("0" if cookie[-1] != "0" else "1"), "s1", NOW) is None
    assert KnownDevices(b"x" * 32).recognise(cookie, "s1", NOW) is None


@given(st.text())
def test_any_cookie_is_read_without_error(cookie: str) -> None:
    assert DEVICES.recognise(cookie, "s1", NOW) is None
    assert DEVICES.recognise(DEVICES.remember(cookie, "s1", NOW, "fresh"), "s1", NOW)
