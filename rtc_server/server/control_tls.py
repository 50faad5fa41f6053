"""TLS of a control channel that leaves the machine: both ends show a certificate of one private authority.

Commands name people's addresses and keys of their media, so beyond loopback nothing goes in clear, and nobody
without a certificate gets as far as the shared secret. Not done: revocation lists; the authority, which is
for this channel only, is made anew instead.
"""

import ssl
from ipaddress import ip_address

from rtc_server.config import ControlTls
from rtc_server.errors import MalformedError


def server_context(tls: ControlTls) -> ssl.SSLContext:
    """Return what the media process listens with. Raises OSError, ssl.SSLError."""
    return _context(tls, ssl.PROTOCOL_TLS_SERVER)


def client_context(tls: ControlTls) -> ssl.SSLContext:
    """Return what signalling connects with; the server's certificate must be of the host's name."""
    return _context(tls, ssl.PROTOCOL_TLS_CLIENT)


def _context(tls: ControlTls, protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(tls.authority)
    context.load_cert_chain(tls.certificate, tls.key)
    return context


def require_private(host: str, tls: ControlTls | None) -> None:
    """Raise MalformedError for a control channel that would leave this machine in clear."""
    if tls is None and not is_loopback(host):
        raise MalformedError("A control channel beyond this machine needs TLS.")


def is_loopback(host: str) -> bool:
    """Return whether nobody but this machine reaches a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
