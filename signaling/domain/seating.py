"""The one table of parts: who may send what, hears, sees and records whom, and may do what in a call.

Media, notices, journal lanes, tiles and commands all read it. A row says what holds of the people in a part;
whom they hear and see follows from the others' rows. Who is in which part is not decided here, nor what a
person may do by their role (`roles`): both must allow an act.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from signaling.domain.members import Part
from signaling.domain.session import Track


class Act(Enum):
    """What people do in a call beside sending and receiving."""

    CANCEL = auto()
    END = auto()
    LEAVE = auto()
    ASK_IN = auto()
    PAUSE_RECORDING = auto()
    CHAT = auto()
    ANNOTATE = auto()
    PUSH_CARD = auto()
    TAKE_STILL = auto()
    TICK_MATERIAL = auto()
    STORE_RESULT = auto()
    LEAVE_MESSAGE = auto()
    READ_APPLICANT = auto()
    """See in full whom the call is for."""


class Entry(Enum):
    """How somebody comes into a call."""

    REQUEST = auto()
    """They asked for help: with them the call begins."""
    OFFER = auto()
    """It rang at them and they took it."""
    INVITATION = auto()
    """Somebody who may ask others in did so."""
    SUPERVISION = auto()
    """By themself, because it is theirs to watch over."""


class Absence(Enum):
    """What it means that somebody stays away beyond the grace time."""

    ENDS = auto()
    """Nobody is there who could be helped: the call is over."""
    REQUEUES = auto()
    """The call waits for the next one."""
    FREES = auto()
    """Their place is given up; the others never waited for them."""


@dataclass(frozen=True, slots=True)
class PartRule:
    """One row.

    Attributes:
        entry: how they come in.
        sends: the tracks they may send.
        heard_by: whose speakers get their sound.
        seen_by: whose rosters name them, and whose pages get their pictures.
        recorded: which of their tracks the journal keeps, each in a lane of theirs.
        acts: what they may do.
        absence: what becomes of the call without them.
    """

    entry: Entry
    sends: frozenset[Track]
    heard_by: frozenset[Part]
    seen_by: frozenset[Part]
    recorded: frozenset[Track]
    acts: frozenset[Act]
    absence: Absence


_NOBODY: Final[frozenset[Part]] = frozenset()
_ALL: Final = frozenset(Part)
_FACE: Final = frozenset({Track.MICROPHONE, Track.CAMERA})
_ADVISER: Final = _FACE | {Track.DESKTOP}

PART_RULES: Final[Mapping[Part, PartRule]] = MappingProxyType(
    {
        Part.CLERK: PartRule(
            entry=Entry.REQUEST,
            sends=frozenset(Track),
            heard_by=_ALL,
            seen_by=_ALL,
            recorded=frozenset(Track),
            acts=frozenset(
                {
                    Act.CANCEL,
                    Act.END,
                    Act.PAUSE_RECORDING,
                    Act.CHAT,
                    Act.ANNOTATE,
                    Act.TAKE_STILL,
                    Act.TICK_MATERIAL,
                    Act.LEAVE_MESSAGE,
                    Act.READ_APPLICANT,
                }
            ),
            absence=Absence.ENDS,
        ),
        Part.CITIZEN: PartRule(
            entry=Entry.REQUEST,
            sends=frozenset(Track),
            heard_by=_ALL,
            seen_by=_ALL,
            recorded=frozenset(Track),
            acts=frozenset({Act.CANCEL, Act.END, Act.CHAT, Act.LEAVE_MESSAGE, Act.READ_APPLICANT}),
            absence=Absence.ENDS,
        ),
        Part.SPECIALIST: PartRule(
            entry=Entry.OFFER,
            sends=_ADVISER,
            heard_by=_ALL,
            seen_by=_ALL,
            recorded=_ADVISER,
            acts=frozenset(
                {
                    Act.END,
                    Act.ASK_IN,
                    Act.PAUSE_RECORDING,
                    Act.CHAT,
                    Act.ANNOTATE,
                    Act.PUSH_CARD,
                    Act.TICK_MATERIAL,
                    Act.STORE_RESULT,
                    Act.READ_APPLICANT,
                }
            ),
            absence=Absence.REQUEUES,
        ),
        Part.CONSULTANT: PartRule(
            entry=Entry.INVITATION,
            sends=_ADVISER,
            heard_by=_ALL,
            seen_by=_ALL,
            recorded=_ADVISER,
            acts=frozenset({Act.LEAVE, Act.CHAT, Act.ANNOTATE, Act.PUSH_CARD, Act.READ_APPLICANT}),
            absence=Absence.FREES,
        ),
        Part.MONITOR: PartRule(
            entry=Entry.SUPERVISION,
            sends=frozenset(),
            heard_by=_NOBODY,
            seen_by=_NOBODY,
            recorded=frozenset(),
            acts=frozenset({Act.LEAVE}),
            absence=Absence.FREES,
        ),
        Part.WHISPERER: PartRule(
            entry=Entry.SUPERVISION,
            sends=frozenset({Track.MICROPHONE}),
            heard_by=frozenset({Part.SPECIALIST}),
            seen_by=frozenset({Part.SPECIALIST}),
            recorded=frozenset(),
            acts=frozenset({Act.LEAVE}),
            absence=Absence.FREES,
        ),
    }
)
"""A whisper is advice to a colleague and nothing the citizen agreed to have kept: it is not recorded."""

PLACES: Final[Mapping[Entry, int]] = MappingProxyType(
    {Entry.REQUEST: 1, Entry.OFFER: 1, Entry.INVITATION: 4, Entry.SUPERVISION: 2}
)
"""How many may be in a call at once who came in each of these ways.

They are counted apart: a call must not be fuller for its people because somebody unseen watches over it.
"""


def may_send(part: Part, track: Track) -> bool:
    """True when people in this part may send the track."""
    return track in PART_RULES[part].sends


def is_seen(part: Part, by: Part) -> bool:
    """True when people in `part` are named in the roster of those in `by`."""
    return by in PART_RULES[part].seen_by


def reaches(sender: Part, track: Track, receiver: Part) -> bool:
    """True when a track of somebody in `sender` goes to those in `receiver`."""
    rule = PART_RULES[sender]
    return receiver in (rule.heard_by if track.kind == "audio" else rule.seen_by) and may_send(sender, track)


def is_recorded(part: Part, track: Track) -> bool:
    """True when the journal keeps the track."""
    return track in PART_RULES[part].recorded


def may(part: Part, act: Act) -> bool:
    """True when people in this part may do it."""
    return act in PART_RULES[part].acts


def entry_of(part: Part) -> Entry:
    """Return how people get this part."""
    return PART_RULES[part].entry


def has_place(parts: Iterable[Part], part: Part) -> bool:
    """True when a call with people in these parts has room for one more in `part`."""
    entry = entry_of(part)
    return sum(entry_of(other) is entry for other in parts) < PLACES[entry]


def absence_of(part: Part) -> Absence:
    """Return what it means that somebody in this part stays away."""
    return PART_RULES[part].absence
