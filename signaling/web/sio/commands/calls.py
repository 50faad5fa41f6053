"""Commands of a call's life: request, offer, join, end, result, recording, checklist."""

from datetime import date

from signaling.domain.call_model import Applicant
from signaling.domain.errors import InvalidError
from signaling.domain.identity import DocumentKind, is_resident_number, mask_number
from signaling.domain.record import RecordKind
from signaling.domain.roles import Permission
from signaling.domain.session import Away
from signaling.services.calls import DraftInput, RequestInput, ResultInput
from signaling.services.session import Snapshot
from signaling.web.context import WebContext
from signaling.web.messages.base import Empty
from signaling.web.messages.commands import (
    ApplicantBody,
    CallDraft,
    CallJoin,
    CallRef,
    CallRequest,
    CallResult,
    ChecklistUpdate,
    OfferAnswer,
    RecordingPause,
    StepOut,
)
from signaling.web.messages.views.calls import CallView, MaterialView
from signaling.web.messages.views.joining import EarlierView, MediaView, SnapshotView
from signaling.web.present.calls import material_view
from signaling.web.present.session import (
    file_view,
    mark_view,
    participant_view,
    producer_view,
    record_view,
)
from signaling.web.problems import Refused
from signaling.web.sio.connection import Connection
from signaling.web.sio.table import Asked, command


@command("call.request", permission=Permission.CALL_REQUEST)
async def request(asked: Asked[CallRequest]) -> CallView:
    """发起协助."""
    body = asked.body
    call = await asked.context.services.calls.request(
        asked.actor,
        RequestInput(
            item_code=body.item_code,
            consent_agreed=body.consent.agreed,
            consent_by=body.consent.by,
            consent_text_version=body.consent.text_version,
            free_text=body.free_text,
            language=body.language,
            priority=body.priority,
            applicant=_applicant(body.applicant, date.fromtimestamp(asked.context.clock())),
            drill=body.drill,
            preferred_staff_id=body.preferred_staff_id,
            again_of=body.again_of,
        ),
    )
    return await asked.context.show_call(call, asked.actor.who)


def _applicant(body: ApplicantBody, today: date) -> Applicant:
    """Mask the identity number at once: the full one goes no further. Raises `id_number_wrong`."""
    number, kind = body.id_number, body.id_kind
    if number and kind is DocumentKind.RESIDENT and not is_resident_number(number, today):
        raise InvalidError("id_number_wrong", field="id_number")
    return Applicant(
        name=body.name,
        phone=body.phone,
        id_number_masked=mask_number(number, kind) if number else None,
        relation=body.relation,
        acting_for=body.acting_for,
    )


@command("call.cancel", permission=Permission.CALL_REQUEST)
async def cancel(asked: Asked[CallRef]) -> CallView:
    """Withdraw the request."""
    call = await asked.context.services.calls.cancel(asked.actor, asked.body.call_id)
    return await asked.context.show_call(call, asked.actor.who)


@command("offer.accept", permission=Permission.OFFER_ANSWER)
async def accept(asked: Asked[OfferAnswer]) -> CallView:
    """Take the call."""
    body = asked.body
    call = await asked.context.services.calls.accept(asked.actor, body.call_id, body.offer_id)
    return await asked.context.show_call(call, asked.actor.who)


@command("offer.reject", permission=Permission.OFFER_ANSWER)
async def reject(asked: Asked[OfferAnswer]) -> Empty:
    """Leave the call to the next candidate."""
    body = asked.body
    await asked.context.services.calls.reject(asked.actor, body.call_id, body.offer_id, body.reason)
    return Empty()


@command("call.join", permission=Permission.CALL_JOIN, of_socket=True, snapshot=True)
async def join(asked: Asked[CallJoin]) -> SnapshotView:
    """Join or rejoin; answered with everything about the call."""
    body, connection = asked.body, asked.connection
    asked.hub.join(connection, body.call_id)  # events from here on follow the snapshot
    try:
        snapshot = await asked.context.services.session.join(
            asked.actor, connection.sid, body.call_id, body.generation, body.epoch
        )
    except BaseException:
        asked.hub.leave(connection, body.call_id)
        raise
    return await _snapshot_view(snapshot, asked.context, connection)


async def _snapshot_view(snapshot: Snapshot, context: WebContext, one: Connection) -> SnapshotView:
    address_of, file_address_of = context.stills_for(one.viewer), context.files_for(one.viewer)
    files = await context.services.files.files(snapshot.call.call_id)
    pages = {kind: record_view(page, address_of) for kind, page in snapshot.record.items()}
    return SnapshotView(
        call=await context.show_call(snapshot.call, one.actor.who),
        participant_id=snapshot.participant_id,
        generation=snapshot.generation,
        participants=[participant_view(one) for one in snapshot.participants],
        producers=[producer_view(one) for one in snapshot.producers],
        media=MediaView(
            epoch=snapshot.epoch,
            router_rtp_capabilities=snapshot.router_rtp_capabilities,
            ice_servers=context.ice_servers(one.actor.who.log_name),
            ice_transport_policy=context.ice_transport_policy(one.actor),
        ),
        chat=pages[RecordKind.CHAT].chat,
        cards=pages[RecordKind.CARDS].cards,
        stills=pages[RecordKind.STILLS].stills,
        files=[file_view(file, file_address_of) for file in files],
        strokes=pages[RecordKind.STROKES].strokes,
        earlier=EarlierView(
            **{kind.value: mark_view(page.earlier) for kind, page in snapshot.record.items()}
        ),
        was_sharing=snapshot.was_sharing,
    )


@command("call.step_out", permission=Permission.CALL_JOIN, of_socket=True)
async def step_out(asked: Asked[StepOut]) -> Empty:
    """Close or leave the page, or sign out, while the call goes on."""
    body, connection = asked.body, asked.connection
    await asked.context.services.session.step_out(asked.actor, connection.sid, body.call_id, Away(body.away))
    asked.hub.leave(connection, body.call_id)
    return Empty()


@command("call.end", permission=Permission.CALL_END)
async def end(asked: Asked[CallRef]) -> CallView:
    """结束协助."""
    call = await asked.context.services.calls.end(asked.actor, asked.body.call_id)
    return await asked.context.show_call(call, asked.actor.who)


@command("call.result", permission=Permission.CALL_RESULT)
async def store_result(asked: Asked[CallResult]) -> CallView:
    """Store the wrap-up form."""
    body = asked.body
    call = await asked.context.services.calls.store_result(
        asked.actor,
        body.call_id,
        ResultInput(
            kind=body.kind,
            item_codes=tuple(body.item_codes),
            external_case_number=body.external_case_number,
            missing_materials=tuple(body.missing_materials),
            note=body.note,
            notice_text=body.notice_text,
            keep_wrap_up=body.keep_wrap_up,
        ),
    )
    return await asked.context.show_call(call, asked.actor.who)


@command("call.result_draft", permission=Permission.CALL_RESULT)
async def draft_result(asked: Asked[CallDraft]) -> CallView:
    """Keep what is written of the wrap-up form."""
    body = asked.body
    call = await asked.context.services.calls.draft_result(
        asked.actor,
        body.call_id,
        DraftInput(
            kind=body.kind,
            item_codes=tuple(body.item_codes),
            external_case_number=body.external_case_number,
            missing_materials=tuple(body.missing_materials),
            note=body.note,
            notice_text=body.notice_text,
        ),
    )
    return await asked.context.show_call(call, asked.actor.who)


@command("recording.pause", permission=Permission.RECORDING_PAUSE)
async def pause_recording(asked: Asked[RecordingPause]) -> CallView:
    """Stop writing, with a reason."""
    body = asked.body
    call = await asked.context.services.recordings.pause(asked.actor, body.call_id, body.reason)
    return await asked.context.show_call(call, asked.actor.who)


@command("recording.resume", permission=Permission.RECORDING_PAUSE)
async def resume_recording(asked: Asked[CallRef]) -> CallView:
    """Write again."""
    call = await asked.context.services.recordings.resume(asked.actor, asked.body.call_id)
    return await asked.context.show_call(call, asked.actor.who)


@command("checklist.update", permission=Permission.CALL_JOIN)
async def update_checklist(asked: Asked[ChecklistUpdate]) -> MaterialView:
    """Tick a material."""
    body = asked.body
    call = await asked.context.services.calls.set_material(
        asked.actor, body.call_id, body.name, body.state, body.note
    )
    for material in call.materials:
        if material.name == body.name:
            return material_view(material)
    raise Refused("not_found", field="name")
