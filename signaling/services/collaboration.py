"""Chat, cards, stills, strokes: stored first, then told."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from recording.errors import MissingError
from signaling.domain.actor import Actor
from signaling.domain.call_model import Call, RecordingState
from signaling.domain.collaboration import Card, CardKind, Chat, Point, Still, Stroke
from signaling.domain.errors import ForbiddenError, InvalidError, LimitError, NotFoundError, StateError
from signaling.domain.events import (
    CallChanged,
    CardAdded,
    ChatAdded,
    DomainEvent,
    PointerMoved,
    ProducerRemoved,
    StillAdded,
    StrokeChanged,
    StrokesCleared,
)
from signaling.domain.items import Item
from signaling.domain.log_kinds import LogKind
from signaling.domain.record import RecordKind
from signaling.domain.seating import Act
from signaling.domain.session import Participant, Producer, Track
from signaling.domain.steps.step import Logged
from signaling.services.call_desk import CallDesk
from signaling.services.directory import DirectoryService
from signaling.services.homes import at_home
from signaling.services.ports import Ports
from signaling.services.rooms import Rooms
from signaling.services.scope import require_act
from signaling.services.settings import ServiceSettings
from signaling.services.unfinished import Unfinished

_PICTURES: Final = {"image/jpeg": (b"\xff\xd8\xff", "jpg"), "image/png": (b"\x89PNG\r\n\x1a\n", "png")}
_SAVE_EVERY: Final = 1.0
"""An unfinished stroke is written at most so often, seconds; a finished one at once."""
_PARTED: Final = frozenset({LogKind.CALL_ENDED, LogKind.CALL_REQUEUED})
"""What a call's log says when its people part, for good or until another specialist is there."""


class CollaborationService:
    """What people in a call do beside talking; only those with a seat may."""

    def __init__(
        self,
        ports: Ports,
        settings: ServiceSettings,
        directory: DirectoryService,
        desk: CallDesk,
        rooms: Rooms,
        unfinished: Unfinished,
    ) -> None:
        self._ports = ports
        self._unfinished = unfinished
        self._limits = settings.session
        self._directory = directory
        self._desk = desk
        self._rooms = rooms
        self._counts: dict[tuple[str, str], int] = {}
        """(call, what) → how many there are."""
        self._drawn_at: dict[tuple[str, str], deque[float]] = {}
        self._open_strokes: dict[tuple[str, str], tuple[Stroke, float]] = {}
        """(call, stroke id) → the whole stroke and when it was saved."""
        self._drawers: dict[tuple[str, str], str] = {}
        """(call, stroke id) → who drew it."""

    @at_home
    async def send_chat(self, actor: Actor, call_id: str, text: str) -> Chat:
        """Send a line of chat."""
        who = await self._participant(actor, call_id, Act.CHAT)
        await self._count(call_id, "chats", self._limits.chats_per_call)
        chat = Chat(
            self._ports.secrets.new_id(),
            call_id,
            who.participant_id,
            who.name,
            text,
            self._now(),
            await self.is_off_record(call_id),
        )
        await self._ports.sessions.add_chat(chat)
        await self._ports.bus.publish(ChatAdded(chat))
        return chat

    @at_home
    async def push_card(
        self, actor: Actor, call_id: str, kind: CardKind, *, item_code: str | None, title: str, body: str
    ) -> Card:
        """Push an item's guide, or a text, to the counter's screen."""
        who = await self._participant(actor, call_id, Act.PUSH_CARD)
        await self._count(call_id, "cards", self._limits.cards_per_call)
        card = Card(self._ports.secrets.new_id(), call_id, kind, title, body, who.name, self._now())
        if kind is CardKind.GUIDE:
            call = await self._desk.load(call_id)
            item = await self._guide(call, item_code or call.item_code)
            card = replace(
                card,
                title=title or item.name,
                item_code=item.code,
                item_version=item.version,
                materials=item.materials,
                steps=item.steps,
            )
        elif not (title or body):
            raise InvalidError("card_empty", field="body")
        card = replace(card, off_record=await self.is_off_record(call_id))
        said = {"title": card.title, "item_code": card.item_code}
        await self._ports.sessions.add_card(card, _logged(LogKind.CARD_PUSHED, actor, card.off_record, said))
        await self._ports.bus.publish(CardAdded(card))
        return card

    async def may_take_still(self, actor: Actor, call_id: str) -> None:
        """Refuse who may not take a still before anything of it is received; raises as `take_still` does."""
        await self._participant(actor, call_id, Act.TAKE_STILL)

    async def take_still(
        self,
        actor: Actor,
        call_id: str,
        *,
        track: Track,
        width: int,
        height: int,
        sha256: str,
        media_type: str,
        data: bytes,
        off_record: bool = False,
    ) -> Still:
        """Keep a full-size still; refused unless its bytes have the digest the page computed.

        The same picture sent once more is the one that is there. It is off the record when recording is
        paused now, or was when the page took it.

        Args:
            off_record: recording was paused when it was taken, or when it began to arrive.

        Raises:
            InvalidError: `still_not_a_picture`, `still_damaged`. LimitError: `still_too_large`,
            `too_many_stills`.
        """
        who = await self._participant(actor, call_id, Act.TAKE_STILL)
        if len(data) > self._limits.still_bytes:
            raise LimitError("still_too_large")
        magic, suffix = _PICTURES.get(media_type, (b"\0", ""))
        if not suffix or not data.startswith(magic):
            raise InvalidError("still_not_a_picture")
        if await asyncio.to_thread(_digest, data) != sha256.lower():
            raise InvalidError("still_damaged", field="sha256")
        kept = await self._kept(call_id, track, sha256.lower())
        if kept is not None:
            return kept
        await self._count(call_id, "stills", self._limits.stills_per_call)
        still_id = self._ports.secrets.new_id()
        still = Still(
            still_id,
            call_id,
            who.name,
            self._now(),
            track,
            width,
            height,
            len(data),
            sha256.lower(),
            media_type,
            f"{call_id}/{still_id}.{suffix}",
            off_record or await self.is_off_record(call_id),
        )
        await self._keep(still, data, actor)
        await self._ports.bus.publish(StillAdded(still))
        return still

    async def _kept(self, call_id: str, track: Track, sha256: str) -> Still | None:
        """Return a picture that was sent before: its answer may have been lost on the way."""
        for still in await self._ports.sessions.stills(call_id):
            if (still.track, still.sha256) == (track, sha256):
                return still
        return None

    async def _keep(self, still: Still, data: bytes, actor: Actor) -> None:
        """Store bytes, row and log entry, or nothing of them."""
        said = {"still_id": still.still_id, "sha256": still.sha256}
        logged = _logged(LogKind.STILL_TAKEN, actor, still.off_record, said)
        try:
            await self._ports.pictures.put(still.key, data)
            await self._ports.sessions.add_still(still, logged)
        except BaseException:
            await self._unfinished.attempt(
                f"the end of still {still.still_id}", lambda: self._ports.pictures.delete(still.key)
            )
            self._uncount(still.call_id, "stills")
            raise

    async def stills(self, call_id: str) -> list[Still]:
        """Return a call's stills; the caller has checked who asks."""
        return await self._ports.sessions.stills(call_id)

    async def still_bytes(self, still_id: str) -> tuple[Still, bytes]:
        """Return a still with its bytes; the caller has checked the signed address."""
        still = await self._ports.sessions.still(still_id)
        if still is None:
            raise NotFoundError("still_not_found")
        try:
            chunks = [chunk async for chunk in self._ports.pictures.read(still.key, 0, still.size_bytes)]
        except MissingError:
            raise NotFoundError("still_not_found") from None
        return still, b"".join(chunks)

    @at_home
    async def draw(
        self,
        actor: Actor,
        call_id: str,
        *,
        stroke_id: str,
        producer_id: str,
        color: str,
        width: float,
        points: tuple[Point, ...],
        done: bool,
    ) -> None:
        """Begin a stroke or add points to it; at most 20 messages a second each."""
        who = await self._participant(actor, call_id, Act.ANNOTATE)
        picture = self._require_picture(who, producer_id)
        self._require_rate(call_id, who.participant_id)
        now = self._now()
        stroke = Stroke(
            stroke_id,
            call_id,
            producer_id,
            who.participant_id,
            color,
            width,
            points,
            done,
            now,
            await self.is_off_record(call_id),
            picture.participant_id,
            picture.track,
            done_at=now,
        )
        await self._keep_stroke(stroke, now)
        await self._ports.bus.publish(StrokeChanged(stroke))

    @at_home
    async def point(
        self, actor: Actor, call_id: str, producer_id: str, x: float | None, y: float | None
    ) -> None:
        """Move the pointer over a picture; never stored."""
        who = await self._participant(actor, call_id, Act.ANNOTATE)
        self._require_picture(who, producer_id)
        await self._ports.bus.publish(PointerMoved(call_id, producer_id, who.participant_id, x, y))

    @at_home
    async def clear(self, actor: Actor, call_id: str, producer_id: str) -> None:
        """Wipe every stroke over one picture."""
        await self._participant(actor, call_id, Act.ANNOTATE)
        await self._wipe(call_id, producer_id)
        await self._ports.bus.publish(StrokesCleared(call_id, producer_id))

    async def recover(self) -> None:
        """After a start: delete what is off the record of calls that are over."""
        for call_id in await self._ports.sessions.calls_off_record():
            call = await self._ports.calls.load(call_id)
            if call is None or not call.is_joined:
                await self._forget_off_record(call_id)

    async def on_event(self, event: DomainEvent) -> None:
        """Delete what is off the record when the people part; forget what a closed call needed."""
        if isinstance(event, CallChanged) and self._desk.made_here(event) and _PARTED & set(event.kinds):
            call_id = event.call.call_id
            await self._unfinished.attempt(
                f"what is off the record of call {call_id}", partial(self._forget_off_record, call_id)
            )
        if isinstance(event, ProducerRemoved) and self._rooms.get(event.call_id) is not None:
            await self._unfinished.attempt(
                f"the strokes over producer {event.producer_id}",
                partial(self._wipe, event.call_id, event.producer_id),
            )
        if isinstance(event, CallChanged) and not event.call.is_live:
            call_id = event.call.call_id
            self._forget_strokes(call_id, None)
            for key in [key for key in self._counts if key[0] == call_id]:
                del self._counts[key]
            for key in [key for key in self._drawn_at if key[0] == call_id]:
                del self._drawn_at[key]
            for key in [key for key in self._drawers if key[0] == call_id]:
                del self._drawers[key]

    async def _wipe(self, call_id: str, producer_id: str) -> None:
        """Strokes over a picture go: nobody sees them any more but in the recording."""
        self._forget_strokes(call_id, producer_id)
        await self._ports.sessions.wipe_strokes(call_id, producer_id, self._now())

    async def _forget_off_record(self, call_id: str) -> None:
        """Delete the pictures first: what names them must not be gone before them."""
        store = self._ports.sessions
        for key in await store.off_record_keys(call_id):
            await self._ports.pictures.delete(key)
        await store.forget_off_record(call_id)

    async def is_off_record(self, call_id: str) -> bool:
        """True while what people make in a call is not kept: its recording is paused."""
        return (await self._desk.load(call_id)).recording is RecordingState.PAUSED

    async def _participant(self, actor: Actor, call_id: str, act: Act) -> Participant:
        call = await self._desk.load(call_id)
        place = require_act(call, actor, act).participant_id
        if not call.is_joined:
            raise StateError("bad_state", state=call.state.value)
        room = self._rooms.get(call_id)
        if room is not None and place in room.seats:
            return room.seats[place].participant
        stored = await self._ports.sessions.participants(call_id) if room is None else []
        for participant in stored:  # the room is in another process
            if participant.participant_id == place:
                return participant
        raise ForbiddenError("not_in_call")

    async def _guide(self, call: Call, item_code: str) -> Item:
        if item_code == call.item_code:
            return await self._directory.item_version(item_code, call.item_version)
        return self._directory.current.item(item_code)

    async def _count(self, call_id: str, what: str, limit: int) -> None:
        """Count one more of something; the first time it is read from storage."""
        key = (call_id, what)
        if key not in self._counts:
            self._counts[key] = await self._stored(call_id, what)
        if self._counts[key] >= limit:
            raise LimitError(f"too_many_{what}")
        self._counts[key] += 1

    def _uncount(self, call_id: str, what: str) -> None:
        if (call_id, what) in self._counts:
            self._counts[(call_id, what)] -= 1

    async def _stored(self, call_id: str, what: str) -> int:
        kind = RecordKind.CHAT if what == "chats" else RecordKind(what)
        return await self._ports.sessions.count(kind, call_id)

    def _require_picture(self, who: Participant, producer_id: str) -> Producer:
        room = self._rooms.require(who.call_id)
        seat = room.seats.get(who.participant_id)
        for producer in room.producers_for(seat) if seat is not None else ():
            if producer.producer_id == producer_id and producer.track.kind == "video":
                return producer
        raise NotFoundError("producer_not_found", field="producer_id")

    def _require_rate(self, call_id: str, participant_id: str) -> None:
        now = self._now()
        recent = self._drawn_at.setdefault((call_id, participant_id), deque())
        while recent and now - recent[0] >= 1.0:
            recent.popleft()
        if len(recent) >= self._limits.strokes_per_second:
            raise LimitError("too_fast")
        recent.append(now)

    async def _keep_stroke(self, part: Stroke, now: float) -> None:
        key = (part.call_id, part.stroke_id)
        whole, saved_at = part, float("-inf")
        if self._drawers.setdefault(key, part.participant_id) != part.participant_id:
            raise InvalidError("stroke_of_somebody_else", field="stroke_id")
        if key not in self._open_strokes:
            await self._count(part.call_id, "strokes", self._limits.strokes_per_call)
        else:
            begun, saved_at = self._open_strokes[key]
            off_record = begun.off_record or part.off_record
            points = begun.points + part.points
            whole = replace(begun, points=points, done=part.done, off_record=off_record, done_at=now)
        if len(whole.points) > self._limits.points_per_stroke:
            raise LimitError("stroke_too_long")
        if part.done or now - saved_at >= _SAVE_EVERY:
            await self._ports.sessions.save_stroke(whole)
            saved_at = now
        if part.done:
            self._open_strokes.pop(key, None)
        else:
            self._open_strokes[key] = (whole, saved_at)

    def _forget_strokes(self, call_id: str, producer_id: str | None) -> None:
        for key, (stroke, _) in list(self._open_strokes.items()):
            if key[0] == call_id and producer_id in (None, stroke.producer_id):
                del self._open_strokes[key]

    def _now(self) -> float:
        return self._ports.clock.now()


def _logged(kind: LogKind, actor: Actor, off_record: bool, said: Mapping[str, object]) -> Logged:
    """Return what the call's log says of something made; of what is off the record only that."""
    return Logged(kind, actor.who.log_name, {"off_record": True} if off_record else dict(said))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
