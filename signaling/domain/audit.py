"""The audit log's entries: who did what to what, from where, with which result."""

from dataclasses import dataclass
from enum import StrEnum

from signaling.domain.ids import JsonObject


class AuditResult(StrEnum):
    """How the act went."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One security-relevant act; `act` is a dotted name such as `account.login` or `recording.viewed`."""

    at: float
    subject: str
    address: str
    act: str
    object: str
    result: AuditResult
    detail: JsonObject
