"""Calls, offers, presence and the queue."""

from signaling.domain import events
from signaling.domain.call_model import CallState
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Member
from signaling.domain.subject import Subject
from signaling.web.messages.events import (
    CallWaiting,
    MaterialChanged,
    OfferMade,
    OfferWithdrawn,
    RecordingChanged,
)
from signaling.web.notifier.audience import everybody
from signaling.web.notifier.table import Stage, tells
from signaling.web.present.calls import call_view, material_view, offer_view, wait_view
from signaling.web.present.people import presence_view, today_view

_LEAVING = frozenset({LogKind.MEMBER_LEFT, LogKind.PARTICIPANT_GONE, LogKind.CALL_REQUEUED})


@tells
async def call_changed(stage: Stage, event: events.CallChanged) -> None:
    """To its members, each their own view; to watchers of the region the list."""
    call = event.call
    parts = await stage.context.call_parts(call)
    for who in {member.who for member in (*call.present, *_just_left(event))}:
        sockets = stage.hub.of(who)
        if sockets:
            await stage.hub.tell(sockets, call_view(call, parts, who))
    stage.watchers.region_changed(call.region_code)
    if call.state in (CallState.CLOSED, CallState.WAITING):  # whoever goes on with it joins again
        for one in stage.hub.in_call(call.call_id):
            stage.hub.leave(one, call.call_id)


def _just_left(event: events.CallChanged) -> list[Member]:
    """Who was lost or left hears once that it goes on without them."""
    if _LEAVING.isdisjoint(event.kinds):
        return []
    left = [member for member in event.call.members if member.left_at is not None]
    newest = max((member.left_at or 0.0 for member in left), default=0.0)
    return [member for member in left if member.left_at == newest]


@tells
async def call_waiting(stage: Stage, event: events.CallWaiting) -> None:
    """To the clerk who waits."""
    waiting = CallWaiting(call_id=event.call_id, wait=wait_view(event.wait, stage.context.clock()))
    sockets = [one for who in event.people for one in stage.hub.of(who)]
    await stage.hub.tell(sockets, waiting)


@tells
async def waits_wanted(stage: Stage, event: events.WaitsWanted) -> None:
    """Nobody: whoever decides answers with what each call was told."""


@tells
async def news_missed(stage: Stage, event: events.NewsMissed) -> None:
    """To watchers; of calls that changed meanwhile their own events tell."""
    stage.watchers.anything_changed()


@tells
async def offer_made(stage: Stage, event: events.OfferMade) -> None:
    """Ring at the one specialist."""
    call, offer = event.call, event.offer
    sockets = stage.hub.of(offer.who)
    if sockets:
        made = OfferMade(
            call=await stage.context.show_call(call, offer.who),
            offer=offer_view(call, offer, stage.context.directory),
            waited_s=max(0.0, offer.made_at - call.requested_at),
        )
        await stage.hub.tell(sockets, made)
    stage.watchers.region_changed(call.region_code)


@tells
async def offer_withdrawn(stage: Stage, event: events.OfferWithdrawn) -> None:
    """Stop ringing, in every window."""
    withdrawn = OfferWithdrawn(call_id=event.call_id, offer_id=event.ask_id, reason=event.reason)
    await stage.hub.tell(stage.hub.of(event.who), withdrawn)


@tells
async def presence_changed(stage: Stage, event: events.PresenceChanged) -> None:
    """To the person themself; watchers get the list."""
    view = presence_view(event.presence, stage.context.directory)
    await stage.hub.tell(stage.hub.of(Subject.of_staff(event.presence.staff_id)), view)
    stage.watchers.anything_changed()


@tells
async def today_changed(stage: Stage, event: events.TodayChanged) -> None:
    """To the person themself."""
    sockets = stage.hub.of(Subject.of_staff(event.staff_id))
    if sockets:
        today = await stage.context.services.calls.today(event.staff_id)
        await stage.hub.tell(sockets, today_view(today))


@tells
async def queue_changed(stage: Stage, event: events.QueueChanged) -> None:
    """To watchers whose scope covers the region."""
    stage.watchers.region_changed(event.region_code)


@tells
async def recording_changed(stage: Stage, event: events.RecordingChanged) -> None:
    """To everybody in the call."""
    changed = RecordingChanged(call_id=event.call_id, state=event.state, reason=event.reason)
    await stage.hub.tell(everybody(stage, event.call_id), changed)


@tells
async def material_changed(stage: Stage, event: events.MaterialChanged) -> None:
    """To everybody in the call."""
    changed = MaterialChanged(call_id=event.call_id, material=material_view(event.material))
    await stage.hub.tell(everybody(stage, event.call_id), changed)
