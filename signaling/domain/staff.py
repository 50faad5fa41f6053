"""People with an account and what they can take."""

from dataclasses import dataclass
from enum import StrEnum

from signaling.domain.ids import DepartmentId, PointId, RegionCode, StaffId
from signaling.domain.roles import Post, Role


class SkillKind(StrEnum):
    """A skill names one item by its code, or everything of a bureau by its name (医疗保障局)."""

    ITEM = "item"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class Skill:
    """What a specialist can take, level 1 (learning) to 5 (authority)."""

    staff_id: StaffId
    kind: SkillKind
    target: str
    level: int


@dataclass(frozen=True, slots=True)
class Staff:
    """A person with an account, scoped to a region and, for specialists, to departments."""

    staff_id: StaffId
    username: str
    name: str
    roles: frozenset[Role]
    posts: frozenset[Post]
    region_code: RegionCode
    department_ids: tuple[DepartmentId, ...] = ()
    point_id: PointId | None = None
    languages: tuple[str, ...] = ("普通话",)
    enabled: bool = True
    demo: bool = False
    must_change_password: bool = False

    @property
    def answers_calls(self) -> bool:
        """True for specialists in the post of responder (应答), to whom calls may be offered."""
        return Role.SPECIALIST in self.roles and Post.RESPONDER in self.posts
