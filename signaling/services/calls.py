"""Calls from request to close, as people ask for it; the desk applies the state table."""

from dataclasses import dataclass, field, replace
from typing import Final

from signaling.domain.actor import Actor
from signaling.domain.call_inputs import (
    Accepted,
    Cancelled,
    Ended,
    MaterialSet,
    Rejected,
    ResultDrafted,
    ResultStored,
    ServerStarted,
    WrapUpEnded,
)
from signaling.domain.call_model import (
    Applicant,
    Call,
    CallEvent,
    CallState,
    Consent,
    Material,
    MaterialState,
    Relation,
    Result,
    ResultDraft,
    ResultKind,
)
from signaling.domain.errors import ForbiddenError, InvalidError, StateError
from signaling.domain.events import CallChanged, DomainEvent, TodayChanged
from signaling.domain.items import GENERAL_DESK, Item
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Member, Part, seated
from signaling.domain.routing.decision import Decision
from signaling.domain.seating import Act, is_seen
from signaling.domain.steps.step import Logged
from signaling.domain.subject import Subject
from signaling.services.call_desk import CallDesk
from signaling.services.days import day_name, midnight
from signaling.services.directory import Directory, DirectoryService
from signaling.services.ports import Ports
from signaling.services.routing import RoutingService
from signaling.services.scope import covers, may_see, require_act, require_view
from signaling.services.settings import ServiceSettings

_AGAIN_WITHIN: Final = 1800.0
"""Seconds after its end within which a call can be tried once more for the same citizen at the counter."""

LOG_PAGE: Final = 200
"""Entries of a call's log that one answer holds; eight hours of pauses and devices make thousands."""
_DECISIONS: Final = 50
"""The newest decisions that are shown; a long wait makes one with each change of who is there."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries in order, and the sequence to ask from for those before; None when there are none."""

    events: list[CallEvent]
    earlier: int | None


@dataclass(frozen=True, slots=True)
class RequestInput:
    """发起协助, as the clerk gives it."""

    item_code: str | None
    """None: the citizen's matter is not known; the general desk takes it."""
    consent_agreed: bool
    consent_by: Relation
    consent_text_version: str
    free_text: str = ""
    language: str = "普通话"
    priority: int = 50
    applicant: Applicant = field(default_factory=Applicant)
    drill: bool = False
    preferred_staff_id: str | None = None
    again_of: str | None = None


@dataclass(frozen=True, slots=True)
class ResultInput:
    """The wrap-up form."""

    kind: ResultKind
    item_codes: tuple[str, ...]
    external_case_number: str | None = None
    missing_materials: tuple[str, ...] = ()
    note: str = ""
    notice_text: str = ""
    keep_wrap_up: bool = False


@dataclass(frozen=True, slots=True)
class DraftInput:
    """The wrap-up form as far as it is written."""

    kind: ResultKind | None
    item_codes: tuple[str, ...]
    external_case_number: str | None
    missing_materials: tuple[str, ...]
    note: str
    notice_text: str


@dataclass(frozen=True, slots=True)
class Today:
    """A specialist's own counts since local midnight."""

    answered: int
    missed: int
    mean_handling_s: float | None


class CallService:
    """What clerks and specialists do with calls; each method checks who is asking."""

    def __init__(
        self,
        ports: Ports,
        settings: ServiceSettings,
        directory: DirectoryService,
        desk: CallDesk,
        routing: RoutingService,
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._directory = directory
        self._desk = desk
        self._routing = routing

    async def recover(self) -> None:
        """After a start: waiting calls keep their age, connected ones are reconnecting.

        A process that joins others leaves their calls alone.
        """
        no_staff_at = self._ports.clock.now() + self._settings.routing.startup_grace
        calls = await self._desk.load_live()
        for call in calls if self._settings.alone else ():
            await self._desk.step(call.call_id, ServerStarted(no_staff_at))
        self._routing.started()

    async def request(self, actor: Actor, request: RequestInput) -> Call:
        """Open a call at the clerk's point; raises `no_point`, `already_in_call`, `item_not_offered`, …"""
        directory = self._directory.current
        if actor.point_id is None:
            raise ForbiddenError("no_point")
        point = directory.point(actor.point_id)
        if not point.enabled:
            raise StateError("point_closed")
        item = directory.item(request.item_code or GENERAL_DESK.code)
        if not item.requestable or not directory.is_offered(item.code, point.region_code):
            raise StateError("item_not_offered", item=item.name)
        if request.preferred_staff_id is not None:
            _require_taker(directory, request.preferred_staff_id, item, point.region_code)
        now = self._ports.clock.now()
        before = await self._again_of(actor, request, now) if request.again_of is not None else None
        department = directory.department_for(item.department, point.region_code)
        call = Call(
            call_id=self._ports.secrets.new_id(),
            number="",
            version=1,
            state=CallState.WAITING,
            item_code=item.code,
            item_version=item.version,
            department=item.department,
            department_id=department.department_id if department else None,
            point_id=point.point_id,
            region_code=point.region_code,
            language=request.language,
            priority=request.priority,
            applicant=_applicant(request, before),
            consent=_consent(request, before, actor, now),
            requested_at=now,
            no_staff_at=now + self._settings.routing.no_staff_after,
            members=seated((), actor.who, Part.CLERK, now),
            materials=tuple(Material(name) for name in dict.fromkeys(item.materials)),
            free_text=request.free_text,
            drill=request.drill or self._settings.demo,
            preferred_staff_id=request.preferred_staff_id,
        )
        return await self._desk.open(call, _opening(call), day_name(now, self._settings.utc_offset))

    async def _again_of(self, actor: Actor, request: RequestInput, now: float) -> Call:
        """Return the call that is tried once more; raise `again_too_late` for one of long ago."""
        assert request.again_of is not None
        before = await self._desk.load(request.again_of)
        require_act(before, actor, Act.CANCEL)
        ended_at = before.ended_at
        if before.is_live or ended_at is None or now > ended_at + _AGAIN_WITHIN:
            raise StateError("again_too_late")
        return before

    async def cancel(self, actor: Actor, call_id: str) -> Call:
        """Withdraw a request that nobody answered yet."""
        require_act(await self._desk.load(call_id), actor, Act.CANCEL)
        return await self._desk.step(call_id, Cancelled(actor.who))

    async def accept(self, actor: Actor, call_id: str, offer_id: str) -> Call:
        """Take an offered call; `offer_gone` when it is not offered to the actor any more."""
        return await self._desk.step(call_id, Accepted(offer_id, actor.who))

    async def reject(self, actor: Actor, call_id: str, offer_id: str, reason: str) -> Call:
        """Decline an offered call; it goes on to the next at once."""
        return await self._desk.step(call_id, Rejected(offer_id, actor.who, reason))

    async def end(self, actor: Actor, call_id: str) -> Call:
        """结束协助."""
        require_act(await self._desk.load(call_id), actor, Act.END)
        return await self._desk.step(call_id, Ended(actor.who))

    async def store_result(self, actor: Actor, call_id: str, given: ResultInput) -> Call:
        """Store the wrap-up form, also after the call was closed.

        Raises `item_not_found` for unknown items, `amend_too_late` when it can no longer be changed.
        """
        await self._require_writer(actor, call_id, given.item_codes)
        result = Result(
            kind=given.kind,
            item_codes=tuple(dict.fromkeys(given.item_codes)),
            external_case_number=given.external_case_number,
            missing_materials=given.missing_materials,
            note=given.note,
            notice_text=given.notice_text,
            stored_at=self._ports.clock.now(),
            stored_by=actor.person,
        )
        return await self._desk.step(call_id, ResultStored(result, given.keep_wrap_up))

    async def draft_result(self, actor: Actor, call_id: str, given: DraftInput) -> Call:
        """Keep the wrap-up form as far as it is written. Raises `item_not_found` for unknown items."""
        await self._require_writer(actor, call_id, given.item_codes)
        draft = ResultDraft(
            kind=given.kind,
            item_codes=tuple(dict.fromkeys(given.item_codes)),
            external_case_number=given.external_case_number,
            missing_materials=given.missing_materials,
            note=given.note,
            notice_text=given.notice_text,
            saved_at=self._ports.clock.now(),
            saved_by=actor.person,
        )
        return await self._desk.step(call_id, ResultDrafted(draft))

    async def _require_writer(self, actor: Actor, call_id: str, item_codes: tuple[str, ...]) -> None:
        require_act(await self._desk.load(call_id), actor, Act.STORE_RESULT)
        for code in item_codes:
            self._directory.current.item(code)

    async def end_wrap_up(self, actor: Actor) -> None:
        """End the wrap-up early; raises `not_in_wrap_up`."""
        call = self._desk.claiming(actor.who)
        if call is None or call.state is not CallState.WRAP_UP:
            raise StateError("not_in_wrap_up")
        await self._desk.step(call.call_id, WrapUpEnded(actor.who))

    async def set_material(
        self, actor: Actor, call_id: str, name: str, state: MaterialState, note: str
    ) -> Call:
        """Tick a material on the checklist."""
        require_act(await self._desk.load(call_id), actor, Act.TICK_MATERIAL)
        return await self._desk.step(call_id, MaterialSet(Material(name, state, note), actor.who))

    async def call(self, actor: Actor, call_id: str) -> Call:
        """Return a call the actor may see."""
        call = await self._desk.load(call_id)
        require_view(self._directory.current, actor, call)
        return call

    async def events(self, actor: Actor, call_id: str, before: int | None = None) -> LogPage:
        """Return the newest page of a call's log ahead of the sequence `before`.

        While the call goes on, its members read nothing of those they must not see.
        """
        call = await self.call(actor, call_id)
        found = await self._ports.calls.events(call_id, before=before, limit=LOG_PAGE + 1)
        page = found[-LOG_PAGE:]
        earlier = page[0].sequence if len(found) > len(page) else None
        member = call.member_of(actor.who) if call.is_live else None
        hidden = [other for other in call.members if _is_hidden(other, member)] if member else []
        shown = [event for event in page if not any(_tells_of(event, other) for other in hidden)]
        return LogPage(shown, earlier)

    async def decisions(self, actor: Actor, call_id: str) -> list[Decision]:
        """Return the newest routing decisions about a call, oldest first."""
        await self.call(actor, call_id)
        return await self._ports.calls.decisions(call_id, limit=_DECISIONS)

    async def calls_of(self, actor: Actor) -> list[Call]:
        """Return the actor's own calls of today, newest first."""
        since = midnight(self._ports.clock.now(), self._settings.utc_offset)
        return await self._ports.calls.of_staff(actor.person, since)

    async def today(self, staff_id: str) -> Today:
        """Return a specialist's counts."""
        since = midnight(self._ports.clock.now(), self._settings.utc_offset)
        calls = await self._ports.calls.of_staff(staff_id, since)
        who = Subject.of_staff(staff_id)
        answered = [
            (call, member)
            for call in calls
            for member in call.members
            if member.who == who and member.part is Part.SPECIALIST and self._counts(call)
        ]
        handled = [
            until - member.joined_at
            for call, member in answered
            if (until := member.left_at or call.closed_at) is not None
        ]
        mean = sum(handled) / len(handled) if handled else None
        return Today(len(answered), await self._ports.calls.missed(staff_id, since), mean)

    def _counts(self, call: Call) -> bool:
        """True for calls that figures count: drills only where every call is one."""
        return not call.drill or self._settings.demo

    def live_call_of(self, who: Subject) -> Call | None:
        """Return the call to rejoin: the one they are a member of, unless another wraps it up."""
        call = self._desk.claiming(who)
        return call if call is not None and call.member_of(who) is not None else None

    def live(self, actor: Actor) -> list[Call]:
        """Return the calls that are not closed and that the actor may see."""
        return [call for call in self._desk.live() if may_see(self._directory.current, actor, call)]

    def awaiting(self, actor: Actor) -> list[Call]:
        """Return the waiting calls of the actor's region that the actor has the skill for."""
        directory, staff_id = self._directory.current, actor.who.staff_id
        return [
            call
            for call in self._desk.live()
            if call.state in (CallState.WAITING, CallState.OFFERED)
            and covers(directory, actor, call.region_code)
            and staff_id is not None
            and directory.roster.takes(staff_id, call.item_code, call.department)
        ]

    async def on_event(self, event: DomainEvent) -> None:
        """Tell specialists that their counts changed."""
        if not isinstance(event, CallChanged) or not self._desk.made_here(event):
            return
        call = event.call
        if {LogKind.OFFER_MISSED, LogKind.CALL_REQUEUED} & set(event.kinds) and call.passed:
            await self._counts_changed(call.passed[-1].who)
        specialist = call.member(Part.SPECIALIST)
        if specialist is not None and {LogKind.OFFER_ACCEPTED, LogKind.CALL_CLOSED} & set(event.kinds):
            await self._counts_changed(specialist.who)

    async def _counts_changed(self, who: Subject) -> None:
        if who.staff_id is not None:
            await self._ports.bus.publish(TodayChanged(who.staff_id))


def _applicant(request: RequestInput, before: Call | None) -> Applicant:
    """Return whom a call is for; the number of a call before is taken over, as only its mask was kept."""
    given = request.applicant
    if before is None or given.id_number_masked is not None:
        return given
    return replace(given, id_number_masked=before.applicant.id_number_masked)


def _consent(request: RequestInput, before: Call | None, actor: Actor, now: float) -> Consent:
    """Return the citizen's answer; one repeated for the same matter is as old as it is."""
    given = Consent(
        request.consent_agreed, request.consent_by, request.consent_text_version, now, actor.person
    )
    if before is not None and replace(before.consent, given_at=now) == given:
        return before.consent
    return given


def _require_taker(directory: Directory, staff_id: str, item: Item, region_code: str) -> None:
    """Raise unless somebody answers calls, has the skill and covers the place."""
    person = directory.staff(staff_id)
    takes = directory.roster.takes(staff_id, item.code, item.department)
    if not takes or not directory.tree.covers(person.region_code, region_code):
        raise InvalidError("preferred_cannot_take", field="preferred_staff_id")


def _is_hidden(other: Member, member: Member) -> bool:
    return other.who != member.who and not is_seen(other.part, member.part)


def _tells_of(event: CallEvent, member: Member) -> bool:
    parts = (event.data.get("part"), *event.data.get("parts", ()))
    return event.actor == member.who.log_name or member.part.value in parts


def _opening(call: Call) -> tuple[Logged, ...]:
    consent = call.consent
    return (
        Logged(
            LogKind.CALL_REQUESTED,
            consent.given_to,
            {"item_code": call.item_code, "free_text": call.free_text, "language": call.language},
        ),
        Logged(
            LogKind.CONSENT_GIVEN if consent.agreed else LogKind.CONSENT_REFUSED,
            consent.given_to,
            {"by": consent.by.value, "text_version": consent.text_version},
        ),
    )
