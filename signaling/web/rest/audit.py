"""The audit log, for its administrator."""

from typing import Final

from signaling.domain.roles import Permission
from signaling.services.stores import AuditQuery
from signaling.web.messages.rest import AuditList, AuditSearch
from signaling.web.present.audit import audit_row_view
from signaling.web.rest.table import Asked, Endpoints

endpoints: Final = Endpoints("审计 audit")

PAGE_ROWS: Final = 50


@endpoints.add("GET", "/api/audit", summary="审计日志(查阅本身记入日志)", permission=Permission.AUDIT_READ)
async def audit_log(asked: Asked[AuditSearch]) -> AuditList:
    """A page of the acts of one's region, newest first; the look itself is written into the log."""
    body = asked.body
    query = AuditQuery(
        limit=PAGE_ROWS,
        act=body.act,
        result=body.result,
        since=body.since.timestamp() if body.since else None,
        until=body.until.timestamp() if body.until else None,
        before=body.before,
    )
    page = await asked.context.services.audit.entries(asked.actor, query, body.person)
    directory = asked.context.directory
    return AuditList(rows=[audit_row_view(row, directory) for row in page.rows], more=page.more)
