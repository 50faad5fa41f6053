"""One connected socket: who it is, its mailbox and its rates."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from recording.replay import Viewer
from signaling.domain.actor import Actor
from signaling.web.limits import TokenBucket
from signaling.web.messages.base import Ack
from signaling.web.problems import Locale
from signaling.web.sio.mailbox import Mailbox

COMMANDS_PER_S: Final = 50.0
COMMANDS_BURST: Final = 100.0
DRAWING_PER_S: Final = 40.0
"""Pieces of a stroke and positions of the pointer, each 60 ms; services hold strokes to 20 a second."""
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
    viewer: Viewer
    commands: TokenBucket
    strokes: TokenBucket
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
        return str(self.actor.who)


def connection(sid: str, actor: Actor, locale: Locale, viewer: Viewer, now: float) -> Connection:
    """Return a fresh connection of somebody in their browser; `now` on the monotonic clock."""
    return Connection(
        sid=sid,
        actor=actor,
        locale=locale,
        viewer=viewer,
        commands=TokenBucket(rate=COMMANDS_PER_S, burst=COMMANDS_BURST, now=now),
        strokes=TokenBucket(rate=DRAWING_PER_S, burst=DRAWING_PER_S, now=now),
        patience=TokenBucket(rate=COMMANDS_PER_S, burst=PATIENCE, now=now),
    )
