"""People of the load: programs that sign in, keep a socket and give commands, each from its own address.

They are made through the administrator's REST interface, as an administrator would make them: created,
skilled, and signed in with a password of their own.
"""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import socketio

from tests.browser.rest import DEMO_PASSWORD

Json = dict[str, Any]
PATIENCE_S = 30.0
ITEM = "YB-003"
RECRUITED_AT_ONCE = 4
_addresses = itertools.count(2)


class Person:
    """One signed-in tab. Close it by leaving the `AsyncExitStack` it was made in.

    Args:
        url: origin of the server on 127.0.0.1; sign-ins are limited per address, so each person has their own
            of 127.0.0.0/8.
    """

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        number = next(_addresses)
        source = (f"127.0.{number // 250}.{number % 250 + 1}", 0)
        self._url = url
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(local_addr=source), timeout=aiohttp.ClientTimeout(PATIENCE_S)
        )
        self._tab = secrets.token_hex(6)
        self._numbers = itertools.count(1)
        self._heard: list[tuple[str, Json]] = []
        self._news = asyncio.Condition()
        self._socket = socketio.AsyncClient(reconnection=False, http_session=self._http)
        self._socket.on("*", self._note)
        self.session: Json = {}
        stack.push_async_callback(self._http.close)
        stack.push_async_callback(self._socket.disconnect)

    async def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        """Make a REST request; return its JSON.

        Raises:
            RuntimeError: it was refused.
        """
        headers = {"Authorization": f"Bearer {self.session['access_token']}"} if self.session else {}
        async with self._http.request(method, self._url + path, json=body, headers=headers) as answer:
            shown = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"{method} {path}: {answer.status} {shown}")
            return shown

    async def login(self, username: str, password: str) -> None:
        """Sign in by password."""
        body = {"username": username, "password": password, "tab": self._tab}
        self.session = await self.ask("POST", "/api/auth/login", body)

    async def enter(self, role: str) -> None:
        """Sign in as the demo person of a role."""
        self.session = await self.ask("POST", "/api/demo/start", {"role": role, "tab": self._tab})

    async def connect(self) -> None:
        """Open the socket."""
        await self._socket.connect(
            self._url, transports=["websocket"], auth={"token": self.session["access_token"]}
        )
        await self.hear("welcome")

    async def do(self, command: str, /, **body: Any) -> Json:
        """Give a command; return its result.

        Raises:
            RuntimeError: it was refused.
        """
        envelope = {"command_id": f"{self._tab}-{next(self._numbers)}", "body": body}
        ack: Json = await self._socket.call(command, envelope, timeout=PATIENCE_S)
        if not ack["ok"]:
            raise RuntimeError(f"{command}: {ack['error']}")
        return dict(ack["result"] or {})

    async def hear(self, name: str, where: Callable[[Json], bool] = lambda body: True) -> Json:
        """Return the first event of that kind not yet taken; wait for it."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            while True:
                for index, (kind, body) in enumerate(self._heard):
                    if kind == name and where(body):
                        del self._heard[index]
                        return body
                await self._news.wait()

    def forget(self) -> None:
        """Drop what was heard and not taken."""
        self._heard.clear()

    async def _note(self, name: str, body: Json) -> None:
        async with self._news:
            self._heard.append((name, body))
            self._news.notify_all()


@dataclass(frozen=True, slots=True)
class Team:
    """As many clerks as specialists, connected."""

    clerks: list[Person]
    specialists: list[Person]


async def recruit(url: str, count: int, stack: AsyncExitStack) -> Team:
    """Create `count` clerks and as many specialists like the demo's, and sign them all in."""
    admin, clerk, specialist = (Person(url, stack) for _ in range(3))
    await admin.login("admin", DEMO_PASSWORD)
    await clerk.enter("clerk")
    await specialist.enter("specialist")
    model = specialist.session["staff"]
    skills = (await admin.ask("GET", f"/api/staff/{model['staff_id']}/skills"))["skills"]
    turns = asyncio.Semaphore(RECRUITED_AT_ONCE)

    async def one(like: Json, given: list[Json]) -> Person:
        async with turns:
            return await _hire(admin, Person(url, stack), like, given)

    clerks = await asyncio.gather(*(one(clerk.session["staff"], []) for _ in range(count)))
    specialists = await asyncio.gather(*(one(model, skills) for _ in range(count)))
    return Team(clerks, specialists)


async def _hire(admin: Person, person: Person, like: Json, skills: list[Json]) -> Person:
    same = ("roles", "posts", "region_code", "department_ids", "point_id", "languages")
    username = f"load-{secrets.token_hex(6)}"
    body = {"username": username, "name": username} | {key: like[key] for key in same}
    made = await admin.ask("POST", "/api/staff", body)
    staff_id = made["staff"]["staff_id"]
    if skills:
        given = [skill | {"staff_id": staff_id} for skill in skills]
        await admin.ask("PUT", f"/api/staff/{staff_id}/skills", {"skills": given})
    await person.login(username, made["first_password"])
    chosen = f"Load-{secrets.token_urlsafe(16)}"
    person.session = await person.ask(
        "POST", "/api/auth/password", {"old_password": made["first_password"], "new_password": chosen}
    )
    await person.connect()
    return person


@dataclass(frozen=True, slots=True)
class Meeting:
    """A connected call and who is in it."""

    call_id: str
    clerk: Person
    specialist: Person

    async def end(self) -> None:
        """Hang up and store a result, so that the call is closed."""
        await self.clerk.do("call.end", call_id=self.call_id)
        await self.specialist.do("call.result", call_id=self.call_id, kind="answered", item_codes=[ITEM])


async def meet(team: Team) -> list[Meeting]:
    """Have every clerk ask for help at once and every specialist accept what rings."""
    for specialist in team.specialists:
        specialist.forget()
        await specialist.do("presence.set", state="available", sound_unlocked=True)
    asked, answered = await asyncio.gather(
        asyncio.gather(*map(_request, team.clerks)), asyncio.gather(*map(_answer, team.specialists))
    )
    specialists = dict(zip(answered, team.specialists, strict=True))
    return [
        Meeting(call_id, clerk, specialists[call_id])
        for call_id, clerk in zip(asked, team.clerks, strict=True)
    ]


async def _request(clerk: Person) -> str:
    consent = {"agreed": True, "by": "self", "text_version": "2026-1"}
    return str((await clerk.do("call.request", item_code=ITEM, consent=consent))["call_id"])


async def _answer(specialist: Person) -> str:
    offer = (await specialist.hear("offer.made"))["offer"]
    await specialist.do("offer.accept", call_id=offer["call_id"], offer_id=offer["offer_id"])
    return str(offer["call_id"])
