"""The audit log: who did what to what, from where, with which result."""

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditEntry, AuditResult


class AuditService:
    async def record(
        self, actor: Actor, act: str, object_: str, result: AuditResult = AuditResult.DONE, **detail: object
    ) -> None:
        raise NotImplementedError

    async def record_anonymous(
        self, subject: str, address: str, act: str, object_: str, result: AuditResult, **detail: object
    ) -> None:
        raise NotImplementedError

    async def entries(self, actor: Actor, limit: int = 100, before: float | None = None) -> list[AuditEntry]:
        raise NotImplementedError
