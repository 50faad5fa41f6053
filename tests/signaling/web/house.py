"""A whole signalling process on a real socket: SQLite, a fake media process, and people who talk to it."""

import asyncio
import itertools
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import socketio
from aiohttp import ClientResponse, ClientSession, CookieJar
from aiohttp.test_utils import TestServer

from signaling.compose.application import Running, build_application
from signaling.config import Settings
from signaling.domain.audit import AuditEntry
from signaling.services.stores import AuditQuery
from signaling.web.messages.events import EVENTS
from signaling.web.sio.commands import TABLE
from tests.support import databases
from tests.support.fake_media import FakeMedia

Json = dict[str, Any]
PATIENCE_S = 10.0
ITEM = "YB-003"


class Person:
    """A browser tab: a REST session and a socket."""

    def __init__(self, house: "House", http: ClientSession, tab: str) -> None:
        self._house = house
        self.http = http
        self.tab = tab
        self.session: Json = {}
        self.socket = socketio.AsyncClient(reconnection=False)
        self.socket.on("*", self._note)
        self.socket.on("disconnect", self._gone)
        self.gone = asyncio.Event()
        self._events: list[tuple[str, Json]] = []
        self._news = asyncio.Condition()
        self._numbers = itertools.count(1)

    @property
    def staff_id(self) -> str:
        """Who it is."""
        return str(self.session["staff"]["staff_id"])

    async def _note(self, name: str, body: Json) -> None:
        EVENTS[name].model_validate_json(_dumped(body), strict=False)
        async with self._news:
            self._events.append((name, body))
            self._news.notify_all()

    async def _gone(self, reason: str) -> None:
        self.gone.set()

    async def ask(
        self, method: str, path: str, body: Json | None = None, *, status: int = 200, **more: Any
    ) -> Any:
        """Make a REST request and return its JSON."""
        headers = {"Authorization": f"Bearer {self.session['access_token']}"} if self.session else {}
        headers |= more.pop("headers", {})
        async with self.http.request(
            method, self._house.url(path), json=body, headers=headers, **more
        ) as answer:
            shown = await _shown(answer)
            assert answer.status == status, shown
            return shown

    async def login(self, username: str, password: str, *, status: int = 200, **more: Any) -> Any:
        """Sign in."""
        body = {"username": username, "password": password, "tab": self.tab}
        answer = await self.ask("POST", "/api/auth/login", body, status=status, **more)
        if status == 200:
            self.session = answer
        return answer

    async def connect(self, **auth: Any) -> Json:
        """Open the socket; return the welcome."""
        self.gone.clear()
        token = {"token": self.session["access_token"]} if self.session else {}
        cookies = "; ".join(f"{one.key}={one.value}" for one in self.http.cookie_jar)  # as a browser does
        await self.socket.connect(
            self._house.url("/"), {"Cookie": cookies}, transports=["websocket"], auth=token | auth
        )
        return await self.expect("welcome")

    async def command(self, command: str, /, command_id: str | None = None, **body: Any) -> Json:
        """Give a command; return its acknowledgement, checked against its type."""
        envelope = {"command_id": command_id or f"{self.tab}-{next(self._numbers)}", "body": body}
        return await self.raw(command, envelope)

    async def raw(self, command: str, *payload: Any) -> Json:
        """Emit anything; return the acknowledgement."""
        data = payload if len(payload) != 1 else payload[0]
        ack: Json = await self.socket.call(command, data, timeout=PATIENCE_S)
        if ack["ok"]:
            TABLE[command].result.model_validate_json(_dumped(ack["result"]), strict=False)
        return ack

    async def do(self, name: str, /, **body: Any) -> Any:
        """Give a command that must succeed; return its result."""
        ack = await self.command(name, **body)
        assert ack["ok"], (name, ack)
        return ack["result"]

    async def refused(self, name: str, /, **body: Any) -> str:
        """Give a command that must be refused; return the code."""
        ack = await self.command(name, **body)
        assert not ack["ok"], (name, ack)
        assert ack["error"]["sentence"]
        return str(ack["error"]["code"])

    async def expect(self, name: str, where: Callable[[Json], bool] = lambda body: True) -> Json:
        """Return the first event of that kind not yet taken; wait for it."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            while True:
                for index, (kind, body) in enumerate(self._events):
                    if kind == name and where(body):
                        del self._events[index]
                        return body
                await self._news.wait()

    def heard(self, name: str) -> list[Json]:
        """Return the events of that kind not yet taken."""
        return [body for kind, body in self._events if kind == name]

    def forget(self) -> None:
        """Drop all events heard so far."""
        self._events.clear()


class House:
    """The process and its address."""

    def __init__(self, running: Running, server: TestServer, media: FakeMedia, stack: AsyncExitStack) -> None:
        self.running = running
        self.media = media
        self._server = server
        self._stack = stack

    async def audited(self, count: int = 200) -> list[AuditEntry]:
        """Return the newest entries of the audit log."""
        return [row.entry for row in await self.running.ports.audit.entries(AuditQuery(limit=count))]

    def url(self, path: str) -> str:
        """Return an address of the process."""
        return str(self._server.make_url("/")).rstrip("/") + path

    async def somebody(self, *, beside: Person | None = None) -> Person:
        """Return a fresh tab, in the browser of `beside` if given."""
        http = beside.http if beside else ClientSession(cookie_jar=CookieJar(unsafe=True))
        person = Person(self, http, secrets.token_hex(6))
        if beside is None:
            self._stack.push_async_callback(http.close)
        self._stack.push_async_callback(person.socket.disconnect)
        return person

    async def signed_in(self, username: str) -> Person:
        """Return a demo person by name, signed in and connected."""
        services = self.running.services
        staff = services.directory.current.staff_named(username)
        assert staff is not None
        person = await self.somebody()
        made = await services.accounts.demo_sign_in(staff.staff_id, person.tab, "127.0.0.1")
        cookie = {"Cookie": f"bb_refresh_{person.tab}={made.refresh_token}"}
        person.session = await person.ask("POST", "/api/auth/refresh", {"tab": person.tab}, headers=cookie)
        await person.connect()
        return person

    async def demo(self, role: str, *, beside: Person | None = None, connect: bool = True) -> Person:
        """Return a demo person, signed in and connected."""
        person = await self.somebody(beside=beside)
        answer = await person.ask("POST", "/api/demo/start", {"role": role, "tab": person.tab})
        if role == "pad":
            await person.connect(device_token=answer["device_token"])
            return person
        person.session = answer
        if connect:
            await person.connect()
        return person


@asynccontextmanager
async def open_house(
    folder: Path, *, media: FakeMedia | None = None, **settings: Any
) -> AsyncIterator[House]:
    """Run a demo process on an ephemeral port, with a media process of its own unless given."""
    media = media or FakeMedia()
    address = await databases.database_for(folder, databases.migrated)
    chosen = Settings(
        data_dir=folder, demo=True, **({"database_url": address, "search_by_meaning": False} | settings)
    )
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(build_application(chosen, connect=media.connect))
        server = await stack.enter_async_context(TestServer(running.app))
        yield House(running, server, media, stack)


def request_body(**more: Any) -> Json:
    """Return a request for help with the demo's item."""
    return {
        "item_code": ITEM,
        "consent": {"agreed": True, "by": "self", "text_version": "2026-1"},
        **more,
    }


async def _shown(answer: ClientResponse) -> Any:
    if answer.content_type == "application/json":
        return await answer.json()
    return await answer.read()


def _dumped(value: Any) -> str:

    return json.dumps(value)
