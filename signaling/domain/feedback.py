"""What people leave behind: ratings (好差评), messages (留言), and the pads ratings come from."""

from dataclasses import dataclass
from enum import StrEnum

from signaling.domain.ids import CallId, ItemCode, PadId, PointId, RegionCode, StaffId


class RatingLevel(StrEnum):
    """Five levels, the last two bad; DEFAULT is no answer in time and never mixed with real ones."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    FAIR = "fair"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Rating:
    """One rating per call and item (一事一评); `pad_id` is None for a default."""

    call_id: CallId
    item_code: ItemCode
    level: RatingLevel
    comment: str
    given_at: float
    pad_id: PadId | None = None


@dataclass(frozen=True, slots=True)
class Pad:
    """A paired rating pad: a device locked to one point; its credential is kept as a digest only."""

    pad_id: PadId
    point_id: PointId
    paired_at: float
    paired_by: StaffId
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class LeftMessage:
    """A 留言 for a bureau of a region, left when nobody could answer."""

    message_id: str
    call_id: CallId | None
    item_code: ItemCode
    department: str
    department_id: str | None
    point_id: PointId
    region_code: RegionCode
    name: str
    phone: str
    question: str
    left_at: float
    left_by: StaffId
    read_at: float | None = None
    read_by: StaffId | None = None
    """Who was the first to open it, and so has the phone to call back."""
    closed_at: float | None = None
    closed_by: StaffId | None = None
    answer: str = ""
