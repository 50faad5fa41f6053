"""The audit log: who did what to what, from where, with which result."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from signaling.domain.actor import Actor
from signaling.domain.audit import SERVICE, AuditAct, AuditEntry, AuditResult
from signaling.domain.errors import NotFoundError
from signaling.domain.roles import Permission
from signaling.services.audit_limits import RefusalLimits, bounded, bounded_detail
from signaling.services.directory import DirectoryService
from signaling.services.ports import Ports
from signaling.services.scope import covers
from signaling.services.stores import AuditQuery, AuditRow
from signaling.services.viewings import Viewings


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the log, newest first; `more` when older entries fit too."""

    rows: Sequence[AuditRow]
    more: bool


class AuditService:
    """Writes and reads the audit log."""

    def __init__(self, ports: Ports, directory: DirectoryService) -> None:
        self._ports = ports
        self._directory = directory
        self._refusals = RefusalLimits()
        self._viewings = Viewings()

    async def viewing(self, actor: Actor, act: AuditAct, object_: str, **detail: object) -> None:
        """Note that somebody looks at something, once for all fetches of one viewing."""
        what = (act.value, actor.session_id or actor.who.log_name, object_)
        if not self._viewings.begins(what, self._ports.clock.now()):
            return
        try:
            await self.record(actor, act, object_, AuditResult.DONE, **detail)
        except BaseException:
            self._viewings.forget(what)
            raise

    async def record(
        self,
        actor: Actor,
        act: AuditAct,
        object_: str,
        result: AuditResult = AuditResult.DONE,
        **detail: object,
    ) -> None:
        """Note an act of a known subject."""
        await self._add(actor.who.log_name, actor.region_code, actor.address, act, object_, result, detail)

    async def record_anonymous(
        self, subject: str, address: str, act: AuditAct, object_: str, result: AuditResult, **detail: object
    ) -> None:
        """Note an act of somebody who is not signed in, such as a failed login."""
        try:
            region_code = self._directory.current.staff(subject).region_code
        except NotFoundError:
            region_code = ""
        await self._add(subject, region_code, address, act, object_, result, detail)

    async def record_service(self, act: AuditAct, **detail: object) -> None:
        """Note what the service does by itself."""
        await self._add(SERVICE, "", "", act, SERVICE, AuditResult.DONE, detail)

    async def _add(
        self,
        subject: str,
        region_code: str,
        address: str,
        act: AuditAct,
        object_: str,
        result: AuditResult,
        detail: dict[str, object],
    ) -> None:
        now = self._ports.clock.now()
        what, more = bounded(object_), bounded_detail(detail)
        entry = AuditEntry(now, subject, bounded(address), act.value, what, result, more, region_code)
        if result is AuditResult.REFUSED:
            refusal = self._refusals.take(entry)
            if refusal is None:
                return
            entry = refusal
        await self._ports.audit.add(entry)

    async def settle(self) -> None:
        """Write how many refusals were only counted, of those who are quiet again; call now and then."""
        for entry in self._refusals.settled(self._ports.clock.now()):
            await self._ports.audit.add(entry)

    async def entries(self, actor: Actor, query: AuditQuery, person: str = "") -> AuditPage:
        """Return a page of the acts of the actor's region; needs `audit.read`. Each look is in the log too.

        Args:
            query: its regions and subjects are set here.
            person: part of a name, or a whole user name or subject; empty: everybody.
        """
        actor.require(Permission.AUDIT_READ)
        wanted = replace(
            query, regions=self._regions(actor), subjects=self._subjects(person), limit=query.limit + 1
        )
        rows = await self._ports.audit.entries(wanted)
        await self.record(actor, AuditAct.AUDIT_VIEWED, query.act or "", found=len(rows[: query.limit]))
        return AuditPage(rows[: query.limit], len(rows) > query.limit)

    def _regions(self, actor: Actor) -> frozenset[str]:
        """The actor's regions, and what has none: sign-ins with unknown names, acts at the terminal."""
        directory = self._directory.current
        return frozenset({""} | {one.code for one in directory.tree if covers(directory, actor, one.code)})

    def _subjects(self, person: str) -> frozenset[str] | None:
        text = person.strip()
        if not text:
            return None
        people = self._directory.current.all_staff()
        return frozenset({text}) | {
            one.staff_id for one in people if text in one.name or text == one.username
        }
