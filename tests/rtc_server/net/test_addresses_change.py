"""A media process that starts before the network is up, and addresses that come, go and come back."""

import logging

import pytest

from rtc_server.config import MediaConfig
from rtc_server.net import network
from rtc_server.net.network import MediaNetwork

OUTSIDE = {"127.0.0.2": "eth0", "127.0.0.3": "wlan0"}
"""Addresses of this machine that play the part of the network's: all of 127/8 can be bound."""


class Machine:
    """The addresses a machine has at a time."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)

    def resolve(self, given: object, *, loopback: bool) -> list[str]:
        return list(self.addresses)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine("127.0.0.1")
    monkeypatch.setattr(network, "resolve_listen", found.resolve)
    monkeypatch.setattr(network, "ADDRESSES_EACH", 3600.0)  # the test looks itself
    real = network.ip_address
    monkeypatch.setattr(
        network, "ip_address", lambda text: real("192.0.2.1") if text in OUTSIDE else real(text)
    )
    return found


def offered(on: MediaNetwork) -> list[tuple[str, str]]:
    return [(protocol, address) for protocol, address, _ in on.listening()]


async def test_addresses_that_come_are_listened_on_and_offered(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with MediaNetwork(MediaConfig(port=0), on_tick=lambda now: None) as on:
        assert on.reachable_addresses() == 0
        assert "no address but loopback" in caplog.text
        [port] = {port for _, _, port in on.listening()}
        machine.addresses = ["127.0.0.2", "127.0.0.3"]
        await on.look_at_addresses()
        assert offered(on) == [
            ("udp", "127.0.0.2"),
            ("udp", "127.0.0.3"),
            ("tcp", "127.0.0.2"),
            ("tcp", "127.0.0.3"),
        ]
        assert {at for _, _, at in on.listening()} == {port}, "the port that firewalls know"
        assert on.reachable_addresses() == 2


async def test_an_address_that_went_is_offered_no_more_and_is_back_with_its_connections(
    machine: Machine,
) -> None:
    machine.addresses = ["127.0.0.2", "127.0.0.3"]
    async with MediaNetwork(MediaConfig(port=0, enable_tcp=False), on_tick=lambda now: None) as on:
        before = list(on.udp_sockets)
        machine.addresses = ["127.0.0.3"]
        await on.look_at_addresses()
        assert offered(on) == [("udp", "127.0.0.3")]
        machine.addresses = ["127.0.0.2", "127.0.0.3"]
        await on.look_at_addresses()
        assert offered(on) == [("udp", "127.0.0.2"), ("udp", "127.0.0.3")]
        assert on.udp_sockets == before, "connections over it were kept"


async def test_an_address_that_is_not_there_yet_keeps_nobody_from_starting(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.addresses = ["198.51.100.7", "127.0.0.2"]  # of no interface here
    async with MediaNetwork(MediaConfig(port=0), on_tick=lambda now: None) as on:
        assert offered(on) == [("udp", "127.0.0.2"), ("tcp", "127.0.0.2")]
        assert "not there yet" in caplog.text
        await on.look_at_addresses()
        assert on.reachable_addresses() == 1
