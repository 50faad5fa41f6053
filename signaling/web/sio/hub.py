"""The sockets of this process: who is connected, and how to reach them."""

from collections.abc import Iterable, Iterator
from typing import Any

from signaling.domain.subject import Subject, SubjectKind
from signaling.web.limits import QUEUE_PACKETS
from signaling.web.messages.base import Message
from signaling.web.sio.connection import Connection
from signaling.web.sio.engine import BoundedServer


class Hub:
    """Connections by what they are to be told about; every emit of the server goes through here."""

    def __init__(self, server: BoundedServer) -> None:
        self._server = server
        self._connections: dict[str, Connection] = {}
        self._of: dict[Subject, set[Connection]] = {}
        self._calls: dict[str, set[Connection]] = {}

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._connections.values()))

    def get(self, sid: str) -> Connection | None:
        """Return a socket's connection."""
        return self._connections.get(sid)

    def add(self, connection: Connection) -> None:
        """Enter a connection."""
        self._connections[connection.sid] = connection
        self._of.setdefault(connection.actor.who, set()).add(connection)

    def remove(self, sid: str) -> Connection | None:
        """Forget a connection and return it."""
        connection = self._connections.pop(sid, None)
        if connection is None:
            return None
        for call_id in list(connection.calls):
            self.leave(connection, call_id)
        theirs = self._of.get(connection.actor.who, set())
        theirs.discard(connection)
        if not theirs:
            self._of.pop(connection.actor.who, None)
        return connection

    def of(self, who: Subject) -> list[Connection]:
        """Return the sockets of a person or a device."""
        return list(self._of.get(who, ()))

    def count(self, who: Subject) -> int:
        """Return how many sockets a person or a device has."""
        return len(self._of.get(who, ()))

    def in_call(self, call_id: str) -> list[Connection]:
        """Return the sockets that joined a call."""
        return list(self._calls.get(call_id, ()))

    def join(self, connection: Connection, call_id: str) -> None:
        """Send a call's events to a socket from now on."""
        connection.calls.add(call_id)
        self._calls.setdefault(call_id, set()).add(connection)

    def leave(self, connection: Connection, call_id: str) -> None:
        """Send a call's events to a socket no more."""
        connection.calls.discard(call_id)
        joined = self._calls.get(call_id, set())
        joined.discard(connection)
        if not joined:
            self._calls.pop(call_id, None)

    def of_point(self, point_id: str) -> list[Connection]:
        """Return the sockets of a point's rating pads."""
        return [
            one for one in self if one.actor.who.kind is SubjectKind.PAD and one.actor.point_id == point_id
        ]

    async def tell(self, connections: Iterable[Connection], message: Message) -> None:
        """Emit one event to some sockets; raises `TypeError` for a message that is none."""
        event, body = message.event_name, message.model_dump(mode="json")
        if not event:
            raise TypeError(f"{type(message).__name__} is no event")
        for connection in connections:
            if connection.holds:
                self._hold_back(connection, event, body)
            else:
                await self._server.emit(event, body, to=connection.sid)

    def _hold_back(self, connection: Connection, event: str, body: dict[str, Any]) -> None:
        if len(connection.held) >= QUEUE_PACKETS:
            self._server.cut(connection.sid)
        else:
            connection.held.append((event, body))

    def hold(self, connection: Connection) -> None:
        """Keep events back until `release`, which must follow once the answer is on its way."""
        connection.holds += 1

    async def release(self, connection: Connection) -> None:
        """Send what was kept back, in order."""
        while connection.holds == 1 and connection.held:
            event, body = connection.held.popleft()
            await self._server.emit(event, body, to=connection.sid)
        connection.holds -= 1

    async def tell_socket(self, sid: str, message: Message) -> None:
        """Emit one event to one socket, if it is ours."""
        connection = self.get(sid)
        if connection is not None:
            await self.tell([connection], message)
