"""Who a request comes from: the one place that reads what proxies say (RFC 7239, and the X-Forwarded family).

A proxy adds what it saw at the right end; everything further left was written by whoever came before it. So
the walk goes from the connection's own end to the left, over all lines of the header, for as long as the hop
that speaks is trusted. X-Real-IP is not read: it says nothing that the walk does not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Literal

from aiohttp import hdrs, web
from multidict import CIMultiDictProxy

from signaling.config.origins import parse_origin
from signaling.domain.networks import address_group

ForwardedBy = Literal["x-forwarded-for", "forwarded"]
Network = IPv4Network | IPv6Network

_TRACES: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
"""What a proxy leaves in a request."""
_HOPS: Final = 32
"""More hops than any chain has; those further left are not looked at."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a request.

    Attributes:
        address: its IP address; empty when a trusted proxy does not know it.
        secure: the browser spoke HTTPS, be it to a trusted proxy.
        is_local: it is a program of this machine that spoke to us directly and called us by a local name
            (a page of a name that was rebound to 127.0.0.1 is somebody else's).
    """

    address: str
    secure: bool
    is_local: bool

    @property
    def group(self) -> str:
        """Those who can take each other's addresses."""
        return address_group(self.address)


class Proxies:
    """The proxies whose word is believed.

    Args:
        networks: their addresses or networks.
        forwarded_by: the header they write; another one is the client's own and is not read.
    """

    def __init__(self, networks: Iterable[str] = (), forwarded_by: ForwardedBy = "x-forwarded-for") -> None:
        self._networks: tuple[Network, ...] = tuple(ip_network(one, strict=False) for one in networks)
        self._standard = forwarded_by == "forwarded"

    def peer(self, request: web.Request) -> Peer:
        """Return who made a request."""
        remote = _plain(request.remote or "")
        fors, protos = self._said(request.headers)
        address, walked = self._walk(remote, fors)
        secure = request.secure
        if walked and protos:
            secure = protos[-min(walked, len(protos))] == "https"
        return Peer(str(address or ""), secure, _is_local(request, remote))

    def trusts(self, address: str) -> bool:
        """Return whether connections of this address are a proxy's."""
        return self._is_trusted(_plain(address))

    def _walk(
        self, remote: IPv4Address | IPv6Address | None, fors: list[str]
    ) -> tuple[IPv4Address | IPv6Address | None, int]:
        """Return the first address nobody trusted speaks for, and how many hops were walked."""
        address, walked = remote, 0
        for said in reversed(fors):
            if not self._is_trusted(address):
                break
            address, walked = _plain(said), walked + 1
        return address, walked

    def _is_trusted(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)

    def _said(self, headers: CIMultiDictProxy[str]) -> tuple[list[str], list[str]]:
        """Return the hops and the schemes that the header tells, over all its lines, left to right."""
        if self._standard:
            elements = [_element(one) for one in _listed(headers, hdrs.FORWARDED)]
            return [one.get("for", "") for one in elements], [one.get("proto", "") for one in elements]
        return _listed(headers, hdrs.X_FORWARDED_FOR), _listed(headers, hdrs.X_FORWARDED_PROTO)


def _listed(headers: CIMultiDictProxy[str], name: str) -> list[str]:
    """Return the members of a list header over all its lines (RFC 9110 §5.3)."""
    lines = ",".join(headers.getall(name, ()))
    return [one.strip() for one in lines.split(",") if one.strip()][-_HOPS:]


def _element(text: str) -> dict[str, str]:
    """Parse one `for=…;proto=…` (RFC 7239 §4)."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip().strip('"').lower() for name, _, value in pairs}


def _plain(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address of `1.2.3.4:5`, `[::1]:5`, `fe80::1%eth0` and the like, None for what is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_local(request: web.Request, remote: IPv4Address | IPv6Address | None) -> bool:
    """Return whether nothing stands between us and a program of this machine."""
    if remote is None or not remote.is_loopback:
        return False
    return not any(trace in request.headers for trace in _TRACES) and _names_this_machine(request.host)


def _names_this_machine(host: str) -> bool:
    try:
        name = parse_origin(f"http://{host}").host
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    return _plain(name) is not None
