"""好差评: asked on the pad of the call's point, one rating per call and item."""

from collections.abc import Sequence
from contextlib import suppress

from signaling.domain.actor import Actor
from signaling.domain.call_model import Call, CallEnd
from signaling.domain.errors import ForbiddenError, InvalidError, StateError
from signaling.domain.events import (
    CallChanged,
    DomainEvent,
    NewsMissed,
    RatingRequested,
    RatingWithdrawn,
)
from signaling.domain.feedback import Rating, RatingLevel
from signaling.domain.log_kinds import LogKind
from signaling.domain.subject import SubjectKind
from signaling.services.call_desk import CallDesk
from signaling.services.directory import DirectoryService
from signaling.services.ports import Ports
from signaling.services.settings import ServiceSettings
from signaling.services.stores import CallQuery, ConflictError

_DEFAULTS_AT_ONCE = 200
_LONGEST_CALL = 6 * 3600.0
"""Seconds from request to end of the calls looked at after a start."""
_RECOVERED_AT_MOST = 2000


class RatingService:
    """Asks, takes and, after some working days without an answer, stores the default apart."""

    def __init__(
        self, ports: Ports, settings: ServiceSettings, directory: DirectoryService, desk: CallDesk
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._directory = directory
        self._desk = desk
        self._open: dict[str, RatingRequested] = {}
        """Point → what its pad asks for."""

    async def recover(self) -> None:
        """Ask again what a process before this one asked and nobody answered yet."""
        now = self._ports.clock.now()
        since = now - self._settings.ratings.ask_for - _LONGEST_CALL
        closed, _ = await self._ports.calls.search(CallQuery(since=since, limit=_RECOVERED_AT_MOST))
        for call in sorted([*closed, *self._desk.live()], key=lambda call: call.ended_at or 0.0):
            if call.end is CallEnd.COMPLETED and now < self._closes_at(call):
                await self._ask(call)

    def open_request(self, point_id: str) -> RatingRequested | None:
        """Return what the pads of a point should ask right now."""
        request = self._open.get(point_id)
        if request is not None and self._ports.clock.now() >= request.expires_at:
            del self._open[point_id]
            return None
        return request

    async def submit(
        self, actor: Actor, call_id: str, item_code: str, level: RatingLevel, comment: str
    ) -> Rating:
        """Take a rating from a pad of the call's point.

        Raises:
            ForbiddenError: no pad, or another point's. StateError: `rating_closed`, `already_rated`.
            InvalidError: `item_not_in_call`.
        """
        call = await self._desk.load(call_id)
        if actor.who.kind is not SubjectKind.PAD or actor.point_id != call.point_id:
            raise ForbiddenError("not_this_pad")
        if level is RatingLevel.DEFAULT:
            raise InvalidError(field="level")
        now = self._ports.clock.now()
        if call.end is not CallEnd.COMPLETED or now >= self._closes_at(call):
            raise StateError("rating_closed")
        if item_code not in _items_of(call):
            raise InvalidError("item_not_in_call", field="item_code")
        rating = Rating(call_id, item_code, level, comment, now, actor.who.id)
        try:
            await self._ports.feedback.add_rating(rating)
        except ConflictError:
            raise StateError("already_rated") from None
        await self._ask(call)
        return rating

    async def store_defaults(self) -> int:
        """Store the default for every item nobody rated in time; return how many."""
        now = self._ports.clock.now()
        ratings = self._settings.ratings
        offset = self._settings.utc_offset
        before = self._settings.calendar.before(now, ratings.default_after_days, offset)
        stored = 0
        for call in await self._ports.calls.unrated(before, _DEFAULTS_AT_ONCE):
            for code in _items_of(call):
                rating = Rating(call.call_id, code, RatingLevel.DEFAULT, "", now)
                with suppress(ConflictError):  # the citizen rated this item, if not the others
                    await self._ports.feedback.add_rating(rating)
                    stored += 1
        return stored

    async def on_event(self, event: DomainEvent) -> None:
        """Ask when a completed call leaves connected, and again when its result names other items."""
        if isinstance(event, NewsMissed):
            await self._compare()
        if isinstance(event, RatingRequested):
            self._open[event.point_id] = event
        if isinstance(event, RatingWithdrawn):
            self._open.pop(event.point_id, None)
        if not isinstance(event, CallChanged) or event.call.end is not CallEnd.COMPLETED:
            return
        if not self._desk.made_here(event):
            return
        asked = self._open.get(event.call.point_id)
        if LogKind.CALL_ENDED in event.kinds or (
            {LogKind.RESULT_STORED, LogKind.RESULT_AMENDED} & set(event.kinds)
            and asked
            and asked.call_id == event.call.call_id
        ):
            await self._ask(event.call)

    async def _compare(self) -> None:
        """Ask what others asked for unheard, and no more for what was answered or withdrawn meanwhile."""
        for request in tuple(self._open.values()):
            call = await self._ports.calls.load(request.call_id)
            if call is not None:
                await self._ask(call)
        await self.recover()

    async def _ask(self, call: Call) -> None:
        rated = {rating.item_code for rating in await self._ports.feedback.ratings([call.call_id])}
        wanted = [code for code in _items_of(call) if code not in rated]
        if not wanted:
            self._open.pop(call.point_id, None)
            await self._ports.bus.publish(RatingWithdrawn(call.call_id, call.point_id))
            return
        names = tuple((code, self._directory.current.item(code).name) for code in wanted)
        request = RatingRequested(call.call_id, call.point_id, names, self._closes_at(call))
        if request != self._open.get(call.point_id):
            self._open[call.point_id] = request
            await self._ports.bus.publish(request)

    def _closes_at(self, call: Call) -> float:
        return (call.ended_at or 0.0) + self._settings.ratings.ask_for


def _items_of(call: Call) -> Sequence[str]:
    """Return the items handled: those of the result, else the one asked for."""
    return call.result.item_codes if call.result is not None else (call.item_code,)
