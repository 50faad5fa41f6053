"""The audit log's entries: who did what to what, from where, with which result."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signaling.domain.ids import JsonObject

TERMINAL: Final = "terminal"
"""The subject of what is done with `bangban admin`: whoever may log in to the server itself."""
UNKNOWN: Final = "unknown"
"""The subject of a sign-in with a name nobody has; what was typed may be a password and is not kept."""
ANONYMOUS: Final = "anonymous"
"""The subject of what nobody needs to be signed in for."""


class AuditResult(StrEnum):
    """How the act went."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One security-relevant act; `act` is a dotted name such as `account.login` or `recording.viewed`.

    `region_code` is the subject's region, empty where the subject has none: who reads the log for a region
    sees the acts of its people.
    """

    at: float
    subject: str
    address: str
    act: str
    object: str
    result: AuditResult
    detail: JsonObject
    region_code: str = ""
