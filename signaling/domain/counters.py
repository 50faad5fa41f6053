"""Counter PCs and the helper on each: the small program that lets somebody be helped with the PC itself."""

from dataclasses import dataclass

from signaling.domain.ids import PointId, StaffId


@dataclass(frozen=True, slots=True)
class CounterMonitor:
    """A monitor of a counter PC: its rectangle in the desktop's pixels, and the colour that marks it."""

    id: str
    x: int
    y: int
    w: int
    h: int
    colour: str


@dataclass(frozen=True, slots=True)
class CounterHelper:
    """A paired helper: a device of one counter PC; its key is kept as a digest only.

    Attributes:
        counter: which PC, by the name its browser gave itself; the clerk's page on it says the same.
        name, system: what the PC calls itself and what it runs, for people who look after it.
    """

    helper_id: str
    point_id: PointId
    counter: str
    name: str
    system: str
    paired_at: float
    paired_by: StaffId
