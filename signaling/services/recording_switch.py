"""One switch for two systems: what a call says of its recording, and what its tap does.

People read the call. So the tap never writes while the call says that it does not: a pause stops the tap
first, a resume is told first. What fails half-way is undone; what cannot be undone either is noted, and the
tap is made to do what the stored call says until both agree.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from weakref import WeakValueDictionary

from signaling.domain.actor import Actor
from signaling.domain.call_inputs import RecordingSet
from signaling.domain.call_model import Call, RecordingState
from signaling.domain.errors import BusyError, DomainError, StateError
from signaling.services.call_desk import CallDesk
from signaling.services.ports import Ports
from signaling.services.rooms import Rooms
from signaling.services.stores import ConflictError
from signaling.services.unfinished import Unfinished

_log = logging.getLogger(__name__)


class RecordingSwitch:
    """Pauses, resumes and follows the recording of calls whose rooms are in this process.

    Pausing what is paused and resuming what is recorded changes nothing, but makes the tap do it once more.
    """

    def __init__(self, ports: Ports, desk: CallDesk, rooms: Rooms, unfinished: Unfinished) -> None:
        self._media = ports.media
        self._desk = desk
        self._rooms = rooms
        self._unfinished = unfinished
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def pause(self, actor: Actor, call_id: str, reason: str) -> Call:
        """Stop the tap, then say so; raises `not_recording` when nothing is recorded at all."""
        async with self._turn(call_id):
            call = await self._desk.load(call_id)
            if call.recording is RecordingState.OFF:
                raise StateError("not_recording")
            try:
                await self._pause_tap(call_id, reason)
                return await self._desk.step(call_id, RecordingSet(RecordingState.PAUSED, reason, actor.who))
            except BaseException:
                await self._undo(call_id)
                raise

    async def resume(self, actor: Actor, call_id: str) -> Call:
        """Say that it is recorded, then let the tap write; raises `not_paused`."""
        async with self._turn(call_id):
            before = await self._desk.load(call_id)
            if before.recording is RecordingState.OFF:
                raise StateError("not_paused")
            try:
                call = await self._desk.step(call_id, self._written(call_id, actor))
                await self._resume_tap(call_id)
            except BaseException:
                if before.recording is RecordingState.PAUSED:
                    shut = RecordingSet(RecordingState.PAUSED, before.recording_reason, actor.who)
                    await self._undo(call_id, self._desk.step(call_id, shut))
                raise
            return call

    async def follow(self, call_id: str, *, is_new: bool = False) -> None:
        """Make the tap do what the stored call says, and the call say which tracks fail.

        Raises whatever keeps it from that; a router that is not there is made to follow when it is.

        Args:
            is_new: the tap's router was just made: it writes, as no tap does that was ever told to pause.
        """
        async with self._turn(call_id):
            await self._follow(call_id, is_new=is_new)

    async def tracks_changed(self, call_id: str) -> None:
        """Let the call say what is true of its tracks now; a pause goes on as one."""
        try:
            await self._desk.step(call_id, self._written(call_id))
        except (BusyError, ConflictError):
            self._follow_later(call_id)
        except DomainError as error:
            _log.info("call %s: its tracks are not noted (%s)", call_id, error)

    async def _follow(self, call_id: str, *, is_new: bool = False) -> None:
        call = await self._desk.read(call_id)
        if not call.is_joined or call.recording is RecordingState.OFF:
            return
        if call.recording is RecordingState.PAUSED:
            await self._pause_tap(call_id, call.recording_reason or "")
            return
        if not is_new:
            await self._resume_tap(call_id)
        await self._desk.step(call_id, self._written(call_id))

    async def _undo(self, call_id: str, first: Awaitable[object] | None = None) -> None:
        """After a step that failed: the stored call counts, whatever became of the tap."""
        try:
            if first is not None:
                await first
            await self._follow(call_id)
        except BaseException as error:
            _log.warning("call %s: its recording will follow it later (%s)", call_id, type(error).__name__)
            self._follow_later(call_id)

    def _follow_later(self, call_id: str) -> None:
        self._unfinished.note(f"the recording of call {call_id}", lambda: self.follow(call_id))

    def _written(self, call_id: str, actor: Actor | None = None) -> RecordingSet:
        """Return what is true of a tap that writes: all of it is kept, or some track fails."""
        room = self._rooms.get(call_id)
        failing: Mapping[tuple[str, str], str] = room.failing if room is not None else {}
        why = next(iter(failing.values()), None)
        state = RecordingState.RECORDING if why is None else RecordingState.FAILED
        return RecordingSet(state, why, actor.who if actor is not None else None)

    async def _pause_tap(self, call_id: str, reason: str) -> None:
        await _where_it_is(self._media.pause_recording(call_id, reason))

    async def _resume_tap(self, call_id: str) -> None:
        await _where_it_is(self._media.resume_recording(call_id))

    def _turn(self, call_id: str) -> asyncio.Lock:
        return self._turns.setdefault(call_id, asyncio.Lock())


async def _where_it_is(told: Awaitable[None]) -> None:
    """Tell a tap; one whose router is gone writes nothing, and the next router follows the call."""
    try:
        await told
    except DomainError as error:
        if error.code != "not_found":
            raise
