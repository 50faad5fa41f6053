"""Regions, departments and service points: made, changed and retired within the administrator's region.

Nothing is deleted: what happened there names them. Every change is audited, and what follows from it (search,
routing, whose phone is told) follows at once.
"""

from collections.abc import Iterable
from dataclasses import replace

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditAct
from signaling.domain.control.policy import ControlPolicy, narrowest
from signaling.domain.directory_data import DirectoryChange
from signaling.domain.errors import InvalidError, StateError
from signaling.domain.places import Department, ServicePoint
from signaling.domain.regions import EVERYWHERE, Region, is_below
from signaling.domain.roles import Permission
from signaling.services.audit import AuditService
from signaling.services.directory import DirectoryService
from signaling.services.pads import PadService
from signaling.services.ports import Ports
from signaling.services.scope import covers, require_region
from signaling.services.settings import ServiceSettings


class PlaceService:
    """Where people are served, and by whom."""

    def __init__(
        self,
        ports: Ports,
        settings: ServiceSettings,
        directory: DirectoryService,
        audit: AuditService,
        pads: PadService,
    ) -> None:
        self._turn = settings.deployment.turn
        self._ports = ports
        self._directory = directory
        self._audit = audit
        self._pads = pads

    async def add_region(self, actor: Actor, region: Region) -> Region:
        """Add a region below one of the actor's; whose scope is everywhere can add one below none.

        Raises InvalidError: `region_taken`, `region_parent_needed`, `region_level`.
        """
        actor.require(Permission.REGION_WRITE)
        tree = self._directory.current.tree
        if region.code in tree:
            raise InvalidError("region_taken", field="code")
        if region.parent is not None:
            self._require_open(actor, region.parent)
            if not is_below(region.level, tree.get(region.parent).level):
                raise InvalidError("region_level", field="level")
        elif actor.region_code != EVERYWHERE:
            raise InvalidError("region_parent_needed", field="parent")
        return await self._save_region(actor, region)

    async def change_region(
        self, actor: Actor, code: str, *, name: str | None = None, retired: bool | None = None
    ) -> Region:
        """Rename or retire a region of the actor's, or take it back; raises `region_in_use`."""
        actor.require(Permission.REGION_WRITE)
        region = self._directory.current.tree.get(code)
        require_region(self._directory.current, actor, code)
        if retired and not region.retired:
            self._require_unused(code)
        return await self._save_region(
            actor,
            replace(
                region,
                name=region.name if name is None else name,
                retired=region.retired if retired is None else retired,
            ),
        )

    async def add_department(self, actor: Actor, given: Department) -> Department:
        """Add a department to a region of the actor's; `given` has no id yet. Raises `department_taken`."""
        actor.require(Permission.DEPARTMENT_WRITE)
        self._require_open(actor, given.region_code)
        department = replace(given, department_id=self._ports.secrets.new_id())
        self._require_only_one(department)
        return await self._save_department(actor, department)

    async def change_department(self, actor: Actor, given: Department) -> Department:
        """Change a department, or open and close it; its region stays. Raises `department_taken`."""
        actor.require(Permission.DEPARTMENT_WRITE)
        present = self._directory.current.department(given.department_id)
        require_region(self._directory.current, actor, present.region_code)
        department = replace(given, region_code=present.region_code)
        self._require_only_one(department)
        return await self._save_department(actor, department)

    def points(self, actor: Actor) -> list[ServicePoint]:
        """Return the points within the actor's region, or the actor's own."""
        directory = self._directory.current
        return [
            point
            for point in directory.all_points()
            if covers(directory, actor, point.region_code) or point.point_id == actor.point_id
        ]

    async def open_point(self, actor: Actor, given: ServicePoint) -> ServicePoint:
        """Open a service point in a region of the actor's; `given` has no id yet."""
        actor.require(Permission.POINT_WRITE)
        self._require_open(actor, given.region_code)
        point = replace(given, point_id=self._ports.secrets.new_id())
        await self._directory.change(DirectoryChange(points=(point,)))
        await self._audit.record(actor, AuditAct.POINT_OPENED, point.point_id, name=point.name)
        return point

    async def change_point(self, actor: Actor, given: ServicePoint) -> ServicePoint:
        """Change a point's name, phone, hours, equipment and languages; its region stays."""
        present = self._point(actor, given.point_id)
        point = replace(
            given,
            region_code=present.region_code,
            enabled=present.enabled,
            demo=present.demo,
            control=present.control,
            relay_only=present.relay_only,
        )
        await self._directory.change(DirectoryChange(points=(point,)))
        await self._audit.record(actor, AuditAct.POINT_CHANGED, point.point_id, name=point.name)
        return point

    async def set_point_control(self, actor: Actor, point_id: str, policy: ControlPolicy) -> ServicePoint:
        """Say what may be granted of a point's counter PCs at most, from the next question on."""
        changed = replace(self._point(actor, point_id), control=narrowest([policy]))
        await self._directory.change(DirectoryChange(points=(changed,)))
        scopes = sorted(changed.control.scopes)
        await self._audit.record(actor, AuditAct.POINT_CONTROL, point_id, scopes=scopes)
        return changed

    async def set_point_relay_only(self, actor: Actor, point_id: str, *, relay_only: bool) -> ServicePoint:
        """Send a point's media through the TURN servers only, or any way, from the next join on.

        Raises:
            StateError: `no_turn` where browsers are told no TURN server: nothing would be heard and seen.
        """
        changed = replace(self._point(actor, point_id), relay_only=relay_only)
        if relay_only and not self._turn:
            raise StateError("no_turn", field="relay_only")
        await self._directory.change(DirectoryChange(points=(changed,)))
        await self._audit.record(actor, AuditAct.POINT_NETWORK, point_id, relay_only=relay_only)
        return changed

    async def set_point_enabled(self, actor: Actor, point_id: str, *, enabled: bool) -> ServicePoint:
        """Open or close a point; a closed one requests no calls, and its pads are paired no more."""
        changed = replace(self._point(actor, point_id), enabled=enabled)
        await self._directory.change(DirectoryChange(points=(changed,)))
        await self._audit.record(
            actor, AuditAct.POINT_ENABLED if enabled else AuditAct.POINT_DISABLED, point_id
        )
        if not enabled:
            await self._pads.revoke(actor, point_id)
        return changed

    async def _save_region(self, actor: Actor, region: Region) -> Region:
        await self._directory.change(DirectoryChange(regions=(region,)))
        await self._audit.record(
            actor, AuditAct.REGION_SAVED, region.code, name=region.name, enabled=not region.retired
        )
        return region

    async def _save_department(self, actor: Actor, department: Department) -> Department:
        await self._directory.change(DirectoryChange(departments=(department,)))
        await self._audit.record(
            actor,
            AuditAct.DEPARTMENT_SAVED,
            department.department_id,
            name=department.name,
            enabled=department.enabled,
        )
        return department

    def _point(self, actor: Actor, point_id: str) -> ServicePoint:
        actor.require(Permission.POINT_WRITE)
        point = self._directory.current.point(point_id)
        require_region(self._directory.current, actor, point.region_code)
        return point

    def _require_open(self, actor: Actor, region_code: str) -> None:
        """Raise unless the region is there, the actor's, and not retired."""
        region = self._directory.current.tree.get(region_code)
        require_region(self._directory.current, actor, region_code)
        if region.retired:
            raise StateError("region_retired", field="region_code")

    def _require_only_one(self, department: Department) -> None:
        """Raise when the region has another open department of the bureau: whose phone would be told?"""
        for other in self._directory.current.all_departments():
            same = (other.bureau, other.region_code) == (department.bureau, department.region_code)
            if (
                same
                and other.enabled
                and department.enabled
                and other.department_id != department.department_id
            ):
                raise InvalidError("department_taken", field="bureau", name=other.name)

    def _require_unused(self, code: str) -> None:
        """Raise when anything that is open lies in the region or below it."""
        directory = self._directory.current
        used: Iterable[str] = (
            [one.region_code for one in directory.all_points() if one.enabled]
            + [one.region_code for one in directory.all_departments() if one.enabled]
            + [one.region_code for one in directory.all_staff() if one.enabled]
            + [one.code for one in directory.tree if one.code != code and not one.retired]
        )
        if any(directory.tree.covers(code, other) for other in used):
            raise StateError("region_in_use")
