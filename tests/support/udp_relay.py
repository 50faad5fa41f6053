"""A UDP relay that spoils a line on purpose: seeded loss, delay, jitter and rate, each way by itself.

The kernel of a test machine may lack netem. Announce the relay's address as the server's candidate:

    async with UdpRelay(server=("127.0.0.1", port), seed=7) as relay:
        relay.uplink = Impairment(loss=0.03)            # at any moment
        ... MediaConfig(announced_addresses=("127.0.0.1",), announced_port=relay.port)
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, cast

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Impairment:
    """What a line does to datagrams of one direction.

    Attributes:
        loss: probability 0–1 that a datagram vanishes.
        delay_ms, jitter_ms: each datagram waits `delay_ms` plus a random part of `jitter_ms`; it may
            overtake.
        rate_bps: bits per second of the bottleneck; None: no limit.
        queue_ms: what the bottleneck holds before it drops.
    """

    loss: float = 0.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    rate_bps: float | None = None
    queue_ms: float = 200.0


@dataclass(slots=True)
class Tally:
    """Datagrams of one direction."""

    passed: int = 0
    lost: int = 0
    queue_full: int = 0


class _Direction:
    """One direction of all flows: decides the fate of each datagram."""

    def __init__(self, seed: int) -> None:
        self.impairment = Impairment()
        self.tally = Tally()
        self._random = random.Random(seed)
        self._free_at = 0.0

    def wait(self, size: int, now: float) -> float | None:
        """Return the seconds a datagram of `size` bytes takes, or None when it is lost."""
        line = self.impairment
        if self._random.random() < line.loss:
            self.tally.lost += 1
            return None
        wait = (line.delay_ms + self._random.random() * line.jitter_ms) / 1000
        if line.rate_bps is not None:
            queued = max(0.0, self._free_at - now)
            if queued * 1000 > line.queue_ms:
                self.tally.queue_full += 1
                return None
            self._free_at = now + queued + size * 8 / line.rate_bps
            wait += self._free_at - now
        self.tally.passed += 1
        return wait


class _Upstream(asyncio.DatagramProtocol):
    """The relay's socket towards the server on behalf of one client."""

    def __init__(self, relay: "UdpRelay", client: Address) -> None:
        self._relay = relay
        self._client = client
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._relay._to_client(data, self._client)


class _Downstream(asyncio.DatagramProtocol):
    """The relay's socket that clients send to."""

    def __init__(self, relay: "UdpRelay") -> None:
        self._relay = relay

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._relay._to_server(data, addr)


class UdpRelay:
    """Relays between many clients and one server.

    Args:
        server: where datagrams of clients go.
        seed: of the random numbers; the same seed and traffic give the same losses.
        address: where to listen.
    """

    def __init__(self, server: Address, *, seed: int = 1, address: str = "127.0.0.1") -> None:
        self.server = server
        self._address = address
        self._up = _Direction(seed)
        self._down = _Direction(seed + 1)
        self._flows: dict[Address, asyncio.Future[_Upstream]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket: asyncio.DatagramTransport | None = None
        self.port = 0

    @property
    def uplink(self) -> Impairment:
        """What happens to datagrams from clients."""
        return self._up.impairment

    @uplink.setter
    def uplink(self, impairment: Impairment) -> None:
        self._up.impairment = impairment

    @property
    def downlink(self) -> Impairment:
        """What happens to datagrams to clients."""
        return self._down.impairment

    @downlink.setter
    def downlink(self, impairment: Impairment) -> None:
        self._down.impairment = impairment

    @property
    def uplink_tally(self) -> Tally:
        return self._up.tally

    @property
    def downlink_tally(self) -> Tally:
        return self._down.tally

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._socket, _ = await loop.create_datagram_endpoint(
            lambda: _Downstream(self), local_addr=(self._address, 0)
        )
        self.port = self._socket.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in list(self._tasks):
            task.cancel()
        for flow in self._flows.values():
            if flow.done() and not flow.cancelled() and (transport := flow.result().transport) is not None:
                transport.close()
        assert self._socket is not None
        self._socket.close()

    def _to_server(self, data: bytes, client: Address) -> None:
        flow = self._flows.get(client)
        if flow is None:
            flow = self._flows[client] = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(self._open(client, flow))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._after(self._up, data, lambda: self._forward(flow, data))

    def _forward(self, flow: "asyncio.Future[_Upstream]", data: bytes) -> None:
        # A datagram that comes before its flow is open is lost; ICE repeats.
        if flow.done() and (transport := flow.result().transport) is not None:
            transport.sendto(data)

    def _to_client(self, data: bytes, client: Address) -> None:
        socket = self._socket
        assert socket is not None
        self._after(self._down, data, lambda: socket.sendto(data, client))

    def _after(self, direction: _Direction, data: bytes, send: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        wait = direction.wait(len(data), loop.time())
        if wait is None:
            return
        if wait > 0:
            loop.call_later(wait, send)
        else:
            send()

    async def _open(self, client: Address, flow: "asyncio.Future[_Upstream]") -> None:
        _, upstream = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Upstream(self, client), remote_addr=self.server
        )
        flow.set_result(upstream)
