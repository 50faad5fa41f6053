"""Who of a call is told of something: its members' sockets, as the table of parts has it.

A socket stands in a call for as long as its member does; what others do reaches only those who may see or
hear them, so that nobody is told of somebody they must not know of.
"""

from collections.abc import Callable

from signaling.domain.members import Member, Part
from signaling.domain.seating import is_seen, reaches
from signaling.domain.session import Track
from signaling.web.notifier.table import Stage
from signaling.web.sio.connection import Connection

Knows = Callable[[Part, Part], bool]
"""(who does something, who might be told) → whether they are."""


def everybody(stage: Stage, call_id: str) -> list[Connection]:
    """Return the sockets of the members."""
    return [one for one, _ in _present(stage, call_id)]


def others(stage: Stage, call_id: str, participant_id: str) -> list[Connection]:
    """Return the sockets of all but somebody who knows already, as far as they may know of them."""
    told = _who_know(stage, call_id, participant_id, is_seen)
    return [one for one, member in told if member.participant_id != participant_id]


def who_see(stage: Stage, call_id: str, participant_id: str) -> list[Connection]:
    """Return the sockets of those who may know that somebody is there, and somebody's own."""
    return [one for one, _ in _who_know(stage, call_id, participant_id, is_seen)]


def who_get(stage: Stage, call_id: str, participant_id: str, track: Track) -> list[Connection]:
    """Return the sockets of those whom somebody's track reaches, and somebody's own."""
    told = _who_know(stage, call_id, participant_id, lambda sender, by: reaches(sender, track, by))
    return [one for one, _ in told]


def _who_know(
    stage: Stage, call_id: str, participant_id: str, knows: Knows
) -> list[tuple[Connection, Member]]:
    call = stage.context.services.session.call(call_id)
    somebody = call.participant(participant_id) if call is not None else None
    if somebody is None:
        return []
    return [
        (one, member)
        for one, member in _present(stage, call_id)
        if member.participant_id == participant_id or knows(somebody.part, member.part)
    ]


def _present(stage: Stage, call_id: str) -> list[tuple[Connection, Member]]:
    call = stage.context.services.session.call(call_id)
    if call is None:
        return []
    seats = ((one, call.member_of(one.actor.who)) for one in stage.hub.in_call(call_id))
    return [(one, member) for one, member in seats if member is not None]
