"""What a step is, and what steps of every age of a call share."""

from dataclasses import dataclass, replace

from signaling.domain.call_inputs import CallInput, MaterialSet
from signaling.domain.call_model import Call, CallEnd, CallState, RecordingState
from signaling.domain.errors import InvalidError
from signaling.domain.ids import JsonObject
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Member
from signaling.domain.subject import Subject


@dataclass(frozen=True, slots=True)
class CallRules:
    """Times of a call's life, in seconds."""

    reconnect_grace: float
    wrap_up: float
    wrap_up_at_most: float
    """How long after its end a call's wrap-up can be put off by writing."""
    amend_within: float
    """How long after a call was closed its result can be finished or amended."""
    requeue_wait: float
    """How long a call that lost its specialist waits for the next one."""
    miss_cooldown: float = 45.0
    """How long a call is not offered again to somebody who missed it."""
    reject_cooldown: float = 90.0
    wrap_up_writing: float = 60.0
    """What is left at least of the wrap-up of somebody who has just written something."""


@dataclass(frozen=True, slots=True)
class Logged:
    """What to append to the event log."""

    kind: LogKind
    actor: str | None
    data: JsonObject


@dataclass(frozen=True, slots=True)
class Step:
    """The call after an input, and its log entries."""

    call: Call
    logged: tuple[Logged, ...]


def log(kind: LogKind, who: Subject | None = None, /, **data: object) -> Logged:
    """Return an entry of what somebody did, or what happened by itself."""
    return Logged(kind, who.log_name if who is not None else None, dict(data))


def changed(call: Call, *members: Member) -> tuple[Member, ...]:
    """Return the members of a call with some of them as given."""
    given = {member.participant_id: member for member in members}
    return tuple(given.get(member.participant_id, member) for member in call.members)


def all_back(call: Call) -> tuple[Member, ...]:
    """Return the members, none of them lost any more."""
    return tuple(replace(member, lost_at=None) for member in call.members)


def gone(call: Call, now: float, rules: CallRules) -> tuple[Member, ...]:
    """Return those who stayed away beyond the grace time."""
    return tuple(
        member
        for member in call.lost
        if member.lost_at is not None and now >= member.lost_at + rules.reconnect_grace
    )


def close(call: Call, end: CallEnd, now: float, *logged: Logged) -> Step:
    """Close a call for good."""
    closed = replace(
        call,
        state=CallState.CLOSED,
        end=end,
        asks=(),
        members=all_back(call),
        ended_at=call.ended_at if call.ended_at is not None else now,
        wrap_up_until=None,
        closed_at=now,
        recording=RecordingState.OFF,
        recording_reason=None,
    )
    return Step(closed, (*logged, log(LogKind.CALL_CLOSED, end=end.value)))


def material(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """A material was ticked off."""
    assert isinstance(given, MaterialSet)
    if all(material.name != given.material.name for material in call.materials):
        raise InvalidError("material_unknown", field="name")
    materials = tuple(
        given.material if material.name == given.material.name else material for material in call.materials
    )
    if materials == call.materials:
        return None
    logged = log(LogKind.MATERIAL_SET, given.by, name=given.material.name, state=given.material.state.value)
    return Step(replace(call, materials=materials), (logged,))


def nothing(call: Call, given: CallInput, now: float, rules: CallRules) -> Step | None:
    """Accept the input and change nothing."""
    return None
