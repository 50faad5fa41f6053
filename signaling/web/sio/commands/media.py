"""Media commands; mediasoup's parameters pass through unread, the media process alone parses them."""

from signaling.domain.ladder import Rung
from signaling.domain.lines.sample import Reported
from signaling.domain.roles import Permission
from signaling.web.messages.base import Empty
from signaling.web.messages.commands import (
    CallRef,
    Consume,
    ConsumerRef,
    IceView,
    PauseProducer,
    Produce,
    ProducedView,
    ProducerRef,
    ReportLines,
    TellLadder,
    TransportConnect,
    TransportCreate,
    TransportRef,
    ViewConsumer,
)
from signaling.web.messages.views.joining import ConsumerView, TransportView
from signaling.web.messages.views.lines import LineList
from signaling.web.present.lines import line_list
from signaling.web.present.session import consumer_view, transport_view
from signaling.web.sio.table import Asked, command


@command("media.create_transport", permission=Permission.MEDIA_USE, of_socket=True)
async def create_transport(asked: Asked[TransportCreate]) -> TransportView:
    """Make a transport for one direction."""
    body = asked.body
    options = await asked.context.services.media.create_transport(
        asked.actor, asked.connection.sid, body.call_id, body.direction
    )
    return transport_view(options)


@command("media.connect_transport", permission=Permission.MEDIA_USE, of_socket=True)
async def connect_transport(asked: Asked[TransportConnect]) -> Empty:
    """Hand over the browser's DTLS fingerprints."""
    body = asked.body
    await asked.context.services.media.connect_transport(
        asked.actor, asked.connection.sid, body.call_id, body.transport_id, body.dtls_parameters
    )
    return Empty()


@command("media.restart_ice", permission=Permission.MEDIA_USE, of_socket=True)
async def restart_ice(asked: Asked[TransportRef]) -> IceView:
    """Get new ICE credentials, after a network change."""
    body, context = asked.body, asked.context
    parameters = await context.services.media.restart_ice(
        asked.actor, asked.connection.sid, body.call_id, body.transport_id
    )
    servers = context.ice_servers(asked.actor.who.log_name)
    return IceView(ice_parameters=parameters, ice_servers=servers)


@command("media.produce", permission=Permission.MEDIA_USE, of_socket=True)
async def produce(asked: Asked[Produce]) -> ProducedView:
    """Send a track."""
    body = asked.body
    producer = await asked.context.services.media.produce(
        asked.actor,
        asked.connection.sid,
        body.call_id,
        body.transport_id,
        body.track,
        body.rtp_parameters,
        paused=body.paused,
        silenced=body.silenced,
        display_surface=body.display_surface,
    )
    return ProducedView(producer_id=producer.producer_id)


@command("media.pause_producer", permission=Permission.MEDIA_USE, of_socket=True)
async def pause_producer(asked: Asked[PauseProducer]) -> Empty:
    """Mute a track of one's own."""
    media, body = asked.context.services.media, asked.body
    await media.pause_producer(
        asked.actor, asked.connection.sid, body.call_id, body.producer_id, silenced=body.silenced
    )
    return Empty()


@command("media.resume_producer", permission=Permission.MEDIA_USE, of_socket=True)
async def resume_producer(asked: Asked[ProducerRef]) -> Empty:
    """Unmute a track of one's own."""
    media, body = asked.context.services.media, asked.body
    await media.resume_producer(asked.actor, asked.connection.sid, body.call_id, body.producer_id)
    return Empty()


@command("media.close_producer", permission=Permission.MEDIA_USE, of_socket=True)
async def close_producer(asked: Asked[ProducerRef]) -> Empty:
    """Stop sending a track."""
    media, body = asked.context.services.media, asked.body
    await media.close_producer(asked.actor, asked.connection.sid, body.call_id, body.producer_id)
    return Empty()


@command("media.consume", permission=Permission.MEDIA_USE, of_socket=True)
async def consume(asked: Asked[Consume]) -> ConsumerView:
    """Receive somebody's track; created paused."""
    body = asked.body
    options = await asked.context.services.media.consume(
        asked.actor,
        asked.connection.sid,
        body.call_id,
        body.transport_id,
        body.producer_id,
        body.rtp_capabilities,
    )
    return consumer_view(options)


@command("media.pause_consumer", permission=Permission.MEDIA_USE, of_socket=True)
async def pause_consumer(asked: Asked[ConsumerRef]) -> Empty:
    """Receive nothing of a track for a while."""
    media, body = asked.context.services.media, asked.body
    await media.pause_consumer(asked.actor, asked.connection.sid, body.call_id, body.consumer_id)
    return Empty()


@command("media.resume_consumer", permission=Permission.MEDIA_USE, of_socket=True)
async def resume_consumer(asked: Asked[ConsumerRef]) -> Empty:
    """Receive it, or receive it again."""
    media, body = asked.context.services.media, asked.body
    await media.resume_consumer(asked.actor, asked.connection.sid, body.call_id, body.consumer_id)
    return Empty()


@command("media.close_consumer", permission=Permission.MEDIA_USE, of_socket=True)
async def close_consumer(asked: Asked[ConsumerRef]) -> Empty:
    """Stop receiving a track."""
    media, body = asked.context.services.media, asked.body
    await media.close_consumer(asked.actor, asked.connection.sid, body.call_id, body.consumer_id)
    return Empty()


@command("media.view_consumer", permission=Permission.MEDIA_USE, of_socket=True)
async def view_consumer(asked: Asked[ViewConsumer]) -> Empty:
    """Say how high somebody's picture is shown: what is not shown is not sent."""
    media, body = asked.context.services.media, asked.body
    await media.view_consumer(
        asked.actor, asked.connection.sid, body.call_id, body.consumer_id, height=body.height
    )
    return Empty()


@command("media.report_lines", permission=Permission.MEDIA_USE, of_socket=True)
async def report_lines(asked: Asked[ReportLines]) -> Empty:
    """Say how what one receives arrived: what is made up, what froze."""
    body = asked.body
    told = tuple(
        Reported(one.made_up, one.freezes, one.freeze_ms, one.frames, one.buffer_ms) for one in body.received
    )
    await asked.context.services.lines.report(
        asked.actor, asked.connection.sid, body.call_id, body.ended_at_ms / 1000, told
    )
    return Empty()


@command("media.own_lines", permission=Permission.MEDIA_USE, of_socket=True)
async def own_lines(asked: Asked[CallRef]) -> LineList:
    """Return the last minute of one's own lines, up and down."""
    lines = await asked.context.services.lines.own(asked.actor, asked.connection.sid, asked.body.call_id)
    return line_list(lines)


@command("media.tell_ladder", permission=Permission.MEDIA_USE, of_socket=True)
async def tell_ladder(asked: Asked[TellLadder]) -> Empty:
    """Tell the others how much one's page sends and receives, and why no more."""
    media, body = asked.context.services.media, asked.body
    sending, receiving = (Rung(one.step, one.why) for one in (body.sending, body.receiving))
    await media.tell_ladder(asked.actor, asked.connection.sid, body.call_id, sending, receiving)
    return Empty()
