"""The ICE-lite server of one transport (RFC 8445 §2.5): STUN request in, response bytes and events out.

The peer is always controlling and we never send a check: its authenticated requests make paths known,
nominate one and keep consent alive (RFC 7675). Deliberately not done: full ICE, switching the path by where
media comes from (a check nominates).

    new ──first valid check──► connected ──nomination──► completed
                                   ▲                         │
                    valid check    │    consent expired      │
                                   └───── disconnected ◄─────┘
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from rtc_server.errors import WireError
from rtc_server.protocol.deadline import NEVER
from rtc_server.wire.stun import (
    BINDING,
    StunClass,
    StunMessage,
    build_binding_error,
    build_binding_success,
    parse_message,
)


class IceTuple(NamedTuple):
    """A path: transport protocol, our address and port, the peer's address and port."""

    protocol: str
    """"udp" or "tcp"."""

    local: tuple[str, int]
    remote: tuple[str, int]


class IceCredentials(NamedTuple):
    """User fragment and password of our side."""

    username_fragment: str
    password: str


class IceState(Enum):
    """Whether there is a path to the peer."""

    NEW = "new"
    CONNECTED = "connected"
    COMPLETED = "completed"
    DISCONNECTED = "disconnected"


class IceDrop(Enum):
    """Why a datagram got no answer or an error."""

    MALFORMED = "ice_malformed"
    NOT_A_REQUEST = "ice_not_a_request"
    BAD_REQUEST = "ice_bad_request"
    UNAUTHORIZED = "ice_unauthorized"
    ROLE_CONFLICT = "ice_role_conflict"


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The transport's ICE state is another one."""

    state: IceState


@dataclass(frozen=True, slots=True)
class TupleAdded:
    """The peer validated a path; datagrams on it belong to this transport."""

    tuple: IceTuple


@dataclass(frozen=True, slots=True)
class TupleRemoved:
    """The path is no longer this transport's (evicted, or consent expired)."""

    tuple: IceTuple


@dataclass(frozen=True, slots=True)
class TupleSelected:
    """Send on this path from now on."""

    tuple: IceTuple


@dataclass(frozen=True, slots=True)
class CredentialsRetired:
    """After a restart the peer uses the new credentials; forget this user fragment."""

    username_fragment: str


IceEvent = StateChanged | TupleAdded | TupleRemoved | TupleSelected | CredentialsRetired


class IceResult(NamedTuple):
    """What one datagram led to.

    Attributes:
        response: bytes to send back on the tuple the datagram came from, or None.
        events: in the order they happened.
        drop: why the request was not accepted, or None when it was.
    """

    response: bytes | None
    events: tuple[IceEvent, ...] = ()
    drop: IceDrop | None = None


class IceLiteServer:
    """Decide about the STUN messages of one transport.

    Register `credentials.username_fragment`, and after `restart` the new one too, with the demultiplexer of
    the socket, which sends STUN from unknown addresses here by user fragment.

    Args:
        credentials: ours, random, the fragment unique on the port.
        consent_timeout: seconds without a valid check until the paths are dropped.
        max_tuples: paths remembered; the longest unused one that is not selected gives way; at least 2.
    """

    def __init__(
        self,
        credentials: IceCredentials,
        *,
        consent_timeout: float,
        max_tuples: int,
    ) -> None:
        self._credentials = credentials
        self._retiring: IceCredentials | None = None
        self._consent_timeout = consent_timeout
        self._max_tuples = max_tuples
        self._tuples: dict[IceTuple, float] = {}
        self._selected: IceTuple | None = None
        self._nomination = -1
        self._state = IceState.NEW
        self._consent_until = NEVER

    @property
    def state(self) -> IceState:
        """Whether there is a path."""
        return self._state

    @property
    def selected(self) -> IceTuple | None:
        """The path to send on."""
        return self._selected

    @property
    def tuples(self) -> tuple[IceTuple, ...]:
        """Every validated path."""
        return tuple(self._tuples)

    @property
    def credentials(self) -> IceCredentials:
        """The newest credentials."""
        return self._credentials

    @property
    def username_fragments(self) -> tuple[str, ...]:
        """User fragments that are accepted now: the newest and, during a restart, the one before it."""
        retiring = (self._retiring.username_fragment,) if self._retiring else ()
        return (self._credentials.username_fragment, *retiring)

    def restart(self, credentials: IceCredentials) -> tuple[IceEvent, ...]:
        """Begin an ICE restart; the old credentials stay good until the first valid request with the new
        ones.

        A restart within a restart retires the oldest credentials at once.
        """
        events: tuple[IceEvent, ...] = ()
        if self._retiring is not None:
            events = (CredentialsRetired(self._retiring.username_fragment),)
        self._retiring = self._credentials
        self._credentials = credentials
        return events

    def handle(self, data: bytes, path: IceTuple, now: float) -> IceResult:
        """Decide about one datagram that `demux.classify` called STUN.

        Args:
            path: where it came from and to; the response goes back the same way.
            now: seconds on a monotonic clock.
        """
        try:
            message = parse_message(data)
        except WireError:
            return IceResult(None, drop=IceDrop.MALFORMED)
        if message.message_class is not StunClass.REQUEST:
            # RFC 8445 §11: Binding indications are keepalives; nothing is answered and, as they are not
            # authenticated, nothing is learnt.
            return IceResult(None, drop=IceDrop.NOT_A_REQUEST)
        if message.method != BINDING or not message.has_fingerprint or message.priority is None:
            return _refuse(message, 400, IceDrop.BAD_REQUEST)
        credentials = self._authenticate(message)
        if credentials is None:
            return _refuse(message, 401, IceDrop.UNAUTHORIZED)
        if message.controlled:
            # RFC 8445 §7.3.1.1: a lite agent is controlled, always.
            response = build_binding_error(message, 487, credentials.password)
            return IceResult(response, drop=IceDrop.ROLE_CONFLICT)
        events = self._accept(message, credentials, path, now)
        return IceResult(build_binding_success(message, path.remote, credentials.password), tuple(events))

    def remove_tuple(self, path: IceTuple) -> tuple[IceEvent, ...]:
        """Forget a path whose stream was lost (ICE-TCP); another known path is selected if there is one."""
        if self._tuples.pop(path, None) is None:
            return ()
        events: list[IceEvent] = [TupleRemoved(path)]
        if path == self._selected:
            self._selected = None
            if self._tuples:
                self._select(max(self._tuples, key=self._tuples.__getitem__), events)
            else:
                self._consent_until = NEVER
                self._enter(IceState.DISCONNECTED, events)
        return tuple(events)

    def next_deadline(self) -> float:
        """Return when consent expires."""
        return self._consent_until

    def handle_timeout(self, now: float) -> tuple[IceEvent, ...]:
        """Advance time; on expired consent every path is dropped and nothing may be sent (RFC 7675 §5.1)."""
        if now < self._consent_until:
            return ()
        events: list[IceEvent] = [TupleRemoved(path) for path in self._tuples]
        self._tuples.clear()
        self._selected = None
        self._nomination = -1
        self._consent_until = NEVER
        self._enter(IceState.DISCONNECTED, events)
        return tuple(events)

    def _authenticate(self, message: StunMessage) -> IceCredentials | None:
        """Return the credentials that made MESSAGE-INTEGRITY, or None."""
        fragment = message.local_username_fragment
        for credentials in (self._credentials, self._retiring):
            if credentials is not None and fragment == credentials.username_fragment:
                return credentials if message.is_authentic(credentials.password) else None
        return None

    def _accept(
        self, message: StunMessage, credentials: IceCredentials, path: IceTuple, now: float
    ) -> list[IceEvent]:
        events: list[IceEvent] = []
        if self._retiring is not None and credentials is self._credentials:
            events.append(CredentialsRetired(self._retiring.username_fragment))
            self._retiring = None
            self._nomination = -1
        self._learn(path, now, events)
        self._consent_until = now + self._consent_timeout
        if self._selected is None:
            self._select(path, events)
        if self._state in (IceState.NEW, IceState.DISCONNECTED):
            self._enter(IceState.CONNECTED, events)
        if self._nominates(message):
            if path != self._selected:
                self._select(path, events)
            self._enter(IceState.COMPLETED, events)
        return events

    def _nominates(self, message: StunMessage) -> bool:
        if message.nomination is not None:
            if message.nomination <= self._nomination:
                return False
            self._nomination = message.nomination
            return True
        # With renomination in use a plain USE-CANDIDATE says nothing new.
        return message.use_candidate and self._nomination < 0

    def _learn(self, path: IceTuple, now: float, events: list[IceEvent]) -> None:
        known = path in self._tuples
        self._tuples[path] = now
        if known:
            return
        if len(self._tuples) > self._max_tuples:
            spare = [other for other in self._tuples if other not in (self._selected, path)]
            oldest = min(spare, key=self._tuples.__getitem__)
            del self._tuples[oldest]
            events.append(TupleRemoved(oldest))
        events.append(TupleAdded(path))

    def _select(self, path: IceTuple, events: list[IceEvent]) -> None:
        self._selected = path
        events.append(TupleSelected(path))

    def _enter(self, state: IceState, events: list[IceEvent]) -> None:
        if state is not self._state:
            self._state = state
            events.append(StateChanged(state))


def _refuse(message: StunMessage, code: int, drop: IceDrop) -> IceResult:
    return IceResult(build_binding_error(message, code, None), drop=drop)
