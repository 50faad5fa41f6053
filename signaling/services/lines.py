"""The lines of calls: sampled every two seconds where a call's room is, kept a minute in a row, shown again.

A signalling process that ends without a word loses ten seconds of them at most. They are measurements and
nothing that anybody said or showed: a pause of the recording does not pause them.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from signaling.domain.actor import Actor
from signaling.domain.call_model import Call
from signaling.domain.errors import AwayError, DomainError
from signaling.domain.events import WorstLineChanged
from signaling.domain.lines.block import BLOCK_S, Block, Lane, joined
from signaling.domain.lines.meter import LineCounters, LineMeter
from signaling.domain.lines.sample import SAMPLE_S, Reported, Sample, thinned
from signaling.domain.lines.worst import LATELY, WorstLine, worst_line
from signaling.domain.members import Part
from signaling.domain.seating import is_seen
from signaling.domain.session import Direction, Participant
from signaling.services.call_desk import CallDesk
from signaling.services.directory import DirectoryService
from signaling.services.homes import at_home
from signaling.services.ports import Ports
from signaling.services.rooms import Room, Rooms, Seat
from signaling.services.scope import require_view
from signaling.services.stores import ConflictError

_log = logging.getLogger(__name__)

SAVE_S: Final = 10.0
"""Seconds between two writings of what is new."""
LATE_S: Final = 30.0
"""A page tells of the last 10 s, over a line that may be slow: so long a full minute can be added to."""
GIVEN_UP_S: Final = 600.0
"""What could not be written for so long is let go: memory is bounded."""
MOST_POINTS: Final = 600
"""Of a lane that is shown: a screen shows no more."""
OWN_POINTS: Final = 30
"""Of one's own lines: the last minute."""


@dataclass(frozen=True, slots=True)
class Line:
    """One lane to be shown; every sample stands for `step_s` seconds, where there is none there is a gap."""

    participant_id: str
    name: str
    part: Part
    direction: Direction
    step_s: float
    samples: tuple[Sample, ...]


@dataclass(slots=True)
class _Recorder:
    """What is not history yet of one call."""

    blocks: list[Block] = field(default_factory=list)
    """Those that may still change, the oldest first."""
    meters: dict[str, LineMeter] = field(default_factory=dict)
    """By transport."""
    worst: WorstLine | None = None

    def block(self, call_id: str, now: float) -> Block:
        if not self.blocks or now - self.blocks[-1].began_at >= BLOCK_S:
            self.blocks.append(Block(call_id, now))
        return self.blocks[-1]

    def lately(self, lane: Lane, most: int) -> list[Sample]:
        recent = [sample for block in self.blocks[-2:] for sample in block.lanes.get(lane, ())]
        return recent[-most:]


class LineService:
    """Samples the lines of this process's rooms, hears what pages say of theirs, and shows them."""

    def __init__(self, ports: Ports, directory: DirectoryService, desk: CallDesk, rooms: Rooms) -> None:
        self._ports = ports
        self._directory = directory
        self._desk = desk
        self._rooms = rooms
        self._recorders: dict[str, _Recorder] = {}
        self._save_at = 0.0

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            started = self._ports.clock.now()
            await self.sample()
            await self._ports.clock.wait(started + SAMPLE_S, asyncio.Event().wait)

    async def sample(self) -> None:
        """Look at every line once, tell what is new, and write what is due."""
        rooms = self._rooms.all()
        await asyncio.gather(*(self._sample(room) for room in rooms))
        over = self._recorders.keys() - {room.call_id for room in rooms}
        now = self._ports.clock.now()
        if over or now >= self._save_at:
            self._save_at = now + SAVE_S
            await self._save(now)
        for call_id in over:
            await self._end(call_id)

    async def _sample(self, room: Room) -> None:
        if not any(seat.transports for seat in room.seats.values()):
            return
        try:
            async with asyncio.timeout(SAMPLE_S):
                counters = await self._ports.media.lines(room.call_id)
        except (DomainError, TimeoutError) as error:
            _log.debug("no figures of call %s: %r", room.call_id, error)
            return
        now = self._ports.clock.now()
        recorder = self._recorders.setdefault(room.call_id, _Recorder())
        recorder.meters = {known: meter for known, meter in recorder.meters.items() if known in counters}
        block = recorder.block(room.call_id, now)
        for seat in room.seats.values():
            for lane, sample in _look(recorder, seat, counters, now):
                block.add(lane, sample)
        await self._tell_worst(room, recorder, now)

    async def _tell_worst(self, room: Room, recorder: _Recorder, now: float) -> None:
        lanes = [
            (lane, seat.participant.name, recorder.lately(lane, LATELY))
            for seat in room.seats.values()
            for lane in _lanes_of(seat.participant)
        ]
        worst = worst_line(lanes, now)
        if worst != recorder.worst:
            recorder.worst = worst
            await self._ports.bus.publish(WorstLineChanged(room.call_id, worst))

    async def _end(self, call_id: str) -> None:
        if any(not block.is_saved for block in self._recorders[call_id].blocks):
            return  # with the next round
        del self._recorders[call_id]
        await self._ports.bus.publish(WorstLineChanged(call_id, None))

    async def _save(self, now: float) -> None:
        """Write what is new and let full minutes go."""
        for recorder in self._recorders.values():
            news = [block for block in recorder.blocks if not block.is_saved and block.lanes]
            for block in news:
                block.is_saved = True  # what is added meanwhile is new again
            try:
                if news:
                    await self._ports.sessions.save_lines(news)
            except AwayError:
                for block in news:
                    block.is_saved = False
            except ConflictError:
                _log.info("call %s is gone, and its lines with it", news[0].call_id)
            recorder.blocks = [block for block in recorder.blocks if not _is_over(block, now)]
            for block in recorder.blocks:
                block.is_saved = block.is_saved or not block.lanes

    @at_home
    async def report(
        self, actor: Actor, socket_id: str, call_id: str, ended_at: float, told: tuple[Reported, ...]
    ) -> None:
        """Take what a page says of the pictures and the sound that it received.

        Each stands for a sample of its own two seconds; those of which none is kept, or something was said
        already, are dropped, so that nobody makes anything grow.

        Args:
            ended_at: of the last one, by the server's clock as the page knows it.

        Raises:
            ForbiddenError: `not_in_call`, or `superseded` when another window of theirs holds the seat.
        """
        _, seat = self._rooms.held(call_id, actor.who, socket_id)
        recorder = self._recorders.get(call_id)
        lane = Lane(seat.participant.participant_id, Direction.RECV)
        for index, one in enumerate(reversed(told)):
            at = ended_at - index * SAMPLE_S
            any(block.report(lane, at, one) for block in (recorder.blocks if recorder else ()))

    @at_home
    async def own(self, actor: Actor, socket_id: str, call_id: str) -> tuple[Line, ...]:
        """Return the last minute of both of one's own lines.

        Raises:
            ForbiddenError: `not_in_call`, or `superseded` when another window of theirs holds the seat.
        """
        _, seat = self._rooms.held(call_id, actor.who, socket_id)
        recorder = self._recorders.get(call_id, _Recorder())
        return tuple(
            _line(seat.participant, lane, recorder.lately(lane, OWN_POINTS), OWN_POINTS)
            for lane in _lanes_of(seat.participant)
        )

    @at_home
    async def of_call(self, actor: Actor, call_id: str) -> tuple[Line, ...]:
        """Return the lines of a call, going on or over, those of the same person together.

        While it goes on its members are shown nothing of those they must not see.

        Raises:
            ForbiddenError: `out_of_scope`. NotFoundError: `call_not_found`.
        """
        call = await self._desk.load(call_id)
        require_view(self._directory.current, actor, call)
        blocks = {block.began_at: block for block in await self._ports.sessions.lines(call_id)}
        recorder = self._recorders.get(call_id, _Recorder())
        blocks |= {block.began_at: block for block in recorder.blocks}
        lanes = joined(blocks.values())
        people = [
            one for one in await self._ports.sessions.participants(call_id) if _is_shown(one, call, actor)
        ]
        return tuple(
            _line(one, lane, lanes[lane], MOST_POINTS)
            for one in people
            for lane in _lanes_of(one)
            if lane in lanes
        )


def _look(
    recorder: _Recorder, seat: Seat, counters: dict[str, LineCounters], now: float
) -> Sequence[tuple[Lane, Sample]]:
    """Return what passed on somebody's transports; the trip is the same both ways, and told of one."""
    trips = [
        counters[one].rtt_ms
        for one in seat.transports
        if one in counters and counters[one].rtt_ms is not None
    ]
    found = []
    for transport_id, direction in seat.transports.items():
        if transport_id not in counters:
            continue
        meter = recorder.meters.setdefault(transport_id, LineMeter(direction))
        layer = seat.worst_layer() if direction is Direction.RECV else None
        sample = meter.look(counters[transport_id], now, rtt_ms=trips[0] if trips else None, layer=layer)
        if sample is not None:
            found.append((Lane(seat.participant.participant_id, direction), sample))
    return found


def _lanes_of(participant: Participant) -> tuple[Lane, Lane]:
    return (
        Lane(participant.participant_id, Direction.SEND),
        Lane(participant.participant_id, Direction.RECV),
    )


def _line(participant: Participant, lane: Lane, samples: Sequence[Sample], most: int) -> Line:
    shown, step_s = thinned(samples, most)
    name, part = participant.name, participant.part
    return Line(lane.participant_id, name, part, lane.direction, step_s, tuple(shown))


def _is_shown(participant: Participant, call: Call, actor: Actor) -> bool:
    member = call.member_of(actor.who) if call.is_live else None
    return member is None or participant.who == member.who or is_seen(participant.part, member.part)


def _is_over(block: Block, now: float) -> bool:
    age = now - block.began_at - BLOCK_S
    return (block.is_saved and age > LATE_S) or age > GIVEN_UP_S
