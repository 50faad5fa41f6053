"""Items (政务服务事项) and where they are offered."""

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signaling.domain.control.policy import EVERYTHING, ControlPolicy
from signaling.domain.ids import ItemCode, RegionCode, StaffId
from signaling.domain.regions import RegionTree


class Lifecycle(StrEnum):
    """From writing to withdrawal; only pilot and live items can be requested."""

    DRAFT = "draft"
    PILOT = "pilot"
    LIVE = "live"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """One 问答 of an item."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Item:
    """An item in one version; `department` is a bureau's name, `level` where it is handled (县, 乡镇, 村)."""

    code: ItemCode
    version: int
    name: str
    department: str
    level: str
    keywords: tuple[str, ...]
    materials: tuple[str, ...]
    steps: tuple[str, ...]
    questions: tuple[QuestionAnswer, ...]
    languages: tuple[str, ...]
    lifecycle: Lifecycle = Lifecycle.LIVE
    sample: bool = False
    control: ControlPolicy = EVERYTHING
    """What may be granted of the counter PC at most while it is handled."""

    @property
    def requestable(self) -> bool:
        """True when a call may be requested for it."""
        return self.lifecycle in (Lifecycle.PILOT, Lifecycle.LIVE)


GENERAL_DESK: Final = Item(
    code="general",
    version=1,
    name="综合窗口",
    department="综合窗口",
    level="",
    keywords=(),
    materials=(),
    steps=(),
    questions=(),
    languages=("普通话",),
)
"""The matter nobody could name: every catalogue has it, everywhere, and whoever answers calls takes it."""

_DESKS: Final = ("综合窗口", "政务服务")


def is_general_desk(bureau: str) -> bool:
    """True for a bureau whose people are the general desk, whatever a county calls it (政务服务管理局, …)."""
    return any(word in bureau for word in _DESKS)


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """The next version of an item while it is written; one for each item.

    Nobody sees it but those who write items. Who hands it in (`submitted_by`) is the last who wrote in it;
    somebody else reads and publishes it. Writing in it takes it back.
    """

    item: Item
    written_by: StaffId
    written_at: float
    submitted_by: StaffId | None = None


def is_offered(tree: RegionTree, offered_in: Set[RegionCode], region_code: RegionCode) -> bool:
    """True when a region of `offered_in` covers `region_code`."""
    return any(tree.covers(scope, region_code) for scope in offered_in)
