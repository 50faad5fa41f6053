"""The live list: all calls of the region for supervisors, for specialists those waiting for their skills."""

from signaling.domain.actor import Actor
from signaling.domain.call_model import CallState
from signaling.domain.roles import Permission
from signaling.domain.routing.order import in_order
from signaling.web.context import WebContext
from signaling.web.messages.base import Empty
from signaling.web.messages.views.queue import QueueView
from signaling.web.present.calls import queue_row
from signaling.web.present.people import presence_view
from signaling.web.present.places import moment
from signaling.web.sio.table import Asked, command

_WAITING = frozenset({CallState.WAITING, CallState.OFFERED})


async def queue_view(context: WebContext, actor: Actor) -> QueueView:
    """Return what `actor` may see of the queue now."""
    directory = context.directory
    oversees = Permission.QUEUE_OVERSEE in actor.permissions
    stops = Permission.CONTROL_STOP in actor.permissions
    services = context.services
    seen = services.calls.live(actor) if oversees else services.calls.awaiting(actor)
    calls = in_order(seen, context.clock())
    rows = [
        queue_row(
            call,
            directory,
            control=context.under_control.of(call.call_id) if stops else None,
            worst=context.worst_lines.get(call.call_id) if oversees else None,
        )
        for call in calls
    ]
    presence = await services.presence.visible(actor) if oversees else []
    return QueueView(
        waiting=[row for row in rows if row.state in _WAITING],
        running=[row for row in rows if row.state not in _WAITING],
        presence=[presence_view(one, directory) for one in presence],
        at=moment(context.clock()),
    )


@command("queue.watch", permission=Permission.QUEUE_WATCH, of_socket=True)
async def watch(asked: Asked[Empty]) -> QueueView:
    """Return the list, and send `queue.changed` from now on."""
    asked.connection.watches_queue = True
    return await queue_view(asked.context, asked.actor)


@command("queue.unwatch", permission=Permission.QUEUE_WATCH, of_socket=True)
async def unwatch(asked: Asked[Empty]) -> Empty:
    """Send no more lists."""
    asked.connection.watches_queue = False
    return Empty()
