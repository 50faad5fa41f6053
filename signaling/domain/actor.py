"""Who acts: a signed-in person or a paired pad, with what they may do and where."""

from dataclasses import dataclass

from signaling.domain.errors import ForbiddenError
from signaling.domain.ids import DepartmentId, PadId, PointId, RegionCode, StaffId


@dataclass(frozen=True, slots=True)
class Actor:
    """The subject of a command.

    `address` is the peer's network address, for the audit log; `ends_at` when the sign-in it comes from ends
    unless it is renewed, wall seconds.
    """

    name: str
    permissions: frozenset[str]
    region_code: RegionCode
    staff_id: StaffId | None = None
    pad_id: PadId | None = None
    session_id: str | None = None
    department_ids: frozenset[DepartmentId] = frozenset()
    point_id: PointId | None = None
    address: str = ""
    ends_at: float = float("inf")

    def require(self, permission: str) -> None:
        """Raise `forbidden` when the permission is not held."""
        if permission not in self.permissions:
            raise ForbiddenError(permission=permission)

    @property
    def person(self) -> StaffId:
        """The staff id; raises `forbidden` for a device."""
        if self.staff_id is None:
            raise ForbiddenError("not_a_person")
        return self.staff_id

    @property
    def subject(self) -> str:
        """How the audit log and call events name the actor."""
        return self.staff_id or (f"pad:{self.pad_id}" if self.pad_id else "anonymous")
