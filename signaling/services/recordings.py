"""Recording of calls: the consent gate, pauses, and the list and replay of what was recorded."""

from dataclasses import dataclass

from signaling.domain.actor import Actor
from signaling.domain.call_model import Call, CallEvent
from signaling.domain.collaboration import Chat, Still
from signaling.domain.feedback import Rating
from signaling.domain.session import Participant
from signaling.services.ports import CallQuery, Manifest


@dataclass(frozen=True, slots=True)
class RecordingEntry:
    """A row of the review list; recording is none, processing, ready or failed."""

    call: Call
    recording: str
    progress: float
    ratings: tuple[Rating, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """Everything a replay shows; the manifest is None while it is processed or nothing was recorded."""

    entry: RecordingEntry
    manifest: Manifest | None
    events: tuple[CallEvent, ...]
    participants: tuple[Participant, ...]
    stills: tuple[Still, ...]
    chat: tuple[Chat, ...]


class RecordingsService:
    async def pause(self, actor: Actor, call_id: str, reason: str) -> Call:
        raise NotImplementedError

    async def resume(self, actor: Actor, call_id: str) -> Call:
        raise NotImplementedError

    async def list(self, actor: Actor, query: CallQuery) -> tuple[list[RecordingEntry], int]:
        raise NotImplementedError

    async def replay(self, actor: Actor, call_id: str) -> Replay:
        raise NotImplementedError
