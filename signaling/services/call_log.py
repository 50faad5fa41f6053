"""One INFO line for each step of a call's life: what happened, by whom and why, in ids alone.

What people said or wrote and who they are stays in the call's own log, which is read with a permission.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from signaling.domain.call_model import Call
from signaling.domain.log_kinds import LogKind
from signaling.domain.steps.step import Logged

_log = logging.getLogger(__name__)

_LIFE: Final[Mapping[LogKind, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        LogKind.CALL_REQUESTED: ("requested", ("item_code",)),
        LogKind.OFFER_MADE: ("offered", ("offer_id", "staff_id")),
        LogKind.OFFER_MISSED: ("offer missed", ("offer_id",)),
        LogKind.OFFER_REJECTED: ("offer rejected", ("offer_id",)),
        LogKind.OFFER_LOST: ("offer lost", ("offer_id",)),
        LogKind.OFFER_ACCEPTED: ("connected", ("offer_id", "waited_s")),
        LogKind.MEMBER_SEATED: ("joined", ("asked_by", "part")),
        LogKind.MEMBER_LEFT: ("left", ("part",)),
        LogKind.PARTICIPANT_LOST: ("connection lost", ("part",)),
        LogKind.PARTICIPANT_BACK: ("connection back", ("part",)),
        LogKind.PARTICIPANT_GONE: ("connection given up", ("parts",)),
        LogKind.CALL_REQUEUED: ("waiting again", ()),
        LogKind.CALL_HUNG_UP: ("hung up", ()),
        LogKind.CALL_CANCELLED: ("cancelled", ()),
        LogKind.CALL_ABANDONED: ("abandoned", ()),
        LogKind.CALL_NOBODY_ELIGIBLE: ("nobody eligible", ()),
        LogKind.CALL_WAITED_TOO_LONG: ("waited too long", ()),
        LogKind.CALL_ENDED: ("ended", ("end",)),
        LogKind.CALL_CLOSED: ("closed", ("end",)),
        LogKind.SERVER_RESTARTED: ("taken up after a restart", ()),
    }
)
"""Kind of log entry → the words for it, and which of its data are ids, figures or names of ours."""


def tell_life(call: Call, logged: Sequence[Logged]) -> None:
    """Log the entries that are steps of a call's life."""
    for entry in logged:
        if entry.kind in _LIFE:
            words, keys = _LIFE[entry.kind]
            _log.info("call %s (%s) %s%s", call.call_id, call.number, words, _details(entry, keys))


def _details(entry: Logged, keys: Sequence[str]) -> str:
    return "".join(f", {detail}" for detail in _each(entry, keys))


def _each(entry: Logged, keys: Sequence[str]) -> Iterator[str]:
    if entry.actor is not None:
        yield f"by {entry.actor}"
    for key in keys:
        yield f"{key} {_written(entry.data.get(key))}"


def _written(value: object) -> str:
    match value:
        case float():
            return f"{value:.1f}"
        case list():
            return "+".join(map(str, value))
        case _:
            return str(value)
