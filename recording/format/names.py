"""Names of journals and lanes (RECORDING 5).

A call has one directory; in it `<lane>.<segment>.<track>.journal`, segments counted from 0001 for each
lane and track. A lane is what a player shows together: `<participant>` (microphone and camera),
`<participant>-document_camera`, `<participant>-desktop`. Browsers show only the first video track of a
file, hence one lane a picture.
"""

import re
from dataclasses import dataclass
from typing import Final

from recording.errors import InvalidNameError

SUFFIX: Final = ".journal"
_FILE: Final = re.compile(r"([A-Za-z0-9_-]{1,96})\.(\d{4,6})\.([a-z_]{1,20})\.journal")

PERSON: Final = "person"
LANE_KINDS: Final = {
    "microphone": PERSON,
    "camera": PERSON,
    "document_camera": "document_camera",
    "desktop": "desktop",
}
"""Track → kind of its lane; a track that is not here is not recorded."""


def lane_of(participant: str, track: str) -> str:
    """Return the lane a participant's track belongs to.

    Raises:
        InvalidNameError: no such track.
    """
    kind = LANE_KINDS.get(track)
    if kind is None:
        raise InvalidNameError("No lane for this kind of track.")
    return participant if kind == PERSON else f"{participant}-{kind}"


def participant_of(lane: str, track: str) -> str:
    """Return whose lane it is that `track` belongs to."""
    kind = LANE_KINDS.get(track, PERSON)
    return lane if kind == PERSON else lane.removesuffix(f"-{kind}")


@dataclass(frozen=True, slots=True)
class JournalName:
    """File name of a journal, taken apart."""

    lane: str
    segment: int
    track: str

    def __str__(self) -> str:
        return f"{self.lane}.{self.segment:04d}.{self.track}{SUFFIX}"

    @classmethod
    def parse(cls, name: str) -> "JournalName | None":
        """Return the parts of `name`, or None if it is no journal's name."""
        match = _FILE.fullmatch(name)
        return cls(match[1], int(match[2]), match[3]) if match else None
