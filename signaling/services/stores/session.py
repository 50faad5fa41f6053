"""What belongs to a session beside its call: who is in it, chat, stills, cards, strokes, files."""

from collections.abc import Collection, Sequence
from typing import Protocol

from signaling.domain.collaboration import Card, Chat, Still, Stroke
from signaling.domain.files import SentFile
from signaling.domain.ids import CallId, ProducerId
from signaling.domain.lines.block import Block
from signaling.domain.record import Entry, Mark, RecordKind
from signaling.domain.session import Participant
from signaling.domain.steps.step import Logged


class SessionStore(Protocol):
    """Participants and what is of record beside sound and picture."""

    async def participants(self, call_id: CallId) -> list[Participant]: ...

    async def save_participant(self, participant: Participant) -> None: ...

    async def add_chat(self, chat: Chat) -> None: ...

    async def chats(self, call_id: CallId) -> list[Chat]: ...

    async def add_card(self, card: Card, logged: Logged) -> None:
        """Insert, with its entry in the call's log, in one transaction."""
        ...

    async def cards(self, call_id: CallId) -> list[Card]: ...

    async def add_still(self, still: Still, logged: Logged) -> None:
        """Insert, with its entry in the call's log, in one transaction."""
        ...

    async def stills(self, call_id: CallId) -> list[Still]: ...

    async def still(self, still_id: str) -> Still | None: ...

    async def add_file(self, file: SentFile, logged: Logged) -> None:
        """Insert, with its entry in the call's log, in one transaction."""
        ...

    async def files(self, call_id: CallId) -> list[SentFile]: ...

    async def file(self, file_id: str) -> SentFile | None: ...

    async def save_stroke(self, stroke: Stroke) -> None:
        """Insert or replace a whole stroke."""
        ...

    async def wipe_strokes(self, call_id: CallId, producer_id: ProducerId, at: float) -> None:
        """Note of the strokes that are to be seen over a picture that they went."""
        ...

    async def strokes(self, call_id: CallId) -> list[Stroke]:
        """Return all of them in order, those too that went."""
        ...

    async def newest(
        self,
        kind: RecordKind,
        call_id: CallId,
        *,
        before: Mark | None,
        limit: int,
        over: Collection[ProducerId] | None = None,
    ) -> list[tuple[Entry, int]]:
        """Return entries with the bytes they take, newest first; strokes that went are none.

        Args:
            before: only older ones; None: from the newest.
            over: of strokes, only those over these pictures; None: all.
        """
        ...

    async def count(self, kind: RecordKind, call_id: CallId) -> int:
        """Return how many there are."""
        ...

    async def save_lines(self, blocks: Sequence[Block]) -> None:
        """Insert or replace minutes of lines, of several calls, in one transaction.

        They go with the row of their call.

        Raises ConflictError when one of the calls is gone.
        """
        ...

    async def lines(self, call_id: CallId) -> list[Block]:
        """Return the minutes of a call's lines in order."""
        ...

    async def calls_off_record(self) -> list[CallId]:
        """Return the calls that have something off the record."""
        ...

    async def off_record_keys(self, call_id: CallId) -> list[str]:
        """Return where the bytes of stills and files lie that are off the record."""
        ...

    async def forget_off_record(self, call_id: CallId) -> None:
        """Delete the chat, cards, stills, files and strokes that are off the record."""
        ...
