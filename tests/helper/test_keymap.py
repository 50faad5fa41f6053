"""The tables of physical keys."""

import pytest

from web_client.helper.keymap.codes import EVDEV, x_keycode
from web_client.helper.keymap.scan_codes import SCAN_CODES, scan_code


def test_both_tables_know_the_same_keys() -> None:
    assert set(EVDEV) == set(SCAN_CODES)


def test_no_two_keys_are_one() -> None:
    assert len(set(EVDEV.values())) == len(EVDEV)
    assert len(set(SCAN_CODES.values())) == len(SCAN_CODES)


@pytest.mark.parametrize(
    ("code", "keycode", "scan"),
    [
        ("Escape", 9, (0x01, False)),
        ("KeyA", 38, (0x1E, False)),
        ("Enter", 36, (0x1C, False)),
        ("NumpadEnter", 104, (0x1C, True)),
        ("ControlRight", 105, (0x1D, True)),
        ("ArrowUp", 111, (0x48, True)),
        ("Insert", 118, (0x52, True)),
        ("Delete", 119, (0x53, True)),
        ("MetaLeft", 133, (0x5B, True)),
        ("IntlBackslash", 94, (0x56, False)),
    ],
)
def test_known_keys(code: str, keycode: int, scan: tuple[int, bool]) -> None:
    assert x_keycode(code) == keycode
    assert scan_code(code) == scan


def test_nobody_switches_the_pc_off_from_afar() -> None:
    assert not [
        code for code in EVDEV if code.startswith(("Power", "Sleep", "WakeUp", "Browser", "Launch", "Audio"))
    ]


def test_every_x_keycode_is_one() -> None:
    assert all(8 <= x_keycode(code) <= 255 for code in EVDEV)
