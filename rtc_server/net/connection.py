"""One peer's connection: ICE decides where to send, DTLS with whom, SRTP seals; the transport decides what.

new ──connect + path──► connecting ──handshake──► connected ◄──► disconnected (consent)
                             └──► failed                └──► closed (peer's goodbye, or ours)
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from math import inf
from typing import Final

from rtc_server.config import MediaLimits
from rtc_server.errors import StateError
from rtc_server.net.dtls import DtlsCertificate, DtlsRole, DtlsSession
from rtc_server.net.path import Path, SendOutcome
from rtc_server.net.peer_ports import Exchange
from rtc_server.net.sctp import SctpAssociation, SctpEnd
from rtc_server.net.srtp import SEAL_ERRORS, SrtpStreams
from rtc_server.owner_events import TransportState
from rtc_server.protocol.ice_lite import (
    CredentialsRetired,
    IceCredentials,
    IceEvent,
    IceLiteServer,
    IceState,
    IceTuple,
    StateChanged,
    TupleAdded,
    TupleRemoved,
    TupleSelected,
)
from rtc_server.sfu.drops import Drop
from rtc_server.sfu.parameters import SctpStreamParameters
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.demux import RTP, Kind, classify

logger = logging.getLogger(__name__)

_OUTCOMES: Final = {SendOutcome.FULL: Drop.EGRESS_FULL, SendOutcome.FAILED: Drop.EGRESS_FAILED}


class Connection:
    """The shell around one `WebRtcTransport`; lives in one loop, never waits itself.

    Args:
        transport: the pure object that packets go to and come from.
        mux: where our addresses and user fragments are registered.
        start_handshake: runs `handshake` in a task; called once, when there are a path and DTLS parameters.
        end_later: runs `close` in a task, with a reason.
        on_state: told each new state with a reason for the bad ones.
        on_data_end: told why the SCTP association ended by itself.
    """

    def __init__(
        self,
        transport: WebRtcTransport,
        *,
        credentials: IceCredentials,
        certificate: DtlsCertificate,
        limits: MediaLimits,
        mux: Exchange,
        start_handshake: Callable[["Connection"], None],
        end_later: Callable[["Connection", str], None],
        on_state: Callable[[TransportState, str | None], None],
        on_data_end: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self.id = transport.id
        self.drops = transport.drops
        self.transport = transport
        self.state = TransportState.NEW
        self._limits = limits
        self._mux = mux
        self._start_handshake = start_handshake
        self._end_later = end_later
        self._on_state = on_state
        self._on_data_end = on_data_end
        self._clock = clock
        self.ice = IceLiteServer(
            credentials,
            consent_timeout=limits.consent_timeout_s,
            max_tuples=limits.max_tuples_per_transport,
        )
        self._paths: dict[IceTuple, Path] = {}
        self._path: Path | None = None
        self._dtls = DtlsSession(certificate, send=self._send_raw, on_closed=self._dtls_closed)
        self._remote_fingerprints: Sequence[Mapping[str, str]] = ()
        self._role: DtlsRole = "server"
        self._handshake_started = False
        self._sctp: SctpAssociation | None = None
        self._srtp = SrtpStreams(limits, self.drops, is_held=transport.holds_ssrc)
        self._is_dirty = False
        self.received_bytes = 0
        self.received_datagrams = 0
        self.sent_bytes = 0
        self.sent_datagrams = 0
        self._outbox = transport.outbox
        self._outbox.on_output = self._mark_dirty
        mux.register_fragment(credentials.username_fragment, self)

    # --- requests of the owner

    def connect(self, role: str, fingerprints: Sequence[Mapping[str, str]]) -> None:
        """Take the peer's DTLS parameters; the handshake starts as soon as there is a path.

        Args:
            role: the peer's: `client`, `server` or `auto`.

        Raises:
            StateError: called twice, or after the end.
        """
        if self._remote_fingerprints or self.state is not TransportState.NEW:
            raise StateError("This transport is connected already.")
        # RFC 5763 §5: whoever answers chooses; mediasoup's clients announce the role they have chosen.
        self._role = "client" if role == "server" else "server"
        self._remote_fingerprints = fingerprints
        self._set_state(TransportState.CONNECTING)
        self._handshake_if_ready()

    def restart_ice(self, credentials: IceCredentials) -> None:
        """Accept new credentials; DTLS, SRTP, SCTP and the path live on."""
        self._mux.register_fragment(credentials.username_fragment, self)
        self._apply(self.ice.restart(credentials), None)

    async def close(self, reason: str | None = None) -> None:
        """End everything, each part though one before it fails; safe to call twice."""
        if self.state is TransportState.CLOSED:
            return
        async with AsyncExitStack() as parts:  # the last one in ends first
            parts.callback(self._mux.drain_soon)  # or the list of those to be drained would keep this one
            parts.callback(self._give_up_paths)
            parts.push_async_callback(self._dtls.close)
            if self._sctp is not None:
                parts.push_async_callback(self._sctp.close)
            self._set_state(TransportState.CLOSED, reason)

    def _give_up_paths(self) -> None:
        for path in self._paths.values():
            path.unbind(self)
            path.close()
        self._paths.clear()
        self._path = None
        self._srtp.close()
        for fragment in self.ice.username_fragments:
            self._mux.unregister_fragment(fragment, self)

    # --- datagrams in

    def handle_datagram(self, data: bytes, now: float) -> None:
        """Take one datagram of a validated path that is not STUN; never raises."""
        self.received_bytes += len(data)
        self.received_datagrams += 1
        try:
            kind = classify(data)
            if kind is RTP:
                plain = self._srtp.unprotect(data)
                if plain is not None:
                    self.transport.receive_rtp(plain, now)
            elif kind is Kind.RTCP:
                plain = self._srtp.unprotect_rtcp(data)
                if plain is not None:
                    self.transport.receive_rtcp(plain, now)
            elif kind is not Kind.DTLS:
                self.drops.count(Drop.UNKNOWN_PROTOCOL)
            elif not self._dtls.handle_datagram(data):
                self.drops.count(Drop.DTLS_BACKLOG)
        except Exception:
            self.drops.count_fault("a datagram", self.id)

    def handle_stun(self, data: bytes, ice_tuple: IceTuple, path: Path, now: float) -> bool:
        """Take one STUN message addressed to us by user fragment; return True when it was a valid check."""
        result = self.ice.handle(data, ice_tuple, now)
        if result.response is not None:
            path.send(result.response)
        if result.drop is not None:
            self.drops.count(Drop.BAD_STUN)
            return False
        self._apply(result.events, path)
        return True

    def path_lost(self, ice_tuple: IceTuple) -> None:
        """Forget a path whose stream ended."""
        self._apply(self.ice.remove_tuple(ice_tuple), None)

    def fail(self, what: str) -> None:
        """A bug was met, which an `except` holds: count it, and end this connection alone."""
        self.drops.count_fault(what, self.id)
        self._end_later(self, "internal_error")

    # --- time

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""
        return min(self.ice.next_deadline(), self.transport.next_deadline(), self._outbox.next_deadline())

    def handle_timeout(self, now: float) -> None:
        """Advance time; what is to be sent waits in the outbox."""
        if self._outbox.next_deadline() <= now:
            self._mark_dirty()
        if min(self.ice.next_deadline(), self.transport.next_deadline()) <= now:
            self._apply(self.ice.handle_timeout(now), None)
            self.transport.handle_timeout(now)

    # --- packets out

    def drain(self) -> None:
        """Protect and send everything the transport put into its outbox."""
        self._is_dirty = False
        outbox = self._outbox
        session, path = self._srtp.outgoing, self._path
        is_open = session is not None and path is not None
        packets, reports, messages, released, retired = outbox.take(
            self._clock() if is_open else None, self._room()
        )
        self._srtp.release(released)
        if session is not None and path is not None:
            self._send_all(outbox.finish(packets, self._clock), session.protect, path)
            if reports:
                self._send_all(reports, session.protect_rtcp, path)
        elif packets or reports:
            self.drops.count(Drop.NO_PATH, len(packets) + len(reports))
        self._srtp.retire(retired)
        for message in messages:
            self._send_message(*message)

    def _room(self) -> float:
        """Return how many bytes of pictures the path takes: in a stream, sound waits behind what waits."""
        backlog = None if self._path is None else self._path.backlog_bytes()
        return inf if backlog is None else self._outbox.pacer.flight_bytes - backlog

    def _send_all(self, packets: list[bytes], protect: Callable[[bytes], bytes], path: Path) -> None:
        sealed: list[bytes] = []
        for packet in packets:
            try:
                sealed.append(protect(packet))
            except SEAL_ERRORS:
                self.drops.count(Drop.PROTECT)
        sent = path.send_all(sealed)
        self.sent_bytes += sent.total_bytes
        self.sent_datagrams += sent.datagrams
        if sent.full:
            self.drops.count(Drop.EGRESS_FULL, sent.full)
        if sent.failed:
            self.drops.count(Drop.EGRESS_FAILED, sent.failed)

    def _send_raw(self, data: bytes) -> None:
        """Send one DTLS datagram."""
        path = self._path
        if path is None:
            self.drops.count(Drop.NO_PATH)
            return
        outcome = path.send(data)
        if outcome is SendOutcome.SENT:
            self.sent_bytes += len(data)
            self.sent_datagrams += 1
        else:
            self.drops.count(_OUTCOMES[outcome])

    def _mark_dirty(self) -> None:
        if not self._is_dirty:
            self._is_dirty = True
            self._mux.mark_dirty(self)

    # --- DTLS

    async def handshake(self) -> None:
        """Run the DTLS handshake and start SCTP; the task of `start_handshake` awaits it."""
        done = await self._dtls.handshake(
            self._role, self._remote_fingerprints, timeout=self._limits.dtls_timeout_s
        )
        if self.state is not TransportState.CONNECTING:
            return
        keys = self._dtls.keys
        if not done or keys is None:
            self._set_state(TransportState.FAILED, "dtls_failed")
            return
        self._srtp.use(keys)
        logger.info("transport %s: DTLS connected as %s, %s", self.transport.id, self._role, keys.profile)
        self._set_state(TransportState.CONNECTED)
        self.transport.connected(self._clock())
        if self.transport.wants_sctp:
            await self._start_sctp()

    def _handshake_if_ready(self) -> None:
        if self._remote_fingerprints and self._path is not None and not self._handshake_started:
            self._handshake_started = True
            self._start_handshake(self)

    def _dtls_closed(self) -> None:
        self._end_later(self, "remote_closed")

    # --- SCTP

    async def _start_sctp(self) -> None:
        self._sctp = SctpAssociation(
            self._dtls,
            on_message=self._message_received,
            on_open=self._mark_dirty,
            on_end=self._sctp_ended,
            limits=self._limits,
            clock=self._clock,
        )
        await self._sctp.start()

    def _message_received(self, stream_id: int, protocol_id: int, data: bytes) -> None:
        self.transport.receive_message(stream_id, protocol_id, data)
        self._mux.drain_soon()

    def _sctp_ended(self, reason: SctpEnd) -> None:
        logger.info("transport %s: SCTP ended, %s", self.transport.id, reason.value)
        self._on_data_end(reason.value)

    def _send_message(self, stream: SctpStreamParameters, protocol_id: int, data: bytes | None) -> None:
        sctp = self._sctp
        if sctp is None or not sctp.is_open:
            self.drops.count(Drop.SCTP_CLOSED)
        elif data is None:
            sctp.reset_stream(stream.stream_id)
        elif not sctp.send(stream, protocol_id, data):
            self.drops.count(Drop.SCTP_BACKLOG)

    # --- ICE

    def _apply(self, events: Sequence[IceEvent], path: Path | None) -> None:
        """Act on what ICE decided; `path` is where the message that caused it came from."""
        for event in events:
            match event:
                case TupleAdded():
                    assert path is not None
                    self._paths[event.tuple] = path
                    path.bind(self)
                case TupleRemoved():
                    lost = self._paths.pop(event.tuple)
                    lost.unbind(self)
                    lost.close()
                    if lost is self._path:
                        self._path = None
                case TupleSelected():
                    self._path = self._paths[event.tuple]
                    self._handshake_if_ready()
                case CredentialsRetired():
                    self._mux.unregister_fragment(event.username_fragment, self)
                case StateChanged():
                    self._ice_changed(event.state)

    def _ice_changed(self, state: IceState) -> None:
        if state is IceState.DISCONNECTED and self.state is TransportState.CONNECTED:
            self._set_state(TransportState.DISCONNECTED, "consent_expired")
        elif state is not IceState.DISCONNECTED and self.state is TransportState.DISCONNECTED:
            self._set_state(TransportState.CONNECTED)
            self.transport.connected(self._clock())

    def _set_state(self, state: TransportState, reason: str | None = None) -> None:
        if state is not self.state:
            self.state = state
            self._on_state(state, reason)
