"""The addresses and names under which other machines reach this one."""

import socket
from ipaddress import ip_address

import ifaddr


def lan_addresses() -> tuple[str, ...]:
    """Return this machine's addresses that others can reach, IPv4 first; no loopback, no link-local ones."""
    found = {
        ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0])
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    }
    usable = [address for address in found if not (address.is_loopback or address.is_link_local)]
    return tuple(
        str(address) for address in sorted(usable, key=lambda address: (address.version, int(address)))
    )


def lan_names() -> tuple[str, ...]:
    """Return the names of this machine that a certificate should carry."""
    return tuple(dict.fromkeys(["localhost", socket.gethostname().lower()]))


def url(scheme: str, host: str, port: int) -> str:
    """Return an address for people: IPv6 in brackets, without the scheme's own port."""
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{shown}" if port == usual else f"{scheme}://{shown}:{port}"
