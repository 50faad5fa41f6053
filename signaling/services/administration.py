"""Staff and their skills; every change is audited and the next routing decision follows it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditAct
from signaling.domain.directory_data import DirectoryChange
from signaling.domain.errors import ForbiddenError, InvalidError, StateError
from signaling.domain.roles import Permission, Post, Role, is_beyond_staff_writers, roles_conflict
from signaling.domain.staff import Skill, SkillKind, Staff
from signaling.services.accounts import AccountService
from signaling.services.audit import AuditService
from signaling.services.directory import DirectoryService
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


@dataclass(frozen=True, slots=True)
class StaffChange:
    """What can be changed of an account."""

    name: str
    region_code: str
    posts: tuple[str, ...]
    department_ids: tuple[str, ...]
    point_id: str | None
    languages: tuple[str, ...]


class AdministrationService:
    """The accounts of the system administrator's region."""

    def __init__(
        self,
        ports: Ports,
        directory: DirectoryService,
        accounts: AccountService,
        audit: AuditService,
    ) -> None:
        self._ports = ports
        self._directory = directory
        self._accounts = accounts
        self._audit = audit

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
            await self._directory.change(DirectoryChange(staff=(person,)))
        except ConflictError:
            raise InvalidError("username_taken", field="username") from None
        password = self._ports.secrets.password()
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
        await self._directory.change(DirectoryChange(staff=(changed,)))
        await self._audit.record(
            actor, AuditAct.STAFF_ENABLED if enabled else AuditAct.STAFF_DISABLED, staff_id
        )
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
        bureaus = directory.bureaus()
        for skill in skills:
            is_item = skill.kind is SkillKind.ITEM
            if not (directory.has_item(skill.target) if is_item else skill.target in bureaus):
                raise InvalidError("skill_unknown", field="skills", target=skill.target)
            if not 1 <= skill.level <= 5:
                raise InvalidError("skill_level", field="skills")
        distinct = {(skill.kind, skill.target): replace(skill, staff_id=staff_id) for skill in skills}
        await self._directory.change(DirectoryChange(skills={staff_id: tuple(distinct.values())}))
        await self._audit.record(actor, AuditAct.STAFF_SKILLS, staff_id, count=len(distinct))
        return self._directory.current.skills(staff_id)

    async def change_staff(self, actor: Actor, staff_id: str, given: StaffChange) -> Staff:
        """Change who somebody is and where; their roles stay, for another role is another account.

        Raises:
            InvalidError, ForbiddenError, NotFoundError: as `create_staff` and `set_enabled`.
        """
        person = self._changeable(actor, staff_id)
        changed = replace(
            person,
            name=given.name,
            posts=_posts_for(person.roles, given.posts),
            region_code=given.region_code,
            department_ids=given.department_ids,
            point_id=given.point_id,
            languages=given.languages,
        )
        self._require_place(actor, changed)
        await self._directory.change(DirectoryChange(staff=(changed,)))
        await self._audit.record(actor, AuditAct.STAFF_CHANGED, staff_id, region=changed.region_code)
        return changed

    def _new_person(self, actor: Actor, given: StaffInput) -> Staff:
        roles = _parse_roles(given.roles)
        if roles_conflict(roles):
            raise InvalidError("administrators_separate", field="roles")
        if is_beyond_staff_writers(roles):
            raise ForbiddenError("administrator_beyond", field="roles")
        person = Staff(
            staff_id=self._ports.secrets.new_id(),
            username=given.username,
            name=given.name,
            roles=roles,
            posts=_posts_for(roles, given.posts),
            region_code=given.region_code,
            department_ids=given.department_ids,
            point_id=given.point_id,
            languages=given.languages,
            must_change_password=True,
        )
        self._require_place(actor, person)
        return person

    def _require_place(self, actor: Actor, person: Staff) -> None:
        """Raise unless the person's region, point and departments are there, open, and the actor's."""
        directory = self._directory.current
        if directory.tree.get(person.region_code).retired:
            raise StateError("region_retired", field="region_code")
        require_region(directory, actor, person.region_code)
        if Role.CLERK in person.roles and person.point_id is None:
            raise InvalidError("point_needed", field="point_id")
        if person.point_id is not None:
            require_region(directory, actor, directory.point(person.point_id).region_code)
        for department_id in person.department_ids:
            directory.department(department_id)

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


def _posts_for(roles: frozenset[Role], names: Sequence[str]) -> frozenset[Post]:
    """Return a specialist's posts, responder unless others are given."""
    try:
        posts = frozenset(Post(name) for name in names)
    except ValueError:
        raise InvalidError("post_unknown", field="posts") from None
    return posts or frozenset({Post.RESPONDER}) if Role.SPECIALIST in roles else posts
