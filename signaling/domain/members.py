"""Who is in a call, and who is being asked in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from signaling.domain.ids import AskId, ParticipantId
from signaling.domain.subject import Subject


class Part(StrEnum):
    """What somebody is in a call; what that allows is `seating`'s to say."""

    CLERK = "clerk"
    CITIZEN = "citizen"
    SPECIALIST = "specialist"
    CONSULTANT = "consultant"
    MONITOR = "monitor"
    WHISPERER = "whisperer"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody's place in a call.

    `participant_id` names their tracks and recording lanes and is never given to anybody else. `lost_at` is
    since when their connection is gone, `left_at` when they gave the place up; who was there to the end never
    left.
    """

    who: Subject
    part: Part
    participant_id: ParticipantId
    joined_at: float
    lost_at: float | None = None
    left_at: float | None = None


class AskPurpose(StrEnum):
    """What somebody is asked to do: take a waiting call."""

    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Ask:
    """A call rings at somebody until a time; `reasons` say why this person."""

    ask_id: AskId
    who: Subject
    purpose: AskPurpose
    made_at: float
    until: float
    reasons: tuple[str, ...] = ()


def seated(members: Sequence[Member], who: Subject, part: Part, now: float) -> tuple[Member, ...]:
    """Return the members with one more; who had the part before gets the place of then back."""
    for member in members:
        if (member.who, member.part) == (who, part):
            again = replace(member, joined_at=now, lost_at=None, left_at=None)
            return tuple(again if one is member else one for one in members)
    before = sum(member.part is part for member in members)
    name = part.value if before == 0 else f"{part.value}-{before + 1}"
    return (*members, Member(who, part, name, now))
