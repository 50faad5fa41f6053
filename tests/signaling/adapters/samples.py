"""Values the adapters' tests store."""

from typing import Any

from signaling.domain.call_model import Applicant, Call, CallState, Consent, Material, Relation
from signaling.domain.members import Ask, AskPurpose, Member, Part
from signaling.domain.subject import Subject


def an_ask(ask_id: str, staff_id: str, made_at: float, until: float, *reasons: str) -> Ask:
    """Return the offer of a call to a specialist."""
    return Ask(ask_id, Subject.of_staff(staff_id), AskPurpose.ANSWER, made_at, until, reasons)


def seat(staff_id: str, part: Part, at: float = 100.0, **changes: Any) -> Member:
    """Return the place of the first who has a part."""
    return Member(Subject.of_staff(staff_id), part, part.value, at, **changes)


def clerk_of(call_id: str) -> str:
    """Return the id of a call's clerk: nobody is in two calls."""
    return "clerk" if call_id == "c1" else f"clerk-{call_id}"


def a_call(call_id: str = "c1", **changes: Any) -> Call:
    """Return a waiting call."""
    given: dict[str, Any] = {
        "call_id": call_id,
        "number": "",
        "version": 1,
        "state": CallState.WAITING,
        "item_code": "YB-003",
        "item_version": 1,
        "department": "医疗保障局",
        "department_id": "d1",
        "point_id": "p1",
        "region_code": "533324204",
        "language": "普通话",
        "priority": 50,
        "applicant": Applicant("马海娃", "13800000000", None, Relation.AGENT, "爹"),
        "consent": Consent(True, Relation.SELF, "1", 100.0, "clerk"),
        "requested_at": 100.0,
        "no_staff_at": 400.0,
        "members": (seat(clerk_of(call_id), Part.CLERK),),
        "materials": (Material("身份证"), Material("住院发票")),
    }
    return Call(**(given | changes))
