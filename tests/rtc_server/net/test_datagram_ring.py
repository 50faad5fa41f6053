"""Datagrams read many at a time, and addresses as the kernel writes them."""

import errno
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.net.datagram_ring import DatagramRing, read_address, write_address

PORTS = st.integers(0, 0xFFFF)
IPV4 = st.tuples(st.ip_addresses(v=4).map(str), PORTS)
IPV6 = st.tuples(st.ip_addresses(v=6).map(str), PORTS, st.integers(0, 0xF_FFFF), st.integers(0, 0xFFFF_FFFF))


@pytest.fixture(params=[(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")], ids=["ipv4", "ipv6"])
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A bound socket, and another one that is connected to it."""
    family, host = request.param
    with socket.socket(family, socket.SOCK_DGRAM) as here, socket.socket(family, socket.SOCK_DGRAM) as far:
        here.bind((host, 0))
        far.bind((host, 0))
        far.connect(here.getsockname())
        yield here, far


def test_what_came_is_read_in_its_order_with_whom_it_is_from(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    here, far = ends
    ring = DatagramRing(here, datagrams=4, datagram_bytes=100)
    sent = [b"first", b"", b"\0third\0", bytes(100), b"fifth", b"sixth"]
    for data in sent:
        far.send(data)
    batches = [ring.receive(), ring.receive()]
    assert [data for batch in batches for data, _ in batch] == sent
    assert [len(batch) for batch in batches] == [4, 2]
    for _, raw in (*batches[0], *batches[1]):
        assert read_address(raw) == far.getsockname()
        assert write_address(far.getsockname()) == raw


def test_what_is_too_long_is_cut_and_harms_no_other(ends: tuple[socket.socket, socket.socket]) -> None:
    here, far = ends
    ring = DatagramRing(here, datagrams=4, datagram_bytes=100)
    for data in (b"a" * 300, b"b" * 100, b"c"):
        far.send(data)
    assert [data for data, _ in ring.receive()] == [b"a" * 100, b"b" * 100, b"c"]


def test_where_nothing_came_nothing_is_waited_for(ends: tuple[socket.socket, socket.socket]) -> None:
    ring = DatagramRing(ends[0], datagrams=4, datagram_bytes=100)
    with pytest.raises(BlockingIOError) as refused:
        ring.receive()
    assert refused.value.errno == errno.EAGAIN


@given(IPV4 | IPV6)
def test_every_address_is_written_as_it_is_read(
    address: tuple[str, int] | tuple[str, int, int, int],
) -> None:
    assert read_address(write_address(address)) == address


def test_ports_and_hosts_are_in_the_order_of_the_network() -> None:
    assert write_address(("1.2.3.4", 0x0506))[2:8] == bytes((5, 6, 1, 2, 3, 4))
    assert IPv4Address(write_address(("10.0.0.1", 1))[4:8]) == IPv4Address("10.0.0.1")
    assert IPv6Address(write_address(("fe80::1", 1, 0, 3))[8:24]) == IPv6Address("fe80::1")
