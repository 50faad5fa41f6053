"""Calls after the fact: whose they were, how they went and were decided, and the one-time notice."""

from typing import Any, Final

from signaling.domain.audit import AuditAct
from signaling.domain.call_model import Call
from signaling.domain.members import Part
from signaling.domain.roles import Permission
from signaling.services.scope import is_involved
from signaling.web.messages.base import Empty
from signaling.web.messages.rest import CallDetail, CallList, CallLogQuery, NoticeSheet
from signaling.web.messages.views.lines import LineList
from signaling.web.present.calls import (
    decision_view,
    department_of,
    event_view,
    name_in,
    notice_materials,
    result_view,
)
from signaling.web.present.lines import line_list
from signaling.web.present.masking import shown
from signaling.web.present.places import item_view, moment
from signaling.web.rest.table import Asked, Endpoints

endpoints: Final = Endpoints("协助 calls")


@endpoints.add("GET", "/api/calls/mine", summary="我今天的协助", permission=Permission.CALL_READ)
async def my_calls(asked: Asked[Empty]) -> CallList:
    """Today's calls of the caller."""
    calls = await asked.context.services.calls.calls_of(asked.actor)
    viewer = asked.actor.who
    return CallList(calls=[await asked.context.show_call(call, viewer) for call in calls])


async def _seen_call(asked: Asked[Any]) -> Call:
    """Return the call asked about; a look by somebody not of the call is written into the audit log."""
    call = await asked.context.services.calls.call(asked.actor, asked.path("call_id"))
    if not is_involved(call, asked.actor):
        await asked.context.services.audit.record(
            asked.actor, AuditAct.CALL_VIEWED, call.call_id, number=call.number
        )
    return call


@endpoints.add("GET", "/api/calls/{call_id}", summary="一次协助的经过", permission=Permission.CALL_READ)
async def one_call(asked: Asked[CallLogQuery]) -> CallDetail:
    """A call with its newest routing decisions and a page of its log."""
    services, directory = asked.context.services, asked.context.directory
    call = await _seen_call(asked)
    log = await services.calls.events(asked.actor, call.call_id, asked.body.before)
    decisions = await services.calls.decisions(asked.actor, call.call_id)
    detail = CallDetail(
        call=await asked.context.show_call(call, asked.actor.who),
        events=[event_view(event, call.connected_at, directory) for event in log.events],
        earlier=log.earlier,
        decisions=[decision_view(decision, directory) for decision in decisions],
    )
    return shown(detail, call, asked.actor.who)


@endpoints.add(
    "GET", "/api/calls/{call_id}/lines", summary="各人上下行网络质量", permission=Permission.CALL_READ
)
async def lines(asked: Asked[Empty]) -> LineList:
    """How well each person's line carried the call, each way, while it goes on and after."""
    call = await _seen_call(asked)
    return line_list(await asked.context.services.lines.of_call(asked.actor, call.call_id))


@endpoints.add("GET", "/api/calls/{call_id}/notice", summary="一次性告知单", permission=Permission.CALL_READ)
async def notice(asked: Asked[Empty]) -> NoticeSheet:
    """What the citizen takes home, for printing."""
    context, directory = asked.context, asked.context.directory
    call = await _seen_call(asked)
    point = directory.point(call.point_id)
    code = call.result.item_codes[0] if call.result else call.item_code
    if code == call.item_code:
        item = await context.services.directory.item_version(code, call.item_version)
    else:
        item = directory.item(code)
    materials = notice_materials(call, item)
    sheet = NoticeSheet(
        number=call.number,
        point_name=point.name,
        point_phone=point.phone,
        item=item_view(item, directory),
        applicant_name=call.applicant.name,
        date=moment(call.ended_at or call.requested_at),
        clerk_name=name_in(call, Part.CLERK, directory),
        specialist_name=name_in(call, Part.SPECIALIST, directory) or None,
        department=department_of(call, directory),
        result=result_view(call.result) if call.result else None,
        materials_have=materials.have,
        materials_missing=materials.missing,
        materials_unchecked=materials.unchecked,
    )
    return shown(sheet, call, asked.actor.who)
