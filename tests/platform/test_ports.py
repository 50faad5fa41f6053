"""Ports that the system may give away are named before they are missed."""

import logging

import pytest

from rtc_server.config import DEFAULT_PORT
from signaling.compose import ports
from signaling.compose.ports import given_away, given_away_here, warn_if_given_away
from turn.configuration import RELAY_PORTS

LINUX = "32768\t60999\n"


@pytest.mark.parametrize(
    ("first", "last", "reserved", "at_risk"),
    [
        (40_000, 40_000, "", True),
        (32_768, 32_768, "", True),
        (60_999, 60_999, "", True),
        (61_000, 65_535, "", False),
        (32_767, 32_767, "", False),
        (32_000, 33_000, "", True),
        (40_000, 40_000, "40000\n", False),
        (40_000, 40_003, "8080,40000-40003", False),
        (40_000, 40_004, "8080,40000-40003", True),
        (24_000, 24_000, "", False),
    ],
)
def test_a_port_that_outgoing_connections_may_have_is_at_risk(
    first: int, last: int, reserved: str, at_risk: bool
) -> None:
    found = given_away(first, last, given=LINUX, reserved=reserved)
    assert found == ((32_768, 60_999) if at_risk else None)


@pytest.mark.parametrize("usual", [(DEFAULT_PORT, DEFAULT_PORT + 63), RELAY_PORTS])
def test_our_own_defaults_are_not_at_risk_on_linux(usual: tuple[int, int]) -> None:
    assert given_away(*usual, given=LINUX, reserved="") is None


def test_it_is_said_once_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ports, "given_away_here", lambda first, last: (32_768, 60_999))
    with caplog.at_level(logging.WARNING):
        warn_if_given_away("media_port", 40_000, 40_000)
    [record] = caplog.records
    assert "media_port" in record.getMessage()
    assert "ip_local_reserved_ports" in record.getMessage()


def test_this_machine_tells() -> None:
    assert given_away_here(1, 65_535) is not None
    assert given_away_here(80, 80) is None
