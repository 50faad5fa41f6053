"""Origins (RFC 6454): scheme, host and port, written in one way so that two of them can be compared.

Hosts are lower case, without the root's dot, IDN in their ASCII form (RFC 5890), IPv6 shortest (RFC 5952).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from types import MappingProxyType
from typing import Final
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS: Final[Mapping[str, int]] = MappingProxyType({"http": 80, "https": 443})


@dataclass(frozen=True, slots=True)
class Origin:
    """One origin; `port` is None for the scheme's own."""

    scheme: str
    host: str
    port: int | None

    @property
    def authority(self) -> str:
        """Host and port as they stand in a Host header."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    def is_named_by(self, host_header: str) -> bool:
        """Return whether a request with this Host header was made to this origin's host and port."""
        try:
            return parse_origin(f"{self.scheme}://{host_header}") == self
        except ValueError:
            return False


def parse_origin(text: str) -> Origin:
    """Return the origin of an address that has nothing behind it; raises ValueError with a sentence."""
    parts = _split(text.strip())
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("give scheme and name, as in https://help.example.gov.cn")
    if "@" in parts.netloc:
        raise ValueError("leave user name and password out of the address")
    if parts.path not in ("", "/"):
        raise ValueError(
            f"the service cannot live below a path: leave {parts.path} out, give it a name or port of its own"
        )
    if parts.query or parts.fragment:
        raise ValueError("leave out what follows the name: no ? and no #")
    port = _port(parts)
    return Origin(scheme, _host(parts.hostname), None if port == _DEFAULT_PORTS[scheme] else port)


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError("this is no address: write it as in https://help.example.gov.cn") from None


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the port must be a number from 1 to 65535") from None
    if port == 0:
        raise ValueError("the port must be a number from 1 to 65535")
    return port


def _host(name: str) -> str:
    """Return a host's one form; raises ValueError for what is none."""
    try:
        address = ip_address(name)
    except ValueError:
        return _name(name)
    return f"[{address.compressed}]" if isinstance(address, IPv6Address) else str(address)


def _name(name: str) -> str:
    try:
        plain = name.rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        plain = ""
    if not plain or not all(letter.isalnum() or letter in "-._" for letter in plain):
        raise ValueError("this is no host name: write it as in https://help.example.gov.cn")
    return plain
