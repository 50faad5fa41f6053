"""What limits count a network address as."""

from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

_GROUP_BITS: Final = 64
"""One IPv6 customer holds at least this prefix, with all its addresses (RFC 6177)."""


def address_group(address: str) -> str:
    """Return those who can take each other's addresses: IPv4 alone, IPv6 by its customer's prefix."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return address
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ip_network((int(known), _GROUP_BITS), strict=False))
