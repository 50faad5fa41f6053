"""Who acts: a signed-in person or a paired pad, with what they may do and where."""

from dataclasses import dataclass

from signaling.domain.errors import ForbiddenError
from signaling.domain.ids import DepartmentId, PointId, RegionCode, StaffId
from signaling.domain.roles import Permission
from signaling.domain.subject import Subject


@dataclass(frozen=True, slots=True)
class Actor:
    """Who gives a command.

    `who` names them, `name` is for people; `address` is the peer's network address, for the audit log;
    `ends_at` when the sign-in it comes from ends unless it is renewed, wall seconds.
    """

    who: Subject
    name: str
    permissions: frozenset[Permission]
    region_code: RegionCode
    session_id: str | None = None
    department_ids: frozenset[DepartmentId] = frozenset()
    point_id: PointId | None = None
    address: str = ""
    ends_at: float = float("inf")

    def require(self, permission: Permission) -> None:
        """Raise `forbidden` when the permission is not held."""
        if permission not in self.permissions:
            raise ForbiddenError(permission=permission.value)

    @property
    def person(self) -> StaffId:
        """The staff id; raises `forbidden` for a device."""
        staff_id = self.who.staff_id
        if staff_id is None:
            raise ForbiddenError("not_a_person")
        return staff_id
