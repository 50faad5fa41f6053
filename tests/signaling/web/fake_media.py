"""A media process in memory: it knows which routers, transports, producers and consumers exist."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rtc_server.errors import MediaError, error_from_code
from rtc_server.owner_events import OwnerEvent

Params = dict[str, Any]
_REFS = {"transport": "transportId", "producer": "producerId", "consumer": "consumerId"}


class FakeMedia:
    """The client's side of a control channel, answered from memory; `restart` gives it a new life."""

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(4)
        self.requests: list[tuple[str, Params]] = []
        self.living: dict[str, dict[str, Params]] = {kind: {} for kind in ("router", *_REFS)}
        self.is_up = asyncio.Event()
        self.is_up.set()
        self.called = asyncio.Event()
        """Somebody tried to connect."""
        self._asked: dict[str, asyncio.Future[None]] = {}
        self._connections: list[FakeConnection] = []

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["FakeConnection"]:
        """Be connected to, by one controller or several; out of reach unless it is up."""
        self.called.set()
        if not self.is_up.is_set():
            raise error_from_code("media_unreachable", "Nobody answers.")
        connection = FakeConnection(self)
        self._connections.append(connection)
        try:
            yield connection
        finally:
            self._connections.remove(connection)

    def _tell(self, event: OwnerEvent | None) -> None:
        for connection in self._connections:
            connection.queue.put_nowait(event)

    def hang_up(self) -> None:
        """Be out of reach until `is_up` is set, and keep everything."""
        self.is_up.clear()
        self._tell(None)

    def until_asked(self, method: str) -> asyncio.Future[None]:
        """Return what is done after the next request of that method was answered."""
        return self._asked.setdefault(method, asyncio.get_running_loop().create_future())

    def restart(self) -> None:
        """Die and come back empty."""
        self.epoch = secrets.token_hex(4)
        self.living = {kind: {} for kind in self.living}
        self._tell(None)

    def emit(self, event: OwnerEvent) -> None:
        """Let an event happen."""
        self._tell(event)

    async def request(self, method: str, params: Params | None = None) -> Params:
        """Answer one request; raises `not_found` for things that do not exist."""
        params = params or {}
        self.requests.append((method, params))
        try:
            return self._answer(method, params)
        finally:
            if method in self._asked:
                self._asked.pop(method).set_result(None)

    def _answer(self, method: str, params: Params) -> Params:
        kind, _, act = method.partition(".")
        match act:
            case "create":
                return self._create(kind, params)
            case "close":
                self._find(kind, params)
                del self.living[kind][params[f"{kind}Id"]]
                return {}
        if kind in _REFS:
            self._find(kind, params)
        if method == "transport.restartIce":
            return {
                "iceParameters": {"usernameFragment": secrets.token_hex(4), "password": "p", "iceLite": True}
            }
        if method == "stats":
            return self._figures()
        return {}

    def _figures(self) -> Params:
        counts = {f"{kind}s": len(living) for kind, living in self.living.items()}
        rates = {"packetsReceivedPerSecond": 0.0, "packetsSentPerSecond": 0.0, "loopLagMs": 0.1}
        return {"epoch": self.epoch, **counts, **rates, "drops": {"egress_full": 2}}

    def _find(self, kind: str, params: Params) -> Params:
        try:
            return self.living[kind][params[f"{kind}Id"]]
        except KeyError:
            raise _not_found(kind) from None

    def _create(self, kind: str, params: Params) -> Params:
        if kind == "transport":
            self._find("router", params)
        if kind in ("producer", "consumer"):
            self._find("transport", params)
        if kind == "consumer":
            self._find("producer", params)
        self.living[kind][params[f"{kind}Id"]] = params
        match kind:
            case "router":
                return {"rtpCapabilities": {"codecs": [{"mimeType": "audio/opus"}], "headerExtensions": []}}
            case "transport":
                return {
                    "id": params["transportId"],
                    "iceParameters": {"usernameFragment": "u", "password": "p", "iceLite": True},
                    "iceCandidates": [{"ip": "127.0.0.1", "port": 40000, "protocol": "udp"}],
                    "dtlsParameters": {"role": "auto", "fingerprints": []},
                }
            case "producer":
                return {"id": params["producerId"], "type": "simple"}
            case _:
                producer = self.living["producer"][params["producerId"]]
                return {
                    "id": params["consumerId"],
                    "producerId": params["producerId"],
                    "kind": producer["kind"],
                    "rtpParameters": {"codecs": []},
                    "type": "simple",
                    "producerPaused": producer["paused"],
                }


class FakeConnection:
    """One controller's connection."""

    def __init__(self, media: FakeMedia) -> None:
        self.epoch = media.epoch
        self.request = media.request
        self.queue: asyncio.Queue[OwnerEvent | None] = asyncio.Queue()

    async def events(self) -> AsyncIterator[OwnerEvent]:
        """Yield events until the process dies."""
        while (event := await self.queue.get()) is not None:
            yield event


def _not_found(kind: str) -> MediaError:
    return error_from_code("not_found", f"There is no such {kind}.")
