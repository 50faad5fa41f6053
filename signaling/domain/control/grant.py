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


FILES: Final = frozenset({OnceKind.FILE_TO_COUNTER, OnceKind.FILE_FROM_COUNTER})
"""What is asked for before the file comes: the yes is kept until one has come."""


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
        share: the desktop track it is about; another one was never consented to.
        helper_id, monitor: the counter PC and which of its monitors; consent is to these alone.
        helper_at: the process that has the helper's connection.
        serial: counts what the clerk granted: the yes itself, each extension, each narrowing.
        taken_up_at: the process that has the controller's connection, None before it comes.
        once: the second question that waits for the clerk.
        agreed: the newest second question the clerk said yes to.
        awaited: the question for a file that was answered with yes and whose file has not come yet.
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
    share: str = ""
    helper_id: str = ""
    helper_at: str = ""
    monitor: str = ""
    serial: int = 0
    take_up_until: float = NEVER
    taken_up_at: str | None = None
    pause: ControlPause | None = None
    once: Once | None = None
    agreed: Once | None = None
    awaited: Once | None = None
    end: ControlEnd | None = None
    ended_at: float | None = None
    ended_by: Subject | None = None

    @property
    def is_over(self) -> bool:
        """True when nothing can change any more."""
        return self.state is ControlState.ENDED

    @property
    def is_waited_for(self) -> bool:
        """True when it is granted and the controller's connection has not come yet."""
        return self.state in (ControlState.GRANTED, ControlState.PAUSED) and self.taken_up_at is None

    @property
    def grant_id(self) -> str:
        """What the messages to and from the counter PC name; a new one with each change of the grant."""
        return f"{self.control_id}-{self.serial}"

    @property
    def next_deadline(self) -> float:
        """When time alone changes it, in seconds of the server's clock; NEVER when nothing waits."""
        if self.state is ControlState.ASKED:
            return self.answer_until
        if self.is_over:
            return NEVER
        take_up = self.take_up_until if self.is_waited_for else NEVER
        return min(self.until, take_up, self.once.until if self.once else NEVER)
