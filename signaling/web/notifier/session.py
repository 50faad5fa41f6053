"""What happens within a call, to the sockets that joined it."""

from signaling.domain import events
from signaling.domain.session import Quality, Track, worse
from signaling.web.messages.events import (
    CardAdded,
    ChatAdded,
    ConsumerClosed,
    ConsumerLayer,
    ConsumerPaused,
    ControlChanged,
    ControlStandChanged,
    FileAdded,
    MediaQuality,
    MediaRestarted,
    ParticipantChanged,
    ParticipantLeft,
    PointerMoved,
    ProducerChanged,
    ProducerLayers,
    ProducerRemoved,
    Speaker,
    StillAdded,
    StrokeChanged,
    StrokesCleared,
    Superseded,
    TransportState,
)
from signaling.web.notifier.audience import everybody, others, who_get, who_see
from signaling.web.notifier.table import Stage, tells
from signaling.web.present.control import control_stand_view, control_view
from signaling.web.present.session import (
    card_view,
    chat_view,
    file_view,
    participant_view,
    producer_view,
    still_view,
    stroke_view,
)


@tells
async def participant_changed(stage: Stage, event: events.ParticipantChanged) -> None:
    """Somebody joined, left, or changed."""
    changed = ParticipantChanged(call_id=event.call_id, participant=participant_view(event.participant))
    told = who_see(stage, event.call_id, event.participant.participant_id)
    await stage.hub.tell(told, changed)


@tells
async def control_changed(stage: Stage, event: events.ControlChanged) -> None:
    """To all who may know of the specialist who asks, and to whoever watches the wall."""
    control = event.control
    stage.context.under_control.changed(control)
    stage.watchers.anything_changed()
    changed = ControlChanged(call_id=control.call_id, control=control_view(control, stage.context.directory))
    await stage.hub.tell(who_see(stage, control.call_id, control.seat), changed)


@tells
async def control_stand_changed(stage: Stage, event: events.ControlStandChanged) -> None:
    """To all in the call, as each of them may ask for it."""
    view = control_stand_view(event.stand, stage.context.directory)
    changed = ControlStandChanged(call_id=event.call_id, **dict(view))
    await stage.hub.tell(everybody(stage, event.call_id), changed)


@tells
async def worst_line_changed(stage: Stage, event: events.WorstLineChanged) -> None:
    """To whoever watches the wall."""
    lines = stage.context.worst_lines
    if event.worst is None:
        lines.pop(event.call_id, None)
    else:
        lines[event.call_id] = event.worst
    call = stage.context.services.session.call(event.call_id)
    if call is not None:
        stage.watchers.line_changed(call.region_code)


@tells
async def monitors_marked(stage: Stage, event: events.MonitorsMarked) -> None:
    """Nobody: the helper is told where it is connected."""


@tells
async def helper_here(stage: Stage, event: events.HelperHere) -> None:
    """Nobody: those it concerns are told where control stands."""


@tells
async def helper_too_old(stage: Stage, event: events.HelperTooOld) -> None:
    """Nobody: those it concerns are told where control stands."""


@tells
async def participant_left(stage: Stage, event: events.ParticipantLeft) -> None:
    """To those who saw them; their own sockets hear no more of the call."""
    left = ParticipantLeft(call_id=event.call_id, participant_id=event.participant_id)
    told = who_see(stage, event.call_id, event.participant_id)
    await stage.hub.tell(told, left)
    call = stage.context.services.session.call(event.call_id)
    for one in stage.hub.in_call(event.call_id):
        if call is not None and call.member_of(one.actor.who) is None:
            stage.hub.leave(one, event.call_id)


@tells
async def producer_changed(stage: Stage, event: events.ProducerChanged) -> None:
    """A track appeared, paused or resumed."""
    changed = ProducerChanged(call_id=event.call_id, producer=producer_view(event.producer))
    producer = event.producer
    told = who_get(stage, event.call_id, producer.participant_id, producer.track)
    await stage.hub.tell(told, changed)


@tells
async def producer_removed(stage: Stage, event: events.ProducerRemoved) -> None:
    """A track ended."""
    removed = ProducerRemoved(call_id=event.call_id, producer_id=event.producer_id, reason=event.reason)
    told = who_see(stage, event.call_id, event.participant_id)
    await stage.hub.tell(told, removed)


@tells
async def consumer_closed(stage: Stage, event: events.ConsumerClosed) -> None:
    """To the consuming socket."""
    closed = ConsumerClosed(
        call_id=event.call_id,
        consumer_id=event.consumer_id,
        producer_id=event.producer_id,
        reason=event.reason,
    )
    await stage.hub.tell_socket(event.socket_id, closed)


@tells
async def consumer_paused(stage: Stage, event: events.ConsumerPaused) -> None:
    """To the consuming socket."""
    paused = ConsumerPaused(call_id=event.call_id, consumer_id=event.consumer_id, paused=event.paused)
    await stage.hub.tell_socket(event.socket_id, paused)


@tells
async def consumer_layer_changed(stage: Stage, event: events.ConsumerLayerChanged) -> None:
    """To the consuming socket."""
    changed = ConsumerLayer(
        call_id=event.call_id,
        consumer_id=event.consumer_id,
        layer=event.layer,
        layers=event.layers,
        limited_by=event.limited_by,
    )
    await stage.hub.tell_socket(event.socket_id, changed)


@tells
async def producer_layers_wanted(stage: Stage, event: events.ProducerLayersWanted) -> None:
    """To the sending socket."""
    wanted = ProducerLayers(call_id=event.call_id, producer_id=event.producer_id, max_layer=event.max_layer)
    await stage.hub.tell_socket(event.socket_id, wanted)


@tells
async def transport_changed(stage: Stage, event: events.TransportChanged) -> None:
    """To the owning socket."""
    changed = TransportState(call_id=event.call_id, transport_id=event.transport_id, state=event.state)
    await stage.hub.tell_socket(event.socket_id, changed)


@tells
async def quality_changed(stage: Stage, event: events.QualityChanged) -> None:
    """A participant's network got better or worse."""
    quality = MediaQuality(
        call_id=event.call_id,
        participant_id=event.participant_id,
        level=worse(event.uplink, event.downlink) or Quality.GOOD,
        uplink=event.uplink,
        downlink=event.downlink,
    )
    told = who_see(stage, event.call_id, event.participant_id)
    await stage.hub.tell(told, quality)


@tells
async def media_restarted(stage: Stage, event: events.MediaRestarted) -> None:
    """Everybody in the call joins again."""
    restarted = MediaRestarted(call_id=event.call_id, epoch=event.epoch)
    await stage.hub.tell(everybody(stage, event.call_id), restarted)


@tells
async def room_moved(stage: Stage, event: events.RoomMoved) -> None:
    """Everybody in the call joins again, but the one whose joining moved it."""
    rest = [one for one in everybody(stage, event.call_id) if one.sid != event.socket_id]
    await stage.hub.tell(rest, MediaRestarted(call_id=event.call_id, epoch=""))


@tells
async def socket_gone(stage: Stage, event: events.SocketGone) -> None:
    """Nobody: the room that has its seat tells of the participant."""


@tells
async def speaker_changed(stage: Stage, event: events.SpeakerChanged) -> None:
    """Who speaks; nobody, to those who do not hear them."""
    call_id, somebody = event.call_id, event.participant_id
    hearing = who_get(stage, call_id, somebody, Track.MICROPHONE) if somebody is not None else []
    deaf = [one for one in everybody(stage, call_id) if one not in hearing]
    await stage.hub.tell(hearing, Speaker(call_id=call_id, participant_id=somebody))
    await stage.hub.tell(deaf, Speaker(call_id=call_id, participant_id=None))


@tells
async def chat_added(stage: Stage, event: events.ChatAdded) -> None:
    """A line of chat."""
    call_id = event.chat.call_id
    added = ChatAdded(call_id=call_id, chat=chat_view(event.chat))
    await stage.hub.tell(everybody(stage, call_id), added)


@tells
async def card_added(stage: Stage, event: events.CardAdded) -> None:
    """A card."""
    call_id = event.card.call_id
    added = CardAdded(call_id=call_id, card=card_view(event.card))
    await stage.hub.tell(everybody(stage, call_id), added)


@tells
async def still_added(stage: Stage, event: events.StillAdded) -> None:
    """A picture; each person gets an address signed for them."""
    still = event.still
    for one in everybody(stage, still.call_id):
        address_of = stage.context.stills_for(one.viewer)
        added = StillAdded(call_id=still.call_id, still=still_view(still, address_of))
        await stage.hub.tell([one], added)


@tells
async def file_added(stage: Stage, event: events.FileAdded) -> None:
    """A file; each person gets an address signed for them."""
    file = event.file
    for one in everybody(stage, file.call_id):
        address_of = stage.context.files_for(one.viewer)
        await stage.hub.tell([one], FileAdded(call_id=file.call_id, file=file_view(file, address_of)))


@tells
async def stroke_changed(stage: Stage, event: events.StrokeChanged) -> None:
    """To the others: who draws sees their own stroke already."""
    stroke = event.stroke
    changed = StrokeChanged(call_id=stroke.call_id, stroke=stroke_view(stroke))
    await stage.hub.tell(others(stage, stroke.call_id, stroke.participant_id), changed)


@tells
async def strokes_cleared(stage: Stage, event: events.StrokesCleared) -> None:
    """All strokes over one picture were wiped."""
    cleared = StrokesCleared(call_id=event.call_id, producer_id=event.producer_id)
    await stage.hub.tell(everybody(stage, event.call_id), cleared)


@tells
async def pointer_moved(stage: Stage, event: events.PointerMoved) -> None:
    """To the others."""
    moved = PointerMoved(
        call_id=event.call_id,
        producer_id=event.producer_id,
        participant_id=event.participant_id,
        x=event.x,
        y=event.y,
    )
    await stage.hub.tell(others(stage, event.call_id, event.participant_id), moved)


@tells
async def superseded(stage: Stage, event: events.Superseded) -> None:
    """The old window stays away, and hears no more of the call."""
    await stage.hub.tell_socket(event.socket_id, Superseded(call_id=event.call_id))
    one = stage.hub.get(event.socket_id)
    if one is not None:
        stage.hub.leave(one, event.call_id)
