"""The PC at the counter with no desktop to act on: the helper's machine on a socket, and the clerk's word.

What the machine would do at the desktop is kept as effects, so that a test reads what arrived, and in which
order.
"""

import asyncio
import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, TypeVar

import socketio
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.browser.rest import Rest
from tests.support.until import until
from web_client.helper.effects import Effect, FetchClipboard, Send
from web_client.helper.envelope import Frame, parse, write
from web_client.helper.session import Session
from web_client.helper.wire import DOWN, Hello, KeyDown, KeyUp, Message, Monitor, Paired

COUNTER: Final = "0123456789abcdef01234567"
"""What the browser of the counter calls its PC."""
AT_COUNTER: Final = (
    f'try {{ localStorage.setItem("bangban.counter", "{COUNTER}"); }} catch {{ /* a blank page */ }}'
)
"""Script of the clerk's window that makes its browser that of this PC."""
PATIENCE_S: Final = 15.0
TICK_S: Final = 0.1
T = TypeVar("T")
M = TypeVar("M", bound=Message)


class CounterPc:
    """A helper that obeys, and the clerk who consents.

    Attributes:
        frames: what came from the specialist, oldest first.
        effects: what would have been done at the desktop.
    """

    def __init__(self, url: str, size: tuple[int, int]) -> None:
        self._url = url
        self._monitor = Monitor("SCREEN-1", 0, 0, *size, "#c9342b")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="counter pc")
        self._clerk = socketio.AsyncClient(reconnection=False)
        self._clerk.on("welcome", self._welcomed)
        self._welcome: asyncio.Future[str] | None = None
        self._ids = itertools.count(1)
        self._stack = contextlib.AsyncExitStack()
        self._socket: ClientWebSocketResponse | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._session = Session(0.0)
        self._numbers: dict[str, int] = {}
        self._call_id = ""
        self.frames: list[Frame] = []
        self.effects: list[Effect] = []
        self.clipboard = ""

    # --- for the test's thread

    def start(self) -> None:
        """Sign the clerk in once more, pair the helper, and say that the clerk sits at this PC."""
        self._thread.start()
        self._run(self._start(Rest.as_role(self._url, "clerk").token))

    def stop(self) -> None:
        """End both connections."""
        try:
            self._run(self._stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE_S)
            self._loop.close()

    def control(self) -> dict[str, Any] | None:
        """Return the question or grant that is alive in the call."""
        return dict(self.command("control.stand")).get("control")

    def grant(self, *scopes: str, lasts_s: float = 600.0) -> None:
        """Say yes as the clerk."""
        asked = self._asked()
        self.command(
            "control.grant",
            control_id=asked["control_id"],
            scopes=list(scopes or asked["asked"]),
            lasts_s=lasts_s,
            monitor=self._monitor.id,
        )

    def say(self, name: str, **more: Any) -> None:
        """Give another command about the question or grant that is alive."""
        self.command(name, control_id=self._asked()["control_id"], **more)

    def command(self, name: str, **body: Any) -> Any:
        """Give a command of the clerk about their call."""
        return self._run(self._command(name, {"call_id": self._call_id, **body}))

    def local_input(self) -> None:
        """Somebody at the counter moves the mouse."""
        self._do(lambda now: self._session.local_input(now))

    def lock(self, locked: bool) -> None:
        """Lock the desktop, or unlock it."""
        self._do(lambda now: self._session.desktop_locked(locked, now))

    def press_escape_thrice(self) -> None:
        """Whoever sits there has had enough."""
        for _ in range(3):
            self._do(lambda now: self._session.local_key(True, now))

    def heard(self, kind: type[M]) -> list[M]:
        """Return the specialist's messages of a kind, oldest first."""
        return [message for message in self.order(kind) if isinstance(message, kind)]

    def order(self, *kinds: type[Message]) -> list[Message]:
        """Return the specialist's messages of these kinds, oldest first."""
        return [frame.message for frame in list(self.frames) if isinstance(frame.message, kinds)]

    def until_heard(self, kind: type[M], count: int = 1) -> list[M]:
        """Wait for so many messages of a kind and return all of it."""
        until(lambda: len(self.heard(kind)) >= count, what=f"{count} {kind.__name__}")
        return self.heard(kind)

    def keys(self) -> list[str]:
        """Return what was pressed (+) and let go (-), in order."""
        keys = self.order(KeyDown, KeyUp)
        return [
            f"{'+' if isinstance(one, KeyDown) else '-'}{one.c}"
            for one in keys
            if isinstance(one, KeyDown | KeyUp)
        ]

    def forget(self) -> None:
        """Drop what was heard and done so far."""
        self.frames.clear()
        self.effects.clear()

    # --- on the loop

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def _do(self, act: Callable[[float], list[Effect]]) -> None:
        async def acting() -> None:
            await self._perform(act(time.monotonic()))

        self._run(acting())

    def _asked(self) -> dict[str, Any]:
        control = self.control()
        assert control is not None, "nothing is asked for or granted"
        return control

    async def _start(self, token: str) -> None:
        self._welcome = self._loop.create_future()
        await self._clerk.connect(self._url, transports=["websocket"], auth={"token": token})
        self._call_id = await asyncio.wait_for(self._welcome, PATIENCE_S)
        code = (await self._command("helper.code", {"counter": COUNTER}))["code"]
        client = await self._stack.enter_async_context(ClientSession())
        self._socket = await self._stack.enter_async_context(client.ws_connect(f"{self._url}/helper"))
        self._session = Session(time.monotonic())
        await self._send(Hello("1.0", "Linux", "DLJ-01", "", code))
        paired = asyncio.Event()
        self._tasks = [self._loop.create_task(self._read(paired)), self._loop.create_task(self._tick())]
        await asyncio.wait_for(paired.wait(), PATIENCE_S)
        await self._perform(self._session.geometry([self._monitor], time.monotonic()))
        await self._command("control.counter", {"call_id": self._call_id, "counter": COUNTER})

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()
        await self._clerk.disconnect()

    async def _welcomed(self, body: dict[str, Any]) -> None:
        assert self._welcome is not None
        self._welcome.set_result(body["call_id"])

    async def _command(self, name: str, body: dict[str, Any]) -> Any:
        envelope = {"command_id": f"counter-{next(self._ids)}", "body": body}
        ack = await self._clerk.call(name, envelope, timeout=PATIENCE_S)
        assert ack["ok"], (name, ack)
        return ack["result"]

    async def _read(self, paired: asyncio.Event) -> None:
        """Obey until the socket closes."""
        assert self._socket is not None
        async for received in self._socket:
            assert received.type is WSMsgType.TEXT
            frame = parse(received.data, DOWN)
            if isinstance(frame.message, Paired):
                paired.set()
            self.frames.append(frame)
            await self._perform(self._session.receive(frame, time.monotonic()))

    async def _tick(self) -> None:
        """Let time pass for the machine."""
        while True:
            await asyncio.sleep(TICK_S)  # the machine's clock, not a wait for an event
            now = time.monotonic()
            if now >= self._session.next_deadline():
                await self._perform(self._session.handle_timeout(now))

    async def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                await self._send(effect.message, effect.grant)
            elif isinstance(effect, FetchClipboard):
                await self._perform(self._session.clipboard_read(self.clipboard))
            else:
                self.effects.append(effect)

    async def _send(self, message: Message, grant: str = "") -> None:
        assert self._socket is not None
        self._numbers[grant] = self._numbers.get(grant, 0) + 1
        await self._socket.send_str(write(Frame(grant, self._numbers[grant], message)))


@contextlib.contextmanager
def counter_pc(url: str, size: tuple[int, int]) -> Iterator[CounterPc]:
    """Run one for the clerk's call that is under way; `size` is that of the shared screen."""
    pc = CounterPc(url, size)
    pc.start()
    try:
        yield pc
    finally:
        pc.stop()
