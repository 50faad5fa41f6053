"""Two people in a call of the real service, and how long they are away when signalling is killed."""

import asyncio
import os
import random
import re
import secrets
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import ClientSession, CookieJar
from socketio.exceptions import ConnectionError as RefusedError

from tests.platform.test_service import ROOT, Service, serving
from tests.signaling.web.house import Json, Person, request_body

_PAGE: Final = (ROOT / "web_client/src/protocol/socket.ts").read_text()
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def _of_the_page(name: str) -> float:
    """Return a time of the page's socket in seconds."""
    found = re.search(rf"const {name} = ([\d_]+);", _PAGE)
    assert found is not None, name
    return int(found[1].replace("_", "")) / 1000


FIRST_TRY_S: Final = _of_the_page("FIRST_TRY_MS")
LAST_TRY_S: Final = _of_the_page("LAST_TRY_MS")


class _Service:
    """Where the people's server is."""

    def __init__(self, port: int) -> None:
        self._port = port

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._port}{path}"


class Caller(Person):
    """Somebody whose page comes back as ours does (`protocol/socket.ts`)."""

    async def come_back(self, call_id: str) -> float:
        """Wait for the loss, try again as the page does, enter the call; return the moment (monotonic)."""
        await self.gone.wait()
        wait = FIRST_TRY_S
        while True:
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))
            wait = min(2 * wait, LAST_TRY_S)
            try:
                await self.connect()
            except RefusedError:
                continue
            await self.do("call.join", call_id=call_id)
            return time.monotonic()


@dataclass(frozen=True, slots=True)
class Return:
    """One kill, in seconds from it.

    Attributes:
        ready: the web server answers again.
        back: both people are in the call again.
        worked: processor time of the new process until it was ready.
        idle: how much of `ready` was neither work of the new process nor waiting for a processor.
    """

    ready: float
    back: float
    worked: float
    idle: float

    @property
    def alone(self) -> float:
        """`back` as it would be on an idle machine."""
        return self.worked + max(self.idle, 0.0) + self.back - self.ready


@dataclass(slots=True)
class Meeting:
    """A service, and the two in a call."""

    service: Service
    people: tuple[Caller, Caller]
    call_id: str

    async def kill_signalling(self) -> Return:
        """Kill the process and wait for everybody to be back."""
        dead = self.service.pid_of("signaling")
        assert dead is not None
        coming = [asyncio.create_task(person.come_back(self.call_id)) for person in self.people]
        began = time.monotonic()
        os.kill(dead, signal.SIGKILL)
        await self.service.until_restarted("signaling", dead)
        await self.service.until_healthy()
        ready = time.monotonic() - began
        pid = self.service.pid_of("signaling")
        assert pid is not None
        worked, queued = _processor(pid)
        back = max(await asyncio.gather(*coming)) - began
        return Return(ready, back, worked, ready - worked - queued)

    async def state(self) -> Json:
        """Return the call as its clerk sees it."""
        answer: Json = await self.people[0].ask("GET", f"/api/calls/{self.call_id}")
        return dict(answer["call"])


@asynccontextmanager
async def meeting(data_dir: Path, *more: str) -> AsyncIterator[Meeting]:
    """Run the demo, with more options, and connect a call."""
    async with (
        serving(data_dir, "--no-open", *more, command="run") as service,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as one,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as other,
    ):
        await service.until_healthy()
        place = _Service(service.port)
        clerk, specialist = (Caller(place, http, secrets.token_hex(6)) for http in (one, other))
        try:
            yield Meeting(service, (clerk, specialist), await _connected(clerk, specialist))
        finally:
            await clerk.socket.disconnect()
            await specialist.socket.disconnect()


async def _connected(clerk: Caller, specialist: Caller) -> str:
    for person, role in ((clerk, "clerk"), (specialist, "specialist")):
        person.session = await person.ask("POST", "/api/demo/start", {"role": role, "tab": person.tab})
        await person.connect()
    await specialist.do("presence.set", state="available", sound_unlocked=True)
    call_id = str((await clerk.do("call.request", **request_body()))["call_id"])
    ring = await specialist.expect("offer.made")
    await specialist.do("offer.accept", call_id=call_id, offer_id=ring["offer"]["offer_id"])
    await clerk.expect("call.changed", lambda one: one["state"] in ("connected", "reconnecting"))
    for person in (clerk, specialist):
        await person.do("call.join", call_id=call_id)
    return call_id


def _processor(pid: int) -> tuple[float, float]:
    """Return seconds a process ran and seconds its threads waited to run."""
    ran = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    tasks = Path(f"/proc/{pid}/task").iterdir()
    queued = sum(int((task / "schedstat").read_text().split()[1]) for task in tasks)
    return sum(map(int, ran)) / _TICKS, queued / 1e9
