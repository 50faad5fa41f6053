"""Which connection a STUN message belongs to, and which connections have something to send.

Addresses first, local user fragment second: datagrams of validated paths go straight from the socket to their
connection; STUN is found by its user fragment, wherever it comes from, so that a page that reloads behind the
same address reaches its new transport. Everything else from unknown addresses is dropped.
"""

from collections.abc import Callable

from rtc_server.errors import WireError
from rtc_server.net.path import Path
from rtc_server.net.peer_ports import Endpoint
from rtc_server.protocol.ice_lite import IceTuple
from rtc_server.sfu.drops import Drop, DropCounter
from rtc_server.wire.demux import Kind, classify
from rtc_server.wire.stun import local_username_fragment


class DatagramMux:
    """The tables of one media process (implements `peer_ports.Exchange`).

    Args:
        call_soon: runs a function after the current callback.
    """

    def __init__(self, *, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self.drops = DropCounter()
        self._call_soon = call_soon
        self._by_fragment: dict[str, Endpoint] = {}
        self._dirty: list[Endpoint] = []
        self._drain_planned = False

    def register_fragment(self, fragment: str, endpoint: Endpoint) -> None:
        """Let STUN for this user fragment reach `endpoint`."""
        self._by_fragment[fragment] = endpoint

    def unregister_fragment(self, fragment: str, endpoint: Endpoint) -> None:
        """Forget a user fragment if it is still `endpoint`'s."""
        if self._by_fragment.get(fragment) is endpoint:
            del self._by_fragment[fragment]

    def handle_other(self, path: Path, data: bytes, now: float) -> None:
        """Take STUN, or anything from an unknown address; never raises."""
        try:
            self._handle_other(path, data, now)
        except Exception:
            self.drops.count_fault("a datagram", path.protocol)

    def _handle_other(self, path: Path, data: bytes, now: float) -> None:
        if classify(data) is not Kind.STUN:
            self.drops.count(Drop.UNKNOWN_ADDRESS)
            return
        try:
            fragment = local_username_fragment(data)
        except WireError:
            self.drops.count(Drop.BAD_STUN)
            return
        endpoint = self._by_fragment.get(fragment or "")
        if endpoint is None:
            self.drops.count(Drop.BAD_STUN)
            return
        endpoint.handle_stun(data, IceTuple(path.protocol, path.local, path.remote), path, now)

    def mark_dirty(self, endpoint: Endpoint) -> None:
        """Note that a connection has something to send; it is drained after the batch or at the next tick."""
        self._dirty.append(endpoint)

    def drain_soon(self) -> None:
        """Drain after the current callback, for what no batch, request or tick caused."""
        if not self._drain_planned:
            self._drain_planned = True
            self._call_soon(self._drain_planned_now)

    def drain(self) -> None:
        """Send what all dirty connections have; what that makes dirty again is sent too; never raises.

        A bug met in one connection ends that one: the others are marked as dirty, and nobody would come back
        for them.
        """
        while self._dirty:
            dirty, self._dirty = self._dirty, []
            for endpoint in dirty:
                try:
                    endpoint.drain()
                except Exception:
                    endpoint.fail("a drain")

    def _drain_planned_now(self) -> None:
        self._drain_planned = False
        self.drain()
