"""One connection's life: messages, local input and time go into the session, its effects are done."""

from __future__ import annotations

import selectors
from collections import deque
from typing import TYPE_CHECKING

from web_client.helper import wire
from web_client.helper.connection import ConnectionFault
from web_client.helper.desktop import (
    ClipboardRead,
    LocalInput,
    LocalKey,
    Locked,
    MonitorsChanged,
    StopPressed,
)
from web_client.helper.effects import Disconnect, Send
from web_client.helper.envelope import WireError, parse
from web_client.helper.hands import Hands
from web_client.helper.log import logger
from web_client.helper.outgoing import Outgoing
from web_client.helper.session import Session
from web_client.helper.versions import is_at_least
from web_client.helper.vocabulary import Reason, Refusal
from web_client.helper.watchdog import WatchdogLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from web_client.helper.connection import Connection
    from web_client.helper.desktop import Desktop, Happening
    from web_client.helper.effects import Effect
    from web_client.helper.envelope import Frame
    from web_client.helper.watchdog import Watchdog

_AT_ONCE = 16
"""Messages between two looks at local input, so that it is noticed within a few milliseconds."""
_MAX_WAITING = 512
"""Messages that wait here before the socket is left unread, which in the end slows the sender."""
_TYPING_LOOK_S = 0.02


class NotWanted(Exception):
    """The server will not have this helper; trying again would change nothing."""

    def __init__(self, code: Refusal) -> None:
        super().__init__(code.value)
        self.code = code


class Service:
    """Serves one connection after another at one desktop.

    Args:
        clock: monotonic time in seconds.
    """

    def __init__(
        self, desktop: Desktop, watchdog: Watchdog, clock: Callable[[], float], version: str
    ) -> None:
        self._desktop, self._watchdog = desktop, watchdog
        self._hands = Hands(desktop, watchdog)
        self._clock = clock
        self._version = version

    def serve(self, connection: Connection, hello: wire.Hello) -> None:
        """Serve until the connection ends (`ConnectionFault`) or the server refuses (`NotWanted`)."""
        turn = _Turn(self, connection)
        try:
            turn.begin(hello, self._desktop.monitors())
            with selectors.DefaultSelector() as selector:
                selector.register(self._desktop, selectors.EVENT_READ)
                selector.register(connection, connection.wants)
                while True:
                    turn.once()
                    selector.modify(connection, connection.wants)
                    ready = selector.select(turn.patience())
                    turn.exchange(any(key.fileobj is connection for key, _ in ready))
        finally:
            turn.end()

    def wait(self, seconds: float) -> None:
        """Let time pass without a connection; the desktop is heard, and its banner's button ends the wait."""
        end = self._clock() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._desktop, selectors.EVENT_READ)
            while self._clock() < end:
                if StopPressed() in self._desktop.poll(self._clock()):
                    return
                self._beat()
                due = min(end, self._desktop.next_deadline(), self._watchdog.next_deadline())
                selector.select(max(0.0, due - self._clock()))

    def _beat(self) -> bool:
        """Keep the watchdog awake, or start another; return whether it was lost."""
        try:
            self._watchdog.beat(self._clock())
        except WatchdogLostError:
            logger.warning("the watchdog was lost and is started again")
            self._watchdog.restart()
            return True
        return False


class _Turn:
    """What one connection has: its session, its counts, and messages that wait for a text to be typed."""

    def __init__(self, service: Service, connection: Connection) -> None:
        self._service, self._connection = service, connection
        self._desktop = service._desktop
        self._clock = service._clock
        self._session = Session(self._clock())
        self._outgoing = Outgoing()
        self._waiting: deque[Frame | WireError] = deque()

    def begin(self, hello: wire.Hello, monitors: Iterable[wire.Monitor]) -> None:
        self._do([Send(hello), *self._session.geometry(tuple(monitors), self._clock())])

    def once(self) -> None:
        """Local input first, then time, then a few messages."""
        now = self._clock()
        for happening in self._desktop.poll(now):
            self._do(self._effects_of(happening, now))
        if self._service._beat():
            self._do(self._session.end(Reason.WATCHDOG_LOST))
        if now >= self._session.next_deadline():
            self._do(self._session.handle_timeout(now))
        for _ in range(_AT_ONCE):
            if not self._waiting or self._desktop.injector.is_typing(now):
                break
            self._receive(self._waiting.popleft(), now)

    def patience(self) -> float:
        """Return how long nothing is due."""
        now = self._clock()
        is_typing = self._desktop.injector.is_typing(now)
        if (self._waiting and not is_typing) or self._connection.has_more or self._desktop.has_more:
            return 0.0
        due = min(
            *(self._session.next_deadline(), self._desktop.next_deadline()),
            *(self._service._watchdog.next_deadline(), now + _TYPING_LOOK_S if is_typing else float("inf")),
        )
        return max(0.0, due - now)

    def exchange(self, is_ready: bool) -> None:
        """Send what waits, read what has come."""
        self._connection.flush()
        if len(self._waiting) < _MAX_WAITING and (is_ready or self._connection.has_more):
            for text in self._connection.read():
                self._waiting.append(self._read(text))

    def end(self) -> None:
        """Release everything; whether the server still hears of it does not matter."""
        for effect in self._session.end(Reason.DISCONNECTED):
            if not isinstance(effect, (Send, Disconnect)):
                self._service._hands.do(effect, self._clock())
        self._connection.close()

    def _read(self, text: str) -> Frame | WireError:
        try:
            frame = parse(text, wire.DOWN)
        except WireError as error:
            return error
        if isinstance(frame.message, wire.Heartbeat):
            self._session.heartbeat_arrived(frame, self._clock())
        return frame

    def _receive(self, frame: Frame | WireError, now: float) -> None:
        if isinstance(frame, WireError):
            logger.warning("a message was refused: %s", frame.code.value)
            self._do(self._session.unreadable(frame))
            return
        self._do(self._session.receive(frame, now))
        message = frame.message
        if isinstance(message, wire.Welcome) and not is_at_least(self._service._version, message.minimum):
            raise NotWanted(Refusal.TOO_OLD)
        if isinstance(message, wire.Refused):
            raise NotWanted(message.code)

    def _effects_of(self, happening: Happening, now: float) -> list[Effect]:
        session = self._session
        if isinstance(happening, LocalInput):
            return session.local_input(now)
        if isinstance(happening, LocalKey):
            return session.local_key(happening.is_escape, now)
        if isinstance(happening, MonitorsChanged):
            return session.geometry(happening.monitors, now)
        if isinstance(happening, Locked):
            return session.desktop_locked(happening.locked, now)
        if isinstance(happening, ClipboardRead):
            return session.clipboard_read(happening.text)
        assert isinstance(happening, StopPressed), "the last kind"
        return session.end(Reason.STOPPED)

    def _do(self, effects: Iterable[Effect]) -> None:
        """Do all of it, the desktop's part first: a release must not wait for a socket that fails."""
        sends = []
        for effect in effects:
            if isinstance(effect, (Send, Disconnect)):
                sends.append(effect)
            else:
                self._do_at_desktop(effect)
        for effect in sends:
            if isinstance(effect, Disconnect):
                raise ConnectionFault("fault.not_ours", "messages out of order")
            self._send(effect)

    def _do_at_desktop(self, effect: Effect) -> None:
        try:
            self._service._hands.do(effect, self._clock())
        except WatchdogLostError:
            logger.warning("the watchdog was lost and is started again")
            self._do(self._session.end(Reason.WATCHDOG_LOST))
            self._service._watchdog.restart()

    def _send(self, effect: Send) -> None:
        if isinstance(effect.message, wire.Status):
            logger.info("state %s: %s", effect.message.state.value, effect.message.reason.value)
        elif isinstance(effect.message, wire.NotDone):
            logger.info("refused: %s", effect.message.code.value)
        self._connection.send(self._outgoing.text(effect))
