"""What a specialist's page may send within one grant: pure, with `now` from outside.

The rules are the helper's own, held here as well, so that nothing forbidden reaches a counter PC, nor another
process. The helper counts only what passes: the gate knows which number of the page's each of those was.
"""

from collections import OrderedDict
from typing import Final

from web_client.helper.envelope import Frame, WireError
from web_client.helper.limits import CALM_S, RateLimit
from web_client.helper.vocabulary import Reason, Refusal, Scope, State
from web_client.helper.wire import (
    Acknowledge,
    ClearDrawing,
    ClipboardPull,
    ClipboardPush,
    Heartbeat,
    HidePointer,
    KeyUp,
    Message,
    NotDone,
    PointerUp,
    ReleaseAll,
    Status,
    TypeText,
)

NEVER: Final = float("inf")
SILENCE_S: Final = 3.0
"""A page that sends no heartbeat for so long is gone."""
_FREE: Final = (PointerUp, KeyUp, ReleaseAll, Heartbeat, HidePointer, ClearDrawing)
"""What no limit holds up: it lets go."""
_SAID_WHEN_LOST: Final = (TypeText, ClipboardPush)
"""What its sender cannot see to be lost."""
_REMEMBERED: Final = 1024
"""Numbers kept for answers that are still on their way."""


class Gate:
    """One grant as the page has it.

    Args:
        grant: its id.
        scopes: what it lets happen.
        now: seconds on the clock of every other `now`.
    """

    def __init__(self, grant: str, scopes: frozenset[Scope], now: float) -> None:
        self.grant = grant
        self._scopes = scopes
        self._rate = RateLimit(now)
        self._passed = 0
        self._page_number = 0
        self._page_numbers: OrderedDict[int, int] = OrderedDict()
        """By the helper's number."""
        self._resume_at = NEVER
        self._heartbeat_at = now
        self._at_helper = Status(grant, State.GRANTED, Reason.CONSENT)

    @property
    def is_paused(self) -> bool:
        """True while too much came."""
        return self._resume_at < NEVER

    def take(self, frame: Frame, now: float) -> tuple[list[Frame], list[Message]]:
        """Return what goes on to the helper, numbered as it counts, and what the page is told.

        Raises:
            WireError: for what breaks the grant.
        """
        message = frame.message
        if frame.grant != self.grant:
            raise WireError(Refusal.STALE_GRANT, frame.number)
        if message.scope is not None and message.scope not in self._scopes:
            raise WireError(Refusal.OUT_OF_SCOPE, frame.number)
        self._page_number = frame.number
        if isinstance(message, Heartbeat):
            self._heartbeat_at = now
        if isinstance(message, _FREE):
            return [self._pass(message)], []
        within = self._rate.take(now)
        if not self.is_paused and within:
            return [self._pass(message)], []
        return self._hold(message, frame.number, within, now)

    def _hold(
        self, message: Message, number: int, within: bool, now: float
    ) -> tuple[list[Frame], list[Message]]:
        frames: list[Frame] = []
        told: list[Message] = []
        if not self.is_paused:
            frames.append(self._pass(ReleaseAll()))
            told.append(Status(self.grant, State.PAUSED_RATE, Reason.TOO_FAST))
        if not within:
            self._resume_at = now + CALM_S
        if isinstance(message, _SAID_WHEN_LOST):
            told.append(NotDone(number, Refusal.PAUSED))
        return frames, told

    def pull(self) -> list[Frame]:
        """Return the question for the clipboard, which the clerk has agreed to; nothing beyond the scopes."""
        return [self._pass(ClipboardPull())] if Scope.CLIPBOARD in self._scopes else []

    def let_go(self) -> Frame:
        """Return what releases everything."""
        return self._pass(ReleaseAll())

    def _pass(self, message: Message) -> Frame:
        self._passed += 1
        self._page_numbers[self._passed] = self._page_number
        if len(self._page_numbers) > _REMEMBERED:
            self._page_numbers.popitem(last=False)
        return Frame(self.grant, self._passed, message)

    def answer(self, message: Message) -> Message | None:
        """Return what the page is told of what the helper says, in the page's own numbers."""
        match message:
            case Acknowledge(last=last, held=held, state=state):
                return Acknowledge(self._page_numbers.get(last, 0), held, self._seen(state))
            case NotDone(number=number, code=code):
                return NotDone(self._page_numbers.get(number, 0), code)
            case Status(state=state):
                self._at_helper = message
                return None if self._seen(state) is not state else message
            case _:
                return message

    def _seen(self, state: State) -> State:
        return State.PAUSED_RATE if self.is_paused and state is State.GRANTED else state

    @property
    def is_obeyed(self) -> bool:
        """True while the helper does what passes."""
        return not self.is_paused and self._at_helper.state is State.GRANTED

    @property
    def next_deadline(self) -> float:
        """When `handle_timeout` is due."""
        return self._resume_at

    def handle_timeout(self, now: float) -> Status | None:
        """Advance time; return the state that follows a pause for too much."""
        if now < self._resume_at:
            return None
        self._resume_at = NEVER
        if self._at_helper.state is State.GRANTED:
            return Status(self.grant, State.GRANTED, Reason.CALMED)
        return self._at_helper

    def is_silent(self, now: float) -> bool:
        """True when the page's heartbeats have stopped."""
        return now - self._heartbeat_at >= SILENCE_S
