"""Announced media addresses: `ADDRESS`, `ADDRESS:PORT`, `[IPV6]:PORT`, or the word `local`. Pure."""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import Final

LOCAL: Final = "local"
"""Stands for every address that the media process listens on, also those that come after its start."""

MOST_ANNOUNCED: Final = 16


def split_announced(text: str) -> tuple[str, int | None]:
    """Return address and port of one entry that is not `local`; None where it names no port.

    Raises:
        ValueError: not an IP address, or not a port.
    """
    host, port = _parts(text)
    address = ip_address(host)
    if address.is_unspecified or address.is_multicast or (address.version == 6 and address.is_link_local):
        raise ValueError(f"{host} is an address nobody can send to")
    if port is None:
        return str(address), None
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise ValueError(f"{port[:8]} is no port from 1 to 65535")
    return str(address), int(port)


def normal_announced(text: str) -> str:
    """Return one entry as it is kept, so that equal ones are written alike; raises as `split_announced`."""
    if text == LOCAL:
        return text
    address, port = split_announced(text)
    return address if port is None else written(address, port)


def announced_hosts(entries: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses of entries without ports and without `local`, each once."""
    return tuple(dict.fromkeys(split_announced(entry)[0] for entry in entries if entry != LOCAL))


def written(address: str, port: int) -> str:
    """Return `ADDRESS:PORT`, an IPv6 address in brackets."""
    return f"[{address}]:{port}" if isinstance(ip_address(address), IPv6Address) else f"{address}:{port}"


def _parts(text: str) -> tuple[str, str | None]:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or rest[:1] not in {"", ":"}:
            raise ValueError(f"{text[:64]} is none of ADDRESS, ADDRESS:PORT and [IPV6]:PORT")
        return host, rest[1:] if rest else None
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, port
    return text, None
