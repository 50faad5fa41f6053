"""The audit log: who did what to what, from where, with which result."""

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditEntry, AuditResult
from signaling.services.ports import Ports


class AuditService:
    """Writes and reads the audit log."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def record(
        self,
        actor: Actor,
        act: str,
        object_: str,
        result: AuditResult = AuditResult.DONE,
        **detail: object,
    ) -> None:
        """Note an act of a known subject."""
        await self.record_anonymous(actor.subject, actor.address, act, object_, result, **detail)

    async def record_anonymous(
        self, subject: str, address: str, act: str, object_: str, result: AuditResult, **detail: object
    ) -> None:
        """Note an act of somebody who is not signed in, such as a failed login."""
        now = self._ports.clock.now()
        await self._ports.audit.add(AuditEntry(now, subject, address, act, object_, result, dict(detail)))

    async def entries(self, actor: Actor, limit: int = 100, before: float | None = None) -> list[AuditEntry]:
        """Return the newest entries; needs `audit.read`."""
        actor.require("audit.read")
        return await self._ports.audit.entries(limit, before)
