"""A specialist's page that controls a counter PC: what it sends, what it is told, and how it ends."""

import asyncio
from typing import Final

from signaling.domain.control.grant import Control, ControlEnd, ControlPause, OnceKind
from signaling.domain.control.inputs import Paused, Resumed
from signaling.web.control.gate import Gate
from signaling.web.control.keeper import Keeper
from signaling.web.control.line import Line
from signaling.web.control.page_wire import Enter
from signaling.web.control.relay import Relay
from signaling.web.control.reports import Reports
from web_client.helper.envelope import Frame, WireError
from web_client.helper.vocabulary import Refusal, State
from web_client.helper.wire import (
    Acknowledge,
    ClipboardText,
    Grant,
    Message,
    NotDone,
    PointerUp,
    Refused,
    ReleaseAll,
    Revoke,
    Status,
)

STALE_S: Final = 2.0
"""How long messages of the grant before may still be on their way."""
HELPER_SILENCE_S: Final = 8.0
"""A helper that answers nothing for so long stands still. It answers behind the texts it types, each of which
an application may take 1.5 s to fetch; when the helper itself hears nothing it ends after 3 s."""


class Controlling:
    """A page that controls: its line, what it may send, and how it ends."""

    def __init__(self, relay: Relay, line: Line, reports: Reports, control: Control, keeper: Keeper) -> None:
        self.control = control
        self._relay = relay
        self._line = line
        self._reports = reports
        self._keeper = keeper
        self._gate: Gate | None = None
        self._past: dict[str, float] = {}
        """When each grant of before was replaced."""
        self._helper_at = _now()
        """When the helper was heard of."""
        self._pulled = {control.agreed.once_id} if control.agreed is not None else set()
        """What of the clipboard's consents is used."""
        self.is_over = False

    # --- from the page

    def heard(self, frame: Frame) -> None:
        """Hand on what the page sends; raises `WireError` for what breaks the grant."""
        now, gate = _now(), self._gate
        if self.is_over or now - self._past.get(frame.grant, -STALE_S) < STALE_S:
            return
        if gate is None or isinstance(frame.message, Enter):
            raise WireError(Refusal.NO_GRANT, frame.number)
        was_paused = gate.is_paused
        frames, told = gate.take(frame, now)
        self._pass(frames)
        for passed in frames:
            if gate.is_obeyed or isinstance(passed.message, PointerUp | ReleaseAll):
                self._keeper.heed(passed.message)
        self._say(told)
        if gate.is_paused and not was_paused:
            self._reports.of_helper(self.control, Paused(ControlPause.TOO_FAST))

    def _pass(self, frames: list[Frame]) -> None:
        if not all(self._relay.to_helper(self.control, frame) for frame in frames):
            self.end(ControlEnd.HELPER_LOST)

    def _say(self, messages: list[Message]) -> None:
        for message in messages:
            self._line.say(message, self.control.grant_id if message.in_grant else "")

    # --- from the helper's end

    def tell(self, frame: Frame, process: str) -> None:
        """Take what the helper says."""
        message, now = frame.message, _now()
        match message:
            case Grant(grant=grant, scopes=scopes):
                if self._gate is not None:
                    self._past[self._gate.grant] = now
                self._gate = Gate(grant, frozenset(scopes), now)
                self._helper_at = now
                self._line.say(message)
                return
            case Revoke():
                self._line.say(message)
                self._line.end()
                self.is_over = True
                return
            case Acknowledge() | Status():
                self._helper_at = now
        gate = self._gate
        if gate is None or (frame.grant and frame.grant != gate.grant):
            return
        if isinstance(message, ClipboardText):
            self._keeper.heed(message)
        answer = gate.answer(message)
        if answer is not None:
            self._line.say(answer, gate.grant if answer.in_grant else "")

    # --- from the grant's home

    def changed(self, control: Control) -> None:
        """Take the grant as it is now."""
        if self.is_over:
            return
        before, self.control = self.control, control
        if control.is_over:
            self._take_leave(before)
        elif control.agreed is not None and control.agreed.once_id not in self._pulled:
            self._pulled.add(control.agreed.once_id)
            if self._gate is not None and control.agreed.kind is OnceKind.CLIPBOARD_PULL:
                self._pass(self._gate.pull())

    def gone(self) -> None:
        """Let go: its home knows no such grant any more."""
        if not self.is_over:
            self._take_leave(self.control)

    def refuse(self, why: Refusal) -> None:
        """Send the page away: the grant is not its."""
        self.is_over = True
        self._line.say(Refused(why))
        self._line.end(why)

    # --- ends

    def end(self, end: ControlEnd, refusal: WireError | None = None) -> None:
        """Release everything at the helper, tell the page and the home; once."""
        if self.is_over:
            return
        if refusal is not None:
            self._line.say(NotDone(refusal.number, refusal.code))
        self._take_leave(self.control, refusal.code if refusal is not None else None)
        self._reports.of_server(self.control, end)

    def _take_leave(self, control: Control, why: Refusal | None = None) -> None:
        self.is_over = True
        gate = self._gate
        grant = gate.grant if gate is not None else control.grant_id
        if gate is not None:
            self._relay.to_helper(control, gate.let_go())
        self._relay.to_helper(control, Frame("", 1, Revoke(grant)))
        self._line.say(Revoke(grant))
        self._line.end(why)

    def close(self) -> None:
        """Note what is left of what was done; the page is gone."""
        self.end(ControlEnd.CONTROLLER_LOST)
        self._reports.of_doings(self.control, self._keeper.end())

    def look(self) -> None:
        """End what has fallen silent, and a pause whose time is over; note what was done."""
        now, gate = _now(), self._gate
        self._reports.of_doings(self.control, self._keeper.take())
        if gate is not None and now >= gate.next_deadline:
            after = gate.handle_timeout(now)
            if after is not None:
                self._line.say(after)
                if after.state is State.GRANTED:
                    self._reports.of_helper(self.control, Resumed())
        if gate is not None and gate.is_silent(now):
            self.end(ControlEnd.CONTROLLER_LOST)
        elif now - self._helper_at >= HELPER_SILENCE_S:
            self.end(ControlEnd.HELPER_LOST)


def _now() -> float:
    return asyncio.get_running_loop().time()
