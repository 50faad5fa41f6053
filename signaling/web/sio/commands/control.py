"""Control of the counter PC: the clerk's page says which PC, the specialist asks, the clerk decides."""

from typing import Any

from signaling.domain.control.grant import Control
from signaling.domain.roles import Permission
from signaling.web.messages.base import Empty
from signaling.web.messages.commands import (
    CallRef,
    ControlAnswerOnce,
    ControlAsk,
    ControlAskOnce,
    ControlCounter,
    ControlExtend,
    ControlGrant,
    ControlNarrow,
    ControlRef,
    HelperCode,
    PairingCode,
)
from signaling.web.messages.views.control import ControlStandView, ControlView
from signaling.web.present.control import control_view
from signaling.web.sio.table import Asked, command


def _shown(asked: Asked[Any], control: Control) -> ControlView:
    return control_view(control, asked.context.directory)


@command("helper.code", permission=Permission.CONTROL_GRANT)
async def helper_code(asked: Asked[HelperCode]) -> PairingCode:
    """Get a one-time code to pair the helper of one's own PC."""
    code, expires_in_s = await asked.context.services.helpers.code(asked.actor, asked.body.counter)
    return PairingCode(code=code, expires_in_s=expires_in_s)


@command("control.counter", permission=Permission.CONTROL_GRANT)
async def at_counter(asked: Asked[ControlCounter]) -> Empty:
    """Say which PC the clerk's page of this call is on."""
    body = asked.body
    await asked.context.services.control.at_counter(asked.actor, body.call_id, body.counter)
    return Empty()


@command("control.stand", permission=Permission.CALL_JOIN)
async def stand(asked: Asked[CallRef]) -> ControlStandView:
    """Read where control stands, and why it cannot be asked for now."""
    service, call_id = asked.context.services.control, asked.body.call_id
    control = await service.current(asked.actor, call_id)
    return ControlStandView(
        control=control_view(control, asked.context.directory) if control is not None else None,
        obstacle=await service.why_not(asked.actor, call_id),
    )


@command("control.ask", permission=Permission.CONTROL_ASK)
async def ask(asked: Asked[ControlAsk]) -> ControlView:
    """Ask the clerk for control; no answer in time is a no."""
    body = asked.body
    scopes = frozenset(body.scopes)
    control = await asked.context.services.control.ask(asked.actor, body.call_id, scopes, body.purpose)
    return _shown(asked, control)


@command("control.give_up", permission=Permission.CONTROL_ASK)
async def give_up(asked: Asked[ControlRef]) -> ControlView:
    """Take the question back, or give the grant back."""
    body = asked.body
    return _shown(
        asked, await asked.context.services.control.give_up(asked.actor, body.call_id, body.control_id)
    )


@command("control.ask_once", permission=Permission.CONTROL_ASK)
async def ask_once(asked: Asked[ControlAskOnce]) -> ControlView:
    """Ask for what needs a yes of its own."""
    body = asked.body
    control = await asked.context.services.control.ask_once(
        asked.actor, body.call_id, body.control_id, body.kind, body.about
    )
    return _shown(asked, control)


@command("control.grant", permission=Permission.CONTROL_GRANT)
async def grant(asked: Asked[ControlGrant]) -> ControlView:
    """Say yes: to these scopes, for so long."""
    body = asked.body
    control = await asked.context.services.control.grant(
        asked.actor, body.call_id, body.control_id, frozenset(body.scopes), body.lasts_s
    )
    return _shown(asked, control)


@command("control.refuse", permission=Permission.CONTROL_GRANT)
async def refuse(asked: Asked[ControlRef]) -> ControlView:
    """Say no."""
    body = asked.body
    return _shown(
        asked, await asked.context.services.control.refuse(asked.actor, body.call_id, body.control_id)
    )


@command("control.extend", permission=Permission.CONTROL_GRANT)
async def extend(asked: Asked[ControlExtend]) -> ControlView:
    """Let it go on for so long from now."""
    body = asked.body
    control = await asked.context.services.control.extend(
        asked.actor, body.call_id, body.control_id, body.lasts_s
    )
    return _shown(asked, control)


@command("control.narrow", permission=Permission.CONTROL_GRANT)
async def narrow(asked: Asked[ControlNarrow]) -> ControlView:
    """Take scopes away."""
    body = asked.body
    control = await asked.context.services.control.narrow(
        asked.actor, body.call_id, body.control_id, frozenset(body.scopes)
    )
    return _shown(asked, control)


@command("control.revoke", permission=Permission.CONTROL_GRANT)
async def revoke(asked: Asked[ControlRef]) -> ControlView:
    """End it."""
    body = asked.body
    return _shown(
        asked, await asked.context.services.control.revoke(asked.actor, body.call_id, body.control_id)
    )


@command("control.answer_once", permission=Permission.CONTROL_GRANT)
async def answer_once(asked: Asked[ControlAnswerOnce]) -> ControlView:
    """Answer what needs a yes of its own."""
    body = asked.body
    control = await asked.context.services.control.answer_once(
        asked.actor, body.call_id, body.control_id, body.once_id, agreed=body.agreed
    )
    return _shown(asked, control)


@command("control.fuse", permission=Permission.CONTROL_STOP)
async def fuse(asked: Asked[CallRef]) -> ControlView:
    """监督熔断: end it at once, as who is set over the call."""
    return _shown(asked, await asked.context.services.control.fuse(asked.actor, asked.body.call_id))
