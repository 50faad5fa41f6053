"""DTLS of one transport: the handshake over datagrams we carry, then SRTP keys and application records.

aiortc does the cryptography. This file and `net.sctp` are the only ones that touch its private names
(`tests/rtc_server/net/test_aiortc_contract.py` pins them). RFC 5764 (DTLS-SRTP), RFC 8827 §6.5.

Not done: DTLS 1.3, renegotiation, more than one certificate.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, Protocol

from aiortc import rtcdtlstransport as aiortc_dtls

from rtc_server.net.libsrtp import DirectSession

logger = logging.getLogger(__name__)

MAX_QUEUED_RECORDS: Final = 64
"""DTLS datagrams waiting for the reader; SCTP retransmits what is dropped beyond."""

DtlsRole = Literal["client", "server"]

_PROFILES: Final = (
    # AES-128-GCM first: AES-CM + SHA-1 costs four times as much here, AES-256-GCM a third more.
    aiortc_dtls.SRTP_AEAD_AES_128_GCM,
    aiortc_dtls.SRTP_AEAD_AES_256_GCM,
    aiortc_dtls.SRTP_AES128_CM_SHA1_80,
)


class DtlsState(Enum):
    """How far a DTLS association is."""

    NEW = "new"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    CLOSED = "closed"


class SrtpSession(Protocol):
    """One direction of SRTP; its functions raise `pylibsrtp.Error` or ValueError on bad packets."""

    @property
    def protect(self) -> Callable[[bytes], bytes]: ...
    @property
    def unprotect(self) -> Callable[[bytes], bytes]: ...
    @property
    def protect_rtcp(self) -> Callable[[bytes], bytes]: ...
    @property
    def unprotect_rtcp(self) -> Callable[[bytes], bytes]: ...
    def remove_stream(self, ssrc: int) -> None: ...


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """The two directions of SRTP that a handshake produced."""

    receive: SrtpSession
    send: SrtpSession
    profile: str


class DtlsCertificate:
    """The self-signed certificate of a media process, new in each process life."""

    def __init__(self) -> None:
        self._certificate = aiortc_dtls.RTCCertificate.generateCertificate()

    def fingerprints(self) -> list[dict[str, str]]:
        """Return `{algorithm, value}` entries, SHA-256 last: mediasoup-client takes the last one."""
        found = {entry.algorithm: entry.value for entry in self._certificate.getFingerprints()}
        order = ("sha-512", "sha-384", "sha-256")
        return [{"algorithm": name, "value": found[name]} for name in order]


class _Link:
    """What aiortc takes for an ICE transport: a bounded inbox and a way out."""

    role = "controlled"
    state = "completed"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send_datagram = send
        self._inbox: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False

    def push(self, data: bytes) -> bool:
        """Queue a datagram for aiortc; return False when the inbox is full."""
        if self._closed or len(self._inbox) >= MAX_QUEUED_RECORDS:
            return False
        self._inbox.append(data)
        self._wake()
        return True

    def close(self) -> None:
        """Make the reader end with `ConnectionError`."""
        self._closed = True
        self._wake()

    async def _recv(self) -> bytes:
        while not self._inbox:
            if self._closed:
                raise ConnectionError
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._inbox.popleft()

    async def _send(self, data: bytes) -> None:
        self._send_datagram(data)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class DtlsSession:
    """One DTLS association: handshake once, then records to and from SCTP until closed.

    Args:
        certificate: the process's own.
        send: carries one DTLS datagram to the peer.
        on_closed: told when the peer closed an established association; not called for our own `close`.
    """

    def __init__(
        self,
        certificate: DtlsCertificate,
        *,
        send: Callable[[bytes], None],
        on_closed: Callable[[], None],
    ) -> None:
        self._link = _Link(send)
        self._dtls: Any = aiortc_dtls.RTCDtlsTransport(self._link, [certificate._certificate])
        self._dtls._srtp_profiles = list(_PROFILES)
        self._on_closed = on_closed
        self._closing = False
        self.role: DtlsRole = "server"
        self.keys: SrtpKeys | None = None

    @property
    def state(self) -> DtlsState:
        """Return how far the association is."""
        return DtlsState(self._dtls.state)

    def handle_datagram(self, data: bytes) -> bool:
        """Take one DTLS datagram (not empty); return False when it had to be dropped."""
        return self._link.push(data)

    async def handshake(
        self, role: DtlsRole, fingerprints: Sequence[Mapping[str, str]], *, timeout: float
    ) -> bool:
        """Run the handshake as `role` for at most `timeout` seconds; True when it gave us `keys`.

        All fingerprints of a supported algorithm must match the peer's certificate. Call at most once.
        """
        self.role = role
        self._dtls._set_role(role)
        remote = aiortc_dtls.RTCDtlsParameters(
            fingerprints=[
                aiortc_dtls.RTCDtlsFingerprint(algorithm=entry["algorithm"], value=entry["value"])
                for entry in fingerprints
            ],
            role=role,
        )
        try:
            async with asyncio.timeout(timeout):
                await self._dtls.start(remote)
        except TimeoutError:
            logger.info("DTLS handshake timed out")
            return False
        if self.state is not DtlsState.CONNECTED:
            return False
        self._dtls.on("statechange", self._state_changed)
        receive, send = self._dtls._rx_srtp, self._dtls._tx_srtp
        profile: bytes = self._dtls._ssl.get_selected_srtp_profile()
        self.keys = SrtpKeys(DirectSession(receive), DirectSession(send), profile=profile.decode())
        return True

    def register_receiver(self, receive: Callable[[bytes], Awaitable[None]]) -> None:
        """Let `receive` get each decrypted application record."""
        self._dtls._register_data_receiver(_Receiver(receive))

    async def send_record(self, data: bytes) -> None:
        """Encrypt and send one application record.

        Raises:
            ConnectionError: the association is not, or no longer, up.
        """
        try:
            await self._dtls._send_data(data)
        except aiortc_dtls.SSL.Error as error:
            raise ConnectionError from error

    async def close(self) -> None:
        """Say goodbye and release everything; safe in any state."""
        self._closing = True
        with contextlib.suppress(ConnectionError, aiortc_dtls.SSL.Error):
            await self._dtls.stop()
        self._link.close()

    def _state_changed(self) -> None:
        if self.state is DtlsState.CLOSED and not self._closing:
            self._on_closed()


class _Receiver:
    """aiortc's data receiver interface around one function."""

    def __init__(self, receive: Callable[[bytes], Awaitable[None]]) -> None:
        self._receive = receive

    async def _handle_data(self, data: bytes) -> None:
        await self._receive(data)
