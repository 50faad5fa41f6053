"""A UDP relay that spoils a line on purpose: `Impairment`, each way by itself.

The kernel of a test machine may lack netem. Announce the relay's address as the server's candidate:

    async with UdpRelay(server=("127.0.0.1", port), seed=7) as relay:
        relay.uplink = Impairment(loss=0.03)            # at any moment
        ... MediaConfig(announced=(("127.0.0.1", relay.port),))
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, Self

from tests.support.carrier import Carrier
from tests.support.impairment import Impairment, Tally

Address = tuple[str, int]

MAX_FLOWS: Final = 256
"""Clients at a time; the one that came first is forgotten for another."""
_BUFFER_BYTES: Final = 2 * 1024 * 1024
_DATAGRAM_BYTES: Final = 65_536
_AT_ONCE: Final = 64
"""Datagrams read before others have their turn."""
_HEADERS_BYTES: Final = 28
"""IPv4 and UDP: a line's rate is of whole packets."""


class UdpRelay:
    """Relays between many clients and one server; each client has a socket of its own towards it.

    Args:
        server: where datagrams of clients go.
        seed: of the random numbers; the same seed and traffic give the same losses.
        address: where to listen.
        carriers: of a line that is shared with others, up and down; it stays theirs.
    """

    def __init__(
        self,
        server: Address,
        *,
        seed: int = 1,
        address: str = "127.0.0.1",
        carriers: tuple[Carrier, Carrier] | None = None,
    ) -> None:
        self.server = server
        self._address, self._seed = address, seed
        self._carriers = carriers
        self._flows: dict[Address, socket.socket] = {}
        self.blocked = False
        """Whether every datagram is dropped, as by a firewall, whatever the line is."""
        self.port = 0

    @property
    def uplink(self) -> Impairment:
        """What happens to datagrams from clients."""
        return self._up.line

    @uplink.setter
    def uplink(self, impairment: Impairment) -> None:
        self._up.line = impairment

    @property
    def downlink(self) -> Impairment:
        """What happens to datagrams to clients."""
        return self._down.line

    @downlink.setter
    def downlink(self, impairment: Impairment) -> None:
        self._down.line = impairment

    @property
    def uplink_tally(self) -> Tally:
        return self._up.tally

    @property
    def downlink_tally(self) -> Tally:
        return self._down.tally

    def move_clients(self) -> None:
        """Let every client have another address for the server, as when a NAT forgot its table."""
        for client in list(self._flows):
            self._close(client)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._up, self._down = self._carriers or (Carrier(self._seed), Carrier(self._seed + 1))
        self._socket = _udp_socket()
        self._socket.bind((self._address, 0))
        self.port = self._socket.getsockname()[1]
        self._loop.add_reader(self._socket, _read_all, self._socket, self._to_server)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._carriers is None:
            self._up.close()
            self._down.close()
        for client in list(self._flows):
            self._close(client)
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _to_server(self, data: bytes, client: Address) -> None:
        if self.blocked:
            return
        flow = self._flows.get(client) or self._open(client)
        self._up.carry(partial(_send, flow, data), len(data) + _HEADERS_BYTES)

    def _to_client(self, client: Address, data: bytes, _server: Address) -> None:
        if self.blocked:
            return
        self._down.carry(partial(_send, self._socket, data, client), len(data) + _HEADERS_BYTES)

    def _open(self, client: Address) -> socket.socket:
        if len(self._flows) == MAX_FLOWS:
            self._close(next(iter(self._flows)))
        flow = self._flows[client] = _udp_socket()
        flow.connect(self.server)
        self._loop.add_reader(flow, _read_all, flow, partial(self._to_client, client))
        return flow

    def _close(self, client: Address) -> None:
        flow = self._flows.pop(client)
        self._loop.remove_reader(flow)
        flow.close()


def _udp_socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        made.setsockopt(socket.SOL_SOCKET, buffer, _BUFFER_BYTES)
    return made


def _read_all(source: socket.socket, take: Callable[[bytes, Address], None]) -> None:
    with suppress(OSError):  # none left; or an ICMP error, as nobody listens there any more
        for _ in range(_AT_ONCE):
            take(*source.recvfrom(_DATAGRAM_BYTES))


def _send(target: socket.socket, data: bytes, address: Address | None = None) -> None:
    with suppress(OSError):  # nobody there, a full buffer, or a flow that was closed: lost, as on any line
        target.sendto(data, address) if address else target.send(data)
