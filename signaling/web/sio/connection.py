"""One connected socket: who it is, its mailbox and its rates."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from signaling.domain.actor import Actor
from signaling.web.limits import TokenBucket
from signaling.web.messages.base import Ack
from signaling.web.problems import Locale
from signaling.web.sio.mailbox import Mailbox

COMMANDS_PER_S: Final = 50.0
COMMANDS_BURST: Final = 100.0
STROKES_PER_S: Final = 20.0
"""Pieces of strokes, and apart from them positions of the pointer; clients send each 60 ms."""
STROKES_BURST: Final = 100.0
"""What was drawn while the network stood still for five seconds must not leave a hole."""
Pace = Literal["command", "stroke", "pointer"]
"""Which of a socket's rates a command counts against."""
PATIENCE: Final = 500.0
"""Refused commands after which a socket that keeps flooding is cut; it recovers with `COMMANDS_PER_S`."""


@dataclass(slots=True, eq=False)
class Connection:
    """One socket of a signed-in person or a paired pad.

    `calls` are those it joined in its life: their events go to it until another window takes over.
    """

    sid: str
    actor: Actor
    locale: Locale
    buckets: dict[Pace, TokenBucket]
    patience: TokenBucket
    mailbox: Mailbox[Ack] = field(default_factory=Mailbox)
    calls: set[str] = field(default_factory=set)
    watches_queue: bool = False
    holds: int = 0
    """Commands under way whose answer must arrive before any event, which a snapshot would undo."""
    held: deque[tuple[str, dict[str, Any]]] = field(default_factory=deque)

    @property
    def user(self) -> str:
        """Whose commands these are, for remembering repeated ones."""
        return self.actor.subject


def connection(sid: str, actor: Actor, locale: Locale, now: float) -> Connection:
    """Return a fresh connection; `now` on the monotonic clock."""
    return Connection(
        sid=sid,
        actor=actor,
        locale=locale,
        buckets={
            "command": TokenBucket(rate=COMMANDS_PER_S, burst=COMMANDS_BURST, now=now),
            "stroke": TokenBucket(rate=STROKES_PER_S, burst=STROKES_BURST, now=now),
            "pointer": TokenBucket(rate=STROKES_PER_S, burst=STROKES_PER_S, now=now),
        },
        patience=TokenBucket(rate=COMMANDS_PER_S, burst=PATIENCE, now=now),
    )
