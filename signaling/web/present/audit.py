"""The audit log's entries, with names instead of ids where there are any."""

from signaling.domain.errors import NotFoundError
from signaling.services.directory import Directory
from signaling.services.stores import AuditRow
from signaling.web.messages.views.audit import AuditRowView
from signaling.web.present.people import name_of
from signaling.web.present.places import moment


def audit_row_view(row: AuditRow, directory: Directory) -> AuditRowView:
    """Show one act."""
    entry = row.entry
    return AuditRowView(
        sequence=row.sequence,
        at=moment(entry.at),
        subject=entry.subject,
        subject_name=name_of(entry.subject, directory),
        address=entry.address,
        act=entry.act,
        object=entry.object,
        object_name=_name_of_object(entry.object, directory),
        result=entry.result,
        detail=entry.detail,
    )


def _name_of_object(thing: str, directory: Directory) -> str:
    for found in (directory.staff, directory.point, directory.item):
        try:
            return found(thing).name
        except NotFoundError:
            continue
    return ""
