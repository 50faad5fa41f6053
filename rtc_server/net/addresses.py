"""The local addresses a media process listens on.

A wildcard socket answers from the wrong address on a machine with several, so each address gets its own.
"""

import ctypes
import fcntl
import ipaddress
import socket
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_SIOCGIFCONF: Final = 0x8912
"""ioctl of netdevice(7) that lists the IPv4 address of every interface."""
_IFREQ: Final = struct.Struct("16s16x8x")
"""One `struct ifreq` on 64-bit Linux: the name, a `sockaddr` and padding, 40 bytes."""
_LISTING_BYTES: Final = 64 * _IFREQ.size
_IF_INET6: Final = Path("/proc/net/if_inet6")


def local_addresses(*, loopback: bool) -> list[str]:
    """Return this machine's usable unicast addresses, IPv4 first, in the kernel's order.

    Link-local IPv6 addresses are left out: they need a zone that a candidate cannot carry.
    Loopback addresses come only when asked for, or when there is nothing else.
    """
    found = [*_ipv4_addresses(), *_ipv6_addresses()]
    outside = [address for address in found if not ipaddress.ip_address(address).is_loopback]
    return found if loopback or not outside else outside


def resolve_listen(addresses: Sequence[str], *, loopback: bool) -> list[str]:
    """Return the addresses to bind: those given, or all local ones; doubles are removed."""
    chosen = list(addresses) or local_addresses(loopback=loopback)
    return list(dict.fromkeys(chosen))


def _ipv4_addresses() -> list[str]:
    listing = ctypes.create_string_buffer(_LISTING_BYTES)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("iL", _LISTING_BYTES, ctypes.addressof(listing))
        used = struct.unpack("iL", fcntl.ioctl(probe, _SIOCGIFCONF, request))[0]
    return [socket.inet_ntoa(listing.raw[at + 20 : at + 24]) for at in range(0, used, _IFREQ.size)]


def _ipv6_addresses() -> list[str]:
    if not socket.has_ipv6 or not _IF_INET6.exists():
        return []
    found = []
    for line in _IF_INET6.read_text().splitlines():
        address = ipaddress.IPv6Address(bytes.fromhex(line.split()[0]))
        if not address.is_link_local:
            found.append(str(address))
    return found
