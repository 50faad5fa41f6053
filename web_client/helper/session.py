"""Remote control on the counter PC as a machine: frames, local input and time in, effects out.

It has no clock, socket or screen. Every method returns what is to be done, in order; the caller does all of
it before it calls again. One session is one connection: the next one begins without any grant.

Not done here, deliberately: whether the clerk may consent is the server's affair; what a key types is the
desktop's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from web_client.helper import wire
from web_client.helper.effects import (
    Button,
    Disconnect,
    DrawLine,
    FetchClipboard,
    Key,
    Mark,
    Move,
    PointAt,
    Press,
    PutClipboard,
    Release,
    Scroll,
    Send,
    ShowBanner,
    Type,
    WipeLines,
)
from web_client.helper.keymap.codes import EVDEV
from web_client.helper.lifecycle import CONTROLLED, after
from web_client.helper.limits import CALM_S, EscapeCounter, RateLimit
from web_client.helper.mapping import find, pixel
from web_client.helper.vocabulary import MAX_CLIPBOARD, Reason, Refusal, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from web_client.helper.effects import Effect
    from web_client.helper.envelope import Frame, WireError
    from web_client.helper.wire import Grant, Message, Monitor

SILENCE_S = 3.0
"""Without a heartbeat for so long the grant ends."""
LOCAL_PAUSE_S = 2.0
"""How long after the last local input the other side waits (Chrome Remote Desktop's figure)."""
NEVER = float("inf")


class Session:
    """Decide what the other side may do now.

    Attributes:
        state: as the server is told.
    """

    def __init__(self, now: float) -> None:
        self.state = State.IDLE
        self._reason = Reason.CONNECTED
        self._grant: Grant | None = None
        self._last_grant = ""
        self._numbers = {True: 0, False: 0}
        self._held: list[Key | Button] = []
        self._monitors: tuple[Monitor, ...] = ()
        self._monitor: Monitor | None = None
        self._rev = 0
        self._escapes = EscapeCounter()
        self._rate = RateLimit(now)
        self._is_locked = False
        self._expires_at = self._silent_at = self._resume_at = NEVER

    def receive(self, frame: Frame, now: float) -> list[Effect]:
        """Obey a frame, or refuse it; one that is out of order or of another grant ends the grant."""
        message = frame.message
        if message.in_grant and (self._grant is None or frame.grant != self._grant.grant):
            return self._violation(frame.number, Refusal.STALE_GRANT if self._grant else Refusal.NO_GRANT)
        if frame.number != self._numbers[message.in_grant] + 1:
            lost = [] if message.in_grant else [Disconnect()]
            return [*self._violation(frame.number, Refusal.OUT_OF_ORDER), *lost]
        self._numbers[message.in_grant] = frame.number
        if message.scope is not None and (self._grant is None or message.scope not in self._grant.scopes):
            return [_refuse(frame.number, Refusal.OUT_OF_SCOPE)]
        obey = _OBEY.get(type(message))
        if obey is None:  # of the connection, not of control: Welcome, Paired, Refused
            return []
        try:
            return obey(self, message, now)
        except _Refused as refused:
            return [_refuse(frame.number, refused.code)]
        except _Paused:
            return []
        except _TooFast:
            effects = self._enter(Reason.TOO_FAST)
            self._resume_at = now + CALM_S if effects else self._resume_at
            return effects

    def heartbeat_arrived(self, frame: Frame, now: float) -> None:
        """Note a heartbeat that has come but has to wait for its turn behind a text that is being typed."""
        if self._grant is not None and frame.grant == self._grant.grant:
            self._silent_at = now + SILENCE_S

    def unreadable(self, error: WireError) -> list[Effect]:
        """Answer to a text that was no message: the grant ends, for what was lost with it nobody knows."""
        return [*self._violation(error.number, error.code), Disconnect()]

    def local_input(self, now: float) -> list[Effect]:
        """Note that somebody at the counter PC moved, clicked or typed: theirs comes first."""
        if self.state is State.PAUSED_LOCAL:
            self._resume_at = now + LOCAL_PAUSE_S
            return []
        effects = self._enter(Reason.LOCAL_INPUT)
        if effects:
            self._resume_at = now + LOCAL_PAUSE_S
        return effects

    def local_key(self, is_escape: bool, now: float) -> list[Effect]:
        """Note a key pressed at the counter PC: Escape three times ends the grant."""
        if not is_escape:
            self._escapes.other_key()
        elif self._escapes.press(now):
            return self._enter(Reason.ESCAPED)
        return self.local_input(now)

    def end(self, reason: Reason) -> list[Effect]:
        """End the grant for one of the reasons in `lifecycle.ENDING`; nothing without one."""
        return self._enter(reason)

    def desktop_locked(self, locked: bool, now: float) -> list[Effect]:
        """Note that the desktop was locked or unlocked."""
        self._is_locked = locked
        return self._enter(Reason.DESKTOP_LOCKED if locked else Reason.DESKTOP_UNLOCKED)

    def geometry(self, monitors: Sequence[Monitor], now: float) -> list[Effect]:
        """Take the monitors as they are now; tells the server when they have changed."""
        if tuple(monitors) == self._monitors:
            return []
        self._monitors = tuple(monitors)
        self._rev += 1
        effects: list[Effect] = [Send(wire.Geometry(self._rev, self._monitors))]
        if self._grant is not None and self._monitor is not None:
            self._monitor = find(self._monitors, self._monitor.id)
            effects += self._release_all() if self._monitor else self._enter(Reason.MONITOR_GONE)
        return effects

    def clipboard_read(self, text: str | None) -> list[Effect]:
        """Send what `FetchClipboard` found, unless it may not be sent any more."""
        if self._grant is None or self.state is not State.GRANTED:
            return []
        if text is None or len(text) > MAX_CLIPBOARD:
            return [_refuse(self._numbers[True], Refusal.UNREADABLE)]
        return [Send(wire.ClipboardText(text), self._grant.grant)]

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due, on the clock of `now`."""
        return min(self._expires_at, self._silent_at, self._resume_at)

    def handle_timeout(self, now: float) -> list[Effect]:
        """Advance time."""
        if now >= self._expires_at:
            return self._enter(Reason.EXPIRED)
        if now >= self._silent_at:
            return self._enter(Reason.SILENT)
        if now >= self._resume_at:
            paused_for = self.state
            self._resume_at = NEVER
            return self._enter(Reason.LOCAL_QUIET if paused_for is State.PAUSED_LOCAL else Reason.CALMED)
        return []

    @property
    def held(self) -> tuple[Key | Button, ...]:
        """What the other side holds down."""
        return tuple(self._held)

    def _enter(self, event: Reason) -> list[Effect]:
        state = after(self.state, event)
        if state is None:
            return []
        if state is State.GRANTED and self._is_locked:
            state, event = State.LOCKED, Reason.DESKTOP_LOCKED
        self.state, self._reason = state, event
        grant = self._grant
        assert grant is not None, "only a grant leads out of idle"
        effects = self._release_all()
        if state is not State.PAUSED_LOCAL and state is not State.PAUSED_RATE:
            self._resume_at = NEVER
        if state is State.REVOKED:
            self._grant = self._monitor = None
            self._expires_at = self._silent_at = NEVER
            effects += [PointAt(None), WipeLines()]
        effects.append(Send(wire.Status(grant.grant, state, event)))
        effects.append(ShowBanner(grant.who, state if state in CONTROLLED else None))
        return effects

    def _violation(self, number: int, code: Refusal) -> list[Effect]:
        return [*self._enter(Reason.VIOLATION), _refuse(number, code)]

    def _release_all(self) -> list[Effect]:
        """Let all go: buttons first, then keys, the last pressed first."""
        buttons = [what for what in self._held if isinstance(what, Button)]
        keys = [what for what in self._held if isinstance(what, Key)]
        self._held.clear()
        return [*map(Release, buttons), *map(Release, reversed(keys))]

    def _grant_given(self, message: Grant, now: float) -> list[Effect]:
        if self.state in CONTROLLED:
            return self._violation(self._numbers[False], Refusal.SECOND_GRANT)
        if message.grant == self._last_grant:  # its messages could be played again
            raise _Refused(Refusal.STALE_GRANT)
        if message.rev != self._rev:
            raise _Refused(Refusal.STALE_GEOMETRY)
        monitor = find(self._monitors, message.monitor)
        if monitor is None:
            raise _Refused(Refusal.UNKNOWN_MONITOR)
        self._grant, self._monitor, self._last_grant = message, monitor, message.grant
        self._numbers[True] = 0
        self._rate = RateLimit(now)
        self._silent_at, self._expires_at = now + SILENCE_S, now + message.lasts_ms / 1000
        return self._enter(Reason.CONSENT)

    def _revoked(self, message: wire.Revoke, now: float) -> list[Effect]:
        if self._grant is None or message.grant != self._grant.grant:
            return []  # it has ended here already, and the server did not know yet
        return self._enter(Reason.WITHDRAWN)

    def _mark(self, message: wire.MarkMonitors, now: float) -> list[Effect]:
        return [Mark(message.shown)]

    def _pointer_move(self, message: wire.PointerMove, now: float) -> list[Effect]:
        self._act(now)
        return [Move(*self._at(message.x, message.y, message.rev))]

    def _pointer_down(self, message: wire.PointerDown, now: float) -> list[Effect]:
        self._act(now)
        return [Move(*self._at(message.x, message.y, message.rev)), *self._press(Button(message.b))]

    def _pointer_up(self, message: wire.PointerUp, now: float) -> list[Effect]:
        button = Button(message.b)
        if button not in self._held:
            return []
        is_placed = message.rev == self._rev and self._monitor is not None
        moves = [Move(*self._at(message.x, message.y, message.rev))] if is_placed else []
        return [*moves, *self._release(button)]

    def _wheel(self, message: wire.Wheel, now: float) -> list[Effect]:
        self._act(now)
        return [Move(*self._at(message.x, message.y, message.rev)), Scroll(message.dx, message.dy)]

    def _key_down(self, message: wire.KeyDown, now: float) -> list[Effect]:
        self._act(now)
        if message.c not in EVDEV:
            raise _Refused(Refusal.UNKNOWN_KEY)
        return self._press(Key(message.c))

    def _key_up(self, message: wire.KeyUp, now: float) -> list[Effect]:
        return self._release(Key(message.c))

    def _type(self, message: wire.TypeText, now: float) -> list[Effect]:
        self._act_or_say(now)
        return [*self._release_all(), Type(message.text, message.mode)]  # a held Shift would change the chord

    def _push_clipboard(self, message: wire.ClipboardPush, now: float) -> list[Effect]:
        self._act_or_say(now)
        return [PutClipboard(message.text)]

    def _pull_clipboard(self, message: wire.ClipboardPull, now: float) -> list[Effect]:
        self._act_or_say(now)
        return [FetchClipboard()]

    def _let_go(self, message: wire.ReleaseAll, now: float) -> list[Effect]:
        return self._release_all()

    def _heartbeat(self, message: wire.Heartbeat, now: float) -> list[Effect]:
        assert self._grant is not None, "receive() has looked"
        self._silent_at = now + SILENCE_S
        told = wire.Acknowledge(self._numbers[True], len(self._held), self.state)
        return [Send(told, self._grant.grant)]

    def _show_pointer(self, message: wire.ShowPointer, now: float) -> list[Effect]:
        self._show(now)
        return [PointAt(self._at(message.x, message.y, message.rev))]

    def _hide_pointer(self, message: wire.HidePointer, now: float) -> list[Effect]:
        return [PointAt(None)]

    def _draw(self, message: wire.Draw, now: float) -> list[Effect]:
        self._show(now)
        points = tuple(self._at(x, y, message.rev) for x, y in message.points)
        return [DrawLine(message.line, points)]

    def _clear(self, message: wire.ClearDrawing, now: float) -> list[Effect]:
        return [WipeLines()]

    def _press(self, what: Key | Button) -> list[Effect]:
        if what in self._held:  # the sender's repeat: the target repeats by itself
            return []
        self._held.append(what)
        return [Press(what)]

    def _release(self, what: Key | Button) -> list[Effect]:
        if what not in self._held:
            return []
        self._held.remove(what)
        return [Release(what)]

    def _act(self, now: float) -> None:
        """Let one event at the desktop through; what comes in a pause is dropped, the status has told it."""
        within = self._rate.take(now)
        if self.state is State.GRANTED:
            if not within:
                raise _TooFast
            return
        if self.state is State.PAUSED_RATE and not within:
            self._resume_at = now + CALM_S
        raise _Paused

    def _act_or_say(self, now: float) -> None:
        """Do the same for what the sender cannot see to be lost."""
        try:
            self._act(now)
        except _Paused:
            raise _Refused(Refusal.PAUSED) from None

    def _show(self, now: float) -> None:
        """Let something be shown: also beside local input, never over a locked desktop."""
        if self.state is State.LOCKED:
            raise _Paused
        if not self._rate.take(now):
            raise _TooFast

    def _at(self, x: float, y: float, rev: int) -> tuple[int, int]:
        if rev != self._rev or self._monitor is None:
            raise _Refused(Refusal.STALE_GEOMETRY)
        return pixel(self._monitor, x, y)


_OBEY: Mapping[type[Message], Callable[..., list[Effect]]] = {
    wire.Grant: Session._grant_given,
    wire.Revoke: Session._revoked,
    wire.MarkMonitors: Session._mark,
    wire.PointerMove: Session._pointer_move,
    wire.PointerDown: Session._pointer_down,
    wire.PointerUp: Session._pointer_up,
    wire.Wheel: Session._wheel,
    wire.KeyDown: Session._key_down,
    wire.KeyUp: Session._key_up,
    wire.TypeText: Session._type,
    wire.ClipboardPush: Session._push_clipboard,
    wire.ClipboardPull: Session._pull_clipboard,
    wire.ReleaseAll: Session._let_go,
    wire.Heartbeat: Session._heartbeat,
    wire.ShowPointer: Session._show_pointer,
    wire.HidePointer: Session._hide_pointer,
    wire.Draw: Session._draw,
    wire.ClearDrawing: Session._clear,
}


class _Refused(Exception):
    def __init__(self, code: Refusal) -> None:
        super().__init__(code.value)
        self.code = code


class _Paused(Exception):
    pass


class _TooFast(Exception):
    pass


def _refuse(number: int, code: Refusal) -> Effect:
    return Send(wire.NotDone(number, code))
