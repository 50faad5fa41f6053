"""Calls as their participants, watchers and reviewers see them: each is shown no more than concerns them."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from signaling.domain.call_model import Applicant, Call, CallEvent, Consent, Material, MaterialState, Result
from signaling.domain.control.grant import Control
from signaling.domain.errors import NotFoundError
from signaling.domain.feedback import LeftMessage, Rating
from signaling.domain.items import Item
from signaling.domain.lines.worst import WorstLine
from signaling.domain.log_kinds import LogKind
from signaling.domain.masking import masked_phone
from signaling.domain.members import Ask, Part
from signaling.domain.routing.decision import Decision
from signaling.domain.routing.estimate import Wait
from signaling.domain.seating import Act, may
from signaling.domain.subject import Subject
from signaling.services.directory import Directory
from signaling.web.messages.views.calls import (
    CallView,
    MaterialView,
    RatingView,
    ResultDraftView,
    ResultView,
)
from signaling.web.messages.views.places import DepartmentView
from signaling.web.messages.views.queue import MessageView, QueueRow
from signaling.web.messages.views.requests import ApplicantView, ConsentView, OfferView, WaitView
from signaling.web.messages.views.review import CallEventView
from signaling.web.present.control import under_control_view
from signaling.web.present.lines import worst_line_view
from signaling.web.present.masking import shown
from signaling.web.present.people import name_of, title_of
from signaling.web.present.places import department_view, item_view, moment, moment_or_none, point_view


@dataclasses.dataclass(frozen=True, slots=True)
class CallParts:
    """What a call's view needs beside the call, fetched once for all who are shown it."""

    directory: Directory
    item: Item
    paired: Mapping[str, int]
    wait: WaitView | None


def call_view(call: Call, parts: CallParts, viewer: Subject | None) -> CallView:
    """Show a call to the person `viewer`; None for somebody who is no part of it (supervisor, reviewer)."""
    directory = parts.directory
    view = CallView(
        call_id=call.call_id,
        number=call.number,
        version=call.version,
        state=call.state,
        end=call.end,
        drill=call.drill,
        item=item_view(parts.item, directory),
        free_text=call.free_text,
        point=point_view(directory.point(call.point_id), directory, parts.paired),
        department=department_of(call, directory),
        language=call.language,
        priority=call.priority,
        applicant=applicant_view(call.applicant),
        consent=consent_view(call.consent),
        recording=call.recording,
        recording_reason=call.recording_reason,
        requested_at=moment(call.requested_at),
        connected_at=moment_or_none(call.connected_at),
        requeued=call.is_requeued,
        ended_at=moment_or_none(call.ended_at),
        wrap_up_until=moment_or_none(call.wrap_up_until),
        clerk_name=name_in(call, Part.CLERK, directory),
        specialist_name=name_in(call, Part.SPECIALIST, directory) or None,
        specialist_department=title_of(_staff_in(call, Part.SPECIALIST), directory),
        wait=parts.wait,
        offer=_offer_for(call, directory, viewer),
        materials=[material_view(material) for material in call.materials],
        result=result_view(call.result) if call.result else None,
        draft=_draft_for(call, viewer),
        writes_result=_writes_result(call, viewer),
    )
    return shown(view, call, viewer)


def _writes_result(call: Call, viewer: Subject | None) -> bool:
    part = call.part_of(viewer) if viewer is not None else None
    return part is not None and call.connected_at is not None and may(part, Act.STORE_RESULT)


def _draft_for(call: Call, viewer: Subject | None) -> ResultDraftView | None:
    """What is not stored yet is nobody's but its writer's."""
    draft = call.draft
    if draft is None or not _writes_result(call, viewer):
        return None
    return ResultDraftView(
        kind=draft.kind,
        item_codes=list(draft.item_codes),
        external_case_number=draft.external_case_number,
        missing_materials=list(draft.missing_materials),
        note=draft.note,
        notice_text=draft.notice_text,
        saved_at=moment(draft.saved_at),
    )


def _offer_for(call: Call, directory: Directory, viewer: Subject | None) -> OfferView | None:
    """The offer is shown to whom it is made, and to those who watch; never to the clerk."""
    if call.offer is None or viewer not in (None, call.offer.who):
        return None
    return offer_view(call, call.offer, directory)


def _staff_in(call: Call, part: Part) -> str | None:
    """Who has a part; of a call that waits for nobody any more also who had it last."""
    member = call.member(part) if call.is_requeued else call.holder(part)
    return member.who.staff_id if member is not None else None


def name_in(call: Call, part: Part, directory: Directory) -> str:
    """Name who has a part, or had it to the end; empty when nobody did."""
    return name_of(_staff_in(call, part), directory)


def department_of(call: Call, directory: Directory) -> DepartmentView | None:
    """Return the department that handles a call, if one does."""
    if call.department_id is None:
        return None
    try:
        return department_view(directory.department(call.department_id))
    except NotFoundError:
        return None


def spoken_department(call: Call, directory: Directory) -> str:
    """Name the department as people say it, or the bureau when the region has none."""
    if call.department_id is not None:
        try:
            return directory.department(call.department_id).spoken
        except NotFoundError:
            pass
    return call.department


def applicant_view(applicant: Applicant) -> ApplicantView:
    """Show whom a call is for."""
    return ApplicantView(
        name=applicant.name,
        phone=applicant.phone,
        id_number_masked=applicant.id_number_masked,
        relation=applicant.relation,
        acting_for=applicant.acting_for,
    )


def consent_view(consent: Consent) -> ConsentView:
    """Show the citizen's answer."""
    return ConsentView(
        agreed=consent.agreed,
        by=consent.by,
        text_version=consent.text_version,
        given_at=moment(consent.given_at),
    )


def wait_view(wait: Wait, now: float) -> WaitView:
    """Show the waiting where they are; the range in seconds from now."""
    low_s, high_s = wait.range_s(now) or (None, None)
    return WaitView(
        position=wait.position,
        low_s=low_s,
        high_s=high_s,
        eligible=wait.eligible,
        available=wait.available,
        ends_at=moment_or_none(wait.ends_at),
    )


def offer_view(call: Call, offer: Ask, directory: Directory) -> OfferView:
    """Show an offer."""
    return OfferView(
        offer_id=offer.ask_id,
        call_id=call.call_id,
        staff_id=offer.who.id,
        staff_name=name_of(offer.who.id, directory),
        made_at=moment(offer.made_at),
        expires_at=moment(offer.until),
        reasons=list(offer.reasons),
    )


def material_view(material: Material) -> MaterialView:
    """Show one line of the checklist."""
    return MaterialView(name=material.name, state=material.state, note=material.note)


def result_view(result: Result) -> ResultView:
    """Show how the call ended for the applicant."""
    return ResultView(
        kind=result.kind,
        item_codes=list(result.item_codes),
        external_case_number=result.external_case_number,
        missing_materials=list(result.missing_materials),
        note=result.note,
        notice_text=result.notice_text,
        stored_at=moment(result.stored_at),
    )


def rating_view(rating: Rating) -> RatingView:
    """Show a rating, to reviewers and supervisors."""
    return RatingView(
        item_code=rating.item_code,
        level=rating.level.value,
        comment=rating.comment,
        given_at=moment(rating.given_at),
    )


def queue_row(
    call: Call, directory: Directory, *, control: Control | None = None, worst: WorstLine | None = None
) -> QueueRow:
    """Show a call in a list.

    Args:
        control: the grant over its counter PC, for who may stop it.
        worst: its worst line, for who watches over it.
    """
    point = directory.point(call.point_id)
    return QueueRow(
        call_id=call.call_id,
        number=call.number,
        state=call.state,
        drill=call.drill,
        item_name=item_name(call.item_code, directory),
        department=spoken_department(call, directory),
        point_name=point.name,
        region_path=directory.tree.path(call.region_code),
        language=call.language,
        priority=call.priority,
        requested_at=moment(call.requested_at),
        connected_at=moment_or_none(call.connected_at),
        clerk_name=name_in(call, Part.CLERK, directory),
        specialist_name=name_in(call, Part.SPECIALIST, directory) or None,
        offered_to=name_of(call.offer.who.id, directory) if call.offer else None,
        recording=call.recording,
        control=under_control_view(control, directory) if control is not None else None,
        worst_line=worst_line_view(worst) if worst is not None else None,
    )


def item_name(code: str, directory: Directory) -> str:
    """Name an item; one that is gone is named by its code."""
    try:
        return directory.item(code).name
    except NotFoundError:
        return code


def event_view(event: CallEvent, connected_at: float | None, directory: Directory) -> CallEventView:
    """Show an entry of the log."""
    before = connected_at is None or event.at < connected_at
    return CallEventView(
        sequence=event.sequence,
        at=moment(event.at),
        offset_ms=None if before or connected_at is None else round((event.at - connected_at) * 1000),
        kind=event.kind,
        actor=_person(event.actor, directory),
        offered_to=name_of(_offered_to(event), directory) or None,
        data=event.data,
    )


def _person(actor: str | None, directory: Directory) -> str | None:
    """Name who did something; of a device the words of the entry say enough."""
    is_device = actor is not None and ":" in actor
    return None if is_device else name_of(actor, directory) or None


def _offered_to(event: CallEvent) -> str | None:
    staff_id = event.data.get("staff_id") if event.kind == LogKind.OFFER_MADE.value else None
    return staff_id if isinstance(staff_id, str) else None


def decision_view(decision: Decision, directory: Directory) -> dict[str, object]:
    """Show a routing decision: the plausible by name with scores and reasons, the others as counts."""
    shown: dict[str, Any] = dataclasses.asdict(decision)
    for considered in shown["considered"]:
        considered["name"] = name_of(considered["candidate"]["staff_id"], directory)
    shown["chosen_name"] = name_of(decision.chosen, directory) or None
    for name in ("at", "recheck_at"):
        at = shown[name]
        shown[name] = None if at is None or at == math.inf else moment(at).isoformat()
    return shown


def message_view(
    message: LeftMessage, directory: Directory, *, readers: int | None = None, in_full: bool = False
) -> MessageView:
    """Show a 留言; its phone in full to who opened it."""
    return MessageView(
        message_id=message.message_id,
        call_id=message.call_id,
        item_code=message.item_code,
        item_name=item_name(message.item_code, directory),
        department=message.department,
        point_name=directory.point(message.point_id).name,
        name=message.name,
        phone=message.phone if in_full else masked_phone(message.phone) or "****",
        question=message.question,
        left_at=moment(message.left_at),
        readers=readers,
        read_at=moment_or_none(message.read_at),
        read_by=name_of(message.read_by, directory) or None,
        closed_at=moment_or_none(message.closed_at),
        closed_by=name_of(message.closed_by, directory) or None,
        answer=message.answer,
    )


class NoticeMaterials(NamedTuple):
    """The materials of an item for who takes the notice home: each stands in exactly one of the three."""

    missing: list[str]
    have: list[str]
    unchecked: list[str]


def notice_materials(call: Call, item: Item) -> NoticeMaterials:
    """Sort the materials by the result and the checklist; an item that was corrected brings its own."""
    marked = {material.name: material.state for material in call.materials}
    lacking = call.result.missing_materials if call.result is not None else ()
    own = item.materials if item.code != call.item_code else tuple(marked)
    sorted_in = NoticeMaterials([], [], [])
    for name in dict.fromkeys((*own, *lacking)):
        state = marked.get(name, MaterialState.UNKNOWN)
        if name in lacking or (not lacking and state is MaterialState.MISSING):
            sorted_in.missing.append(name)
        elif state is MaterialState.HAVE:
            sorted_in.have.append(name)
        else:
            sorted_in.unchecked.append(name)
    return sorted_in
