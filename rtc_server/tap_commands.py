"""What the owner of a router tells its taps: one definition each, and the message it travels as.

Encoded by who owns the calls, decoded once by the control methods and carried out by the tap host.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias, get_args

from rtc_server.tagged_json import TaggedJson


@dataclass(frozen=True, slots=True)
class OpenTap:
    """Record every producer of a router.

    Attributes:
        directory: absolute path of the call's journals; made if missing.
        call_id: the call they are of.
    """

    directory: str
    call_id: str


@dataclass(frozen=True, slots=True)
class PauseTap:
    """Keep nothing of some tracks, of producers to come too.

    Attributes:
        reason: shown in the gap.
        tracks: each a track (`camera`) or a participant's (`clerk/camera`); None: all.
    """

    reason: str
    tracks: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ResumeTap:
    """Keep tracks again; they are named as in `PauseTap`."""

    tracks: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TrackTags:
    """Whose track a producer is, as its application data; the rest of the media process looks at none of it.

    Attributes:
        participant: names the recording lane.
        track: `microphone`, `camera`, `document_camera` or `desktop`.
        generation: of the participant's pages.
        recorded: whether it is kept in a router that is recorded.
    """

    participant: str
    track: str
    generation: int
    recorded: bool


TapCommand: TypeAlias = PauseTap | ResumeTap

TAP_OPENINGS: Final[TaggedJson[OpenTap]] = TaggedJson("tap", OpenTap)
TRACK_TAGS: Final[TaggedJson[TrackTags]] = TaggedJson("track", TrackTags)
TAP_COMMANDS: Final[TaggedJson[TapCommand]] = TaggedJson("tap command", *get_args(TapCommand))
"""How they travel."""
