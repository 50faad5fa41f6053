"""What becomes of every request and command in the audit log: one line each, so that new ones must say.

Whoever adds a route or a command that reads people's data or changes something names its act here; a test
holds that nothing is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from signaling.domain.audit import AuditAct


class Where(Enum):
    """Who writes the entry."""

    SERVICE = auto()
    """The service that does it, with what it knows."""
    HERE = auto()
    """The web floor, once for all requests of one viewing."""
    CALL = auto()
    """The log of the call, which its people and reviewers read."""
    NOWHERE = auto()
    """It shows nobody's data and leaves nothing changed that lasts."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Where one request or command is written down, and as which act."""

    where: Where
    act: AuditAct | None = None


def _service(act: AuditAct) -> Noted:
    return Noted(Where.SERVICE, act)


def _here(act: AuditAct) -> Noted:
    return Noted(Where.HERE, act)


_CALL: Final = Noted(Where.CALL)
_NOWHERE: Final = Noted(Where.NOWHERE)

REQUESTS: Final[Mapping[tuple[str, str], Noted]] = MappingProxyType(
    {
        ("GET", "/api/config"): _NOWHERE,
        ("POST", "/api/auth/login"): _service(AuditAct.ACCOUNT_LOGIN),
        ("POST", "/api/auth/refresh"): _NOWHERE,
        ("POST", "/api/auth/logout"): _service(AuditAct.ACCOUNT_SESSION_ENDED),
        ("POST", "/api/auth/password"): _service(AuditAct.ACCOUNT_PASSWORD),
        ("GET", "/api/demo"): _NOWHERE,
        ("POST", "/api/demo/start"): _service(AuditAct.ACCOUNT_LOGIN),
        ("GET", "/api/items"): _NOWHERE,
        ("GET", "/api/items/all"): _NOWHERE,
        ("GET", "/api/items/mine"): _NOWHERE,
        ("GET", "/api/search/lines"): _here(AuditAct.CALL_LISTED),
        ("PUT", "/api/search/lines/{call_id}"): _service(AuditAct.SEARCH_LINE),
        ("GET", "/api/items/{code}"): _NOWHERE,
        ("PUT", "/api/items/{code}/offering"): _service(AuditAct.ITEM_OFFERING),
        ("POST", "/api/items/{code}/lifecycle"): _service(AuditAct.ITEM_LIFECYCLE),
        ("GET", "/api/items/{code}/control"): _NOWHERE,
        ("PUT", "/api/items/{code}/control"): _service(AuditAct.ITEM_CONTROL),
        ("GET", "/api/drafts"): _NOWHERE,
        ("PUT", "/api/drafts/{code}"): _service(AuditAct.ITEM_WRITTEN),
        ("POST", "/api/drafts/{code}/submit"): _service(AuditAct.ITEM_SUBMITTED),
        ("POST", "/api/drafts/{code}/publish"): _service(AuditAct.ITEM_PUBLISHED),
        ("POST", "/api/drafts/{code}/discard"): _service(AuditAct.ITEM_DISCARDED),
        ("GET", "/api/readiness"): _NOWHERE,
        ("GET", "/api/readiness/call"): _NOWHERE,
        ("GET", "/api/regions"): _NOWHERE,
        ("POST", "/api/regions"): _service(AuditAct.REGION_SAVED),
        ("PATCH", "/api/regions/{code}"): _service(AuditAct.REGION_SAVED),
        ("GET", "/api/departments"): _NOWHERE,
        ("POST", "/api/departments"): _service(AuditAct.DEPARTMENT_SAVED),
        ("PUT", "/api/departments/{department_id}"): _service(AuditAct.DEPARTMENT_SAVED),
        ("GET", "/api/points"): _NOWHERE,
        ("POST", "/api/points"): _service(AuditAct.POINT_OPENED),
        ("PATCH", "/api/points/{point_id}"): _service(AuditAct.POINT_ENABLED),
        ("POST", "/api/points/{point_id}/pads/revoke"): _service(AuditAct.PAD_REVOKED),
        ("GET", "/api/points/{point_id}/control"): _NOWHERE,
        ("PUT", "/api/points/{point_id}/control"): _service(AuditAct.POINT_CONTROL),
        ("GET", "/api/colleagues"): _NOWHERE,
        ("GET", "/api/staff"): _here(AuditAct.STAFF_LISTED),
        ("POST", "/api/staff"): _service(AuditAct.STAFF_CREATED),
        ("PATCH", "/api/staff/{staff_id}"): _service(AuditAct.STAFF_ENABLED),
        ("GET", "/api/staff/{staff_id}/skills"): _here(AuditAct.STAFF_LISTED),
        ("PUT", "/api/staff/{staff_id}/skills"): _service(AuditAct.STAFF_SKILLS),
        ("GET", "/api/calls/mine"): _here(AuditAct.CALL_LISTED),
        ("GET", "/api/calls/{call_id}"): _service(AuditAct.CALL_VIEWED),
        ("GET", "/api/calls/{call_id}/lines"): _service(AuditAct.CALL_VIEWED),
        ("GET", "/api/calls/{call_id}/notice"): _service(AuditAct.CALL_VIEWED),
        ("POST", "/api/calls/{call_id}/stills"): _CALL,
        ("GET", "/api/stills/{still_id}"): _service(AuditAct.STILL_VIEWED),
        ("POST", "/api/calls/{call_id}/files"): _CALL,
        ("GET", "/api/files/{file_id}"): _service(AuditAct.FILE_VIEWED),
        ("GET", "/api/messages"): _here(AuditAct.MESSAGE_LISTED),
        ("POST", "/api/messages/{message_id}/read"): _service(AuditAct.MESSAGE_VIEWED),
        ("POST", "/api/messages/{message_id}/close"): _here(AuditAct.MESSAGE_CLOSED),
        ("POST", "/api/pads/pair"): _service(AuditAct.PAD_PAIR),
        ("GET", "/api/recordings"): _here(AuditAct.RECORDING_LISTED),
        ("GET", "/api/recordings/{call_id}"): _service(AuditAct.RECORDING_VIEWED),
        ("GET", "/api/recordings/{call_id}/addresses"): _NOWHERE,  # what it opens is noted when it is opened
        ("GET", "/api/media/{key:.+}"): _service(AuditAct.RECORDING_PLAYED),
        ("GET", "/api/audit"): _service(AuditAct.AUDIT_VIEWED),
    }
)
"""Method and path → where it is noted."""

COMMANDS: Final[Mapping[str, Noted]] = MappingProxyType(
    {
        "network.open": _NOWHERE,
        "network.create_transport": _NOWHERE,
        "network.connect_transport": _NOWHERE,
        "network.produce": _NOWHERE,
        "network.consume": _NOWHERE,
        "network.close": _NOWHERE,
        "call.request": _CALL,
        "call.cancel": _CALL,
        "offer.accept": _CALL,
        "offer.reject": _CALL,
        "call.join": _CALL,
        "call.step_out": _CALL,
        "record.earlier": _CALL,
        "call.end": _CALL,
        "call.result": _CALL,
        "call.result_draft": _NOWHERE,
        "recording.pause": _CALL,
        "recording.resume": _CALL,
        "checklist.update": _CALL,
        "chat.send": _CALL,
        "annotation.stroke": _CALL,
        "annotation.pointer": _NOWHERE,
        "annotation.clear": _CALL,
        "card.push": _CALL,
        "message.leave": _CALL,
        "pad.code": _service(AuditAct.PAD_PAIR),
        "rating.submit": _CALL,
        "helper.code": _service(AuditAct.HELPER_PAIR),
        "helper.stand": _NOWHERE,
        "control.counter": _NOWHERE,
        "control.mark": _NOWHERE,
        "control.practice": _NOWHERE,
        "control.stand": _NOWHERE,
        "control.ask": _CALL,
        "control.give_up": _CALL,
        "control.ask_once": _CALL,
        "control.grant": _CALL,
        "control.refuse": _CALL,
        "control.extend": _CALL,
        "control.narrow": _CALL,
        "control.revoke": _CALL,
        "control.answer_once": _CALL,
        "control.fuse": _CALL,
        "media.create_transport": _NOWHERE,
        "media.connect_transport": _NOWHERE,
        "media.restart_ice": _NOWHERE,
        "media.produce": _CALL,
        "media.pause_producer": _NOWHERE,
        "media.resume_producer": _NOWHERE,
        "media.close_producer": _CALL,
        "media.consume": _NOWHERE,
        "media.pause_consumer": _NOWHERE,
        "media.resume_consumer": _NOWHERE,
        "media.close_consumer": _NOWHERE,
        "media.view_consumer": _NOWHERE,
        "media.report_lines": _NOWHERE,
        "media.own_lines": _NOWHERE,
        "media.tell_ladder": _NOWHERE,
        "presence.set": _NOWHERE,
        "presence.input": _NOWHERE,
        "presence.end_wrap_up": _CALL,
        "queue.watch": _NOWHERE,
        "queue.unwatch": _NOWHERE,
    }
)
"""Command → where it is noted."""
