"""The directory as it is kept, and a change of it that happens as a whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from signaling.domain.ids import ItemCode, RegionCode, StaffId
from signaling.domain.items import Item, ItemDraft
from signaling.domain.places import Department, ServicePoint
from signaling.domain.regions import Region
from signaling.domain.staff import Skill, Staff


@dataclass(frozen=True, slots=True)
class DirectoryData:
    """Everything small and slow-changing, read as a whole.

    `revision` counts the changes: a reading is out of date when the store's is another one.
    """

    regions: tuple[Region, ...] = ()
    points: tuple[ServicePoint, ...] = ()
    departments: tuple[Department, ...] = ()
    items: tuple[Item, ...] = ()
    """The newest published version of each."""
    offerings: tuple[tuple[ItemCode, RegionCode], ...] = ()
    staff: tuple[Staff, ...] = ()
    skills: tuple[Skill, ...] = ()
    drafts: tuple[ItemDraft, ...] = ()
    revision: int = 0


@dataclass(frozen=True, slots=True)
class DirectoryChange:
    """What is inserted or replaced by its key; `skills` are a person's from then on, and all of them."""

    regions: tuple[Region, ...] = ()
    points: tuple[ServicePoint, ...] = ()
    departments: tuple[Department, ...] = ()
    items: tuple[Item, ...] = ()
    offered: tuple[tuple[ItemCode, RegionCode], ...] = ()
    withdrawn: tuple[tuple[ItemCode, RegionCode], ...] = ()
    staff: tuple[Staff, ...] = ()
    skills: Mapping[StaffId, tuple[Skill, ...]] = field(default_factory=dict)
    drafts: tuple[ItemDraft, ...] = ()
    drafts_gone: tuple[ItemCode, ...] = ()
    """Items whose draft was published or thrown away."""
