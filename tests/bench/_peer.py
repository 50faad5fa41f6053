"""One WebRTC peer of the load: a UDP socket, controlling ICE, a blocking DTLS handshake and SRTP sessions.

Deliberately not asyncio and not the server's own code: the load must cost little and share nothing with what
it measures.
"""

import datetime
import os
import secrets
import socket
import time
from dataclasses import dataclass

from aioice import stun
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto
from pylibsrtp import Policy, Session

SRTP_SUITE = b"SRTP_AEAD_AES_128_GCM"
KEY_BYTES, SALT_BYTES = 16, 12
HANDSHAKE_SECONDS = 10.0
BINDING_REQUEST = b"\x00\x01"
BINDING_SUCCESS = b"\x01\x01"


@dataclass(frozen=True, slots=True)
class Remote:
    """Where the server listens for this peer, and its ICE credentials."""

    address: tuple[str, int]
    username_fragment: str
    password: str
    dtls_role: str
    """`server` or `client`: the role the server takes."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate and its sha-256 fingerprint as SDP writes it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    fingerprint: str

    @classmethod
    def generate(cls) -> "Certificate":
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "load")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .sign(key, hashes.SHA256())
        )
        digest = certificate.fingerprint(hashes.SHA256()).hex().upper()
        return cls(certificate, key, ":".join(digest[i : i + 2] for i in range(0, len(digest), 2)))


class Peer:
    """A connected peer; `tx` protects and `rx` unprotects after `connect`."""

    tx: Session
    rx: Session

    def __init__(self, certificate: Certificate, host: str) -> None:
        self.certificate = certificate
        self.username_fragment = secrets.token_hex(4)
        self.password = secrets.token_hex(16)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        self.socket.bind((host, 0))
        self._tie_breaker = int.from_bytes(os.urandom(8), "big")

    def connect(self, remote: Remote) -> None:
        """Nominate the one path, do the handshake and derive both SRTP sessions."""
        self.remote = remote
        self.socket.connect(remote.address)
        deadline = time.monotonic() + HANDSHAKE_SECONDS
        self._check_until_answered(deadline)
        self._handshake(deadline)
        self.socket.setblocking(False)

    def check(self) -> bytes:
        """Return a fresh nominating Binding request (RFC 8445 §7.2.2); also keeps consent alive."""
        request = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.REQUEST,
            transaction_id=os.urandom(12),
        )
        request.attributes["USERNAME"] = f"{self.remote.username_fragment}:{self.username_fragment}"
        request.attributes["PRIORITY"] = 1853824767
        request.attributes["ICE-CONTROLLING"] = self._tie_breaker
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self.remote.password.encode())
        return bytes(request)

    def _check_until_answered(self, deadline: float) -> None:
        self.socket.settimeout(0.2)
        while time.monotonic() < deadline:
            self.socket.send(self.check())
            try:
                answer = self.socket.recv(2048)
            except (TimeoutError, ConnectionRefusedError):
                continue
            if answer[:2] == BINDING_SUCCESS:
                return
            self._answer(answer)
        raise TimeoutError(f"no answer to Binding requests from {self.remote.address}")

    def _answer(self, data: bytes) -> None:
        """Answer the check of a server that is lite in name only (Janus sends its own)."""
        if data[:2] != BINDING_REQUEST:
            return
        request = stun.parse_message(data)
        answer = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.RESPONSE,
            transaction_id=request.transaction_id,
        )
        answer.attributes["XOR-MAPPED-ADDRESS"] = self.remote.address
        answer.add_message_integrity(self.password.encode())
        self.socket.send(bytes(answer))

    def _handshake(self, deadline: float) -> None:
        server_is_client = self.remote.dtls_role == "client"
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_tlsext_use_srtp(SRTP_SUITE)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.use_certificate(crypto.X509.from_cryptography(self.certificate.certificate))
        context.use_privatekey(crypto.PKey.from_cryptography_key(self.certificate.key))
        connection = SSL.Connection(context)
        connection.set_accept_state() if server_is_client else connection.set_connect_state()
        while True:
            try:
                connection.do_handshake()
            except SSL.WantReadError:
                self._flush(connection)
                self._read_dtls(connection, deadline)
            else:
                self._flush(connection)
                break
        self._derive(connection, is_server=server_is_client)

    def _flush(self, connection: SSL.Connection) -> None:
        while True:
            try:
                flight = connection.bio_read(1500)
            except SSL.WantReadError:
                return
            for datagram in _dtls_datagrams(flight):
                self.socket.send(datagram)

    def _read_dtls(self, connection: SSL.Connection, deadline: float) -> None:
        while time.monotonic() < deadline:
            try:
                data = self.socket.recv(4096)
            except TimeoutError:
                self.socket.send(self.check())
                connection.DTLSv1_handle_timeout()
                self._flush(connection)
                continue
            if 20 <= data[0] <= 63:
                connection.bio_write(data)
                return
            self._answer(data)
        raise TimeoutError("no DTLS handshake")

    def _derive(self, connection: SSL.Connection, *, is_server: bool) -> None:
        assert connection.get_selected_srtp_profile() == SRTP_SUITE
        keys = connection.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (KEY_BYTES + SALT_BYTES))
        client = keys[:KEY_BYTES] + keys[2 * KEY_BYTES : 2 * KEY_BYTES + SALT_BYTES]
        server = keys[KEY_BYTES : 2 * KEY_BYTES] + keys[2 * KEY_BYTES + SALT_BYTES :]
        sent, received = (server, client) if is_server else (client, server)
        self.tx = _session(sent, Policy.SSRC_ANY_OUTBOUND)
        self.rx = _session(received, Policy.SSRC_ANY_INBOUND)

    def close(self) -> None:
        """Give the socket back."""
        self.socket.close()


def _session(key: bytes, direction: int) -> Session:
    policy = Policy(key=key, ssrc_type=direction, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    policy.window_size = 1024
    policy.allow_repeat_tx = True
    return Session(policy)


def _dtls_datagrams(flight: bytes) -> list[bytes]:
    """Split a flight into its records, each of which fits a datagram (RFC 6347 §4.1.1)."""
    records = []
    while len(flight) >= 13:
        length = 13 + int.from_bytes(flight[11:13], "big")
        records.append(flight[:length])
        flight = flight[length:]
    return records
