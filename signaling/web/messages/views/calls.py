"""A call as its participants see it, with its materials, its result and its rating."""

from typing import Annotated, Literal

from signaling.web.messages.base import (
    CallEnd,
    CallState,
    MaterialState,
    Message,
    Personal,
    RatingLevel,
    RecordingState,
    ResultKind,
    Timestamp,
)
from signaling.web.messages.views.items import ItemView
from signaling.web.messages.views.places import DepartmentView, PointView
from signaling.web.messages.views.requests import ApplicantView, ConsentView, OfferView, WaitView


class MaterialView(Message):
    """One material on the checklist of this call."""

    name: str
    state: MaterialState
    note: Annotated[str, Personal.WORDS]


class ResultView(Message):
    """How the call ended for the applicant."""

    kind: ResultKind
    item_codes: list[str]
    external_case_number: str | None
    missing_materials: Annotated[list[str], Personal.WORDS]
    note: Annotated[str, Personal.WORDS]
    notice_text: Annotated[str, Personal.WORDS]
    """What the 一次性告知单 says beyond the list."""
    stored_at: Timestamp


class ResultDraftView(Message):
    """The wrap-up form as far as it was written; only in what its writer gets."""

    kind: ResultKind | None
    item_codes: list[str]
    external_case_number: str | None
    missing_materials: Annotated[list[str], Personal.WORDS]
    note: Annotated[str, Personal.WORDS]
    notice_text: Annotated[str, Personal.WORDS]
    saved_at: Timestamp


class RatingView(Message):
    """One 好差评 per item; shown to reviewers and supervisors, never on the clerk's page."""

    item_code: str
    level: RatingLevel | Literal["default"]
    comment: Annotated[str, Personal.WORDS]
    given_at: Timestamp


class CallView(Message, event="call.changed"):
    """One assisted session as its participants see it."""

    call_id: str
    number: str
    """Short, speakable, e.g. 1122-014."""
    version: int
    state: CallState
    end: CallEnd | None
    drill: bool
    item: ItemView
    free_text: Annotated[str, Personal.WORDS]
    point: PointView
    department: DepartmentView | None
    language: str
    priority: int
    applicant: ApplicantView
    consent: ConsentView
    recording: RecordingState
    recording_reason: Annotated[str | None, Personal.WORDS]
    requested_at: Timestamp
    connected_at: Timestamp | None
    """When it was answered first."""
    requeued: bool
    """It lost its specialist and waits for another one."""
    ended_at: Timestamp | None
    wrap_up_until: Timestamp | None
    clerk_name: str
    specialist_name: str | None
    specialist_department: str | None
    wait: WaitView | None
    offer: OfferView | None
    """Only in what the offered specialist and supervisors get."""
    materials: list[MaterialView]
    result: ResultView | None
    draft: ResultDraftView | None
    writes_result: bool
    """True for who writes the result, or amends it afterwards."""
