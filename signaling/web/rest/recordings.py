"""The review list, replays, and the recorded files by signed address."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from statistics import fmean
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from aiohttp import web

from recording.errors import RangeError, RecordingError
from recording.replay import Viewer
from signaling.domain.audit import AuditAct
from signaling.domain.roles import Permission
from signaling.services.stores import CallQuery
from signaling.web.context import MediaResponse, WebContext
from signaling.web.messages.base import Empty
from signaling.web.messages.rest import RecordingList, RecordingQuery
from signaling.web.messages.views.review import ReplayAddresses, ReplayView
from signaling.web.present.masking import shown
from signaling.web.present.places import moment
from signaling.web.present.recordings import recording_row, replay_view
from signaling.web.problems import Refused
from signaling.web.rest.table import Asked, Endpoints
from signaling.web.rest.validators import file_tag, is_known, range_holds
from signaling.web.viewers import holders

endpoints: Final = Endpoints("录像 recordings")

PAGE_ROWS: Final = 20
_CHUNK_TIMEOUT_S: Final = 60.0
"""A player that reads nothing for so long has to ask again."""
_SILENCE_DB: Final = -60.0
_CURVE_VALUES: Final = 600
"""Of a file: a screen shows no more. Means: of two hours every loudest value is somebody's loud moment."""


@endpoints.add("GET", "/api/recordings", summary="查找已结束的协助", permission=Permission.RECORDING_READ)
async def recordings(asked: Asked[RecordingQuery]) -> RecordingList:
    """One page of finished sessions, newest first."""
    body = asked.body
    query = CallQuery(
        text=body.query,
        since=_seconds(body.since),
        until=_seconds(body.until),
        item_code=body.item,
        staff_id=body.staff,
        limit=PAGE_ROWS,
        offset=(body.page - 1) * PAGE_ROWS,
    )
    entries, total = await asked.context.services.recordings.list(asked.actor, query)
    directory = asked.context.directory
    return RecordingList(rows=[recording_row(entry, directory) for entry in entries], total=total)


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


@endpoints.add(
    "GET", "/api/recordings/{call_id}", summary="回放(记入审计)", permission=Permission.RECORDING_READ
)
async def replay(asked: Asked[Empty]) -> ReplayView:
    """All tracks and the timeline of one session; the look is audited."""
    context = asked.context
    found = await context.services.recordings.replay(asked.actor, asked.path("call_id"), asked.viewer)

    async def loudness(address: str) -> list[float]:
        return await _loudness(context, address, asked.viewer)

    view = await replay_view(
        found,
        context.directory,
        address_of=context.stills_for(asked.viewer),
        file_address_of=context.files_for(asked.viewer),
        loudness=loudness,
        now=context.clock(),
    )
    return shown(view, found.entry.call, asked.actor.who)


@endpoints.add(
    "GET",
    "/api/recordings/{call_id}/addresses",
    summary="打开着的回放续签地址",
    permission=Permission.RECORDING_READ,
)
async def addresses(asked: Asked[Empty]) -> ReplayAddresses:
    """What opens the files of a replay that is open; every file opened with it is written down as ever."""
    context = asked.context
    fresh = await context.services.recordings.addresses(asked.actor, asked.path("call_id"), asked.viewer)
    address_of, file_address_of = context.stills_for(asked.viewer), context.files_for(asked.viewer)
    row = recording_row(fresh.entry, context.directory)
    return ReplayAddresses(
        recording=row.recording,
        progress=row.progress,
        query=fresh.query,
        stills={still.still_id: address_of(still.still_id) for still in fresh.stills},
        files={file.file_id: file_address_of(file.file_id) for file in fresh.files},
        expire_at=moment(fresh.expires_at),
    )


async def _loudness(context: WebContext, address: str, viewer: Viewer) -> list[float]:
    """Read a loudness curve: dB full scale become 0–1, -60 dB and less 0; the mean of each part."""
    parts = urlsplit(address)
    key = unquote(parts.path).removeprefix("/media/")
    try:
        opened = await context.archive.open_media(
            key, dict(parse_qsl(parts.query)), None, context.clock(), holders=(viewer.holder,)
        )
        curve = json.loads(b"".join([chunk async for chunk in opened.body]))
    except RecordingError:
        return []
    values = [max(0.0, 1 - value / _SILENCE_DB) for value in curve["values"]]
    step = 1 + (len(values) - 1) // _CURVE_VALUES
    return [round(fmean(values[begin : begin + step]), 3) for begin in range(0, len(values), step)]


@endpoints.add(
    "GET", "/api/media/{key:.+}", summary="录像文件(签名地址, Range)", media_type="video/*", needs="nothing"
)
async def media(asked: Asked[Empty]) -> web.StreamResponse:
    """A recorded file or a part of it, by signed address."""
    request = asked.request
    try:
        opened, tag = await _open(asked)
    except RangeError as error:
        return web.Response(
            status=416, headers={"Content-Range": f"bytes */{error.size}"}
        )  # RFC 9110 §15.5.17
    except RecordingError as error:
        raise Refused("not_found" if error.code == "invalid_name" else error.code) from None
    await _admit(asked, opened.viewer)
    headers = {**opened.headers, "ETag": tag}
    if is_known(request, tag):
        return web.Response(status=304, headers={"ETag": tag, "Cache-Control": headers["Cache-Control"]})
    response = web.StreamResponse(status=opened.status, headers=headers)
    await response.prepare(request)
    try:
        await _send(response, opened.body)
    except (TimeoutError, RecordingError):  # the head is sent: nothing can be said any more, only cut
        if request.transport is not None:
            request.transport.abort()
    return response


async def _admit(asked: Asked[Empty], viewer: Viewer) -> None:
    """Look at every request whether its sign-in still lives and may look; write a viewing down once."""
    actor = await asked.context.actor_of_viewer(viewer, asked.request)
    actor.require(Permission.RECORDING_READ)
    call_id = asked.path("key").partition("/")[0]
    await asked.context.services.audit.viewing(actor, AuditAct.RECORDING_PLAYED, call_id)


async def _open(asked: Asked[Empty]) -> tuple[MediaResponse, str]:
    """Open the part asked for; the whole file when the browser's part is of another one."""
    archive, key, query = asked.context.archive, asked.path("key"), dict(asked.request.query)
    shown = holders(asked.request, asked.context.peer_of(asked.request).address)
    part, now = asked.request.headers.get("Range"), asked.context.clock()
    opened = await archive.open_media(key, query, part, now, holders=shown)
    tag = file_tag(key, opened.headers)
    if opened.status == 206 and not range_holds(asked.request, tag):
        opened = await archive.open_media(key, query, None, now, holders=shown)
    return opened, tag


async def _send(response: web.StreamResponse, body: AsyncGenerator[bytes, None]) -> None:
    async with aclosing(body):  # a player that goes away leaves no file open
        async for chunk in body:
            async with asyncio.timeout(_CHUNK_TIMEOUT_S):
                await response.write(chunk)
    await response.write_eof()
