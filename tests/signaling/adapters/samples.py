"""Values the adapters' tests store."""

from typing import Any

from signaling.domain.call_model import Applicant, Call, CallState, Consent, Material, Relation


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
        "clerk_id": "clerk",
        "applicant": Applicant("马海娃", "13800000000", None, Relation.AGENT, "爹"),
        "consent": Consent(True, Relation.SELF, "1", 100.0, "clerk"),
        "requested_at": 100.0,
        "no_staff_at": 400.0,
        "materials": (Material("身份证"), Material("住院发票")),
    }
    return Call(**(given | changes))
