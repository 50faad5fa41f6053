"""Stills of a call: taken by its people, seen by signed address."""

from typing import Final

from aiohttp import web

from signaling.domain.audit import AuditAct
from signaling.domain.roles import Permission
from signaling.web.messages.rest import SignedQuery, StillUpload
from signaling.web.messages.views.session import StillView
from signaling.web.present.session import still_view
from signaling.web.rest.signed import actor_of_address
from signaling.web.rest.table import Asked, Endpoints
from signaling.web.rest.upload import receive_picture
from signaling.web.rest.validators import is_known

endpoints: Final = Endpoints("照片 stills")


@endpoints.add(
    "POST",
    "/api/calls/{call_id}/stills",
    summary="拍照: JPEG 或 PNG,不超过 12 MiB",
    permission=Permission.STILL_TAKE,
)
async def take_still(asked: Asked[StillUpload]) -> StillView:
    """Store a picture; its hash and size are checked by the server."""
    said, request = asked.body, asked.request
    call_id, collaboration = asked.path("call_id"), asked.context.services.collaboration
    await collaboration.may_take_still(asked.actor, call_id)
    off_record = said.off_record or await collaboration.is_off_record(call_id)
    async with asked.context.uploads.place(asked.actor.who.log_name):
        picture = await receive_picture(
            request.content,
            asked.context.uploads.decoding,
            length=request.content_length,
            sha256=said.sha256,
            width=said.width,
            height=said.height,
        )
    still = await collaboration.take_still(
        asked.actor,
        call_id,
        track=said.track,
        width=picture.header.width,
        height=picture.header.height,
        sha256=picture.sha256,
        media_type=picture.header.media_type,
        data=picture.data,
        off_record=off_record,
    )
    return still_view(still, asked.context.stills_for(asked.viewer))


@endpoints.add(
    "GET", "/api/stills/{still_id}", summary="照片(签名地址)", media_type="image/*", needs="nothing"
)
async def still_bytes(asked: Asked[SignedQuery]) -> web.Response:
    """The bytes of a picture, by signed address."""
    context, still_id = asked.context, asked.path("still_id")
    actor = await actor_of_address(asked, context.stills, still_id)
    still, data = await context.services.collaboration.still_bytes(still_id)
    await context.services.audit.viewing(actor, AuditAct.STILL_VIEWED, still_id, call_id=still.call_id)
    kept = "no-store" if still.off_record else "private, max-age=600"
    headers = {"Cache-Control": kept, "ETag": f'"{still.sha256}"'}
    if is_known(asked.request, headers["ETag"]):
        return web.Response(status=304, headers=headers)
    return web.Response(body=data, content_type=still.media_type, headers=headers)
