"""Commands of the network test: a page against the media process, without a call."""

from signaling.domain.roles import Permission
from signaling.web.messages.base import Empty
from signaling.web.messages.commands import (
    NetworkConnect,
    NetworkConsume,
    NetworkProduce,
    NetworkTestView,
    NetworkTransport,
    ProducedView,
)
from signaling.web.messages.views.joining import ConsumerView, TransportView
from signaling.web.present.session import consumer_view, transport_view
from signaling.web.sio.table import Asked, command


@command("network.open", permission=Permission.MEDIA_USE, of_socket=True)
async def open_test(asked: Asked[Empty]) -> NetworkTestView:
    """Begin a test; it ends with `network.close`, with the socket, or after a minute."""
    context, actor = asked.context, asked.actor
    capabilities = await context.services.network_tests.open(actor, asked.connection.sid)
    return NetworkTestView(
        router_rtp_capabilities=capabilities,
        ice_servers=context.ice_servers(actor.who.log_name),
        ice_transport_policy=context.ice_transport_policy(actor),
    )


@command("network.create_transport", permission=Permission.MEDIA_USE, of_socket=True)
async def create_transport(asked: Asked[NetworkTransport]) -> TransportView:
    """Make a transport for one direction."""
    options = await asked.context.services.network_tests.create_transport(
        asked.actor, asked.connection.sid, asked.body.direction
    )
    return transport_view(options)


@command("network.connect_transport", permission=Permission.MEDIA_USE, of_socket=True)
async def connect_transport(asked: Asked[NetworkConnect]) -> Empty:
    """Hand over the browser's DTLS fingerprints."""
    body = asked.body
    await asked.context.services.network_tests.connect_transport(
        asked.actor, asked.connection.sid, body.transport_id, body.dtls_parameters
    )
    return Empty()


@command("network.produce", permission=Permission.MEDIA_USE, of_socket=True)
async def produce(asked: Asked[NetworkProduce]) -> ProducedView:
    """Send a track that was made for the test."""
    body = asked.body
    producer_id = await asked.context.services.network_tests.produce(
        asked.actor, asked.connection.sid, body.transport_id, body.kind, body.rtp_parameters
    )
    return ProducedView(producer_id=producer_id)


@command("network.consume", permission=Permission.MEDIA_USE, of_socket=True)
async def consume(asked: Asked[NetworkConsume]) -> ConsumerView:
    """Get it back."""
    body = asked.body
    options = await asked.context.services.network_tests.consume(
        asked.actor, asked.connection.sid, body.transport_id, body.producer_id, body.rtp_capabilities
    )
    return consumer_view(options)


@command("network.close", permission=Permission.MEDIA_USE, of_socket=True)
async def close(asked: Asked[Empty]) -> Empty:
    """End the test."""
    await asked.context.services.network_tests.close(asked.connection.sid)
    return Empty()
