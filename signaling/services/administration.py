"""Administrators: staff, skills, points; every change is audited and the next routing decision follows it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditAct
from signaling.domain.errors import ForbiddenError, InvalidError, StateError
from signaling.domain.events import DirectoryChanged
from signaling.domain.places import ServicePoint
from signaling.domain.roles import Permission, Post, Role, is_beyond_staff_writers, roles_conflict
from signaling.domain.staff import Skill, SkillKind, Staff
from signaling.services.accounts import AccountService
from signaling.services.audit import AuditService
from signaling.services.directory import DirectoryService
from signaling.services.pads import PadService
from signaling.services.ports import Ports
from signaling.services.scope import covers, require_region
from signaling.services.stores import ConflictError


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
    """What the system administrator changes, within their region."""

    def __init__(
        self,
        ports: Ports,
        directory: DirectoryService,
        accounts: AccountService,
        audit: AuditService,
        pads: PadService,
    ) -> None:
        self._ports = ports
        self._directory = directory
        self._accounts = accounts
        self._audit = audit
        self._pads = pads

    def staff(self, actor: Actor) -> list[Staff]:
        """Return the people within the actor's region."""
        directory = self._directory.current
        return [entry for entry in directory.all_staff() if covers(directory, actor, entry.region_code)]

    async def create_staff(self, actor: Actor, given: StaffInput) -> tuple[Staff, str]:
        """Create an account; return it with its first password, which is shown once and must be changed.

        Raises:
            InvalidError: `role_unknown`, `post_unknown`, `administrators_separate`, `username_taken`,
            `point_needed`. ForbiddenError: `administrator_beyond` for a security or audit administrator.
        """
        actor.require(Permission.STAFF_WRITE)
        person = self._new_person(actor, given)
        if self._directory.current.staff_named(person.username) is not None:
            raise InvalidError("username_taken", field="username")
        try:
            await self._ports.directory.save_staff(person)
        except ConflictError:
            raise InvalidError("username_taken", field="username") from None
        password = self._ports.secrets.password()
        await self._ports.bus.publish(DirectoryChanged())
        await self._accounts.set_password(person, password, must_change=True)
        await self._audit.record(actor, AuditAct.STAFF_CREATED, person.staff_id, roles=sorted(person.roles))
        return person, password

    async def set_enabled(self, actor: Actor, staff_id: str, *, enabled: bool) -> Staff:
        """Enable or disable an account; disabling cuts its sockets.

        Raises:
            StateError: `not_yourself`. ForbiddenError: `administrator_beyond`.
        """
        person = self._changeable(actor, staff_id)
        changed = replace(person, enabled=enabled)
        await self._ports.directory.save_staff(changed)
        await self._audit.record(
            actor, AuditAct.STAFF_ENABLED if enabled else AuditAct.STAFF_DISABLED, staff_id
        )
        await self._ports.bus.publish(DirectoryChanged())
        if not enabled:
            await self._accounts.revoke_all(staff_id, "disabled")
        return changed

    async def reset_password(self, actor: Actor, staff_id: str) -> tuple[Staff, str]:
        """Give an account a new first password and end its sign-ins; raises as `set_enabled`."""
        person = self._changeable(actor, staff_id)
        password = self._ports.secrets.password()
        await self._accounts.set_password(person, password, must_change=True)
        await self._audit.record(actor, AuditAct.STAFF_PASSWORD_RESET, staff_id)
        await self._accounts.revoke_all(staff_id, "password_reset")
        return self._directory.current.staff(staff_id), password

    def skills(self, actor: Actor, staff_id: str) -> Sequence[Skill]:
        """Return what somebody can take."""
        person = self._directory.current.staff(staff_id)
        require_region(self._directory.current, actor, person.region_code)
        return self._directory.current.skills(staff_id)

    async def set_skills(self, actor: Actor, staff_id: str, skills: Sequence[Skill]) -> Sequence[Skill]:
        """Replace what somebody can take; raises `skill_unknown`, `skill_level`."""
        actor.require(Permission.STAFF_WRITE)
        directory = self._directory.current
        require_region(directory, actor, directory.staff(staff_id).region_code)
        codes = {item.code for item in directory.all_items()}
        bureaus = {item.department for item in directory.all_items()}
        for skill in skills:
            known = codes if skill.kind is SkillKind.ITEM else bureaus
            if skill.target not in known:
                raise InvalidError("skill_unknown", field="skills", target=skill.target)
            if not 1 <= skill.level <= 5:
                raise InvalidError("skill_level", field="skills")
        distinct = {(skill.kind, skill.target): replace(skill, staff_id=staff_id) for skill in skills}
        await self._ports.directory.set_skills(staff_id, list(distinct.values()))
        await self._audit.record(actor, AuditAct.STAFF_SKILLS, staff_id, count=len(distinct))
        await self._ports.bus.publish(DirectoryChanged())
        return self._directory.current.skills(staff_id)

    def points(self, actor: Actor) -> list[ServicePoint]:
        """Return the points within the actor's region, or the actor's own."""
        directory = self._directory.current
        return [
            point
            for point in directory.all_points()
            if covers(directory, actor, point.region_code) or point.point_id == actor.point_id
        ]

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
        """Open a service point."""
        actor.require(Permission.POINT_WRITE)
        self._directory.current.tree.get(region_code)
        require_region(self._directory.current, actor, region_code)
        point = ServicePoint(self._ports.secrets.new_id(), name, region_code, phone, opening_hours, equipment)
        await self._ports.directory.save_point(point)
        await self._audit.record(actor, AuditAct.POINT_OPENED, point.point_id, name=name)
        await self._ports.bus.publish(DirectoryChanged())
        return point

    async def set_point_enabled(self, actor: Actor, point_id: str, *, enabled: bool) -> ServicePoint:
        """Open or close a point; a closed one requests no calls, and its pads are paired no more."""
        actor.require(Permission.POINT_WRITE)
        point = self._directory.current.point(point_id)
        require_region(self._directory.current, actor, point.region_code)
        changed = replace(point, enabled=enabled)
        await self._ports.directory.save_point(changed)
        await self._audit.record(
            actor, AuditAct.POINT_ENABLED if enabled else AuditAct.POINT_DISABLED, point_id
        )
        await self._ports.bus.publish(DirectoryChanged())
        if not enabled:
            await self._pads.revoke(actor, point_id)
        return changed

    def _new_person(self, actor: Actor, given: StaffInput) -> Staff:
        directory = self._directory.current
        directory.tree.get(given.region_code)
        require_region(directory, actor, given.region_code)
        roles = _parse_roles(given.roles)
        posts = _parse_posts(given.posts)
        if Role.SPECIALIST in roles and not posts:
            posts = frozenset({Post.RESPONDER})
        if roles_conflict(roles):
            raise InvalidError("administrators_separate", field="roles")
        if is_beyond_staff_writers(roles):
            raise ForbiddenError("administrator_beyond", field="roles")
        if Role.CLERK in roles and given.point_id is None:
            raise InvalidError("point_needed", field="point_id")
        if given.point_id is not None:
            require_region(directory, actor, directory.point(given.point_id).region_code)
        for department_id in given.department_ids:
            directory.department(department_id)
        return Staff(
            staff_id=self._ports.secrets.new_id(),
            username=given.username,
            name=given.name,
            roles=roles,
            posts=posts,
            region_code=given.region_code,
            department_ids=given.department_ids,
            point_id=given.point_id,
            languages=given.languages,
            must_change_password=True,
        )

    def _changeable(self, actor: Actor, staff_id: str) -> Staff:
        actor.require(Permission.STAFF_WRITE)
        person = self._directory.current.staff(staff_id)
        require_region(self._directory.current, actor, person.region_code)
        if staff_id == actor.who.staff_id:
            raise StateError("not_yourself")
        if is_beyond_staff_writers(person.roles):
            raise ForbiddenError("administrator_beyond")
        return person


def _parse_roles(names: Sequence[str]) -> frozenset[Role]:
    try:
        roles = frozenset(Role(name) for name in names)
    except ValueError:
        raise InvalidError("role_unknown", field="roles") from None
    if Role.PAD in roles or not roles:
        raise InvalidError("role_unknown", field="roles")
    return roles


def _parse_posts(names: Sequence[str]) -> frozenset[Post]:
    try:
        return frozenset(Post(name) for name in names)
    except ValueError:
        raise InvalidError("post_unknown", field="posts") from None
