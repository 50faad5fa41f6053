"""coturn's configuration file, rendered from one frozen object.

The server relays to the media addresses and to nobody else: an open relay would let every holder of a
credential reach the machines behind the counter. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

_EVERYONE: Final = ("0.0.0.0-255.255.255.255", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")

_ALLOCATIONS_PER_USER: Final = 18
"""A page has two transports and gathers over UDP, TCP and TLS on up to three interfaces."""

_ALLOCATION_S: Final = 300
"""Longest life without a refresh: what a crashed page leaves behind over UDP counts no longer than this.

Browsers refresh a minute before the end (RFC 8656 §3.2 lets a server grant less than was asked).
"""

_ALLOCATIONS_IN_ALL: Final = 6000

RELAY_PORTS: Final = (25_000, 31_999)
"""One for each allocation, all below 32768, where Linux begins to give ports to outgoing connections."""

_BYTES_PER_S: Final = 1_500_000
"""Ceiling of one allocation in each direction: a desktop, two cameras and room to spare."""

_NONCE_S: Final = 600

_COMMON: Final = """\
use-auth-secret
fingerprint
no-cli
no-tcp-relay
no-multicast-peers
no-rfc5780
no-stun-backward-compatibility
response-origin-only-with-rfc5780
no-software-attribute
log-file=stdout
simple-log
"""


@dataclass(frozen=True, slots=True)
class TurnConfiguration:
    """What coturn is told.

    Attributes:
        media_addresses: the only peers that may be relayed to, IP addresses.
        listen_addresses: addresses to bind and relay from; empty: all of this machine.
        state_path: file for coturn's (unused) user database.
        certificate, key: PEM paths; without them TURN over TLS is off.
    """

    secret: str = field(repr=False)
    realm: str
    port: int
    media_addresses: tuple[str, ...]
    state_path: str
    listen_addresses: tuple[str, ...] = ()
    relay_min_port: int = RELAY_PORTS[0]
    relay_max_port: int = RELAY_PORTS[1]
    certificate: str | None = None
    key: str | None = None


def render(configuration: TurnConfiguration) -> str:
    """Return the text of `turnserver.conf`.

    Raises:
        ValueError: no media address is given, an address is none, or a value would break its line.
    """
    if not configuration.media_addresses:
        raise ValueError("a TURN server without media addresses would relay to nobody")
    lines = list(_lines(configuration))
    if any(character in line for line in lines for character in "\r\n\0"):
        raise ValueError("a TURN setting must not contain a line break")
    return "\n".join(lines) + "\n" + _COMMON


def _lines(configuration: TurnConfiguration) -> Iterator[str]:
    yield f"listening-port={configuration.port}"
    for address in configuration.listen_addresses:
        yield f"listening-ip={ip_address(address)}"
        yield f"relay-ip={ip_address(address)}"
    yield f"min-port={configuration.relay_min_port}"
    yield f"max-port={configuration.relay_max_port}"
    yield f"realm={configuration.realm}"
    yield f"static-auth-secret={configuration.secret}"
    yield f"userdb={configuration.state_path}"
    yield f"user-quota={_ALLOCATIONS_PER_USER}"
    yield f"total-quota={_ALLOCATIONS_IN_ALL}"
    yield f"max-allocate-lifetime={_ALLOCATION_S}"
    yield f"max-bps={_BYTES_PER_S}"
    yield f"stale-nonce={_NONCE_S}"
    yield from _peers(configuration.media_addresses)
    yield from _tls(configuration)


def _peers(media_addresses: tuple[str, ...]) -> Iterator[str]:
    for everyone in _EVERYONE:
        yield f"denied-peer-ip={everyone}"
    for address in media_addresses:
        yield f"allowed-peer-ip={ip_address(address)}"
    if any(ip_address(address).is_loopback for address in media_addresses):
        yield "allow-loopback-peers"


def _tls(configuration: TurnConfiguration) -> Iterator[str]:
    if configuration.certificate and configuration.key:
        yield f"cert={configuration.certificate}"
        yield f"pkey={configuration.key}"
    else:
        yield "no-tls"
        yield "no-dtls"
