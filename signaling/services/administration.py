"""Administrators: staff, skills, points; every change is audited and the next routing decision follows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from signaling.domain.actor import Actor
from signaling.domain.places import ServicePoint
from signaling.domain.staff import Skill, Staff


@dataclass(frozen=True, slots=True)
class StaffInput:
    """A new account."""

    username: str
    name: str
    roles: tuple[str, ...]
    region_code: str
    posts: tuple[str, ...] = ()
    department_ids: tuple[str, ...] = ()
    point_id: str | None = None
    languages: tuple[str, ...] = ("普通话",)


class AdministrationService:
    def staff(self, actor: Actor) -> list[Staff]:
        raise NotImplementedError

    async def create_staff(self, actor: Actor, given: StaffInput) -> tuple[Staff, str]:
        raise NotImplementedError

    async def set_enabled(self, actor: Actor, staff_id: str, *, enabled: bool) -> Staff:
        raise NotImplementedError

    async def reset_password(self, actor: Actor, staff_id: str) -> tuple[Staff, str]:
        raise NotImplementedError

    def skills(self, actor: Actor, staff_id: str) -> Sequence[Skill]:
        raise NotImplementedError

    async def set_skills(self, actor: Actor, staff_id: str, skills: Sequence[Skill]) -> Sequence[Skill]:
        raise NotImplementedError

    def points(self, actor: Actor) -> list[ServicePoint]:
        raise NotImplementedError

    async def open_point(
        self,
        actor: Actor,
        *,
        name: str,
        region_code: str,
        phone: str,
        opening_hours: str,
        equipment: tuple[str, ...],
    ) -> ServicePoint:
        raise NotImplementedError

    async def set_point_enabled(self, actor: Actor, point_id: str, *, enabled: bool) -> ServicePoint:
        raise NotImplementedError
