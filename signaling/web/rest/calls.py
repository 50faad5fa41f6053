"""Calls after the fact, the one-time notice, pictures, messages, and pairing of rating pads."""

from typing import Final

from aiohttp import web

from signaling.domain.call_model import Call
from signaling.domain.session import Track
from signaling.services.scope import is_involved
from signaling.web.messages.base import Empty
from signaling.web.messages.rest import (
    CallDetail,
    CallList,
    MessageCloseBody,
    MessageList,
    NoticeSheet,
    PadPairBody,
    PadSessionView,
    SignedQuery,
    StillUpload,
)
from signaling.web.messages.views.queue import MessageView
from signaling.web.messages.views.session import StillView
from signaling.web.present.calls import (
    decision_view,
    department_of,
    event_view,
    message_view,
    missing_materials,
    result_view,
)
from signaling.web.present.people import name_of
from signaling.web.present.places import item_view, moment
from signaling.web.present.session import still_view
from signaling.web.problems import Refused
from signaling.web.rest.accounts import attempt
from signaling.web.rest.table import Asked, Endpoints
from signaling.web.rest.upload import receive_picture
from signaling.web.rest.validators import is_known

endpoints: Final = Endpoints("协助 calls")


@endpoints.add("GET", "/api/calls/mine", summary="我今天的协助", answer=CallList, permission="call.read")
async def my_calls(asked: Asked[Empty]) -> CallList:
    """Today's calls of the caller."""
    calls = await asked.context.services.calls.calls_of(asked.actor)
    viewer = asked.actor.who
    return CallList(calls=[await asked.context.show_call(call, viewer) for call in calls])


async def _seen_call(asked: Asked[Empty]) -> Call:
    """Return the call asked about; a look by somebody not of the call is written into the audit log."""
    call = await asked.context.services.calls.call(asked.actor, asked.path("call_id"))
    if not is_involved(call, asked.actor):
        await asked.context.services.audit.record(
            asked.actor, "call.viewed", call.call_id, number=call.number
        )
    return call


@endpoints.add(
    "GET", "/api/calls/{call_id}", summary="一次协助的经过", answer=CallDetail, permission="call.read"
)
async def one_call(asked: Asked[Empty]) -> CallDetail:
    """A call with its log and every routing decision."""
    services, directory = asked.context.services, asked.context.directory
    call = await _seen_call(asked)
    events = await services.calls.events(asked.actor, call.call_id)
    decisions = await services.calls.decisions(asked.actor, call.call_id)
    return CallDetail(
        call=await asked.context.show_call(call, asked.actor.who),
        events=[event_view(event, call.connected_at, directory) for event in events],
        decisions=[decision_view(decision, directory) for decision in decisions],
    )


@endpoints.add(
    "GET",
    "/api/calls/{call_id}/notice",
    summary="一次性告知单",
    answer=NoticeSheet,
    permission="call.read",
)
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
    return NoticeSheet(
        number=call.number,
        point_name=point.name,
        point_phone=point.phone,
        item=item_view(item, directory),
        applicant_name=call.applicant.name,
        date=moment(call.ended_at or call.requested_at),
        clerk_name=name_of(call.clerk_id, directory),
        specialist_name=name_of(call.specialist_id, directory) or None,
        department=department_of(call, directory),
        result=result_view(call.result) if call.result else None,
        materials_have=[one.name for one in call.materials if one.state.value == "have"],
        materials_missing=list(missing_materials(call)),
    )


@endpoints.add(
    "POST",
    "/api/calls/{call_id}/stills",
    summary="拍照: JPEG 或 PNG,不超过 12 MiB",
    query=StillUpload,
    answer=StillView,
    permission="still.take",
)
async def take_still(asked: Asked[StillUpload]) -> StillView:
    """Store a picture; its hash and size are checked by the server."""
    said, request = asked.body, asked.request
    picture = await receive_picture(
        request.content,
        asked.context.uploads,
        length=request.content_length,
        sha256=said.sha256,
        width=said.width,
        height=said.height,
    )
    still = await asked.context.services.collaboration.take_still(
        asked.actor,
        asked.path("call_id"),
        track=Track(said.track),
        width=picture.header.width,
        height=picture.header.height,
        sha256=picture.sha256,
        media_type=picture.header.media_type,
        data=picture.data,
    )
    return still_view(still, asked.context.stills_for(asked.actor.who))


@endpoints.add(
    "GET",
    "/api/stills/{still_id}",
    summary="照片(签名地址)",
    query=SignedQuery,
    media_type="image/*",
    needs="nothing",
)
async def still_bytes(asked: Asked[SignedQuery]) -> web.Response:
    """The bytes of a picture, by signed address."""
    query, still_id = asked.body, asked.path("still_id")
    refused = asked.context.stills.holds(
        still_id, user=query.user, expires=query.exp, signature=query.sig, now=asked.context.clock()
    )
    if refused is not None:
        raise Refused(refused)
    still, data = await asked.context.services.collaboration.still_bytes(still_id)
    headers = {"Cache-Control": "private, max-age=600", "ETag": f'"{still.sha256}"'}
    if is_known(asked.request, headers["ETag"]):
        return web.Response(status=304, headers=headers)
    return web.Response(body=data, content_type=still.media_type, headers=headers)


@endpoints.add("GET", "/api/messages", summary="留言", answer=MessageList, permission="message.read")
async def messages(asked: Asked[Empty]) -> MessageList:
    """The messages for one's department."""
    found = await asked.context.services.messages.messages(asked.actor)
    return MessageList(messages=[message_view(one, asked.context.directory) for one in found])


@endpoints.add(
    "POST",
    "/api/messages/{message_id}/close",
    summary="办结留言",
    body=MessageCloseBody,
    answer=MessageView,
    permission="message.close",
)
async def close_message(asked: Asked[MessageCloseBody]) -> MessageView:
    """Close a message with what was answered."""
    message = await asked.context.services.messages.close(
        asked.actor, asked.path("message_id"), asked.body.answer
    )
    return message_view(message, asked.context.directory)


@endpoints.add(
    "POST",
    "/api/pads/pair",
    summary="配对评价器",
    body=PadPairBody,
    answer=PadSessionView,
    needs="nothing",
)
async def pair_pad(asked: Asked[PadPairBody]) -> PadSessionView:
    """Make a device the rating pad of a point, with the code a clerk reads out."""
    paired = await asked.context.services.pads.pair(asked.body.code, attempt(asked))
    return PadSessionView(
        device_token=paired.token,
        pad_id=paired.pad.pad_id,
        point_id=paired.pad.point_id,
        point_name=asked.context.directory.point(paired.pad.point_id).name,
    )
