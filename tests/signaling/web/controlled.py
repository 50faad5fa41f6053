"""A call in which a specialist controls the counter PC: both ends of the channel, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import ClientWebSocketResponse, WSMsgType

from signaling.web.control.page_wire import TO_PAGE, Enter
from tests.signaling.web.house import House, Json, Person, open_house
from tests.signaling.web.test_two_processes import join_both
from tests.support.until import until_async, until_here
from web_client.helper import wire
from web_client.helper.effects import Effect, Send
from web_client.helper.envelope import Frame, parse, write
from web_client.helper.session import Session
from web_client.helper.vocabulary import Reason, State
from web_client.helper.wire import (
    DOWN,
    Acknowledge,
    Geometry,
    Grant,
    Heartbeat,
    Hello,
    Message,
    Monitor,
    Paired,
    Refused,
    Revoke,
    Status,
    Welcome,
)

PATIENCE_S = 15.0
COUNTER = "pc-1"
LEFT = Monitor("left", 0, 0, 1440, 900, "#e60012")
RIGHT = Monitor("right", 1440, 0, 1440, 900, "#0068b7")
M = TypeVar("M", bound=Message)
H = TypeVar("H", bound="FakeHelper")


def _now() -> float:
    return asyncio.get_running_loop().time()


class End:
    """One end of the channel: numbers what it says, keeps what it hears and why it was cut."""

    def __init__(self, socket: ClientWebSocketResponse, table: wire.Table) -> None:
        self.socket = socket
        self.table = table
        self.heard: list[Frame] = []
        self.closed_for: str | None = None
        self._numbers: dict[str, int] = {}
        self._news = asyncio.Condition()

    async def say(self, message: Message, grant: str = "", *, number: int | None = None) -> int:
        """Send a message, with its next number unless given."""
        self._numbers[grant] = number = number or self._numbers.get(grant, 0) + 1
        await self.socket.send_str(write(Frame(grant, number, message)))
        return number

    async def hear(self, kind: type[M], *, past: int = 0) -> M:
        """Return the message of a kind after the first `past` ones."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: len(self.all(kind)) > past or self.closed_for is not None)
        assert len(self.all(kind)) > past, (kind, self.closed_for, self.heard)
        return self.all(kind)[past]

    def all(self, kind: type[M]) -> list[M]:
        """Return all messages of a kind heard so far."""
        return [frame.message for frame in self.heard if isinstance(frame.message, kind)]

    async def cut(self) -> str:
        """Wait for the end; return what the closing frame says."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: self.closed_for is not None)
        return self.closed_for or ""

    async def pump(self) -> None:
        """Hear until the other side ends it."""
        while True:
            came = await self.socket.receive()
            if came.type is not WSMsgType.TEXT:
                async with self._news:
                    self.closed_for = str(came.extra or "") if came.type is WSMsgType.CLOSE else ""
                    self._news.notify_all()
                return
            frame = parse(came.data, self.table)
            async with self._news:
                self.heard.append(frame)
                self._news.notify_all()
            await self.answer(frame)

    async def answer(self, frame: Frame) -> None:
        """Do nothing."""

    async def beat(self) -> None:
        """Do nothing by itself."""


class FakeHelper(End):
    """A counter PC that takes every grant and answers every heartbeat."""

    key = ""
    is_obedient = True

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        super().__init__(socket, DOWN)
        self._last = 0

    async def answer(self, frame: Frame) -> None:
        """Behave as the program does."""
        if not self.is_obedient:
            return
        match frame.message:
            case Grant(grant=grant):
                self._last = 0
                await self.say(Status(grant, State.GRANTED, Reason.CONSENT))
            case Revoke(grant=grant):
                await self.say(Status(grant, State.REVOKED, Reason.WITHDRAWN))
            case Heartbeat():
                await self.say(Acknowledge(frame.number, 0, State.GRANTED), frame.grant)
        if frame.grant:
            assert frame.number == self._last + 1, "numbered without a gap"
            self._last = frame.number

    def acted(self, grant: str) -> list[Message]:
        """Return what it was told to do within a grant, without heartbeats."""
        return [
            frame.message
            for frame in self.heard
            if frame.grant == grant and not isinstance(frame.message, Heartbeat)
        ]


class RealHelper(FakeHelper):
    """The program's own session; what it would do at the desktop is noted with its time."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        super().__init__(socket)
        self.done: list[tuple[float, Effect]] = []
        self._session = Session(_now())

    async def answer(self, frame: Frame) -> None:
        """Let the session obey."""
        await self._do(self._session.receive(frame, _now()))

    async def beat(self) -> None:
        """Let time pass for the session."""
        while True:
            await asyncio.sleep(0.02)
            if _now() >= self._session.next_deadline():
                await self._do(self._session.handle_timeout(_now()))

    async def at_desktop(self, effects: list[Effect]) -> None:
        """Do what follows from something that happened at the counter PC."""
        await self._do(effects)

    @property
    def session(self) -> Session:
        """The session, to let something happen at the counter PC."""
        return self._session

    async def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                await self.say(effect.message, effect.grant)
            else:
                self.done.append((_now(), effect))

    async def hear_of(self, state: State) -> None:
        """Wait until the session is in a state."""
        await until_here(lambda: self._session.state is state)

    def effects(self, *kinds: type) -> list[Effect]:
        """Return what was done, of some kinds."""
        return [effect for _, effect in self.done if isinstance(effect, kinds)]


class Page(End):
    """A specialist's page; `grant` is the id of the newest grant it was told of."""

    grant = ""
    beats = True

    async def answer(self, frame: Frame) -> None:
        """Follow the grant."""
        if isinstance(frame.message, Grant):
            self.grant = frame.message.grant

    async def act(self, *messages: Message) -> None:
        """Do something within the grant."""
        for message in messages:
            await self.say(message, self.grant)

    async def beat(self) -> None:
        """Send a heartbeat each half second, until cancelled."""
        while True:
            if self.beats and self.grant:
                await self.act(Heartbeat())
            await asyncio.sleep(0.5)


@asynccontextmanager
async def connected(end: End) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(end.pump()), asyncio.create_task(end.beat())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def helper_of(
    house: House,
    person: Person,
    *monitors: Monitor,
    key: str = "",
    code: str = "",
    kind: type[H] = FakeHelper,  # type: ignore[assignment]
) -> AsyncIterator[H]:
    """Connect the helper, by its key or a code."""
    async with person.http.ws_connect(house.url("/helper")) as socket:
        helper = kind(socket)
        async with connected(helper):
            await helper.say(Hello("1.0", "Linux", "DLJ-01", key, code))
            if code:
                helper.key = (await helper.hear(Paired)).key
            await helper.hear(Welcome)
            if isinstance(helper, RealHelper):
                await helper.at_desktop(helper.session.geometry(monitors or (LEFT,), _now()))
            else:
                await helper.say(Geometry(1, monitors or (LEFT,)))
            yield helper


@asynccontextmanager
async def page_of(
    house: House, person: Person, call_id: str, control_id: str, *, token: str | None = None
) -> AsyncIterator[Page]:
    """Connect a page for a grant."""
    origin = {"Origin": house.url("")}
    async with person.http.ws_connect(house.url("/control"), headers=origin) as socket:
        page = Page(socket, TO_PAGE)
        async with connected(page):
            await page.say(Enter(token or person.session["access_token"], call_id, control_id))
            yield page


async def share(clerk: Person, call_id: str, surface: str = "monitor") -> str:
    """Share the counter's desktop; return the producer."""
    made = await clerk.do("media.create_transport", call_id=call_id, direction="send")
    produced = await clerk.do(
        "media.produce",
        call_id=call_id,
        transport_id=made["transport_id"],
        track="desktop",
        rtp_parameters={"codecs": []},
        display_surface=surface,
    )
    return str(produced["producer_id"])


class Scene:
    """Two people in a call, the clerk's desktop shared, the helper of their PC connected."""

    def __init__(self, house: House, clerk: Person, specialist: Person, call_id: str) -> None:
        self.house, self.clerk, self.specialist, self.call_id = house, clerk, specialist, call_id
        self.producer = ""
        self.helper: FakeHelper

    async def prepare(self) -> str:
        """Share the desktop and say where the page is; return a code for the helper."""
        self.producer = await share(self.clerk, self.call_id)
        code = (await self.clerk.do("helper.code", counter=COUNTER))["code"]
        return str(code)

    async def at_counter(self) -> None:
        """Say which PC it is, and wait until its helper is known."""
        await self.clerk.do("control.counter", call_id=self.call_id, counter=COUNTER)
        await self.specialist.expect("control.stand", lambda stand: stand["obstacle"] is None)

    async def ask(self, *scopes: str) -> str:
        """Ask for control; return its id."""
        wanted = list(scopes or ("pointer", "keyboard", "text", "clipboard", "draw"))
        asked = await self.specialist.do("control.ask", call_id=self.call_id, scopes=wanted, purpose="填表")
        return str(asked["control_id"])

    async def grant(self, control_id: str, *scopes: str, lasts_s: float = 600.0) -> Json:
        """Say yes."""
        wanted = list(scopes or ("pointer", "keyboard", "text", "clipboard", "draw"))
        answer: Json = await self.clerk.do(
            "control.grant", call_id=self.call_id, control_id=control_id, scopes=wanted, lasts_s=lasts_s
        )
        return answer

    async def granted(self, *scopes: str, lasts_s: float = 600.0) -> str:
        """Ask and say yes; return the control's id."""
        control_id = await self.ask(*scopes)
        await self.grant(control_id, *scopes, lasts_s=lasts_s)
        return control_id

    def page(self, control_id: str, **more: Any) -> Any:
        """Connect the specialist's page."""
        return page_of(self.house, self.specialist, self.call_id, control_id, **more)

    async def ended(self) -> str:
        """Wait for the end of control; return why."""
        told = await self.specialist.expect("control.changed", lambda one: one["control"]["state"] == "ended")
        return str(told["control"]["end"])

    async def logged(self, last: str, count: int = 1) -> list[tuple[str, Json]]:
        """Return what the call's log has of control, once its last entry is there `count` times."""

        async def is_there() -> bool:
            return [kind for kind, _ in await self._log()].count(last) >= count

        await until_async(is_there, what=last, patience_s=PATIENCE_S)
        return await self._log()

    async def _log(self) -> list[tuple[str, Json]]:
        events = await self.house.running.ports.calls.events(self.call_id)
        return [(event.kind, dict(event.data)) for event in events if event.kind.startswith("control.")]


@asynccontextmanager
async def scene(
    folder: Path, *monitors: Monitor, kind: type[FakeHelper] = FakeHelper
) -> AsyncIterator[Scene]:
    """Everything ready for a question, in one process."""
    async with open_house(folder) as house:
        clerk, specialist, call_id = await join_both(house, house)
        one = Scene(house, clerk, specialist, call_id)
        code = await one.prepare()
        async with helper_of(house, clerk, *monitors, code=code, kind=kind) as helper:
            one.helper = helper
            await one.at_counter()
            yield one


@asynccontextmanager
async def controlling(folder: Path, *scopes: str) -> AsyncIterator[tuple[Scene, Page, str]]:
    """A page that controls, with its grant's id of control."""
    async with scene(folder) as one:
        control_id = await one.granted(*scopes)
        async with one.page(control_id) as page:
            await page.hear(Status)
            yield one, page, control_id


def refused(page: Page) -> Refused:
    """Return what a page that was not let in was told."""
    [told] = page.all(Refused)
    return told
