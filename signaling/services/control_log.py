"""What the call's log says of control: scopes, reasons and hands, never what was typed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from signaling.domain.control.grant import Control
from signaling.domain.control.inputs import (
    ControlInput,
    Extended,
    Granted,
    Narrowed,
    OnceAnswered,
    OnceAsked,
    Paused,
    Resumed,
)
from signaling.domain.control.table import Given
from signaling.domain.ids import JsonObject
from signaling.domain.log_kinds import LogKind
from signaling.domain.steps.step import Logged

_LOGGED: Final[Mapping[type, LogKind]] = MappingProxyType(
    {
        Granted: LogKind.CONTROL_GRANTED,
        Extended: LogKind.CONTROL_EXTENDED,
        Narrowed: LogKind.CONTROL_NARROWED,
        Paused: LogKind.CONTROL_PAUSED,
        Resumed: LogKind.CONTROL_RESUMED,
        OnceAsked: LogKind.CONTROL_ONCE_ASKED,
        OnceAnswered: LogKind.CONTROL_ONCE_ANSWERED,
    }
)
"""What an input that leaves the grant alive is in the call's log."""


def asked_entry(control: Control) -> Logged:
    """Return what is written of a question for control."""
    said = {
        "control_id": control.control_id,
        "scopes": sorted(control.asked),
        "purpose": control.purpose,
    }
    return Logged(LogKind.CONTROL_ASKED, control.asked_by.log_name, said)


def entry(control: Control, given: ControlInput, by: Given) -> Logged | None:
    """Return what is written of a change, None for one that says nothing to anybody."""
    who = by.who.log_name if by.who is not None else None
    if control.end is not None:
        return Logged(
            LogKind.CONTROL_ENDED, who, {"control_id": control.control_id, "end": control.end.value}
        )
    kind = _LOGGED.get(type(given))
    if kind is None:
        return None
    said: JsonObject = {"control_id": control.control_id, "scopes": sorted(control.scopes)}
    if isinstance(given, Paused):
        said["pause"] = given.pause.value
    if isinstance(given, OnceAsked):
        said["kind"] = given.kind.value  # a file's name is with the file alone: it may be off the record
    if isinstance(given, OnceAnswered):
        said["agreed"] = given.agreed
    return Logged(kind, who, said)
