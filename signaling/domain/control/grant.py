"""A grant from the question to its end, as a value: who may control which desktop, how, and until when."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signaling.domain.ids import CallId, ParticipantId
from signaling.domain.subject import Subject

NEVER: Final = float("inf")


class ControlScope(StrEnum):
    """What a grant lets happen on the counter PC; nothing goes without saying."""

    DRAW = "draw"
    """A pointer and lines shown over the desktop: nothing of the PC moves."""
    POINTER = "pointer"
    KEYBOARD = "keyboard"
    TEXT = "text"
    CLIPBOARD = "clipboard"
    FILE = "file"


class ControlState(StrEnum):
    """asked → granted ⇄ paused → ended."""

    ASKED = "asked"
    GRANTED = "granted"
    PAUSED = "paused"
    ENDED = "ended"


class ControlEnd(StrEnum):
    """Why a grant, or the question for one, is over."""

    REFUSED = "refused"
    UNANSWERED = "unanswered"
    """Nobody said yes in time: that is a no."""
    WITHDRAWN = "withdrawn"
    GIVEN_BACK = "given_back"
    REVOKED = "revoked"
    FUSED = "fused"
    """A supervisor stopped it (监督熔断)."""
    ESCAPED = "escaped"
    """Esc three times at the counter PC."""
    EXPIRED = "expired"
    SHARE_ENDED = "share_ended"
    SESSION_ENDED = "session_ended"
    SEAT_CHANGED = "seat_changed"
    """Somebody else is the specialist now, or the clerk's place changed hands: consent is to a person."""
    HELPER_LOST = "helper_lost"
    CONTROLLER_LOST = "controller_lost"
    VIOLATION = "violation"


class ControlPause(StrEnum):
    """Why nothing is obeyed for the moment."""

    LOCAL_INPUT = "local_input"
    TOO_FAST = "too_fast"
    LOCKED = "locked"


class OnceKind(StrEnum):
    """What needs a yes of its own each time, within a grant that has its scope."""

    CLIPBOARD_PULL = "clipboard_pull"
    FILE_TO_COUNTER = "file_to_counter"
    FILE_FROM_COUNTER = "file_from_counter"


ONCE_SCOPE: Final = {
    OnceKind.CLIPBOARD_PULL: ControlScope.CLIPBOARD,
    OnceKind.FILE_TO_COUNTER: ControlScope.FILE,
    OnceKind.FILE_FROM_COUNTER: ControlScope.FILE,
}


@dataclass(frozen=True, slots=True)
class Once:
    """A second question within a grant; `about` is shown to the clerk (a file's name and size)."""

    once_id: str
    kind: OnceKind
    about: str
    until: float


@dataclass(frozen=True, slots=True)
class Control:
    """One question for control and what became of it.

    Attributes:
        asked_by, seat: who asks, and their place in the call; the answer is to them alone.
        asked: the scopes they ask for.
        purpose: what for, in their words; the clerk reads it.
        answer_until: when silence becomes a no.
        scopes: what was granted, empty before.
        until: when the grant ends by itself.
        once: the second question that waits for the clerk.
    """

    control_id: str
    call_id: CallId
    state: ControlState
    asked_by: Subject
    seat: ParticipantId
    asked: frozenset[ControlScope]
    purpose: str
    asked_at: float
    answer_until: float
    scopes: frozenset[ControlScope] = frozenset()
    granted_by: Subject | None = None
    granted_at: float | None = None
    until: float = NEVER
    pause: ControlPause | None = None
    once: Once | None = None
    end: ControlEnd | None = None
    ended_at: float | None = None
    ended_by: Subject | None = None

    @property
    def is_over(self) -> bool:
        """True when nothing can change any more."""
        return self.state is ControlState.ENDED

    @property
    def next_deadline(self) -> float:
        """When time alone changes it, in seconds of the server's clock; NEVER when nothing waits."""
        if self.state is ControlState.ASKED:
            return self.answer_until
        if self.is_over:
            return NEVER
        return min(self.until, self.once.until if self.once else NEVER)
