"""The network of one media process: sockets on every local address, one tick, DTLS handshakes in tasks.

async with MediaNetwork(config, …) as network:
    connection = network.open(transport, on_state)
"""

import asyncio
import errno
import logging
import secrets
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from ipaddress import ip_address
from typing import Final, Self

from rtc_server.config import MediaConfig
from rtc_server.net.addresses import resolve_listen
from rtc_server.net.connection import Connection
from rtc_server.net.dtls import DtlsCertificate
from rtc_server.net.mux import DatagramMux
from rtc_server.net.path import DatagramSocket
from rtc_server.net.tcp import TcpListener, TcpPath
from rtc_server.net.udp_socket import UdpSocket
from rtc_server.owner_events import TransportState
from rtc_server.protocol.ice_lite import IceCredentials, IceTuple
from rtc_server.sfu.transport import WebRtcTransport

logger = logging.getLogger(__name__)

TICK: Final = 0.01
"""Seconds; one tick serves every transport whose deadline is due."""
ADDRESSES_EACH: Final = 5.0
"""Seconds between looks at the addresses of this machine: networks come up after us, and change."""
LAG_SMOOTHING: Final = 0.1
CREDENTIAL_BYTES: Final = 16
"""Entropy of user fragment and password each; 32 characters in hexadecimal."""
BIND_ATTEMPTS: Final = 20
"""Tries at a port that is free on every address, when the system chooses it."""


class MediaNetwork:
    """Sockets, connections and time of one media process; use as `async with`.

    Args:
        on_tick: called with `now` after every tick's timers (routers' own deadlines, tap host).
    """

    def __init__(
        self,
        config: MediaConfig,
        *,
        on_tick: Callable[[float], None],
    ) -> None:
        self._config = config
        self._limits = config.limits
        self._on_tick = on_tick
        self.certificate = DtlsCertificate()
        self._loop = asyncio.get_running_loop()
        self.clock = self._loop.time
        self.mux = DatagramMux(call_soon=self._loop.call_soon)
        self.connections: set[Connection] = set()
        self.udp_sockets: list[DatagramSocket] = []
        self._tcp_listeners: list[TcpListener] = []
        self._port = config.port
        self._offered: list[str] = []
        """The addresses that are there now, in the order in which they are offered."""
        self._handshakes = asyncio.Semaphore(self._limits.max_dtls_handshakes)
        self._tasks = asyncio.TaskGroup()
        self._stack = AsyncExitStack()
        self.loop_lag_ms = 0.0
        self.max_loop_lag_ms = 0.0

    async def __aenter__(self) -> Self:
        await self._bind(self._addresses())
        for udp_socket in self.udp_sockets:
            udp_socket.start()
        await self._stack.enter_async_context(self._tasks)
        self._ticker = self._tasks.create_task(self._tick())
        self._follower = self._tasks.create_task(self._follow())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for connection in list(self.connections):
            await self.close(connection, "shutdown")
        self._ticker.cancel()
        self._follower.cancel()
        for udp_socket in self.udp_sockets:
            udp_socket.close()
        for listener in self._tcp_listeners:
            listener.close()
        await self._stack.aclose()

    def open(
        self,
        transport: WebRtcTransport,
        *,
        on_state: Callable[[TransportState, str | None], None],
        on_data_end: Callable[[str], None],
    ) -> Connection:
        """Make the connection of a new transport; `close` must follow.

        Args:
            on_state: told each new state with a reason for the bad ones.
            on_data_end: told why the SCTP association ended by itself.
        """
        connection = Connection(
            transport,
            credentials=self.new_credentials(),
            certificate=self.certificate,
            limits=self._limits,
            mux=self.mux,
            start_handshake=lambda connection: self._spawn(self._handshake(connection)),
            end_later=self._close_later,
            on_state=on_state,
            on_data_end=on_data_end,
            clock=self.clock,
        )
        self.connections.add(connection)
        return connection

    async def close(self, connection: Connection, reason: str | None = None) -> None:
        """End a connection and forget it; a bug met on the way must not keep the others that end with it."""
        self.connections.discard(connection)
        try:
            await connection.close(reason)
        except Exception:
            connection.drops.count_fault("the close", connection.id)

    @staticmethod
    def new_credentials() -> IceCredentials:
        """Return a fresh user fragment and password."""
        return IceCredentials(secrets.token_hex(CREDENTIAL_BYTES), secrets.token_hex(CREDENTIAL_BYTES))

    def listening(self) -> list[tuple[str, str, int]]:
        """Return (protocol, address, port) of everything we listen on at an address that is there now."""
        ports = {entry.address: entry.port for entry in self.udp_sockets}
        there = [address for address in self._offered if address in ports]
        bound = [("udp", address, ports[address]) for address in there]
        if self._tcp_listeners:
            bound += [("tcp", address, ports[address]) for address in there]
        return bound

    def reachable_addresses(self) -> int:
        """Count the addresses offered that other machines may reach."""
        announced = {address for address, _ in self._config.announced}
        if announced and not self._config.announce_local:
            return len(announced)
        local = {address for _, address, _ in self.listening() if not ip_address(address).is_loopback}
        return len(announced | local)

    def _addresses(self) -> list[str]:
        return resolve_listen(self._config.listen_addresses, loopback=self._config.include_loopback)

    async def _follow(self) -> None:
        """Listen on addresses that come, and offer those no more that went; until cancelled."""
        while True:
            await asyncio.sleep(ADDRESSES_EACH)
            try:
                await self.look_at_addresses()
            except OSError as error:
                logger.warning("the addresses of this machine cannot be read: %s", error)

    async def look_at_addresses(self) -> None:
        """Compare the addresses of this machine with those we listen on.

        The socket of an address that went stays: connections over it go on when it is back.
        """
        wanted = self._addresses()
        bound = {entry.address for entry in self.udp_sockets}
        for address in [address for address in wanted if address not in bound]:
            if await self._listen_on(address):
                self.udp_sockets[-1].start()
        self._offer(wanted)

    def _offer(self, wanted: list[str]) -> None:
        """Offer from now on what is wanted and bound; say what changed."""
        bound = {entry.address for entry in self.udp_sockets}
        offered = [address for address in wanted if address in bound]
        came, went = set(offered) - set(self._offered), set(self._offered) - set(offered)
        before, self._offered = self._offered, offered
        if came or went:
            logger.info("media listens on %d addresses: %d came, %d went", len(offered), len(came), len(went))
        missing = [address for address in wanted if address not in bound]
        if missing:
            logger.warning("%d addresses to listen on are not there yet; looked for again", len(missing))
        if (before != offered or not offered) and self.reachable_addresses() == 0:
            logger.warning("no address but loopback: people on other machines get no sound and picture")

    async def _listen_on(self, address: str) -> bool:
        """Bind one more address to the port of the others; False when it is not there, or not ready."""
        try:
            await self._bind_one(address)
        except OSError as error:
            logger.info("an address cannot be listened on yet: %s", error.strerror)
            return False
        return True

    async def _bind(self, addresses: list[str]) -> None:
        for attempt in range(BIND_ATTEMPTS):
            try:
                await self._bind_all(addresses)
            except OSError:
                self._unbind()
                if self._config.port != 0 or attempt == BIND_ATTEMPTS - 1:
                    raise
            else:
                return

    async def _bind_all(self, addresses: list[str]) -> None:
        """Bind every address to one port number, UDP and TCP."""
        self._port = self._config.port
        for address in addresses:
            try:
                await self._bind_one(address)
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL:
                    raise  # the port is taken, or we may not
        self._offer(addresses)

    async def _bind_one(self, address: str) -> None:
        """Bind one address, UDP and TCP; raises OSError and leaves nothing bound."""
        udp_socket = UdpSocket(
            address,
            self._port,
            on_other=self.mux.handle_other,
            on_batch=self.mux.drain,
            clock=self.clock,
            buffer_bytes=self._config.receive_buffer_bytes,
        )
        try:
            if self._config.enable_tcp:
                self._tcp_listeners.append(await self._listen_tcp(address, udp_socket.port))
        except OSError:
            udp_socket.close()
            raise
        self._port = udp_socket.port
        self.udp_sockets.append(udp_socket)

    async def _listen_tcp(self, address: str, port: int) -> TcpListener:
        listener = TcpListener(
            on_stun=self.mux.handle_other,
            on_batch=self.mux.drain,
            on_lost=self._stream_lost,
            limits=self._limits,
            clock=self.clock,
        )
        await listener.start(address, port)
        return listener

    def _unbind(self) -> None:
        for udp_socket in self.udp_sockets:
            udp_socket.close()
        for listener in self._tcp_listeners:
            listener.close()
        self.udp_sockets.clear()
        self._offered.clear()
        self._tcp_listeners.clear()

    def _stream_lost(self, path: TcpPath) -> None:
        ice_tuple = IceTuple(path.protocol, path.local, path.remote)
        for connection in list(self.connections):
            try:
                connection.path_lost(ice_tuple)
            except Exception:
                connection.fail("the loss of a path")

    async def _handshake(self, connection: Connection) -> None:
        async with self._handshakes:
            try:
                await connection.handshake()
            except Exception:
                connection.fail("the handshake")
        self.mux.drain()

    def _close_later(self, connection: Connection, reason: str) -> None:
        self._spawn(self.close(connection, reason))

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        if self._ticker.done():
            coroutine.close()  # the network is going down, and ends its connections itself
        else:
            self._tasks.create_task(_logged(coroutine))

    async def _tick(self) -> None:
        """Serve deadlines each `TICK`; measure how late the loop is."""
        due = self.clock() + TICK
        while True:
            await asyncio.sleep(max(0.0, due - self.clock()))
            now = self.clock()
            self._note_lag(now - due)
            due = max(due + TICK, now)
            self._serve_deadlines(now)
            self._finish_tick(now)

    def _serve_deadlines(self, now: float) -> None:
        # No local of the tick itself: it would keep the last connection alive until there is another one.
        for connection in list(self.connections):
            self._serve_deadline(connection, now)

    def _serve_deadline(self, connection: Connection, now: float) -> None:
        """Advance one connection; a bug met there ends it and must not end the tick that all share."""
        try:
            if connection.next_deadline() <= now:
                connection.handle_timeout(now)
        except Exception:
            connection.fail("a timer")

    def _finish_tick(self, now: float) -> None:
        """Do the owner's part of a tick and send; a bug met there must not end the tick."""
        try:
            self._on_tick(now)
        except Exception:
            self.mux.drops.count_fault("the tick", "the process")
        self.mux.drain()

    def _note_lag(self, lag: float) -> None:
        lag_ms = max(0.0, lag * 1000)
        self.loop_lag_ms += LAG_SMOOTHING * (lag_ms - self.loop_lag_ms)
        self.max_loop_lag_ms = max(self.max_loop_lag_ms, lag_ms)


async def _logged(coroutine: Coroutine[None, None, None]) -> None:
    """Await; a failure of one connection must not end the group that all share."""
    try:
        await coroutine
    except Exception:
        logger.exception("a connection's task failed")
