"""Control of the counter PC: questions and grants."""

from signaling.domain.control.grant import NEVER, Control, Once
from signaling.services.directory import Directory
from signaling.web.messages.views.control import ControlView, OnceView
from signaling.web.present.places import moment


def control_view(control: Control, directory: Directory) -> ControlView:
    """Show a question or a grant."""
    staff_id = control.asked_by.staff_id
    return ControlView(
        control_id=control.control_id,
        state=control.state,
        asked_by=directory.staff(staff_id).name if staff_id is not None else "",
        participant_id=control.seat,
        asked=sorted(control.asked),
        purpose=control.purpose,
        answer_until=moment(control.answer_until),
        scopes=sorted(control.scopes),
        until=moment(control.until) if control.until < NEVER else None,
        pause=control.pause,
        once=_once_view(control.once) if control.once is not None else None,
        end=control.end,
    )


def _once_view(once: Once) -> OnceView:
    return OnceView(once_id=once.once_id, kind=once.kind, about=once.about, until=moment(once.until))
