"""The audit log's entries: who did what to what, from where, with which result."""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from signaling.domain.ids import JsonObject

TERMINAL: Final = "terminal"
"""The subject of what is done with `bangban admin`: whoever may log in to the server itself."""
UNKNOWN: Final = "unknown"
"""The subject of a sign-in with a name nobody has; what was typed may be a password and is not kept."""
SERVICE: Final = "service"
"""The subject of what the service does by itself."""
ANONYMOUS: Final = "anonymous"
"""The subject of what nobody needs to be signed in for."""


class AuditAct(Enum):
    """What is written down; what it is done to begins the name."""

    ACCOUNT_LOGIN = "account.login"
    ACCOUNT_PASSWORD = "account.password"
    ACCOUNT_SESSION_ENDED = "account.session_ended"
    STAFF_CREATED = "staff.created"
    STAFF_ENABLED = "staff.enabled"
    STAFF_DISABLED = "staff.disabled"
    STAFF_PASSWORD_RESET = "staff.password_reset"
    STAFF_SKILLS = "staff.skills"
    STAFF_CHANGED = "staff.changed"
    REGION_SAVED = "region.saved"
    DEPARTMENT_SAVED = "department.saved"
    POINT_CHANGED = "point.changed"
    POINT_CONTROL = "point.control"
    POINT_NETWORK = "point.network"
    POINT_OPENED = "point.opened"
    POINT_ENABLED = "point.enabled"
    POINT_DISABLED = "point.disabled"
    PAD_PAIR = "pad.pair"
    PAD_REVOKED = "pad.revoked"
    HELPER_PAIR = "helper.pair"
    HELPER_REVOKED = "helper.revoked"
    ITEM_OFFERING = "item.offering"
    SEARCH_LINE = "search.line"
    ITEM_WRITTEN = "item.written"
    ITEM_CONTROL = "item.control"
    ITEM_SUBMITTED = "item.submitted"
    ITEM_PUBLISHED = "item.published"
    ITEM_DISCARDED = "item.discarded"
    ITEM_LIFECYCLE = "item.lifecycle"
    MESSAGE_VIEWED = "message.viewed"
    DIRECTORY_IMPORTED = "directory.imported"
    DIRECTORY_EXPORTED = "directory.exported"
    CALL_VIEWED = "call.viewed"
    RECORDING_VIEWED = "recording.viewed"
    RECORDING_PLAYED = "recording.played"
    STILL_VIEWED = "still.viewed"
    FILE_VIEWED = "file.viewed"
    STAFF_LISTED = "staff.listed"
    CALL_LISTED = "call.listed"
    RECORDING_LISTED = "recording.listed"
    MESSAGE_LISTED = "message.listed"
    MESSAGE_CLOSED = "message.closed"
    SERVICE_STARTED = "service.started"
    SERVICE_STOPPED = "service.stopped"
    AUDIT_VIEWED = "audit.viewed"
    REQUEST_REFUSED = "request.refused"
    COMMAND_REFUSED = "command.refused"


class AuditResult(StrEnum):
    """How the act went."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One security-relevant act; `act` is the value of an `AuditAct`, of this version or one before.

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
