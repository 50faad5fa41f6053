"""Control of the counter PC: the clerk's page says which PC, the specialist asks, the clerk decides."""

from collections.abc import Awaitable, Callable
from typing import Any

from signaling.domain.actor import Actor
from signaling.domain.control.grant import Control
from signaling.domain.roles import Permission
from signaling.services.control import ControlService
from signaling.web.messages.base import Empty
from signaling.web.messages.commands import (
    CallRef,
    ControlAnswerOnce,
    ControlAsk,
    ControlAskOnce,
    ControlCounter,
    ControlExtend,
    ControlGrant,
    ControlMark,
    ControlNarrow,
    ControlRef,
    HelperCode,
    PairingCode,
    PracticeKey,
)
from signaling.web.messages.views.control import ControlStandView, ControlView, HelperStandView
from signaling.web.present.control import control_stand_view, control_view, helper_stand_view
from signaling.web.sio.table import Asked, command

Deed = Callable[[ControlService, Actor, Any], Awaitable[Control]]


def _deed(name: str, permission: Permission, body: type[CallRef], says: str, deed: Deed) -> None:
    """Enter a command that changes a question or a grant, and answers with it as it is then."""

    async def handler(asked: Asked[Any]) -> ControlView:
        control = await deed(asked.context.services.control, asked.actor, asked.body)
        return control_view(control, asked.context.directory)

    handler.__doc__ = says
    handler.__annotations__["asked"] = Asked[body]  # type: ignore[valid-type]
    command(name, permission=permission)(handler)


@command("helper.code", permission=Permission.CONTROL_GRANT)
async def helper_code(asked: Asked[HelperCode]) -> PairingCode:
    """Get a one-time code to pair the helper of one's own PC."""
    code, expires_in_s = await asked.context.services.helpers.code(asked.actor, asked.body.counter)
    return PairingCode(code=code, expires_in_s=expires_in_s)


@command("helper.stand", permission=Permission.CONTROL_GRANT)
async def helper_stand(asked: Asked[HelperCode]) -> HelperStandView:
    """Read whether one's own PC has a helper, and whether it is there."""
    return helper_stand_view(
        await asked.context.services.control.helper_stand(asked.actor, asked.body.counter)
    )


@command("control.counter", permission=Permission.CONTROL_GRANT)
async def at_counter(asked: Asked[ControlCounter]) -> Empty:
    """Say which PC the clerk's page of this call is on."""
    body = asked.body
    await asked.context.services.control.at_counter(asked.actor, body.call_id, body.counter)
    return Empty()


@command("control.mark", permission=Permission.CONTROL_GRANT)
async def mark(asked: Asked[ControlMark]) -> Empty:
    """Let the counter PC show which monitor is which, or take that away."""
    await asked.context.services.control.mark(asked.actor, asked.body.call_id, asked.body.shown)
    return Empty()


@command("control.practice", permission=Permission.CONTROL_GRANT)
async def practice(asked: Asked[CallRef]) -> PracticeKey:
    """Get the key of this drill's practice PC; the one of before is let go."""
    return PracticeKey(key=await asked.context.services.control.practice(asked.actor, asked.body.call_id))


@command("control.stand", permission=Permission.CALL_JOIN)
async def stand(asked: Asked[CallRef]) -> ControlStandView:
    """Read where control stands, and why it cannot be asked for now."""
    found = await asked.context.services.control.stand(asked.actor, asked.body.call_id)
    return control_stand_view(found, asked.context.directory)


_deed(
    "control.ask",
    Permission.CONTROL_ASK,
    ControlAsk,
    "Ask the clerk for control; no answer in time is a no.",
    lambda control, actor, body: control.ask(actor, body.call_id, frozenset(body.scopes), body.purpose),
)
_deed(
    "control.give_up",
    Permission.CONTROL_ASK,
    ControlRef,
    "Take the question back, or give the grant back.",
    lambda control, actor, body: control.give_up(actor, body.call_id, body.control_id),
)
_deed(
    "control.ask_once",
    Permission.CONTROL_ASK,
    ControlAskOnce,
    "Ask for what needs a yes of its own.",
    lambda control, actor, body: control.ask_once(
        actor, body.call_id, body.control_id, body.kind, body.about
    ),
)
_deed(
    "control.grant",
    Permission.CONTROL_GRANT,
    ControlGrant,
    "Say yes: to these scopes, for so long, on this monitor.",
    lambda control, actor, body: control.grant(
        actor, body.call_id, body.control_id, frozenset(body.scopes), body.lasts_s, body.monitor
    ),
)
_deed(
    "control.refuse",
    Permission.CONTROL_GRANT,
    ControlRef,
    "Say no.",
    lambda control, actor, body: control.refuse(actor, body.call_id, body.control_id),
)
_deed(
    "control.extend",
    Permission.CONTROL_GRANT,
    ControlExtend,
    "Let it go on for so long from now.",
    lambda control, actor, body: control.extend(actor, body.call_id, body.control_id, body.lasts_s),
)
_deed(
    "control.narrow",
    Permission.CONTROL_GRANT,
    ControlNarrow,
    "Take scopes away.",
    lambda control, actor, body: control.narrow(actor, body.call_id, body.control_id, frozenset(body.scopes)),
)
_deed(
    "control.revoke",
    Permission.CONTROL_GRANT,
    ControlRef,
    "End it.",
    lambda control, actor, body: control.revoke(actor, body.call_id, body.control_id),
)
_deed(
    "control.answer_once",
    Permission.CONTROL_GRANT,
    ControlAnswerOnce,
    "Answer what needs a yes of its own.",
    lambda control, actor, body: control.answer_once(
        actor, body.call_id, body.control_id, body.once_id, agreed=body.agreed
    ),
)
_deed(
    "control.fuse",
    Permission.CONTROL_STOP,
    CallRef,
    "监督熔断: end it at once, as who is set over the call.",
    lambda control, actor, body: control.fuse(actor, body.call_id),
)
