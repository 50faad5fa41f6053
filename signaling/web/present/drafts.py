"""Items while they are written."""

from signaling.domain.items import ItemDraft
from signaling.domain.subject import Subject
from signaling.services.directory import Directory
from signaling.web.messages.views.items import DraftView
from signaling.web.present.people import name_of
from signaling.web.present.places import item_view, moment


def draft_view(draft: ItemDraft, viewer: Subject, directory: Directory) -> DraftView:
    """Show a draft to one of those who write items."""
    submitted_by = draft.submitted_by
    return DraftView(
        item=item_view(draft.item, directory),
        written_by=name_of(draft.written_by, directory),
        written_at=moment(draft.written_at),
        submitted_by=None if submitted_by is None else name_of(submitted_by, directory),
        mine=viewer.staff_id in (draft.written_by, submitted_by),
    )
