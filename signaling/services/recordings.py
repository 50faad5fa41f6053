"""Recording of calls: pauses, the mux when a call is closed, and the list and replay of what was recorded."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from recording.replay import Viewer
from signaling.domain.actor import Actor
from signaling.domain.audit import AuditAct
from signaling.domain.call_model import Call, CallEvent, CallState
from signaling.domain.collaboration import Chat, Still, Stroke
from signaling.domain.errors import ForbiddenError, StateError
from signaling.domain.events import CallChanged, DomainEvent
from signaling.domain.feedback import Rating
from signaling.domain.files import SentFile
from signaling.domain.roles import Permission
from signaling.domain.seating import Act
from signaling.domain.session import Participant
from signaling.services.audit import AuditService
from signaling.services.call_desk import CallDesk
from signaling.services.directory import DirectoryService, Named
from signaling.services.homes import at_home
from signaling.services.ports import Manifest, Ports
from signaling.services.recording_switch import RecordingSwitch
from signaling.services.scope import bureaus_of, covers, in_departments, require_act
from signaling.services.stores import CallQuery
from signaling.services.unfinished import Unfinished

_log = logging.getLogger(__name__)
_STATES = {
    "open": "processing",
    "queued": "processing",
    "leased": "processing",
    "done": "ready",
    "failed": "failed",
}


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
    files: tuple[SentFile, ...]
    chat: tuple[Chat, ...]
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True, slots=True)
class FreshAddresses:
    """What an open replay goes on with.

    Attributes:
        query: what opens the recording's files, after their `?`.
        expires_at: wall seconds.
    """

    entry: RecordingEntry
    query: str
    expires_at: float
    stills: tuple[Still, ...]
    files: tuple[SentFile, ...]


class RecordingsService:
    """What people do with recordings; whether anything is recorded was decided by the citizen's answer."""

    def __init__(
        self,
        ports: Ports,
        directory: DirectoryService,
        desk: CallDesk,
        audit: AuditService,
        switch: RecordingSwitch,
        unfinished: Unfinished,
    ) -> None:
        self._ports = ports
        self._directory = directory
        self._desk = desk
        self._audit = audit
        self._switch = switch
        self._unfinished = unfinished

    async def recover(self) -> None:
        """Have muxed what was journalled and whose call is closed, of which nobody said so: a process that
        ends may not come to it. At a start, and now and then.
        """
        found = await self._ports.recordings.recover(self._is_closed, self._ports.clock.now())
        if found:
            _log.info("%d recordings of closed calls go to the mux", len(found))

    @at_home
    async def pause(self, actor: Actor, call_id: str, reason: str) -> Call:
        """隐私遮挡: nothing is written from here on; raises `not_recording`.

        A recording of which one track fails is paused too: the others go on.
        """
        await self._in_call(actor, call_id)
        return await self._switch.pause(actor, call_id, reason)

    @at_home
    async def resume(self, actor: Actor, call_id: str) -> Call:
        """Write again; raises `not_paused`."""
        await self._in_call(actor, call_id)
        return await self._switch.resume(actor, call_id)

    async def list(self, actor: Actor, query: CallQuery) -> tuple[Sequence[RecordingEntry], int]:
        """Return a page of finished sessions within the actor's scope, newest first, and their number."""
        actor.require(Permission.RECORDING_READ)
        calls, total = await self._ports.calls.search(self._scoped(actor, query))
        return await self._entries(calls), total

    async def replay(self, actor: Actor, call_id: str, viewer: Viewer) -> Replay:
        """Return everything a replay shows; every look is in the audit log.

        Args:
            viewer: the actor in their browser, whom its addresses are made for.
        """
        call = await self._finished(actor, call_id)
        await self._audit.record(actor, AuditAct.RECORDING_VIEWED, call_id, number=call.number)
        [entry] = await self._entries([call])
        manifest = None
        if entry.recording == "ready":
            manifest = await self._ports.recordings.manifest(
                call_id, viewer=viewer, now=self._ports.clock.now()
            )
        store = self._ports.sessions
        return Replay(
            entry,
            manifest,
            tuple(await self._ports.calls.events(call_id)),
            tuple(await store.participants(call_id)),
            await self._stills(call_id),
            await self._files(call_id),
            tuple(chat for chat in await store.chats(call_id) if not chat.off_record),
            tuple(stroke for stroke in await store.strokes(call_id) if not stroke.off_record),
        )

    async def addresses(self, actor: Actor, call_id: str, viewer: Viewer) -> FreshAddresses:
        """Return what opens the files of a replay that is open already: no new look, so none is noted."""
        [entry] = await self._entries([await self._finished(actor, call_id)])
        now = self._ports.clock.now()
        query, expires_at = self._ports.recordings.media_query(call_id, viewer=viewer, now=now)
        stills, files = await self._stills(call_id), await self._files(call_id)
        return FreshAddresses(entry, query, expires_at, stills, files)

    async def _finished(self, actor: Actor, call_id: str) -> Call:
        """Return a call whose recording the actor may see; raises `out_of_scope`, `bad_state`."""
        actor.require(Permission.RECORDING_READ)
        call = await self._desk.load(call_id)
        directory = self._directory.current
        if not covers(directory, actor, call.region_code) or not in_departments(
            directory, actor, call.department
        ):
            raise ForbiddenError("out_of_scope")
        if call.is_live:
            raise StateError("bad_state", state=call.state.value)
        return call

    async def _stills(self, call_id: str) -> tuple[Still, ...]:
        stills = await self._ports.sessions.stills(call_id)
        return tuple(still for still in stills if not still.off_record)

    async def _files(self, call_id: str) -> tuple[SentFile, ...]:
        files = await self._ports.sessions.files(call_id)
        return tuple(file for file in files if not file.off_record)

    async def on_event(self, event: DomainEvent) -> None:
        """A journal is muxed when its call is closed, never before."""
        if isinstance(event, CallChanged) and event.call.state is CallState.CLOSED:
            call = event.call
            if call.consent.agreed and call.connected_at is not None:
                await self._unfinished.attempt(
                    f"the mux of call {call.call_id}",
                    lambda: self._ports.recordings.close_call(call.call_id, self._ports.clock.now()),
                )

    async def _in_call(self, actor: Actor, call_id: str) -> None:
        call = await self._desk.load(call_id)
        require_act(call, actor, Act.PAUSE_RECORDING)
        if not call.is_joined:
            raise StateError("bad_state", state=call.state.value)

    async def _is_closed(self, call_id: str) -> bool:
        call = await self._ports.calls.load(call_id)
        return call is None or not call.is_live

    def _scoped(self, actor: Actor, query: CallQuery) -> CallQuery:
        directory = self._directory.current
        text = query.text.strip()
        named = directory.named(text) if text else Named()
        regions = {region.code for region in directory.tree if covers(directory, actor, region.code)}
        return replace(
            query,
            text=text,
            regions=frozenset(regions),
            departments=bureaus_of(directory, actor),
            text_items=named.items,
            text_points=named.points,
            text_staff=named.staff,
        )

    async def _entries(self, calls: Sequence[Call]) -> Sequence[RecordingEntry]:
        ratings = await self._ports.feedback.ratings([call.call_id for call in calls])
        entries = []
        for call in calls:
            state, progress = await self._state(call)
            mine = tuple(rating for rating in ratings if rating.call_id == call.call_id)
            entries.append(RecordingEntry(call, state, progress, mine))
        return entries

    async def _state(self, call: Call) -> tuple[str, float]:
        if not call.consent.agreed or call.connected_at is None:
            return "none", 0.0
        job = await self._ports.recordings.state(call.call_id, self._ports.clock.now())
        return (_STATES[str(job.state)], job.progress) if job is not None else ("none", 0.0)
