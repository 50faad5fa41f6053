"""Who may see which call: its people, and those whose region and departments cover it."""

from signaling.domain.actor import Actor
from signaling.domain.call_model import Call
from signaling.domain.errors import ForbiddenError
from signaling.domain.members import Member
from signaling.domain.roles import Permission
from signaling.domain.seating import Act, may
from signaling.services.directory import Directory

_OVERSEEING = frozenset({Permission.RECORDING_READ, Permission.QUEUE_OVERSEE})
"""What lets somebody see calls they are not in."""


def covers(directory: Directory, actor: Actor, region_code: str) -> bool:
    """True when the region lies within the actor's."""
    return directory.tree.covers(actor.region_code, region_code)


def require_region(directory: Directory, actor: Actor, region_code: str) -> None:
    """Raise `out_of_scope` unless the region lies within the actor's."""
    if not covers(directory, actor, region_code):
        raise ForbiddenError("out_of_scope")


def bureaus_of(directory: Directory, actor: Actor) -> frozenset[str] | None:
    """Return the bureaus whose matters the actor sees; None (all) for an overseer without departments."""
    if not actor.department_ids:
        return None if actor.permissions & _OVERSEEING else frozenset()
    return frozenset(
        entry.bureau for entry in directory.all_departments() if entry.department_id in actor.department_ids
    )


def in_departments(directory: Directory, actor: Actor, bureau: str) -> bool:
    """True when the bureau is one of the actor's departments', or the actor oversees them all."""
    bureaus = bureaus_of(directory, actor)
    return bureaus is None or bureau in bureaus


def is_involved(call: Call, actor: Actor) -> bool:
    """True for the members of the call, and for whom it rings at."""
    return call.member_of(actor.who) is not None or any(ask.who == actor.who for ask in call.asks)


def may_see(directory: Directory, actor: Actor, call: Call) -> bool:
    """True for those involved, and for overseers whose region (and departments) cover the call."""
    if is_involved(call, actor):
        return True
    return (
        bool(actor.permissions & _OVERSEEING)
        and covers(directory, actor, call.region_code)
        and in_departments(directory, actor, call.department)
    )


def require_view(directory: Directory, actor: Actor, call: Call) -> None:
    """Raise `out_of_scope` unless the actor may see the call."""
    if not may_see(directory, actor, call):
        raise ForbiddenError("out_of_scope")


def require_member(call: Call, actor: Actor) -> Member:
    """Return the actor's place in the call; raise `not_in_call`."""
    member = call.member_of(actor.who)
    if member is None:
        raise ForbiddenError("not_in_call")
    return member


def require_act(call: Call, actor: Actor, act: Act) -> Member:
    """Return the actor's place in the call.

    Raises:
        ForbiddenError: `not_in_call`, or `part_may_not` when their part does not allow the act.
    """
    member = require_member(call, actor)
    if not may(member.part, act):
        raise ForbiddenError("part_may_not")
    return member
