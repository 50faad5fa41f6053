"""Which local addresses are listened on."""

import ipaddress

from rtc_server.net.addresses import local_addresses, resolve_listen


def test_loopback_comes_only_when_asked_for() -> None:
    assert "127.0.0.1" in local_addresses(loopback=True)
    outside = local_addresses(loopback=False)
    if any(not ipaddress.ip_address(address).is_loopback for address in outside):
        assert not any(ipaddress.ip_address(address).is_loopback for address in outside)


def test_given_addresses_are_taken_once_each() -> None:
    assert resolve_listen(["192.0.2.1", "192.0.2.1"], loopback=True) == ["192.0.2.1"]
