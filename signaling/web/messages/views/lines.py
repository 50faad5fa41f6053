"""How well the lines of a call carry it, for its people and for those set over it."""

from signaling.web.messages.base import Direction, Message, Part, Quality, Timestamp


class WorstLineView(Message):
    """The worst line of a running call now: whose and which way, in a word, and the MOS of its sound."""

    name: str
    direction: Direction
    level: Quality
    opinion: float | None


class LineView(Message):
    """One person's line in one direction: columns of equal length, a value each `step_ms`, else a gap.

    Rates and losses, delays and layers are the server's own figures. What the page said of what it received
    stands in `made_up`, `freeze_ms`, `freezes`, `frames` and `buffer_ms`: it may say nothing, or anything.
    """

    participant_id: str
    name: str
    part: Part
    direction: Direction
    step_ms: int
    began_at: Timestamp
    at_ms: list[int]
    """End of each value, since `began_at`."""
    opinion: list[float | None]
    """MOS of the sound, 1.0–4.5, by ITU-T G.107 with G.113's parameters; none without sound."""
    level: list[Quality]
    kbps: list[int]
    lost: list[int | None]
    """Per mille of all packets."""
    sound_lost: list[int | None]
    """Per mille of the packets with sound."""
    rtt_ms: list[int | None]
    jitter_ms: list[int | None]
    layer: list[int | None]
    """The lowest encoding that the line has some picture reduced to, −1 for one held back."""
    made_up: list[int | None]
    """Per mille of the sound played that had not come."""
    freezes: list[int | None]
    freeze_ms: list[int | None]
    """Of two seconds, the worst."""
    frames: list[int | None]
    """Decoded in two seconds."""
    buffer_ms: list[int | None]


class LineList(Message):
    """The lines of a call, or one's own."""

    lines: list[LineView]
