"""Commands of the specialist's own presence."""

from signaling.domain.presence import PresenceState
from signaling.domain.roles import Permission
from signaling.web.messages.base import Empty
from signaling.web.messages.commands import PresenceSet
from signaling.web.messages.views.people import PresenceView
from signaling.web.present.people import presence_view
from signaling.web.sio.table import Asked, command


@command("presence.set", permission=Permission.PRESENCE_SET)
async def set_presence(asked: Asked[PresenceSet]) -> PresenceView:
    """在线 or 暂离."""
    body = asked.body
    presence = await asked.context.services.presence.set(
        asked.actor, PresenceState(body.state), body.reason, sound_unlocked=body.sound_unlocked
    )
    return presence_view(presence, asked.context.directory)


@command("presence.input", permission=Permission.PRESENCE_SET)
async def note_input(asked: Asked[Empty]) -> Empty:
    """Somebody is at the PC: mouse or keyboard were used, or another window is in front of the page."""
    await asked.context.services.presence.used(asked.actor)
    return Empty()


@command("presence.end_wrap_up", permission=Permission.PRESENCE_SET)
async def end_wrap_up(asked: Asked[Empty]) -> PresenceView:
    """End the wrap-up before its time."""
    services = asked.context.services
    await services.calls.end_wrap_up(asked.actor)
    return presence_view(await services.presence.of(asked.actor.person), asked.context.directory)
