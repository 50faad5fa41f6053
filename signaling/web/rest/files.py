"""Files of a call: sent after a yes of the clerk's, saved by signed address."""

from typing import Final
from urllib.parse import quote

from aiohttp import web

from signaling.domain.audit import AuditAct
from signaling.domain.files import FILE_BYTES
from signaling.domain.roles import Permission
from signaling.web.messages.rest import FileUpload, SignedQuery
from signaling.web.messages.views.session import FileView
from signaling.web.present.session import file_view
from signaling.web.problems import Refused
from signaling.web.rest.signed import actor_of_address
from signaling.web.rest.table import Asked, Endpoints
from signaling.web.rest.upload import receive

endpoints: Final = Endpoints("文件 files")


@endpoints.add(
    "POST",
    "/api/calls/{call_id}/files",
    summary="传文件: 导办员同意一次传一个,不超过 12 MiB",
    permission=Permission.CALL_JOIN,
)
async def send_file(asked: Asked[FileUpload]) -> FileView:
    """Store a file the clerk said yes to; its name, type, size and hash are checked by the server."""
    said, request = asked.body, asked.request
    call_id, files = asked.path("call_id"), asked.context.services.files
    await files.may_send(asked.actor, call_id, said.once_id, said.name)
    off_record = await files.is_off_record(call_id)
    async with asked.context.uploads.place(asked.actor.who.log_name):
        data, digest = await receive(request.content, length=request.content_length, most=FILE_BYTES)
    if digest != said.sha256.lower():
        raise Refused("file_damaged")
    file = await files.send(
        asked.actor,
        call_id,
        said.once_id,
        name=said.name,
        sha256=digest,
        data=data,
        off_record=off_record,
    )
    return file_view(file, asked.context.files_for(asked.viewer))


@endpoints.add(
    "GET",
    "/api/files/{file_id}",
    summary="文件(签名地址)",
    media_type="application/octet-stream",
    needs="nothing",
)
async def file_bytes(asked: Asked[SignedQuery]) -> web.Response:
    """The bytes of a file, to be saved and never shown by the browser, by signed address."""
    context, file_id = asked.context, asked.path("file_id")
    actor = await actor_of_address(asked, context.files, file_id)
    file, data = await context.services.files.file_bytes(file_id)
    await context.services.audit.viewing(actor, AuditAct.FILE_VIEWED, file_id, call_id=file.call_id)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(body=data, content_type=file.media_type, headers=headers)
