"""Control of the counter PC: questions and grants."""

from dataclasses import asdict

from signaling.domain.control.grant import NEVER, Control, Once
from signaling.domain.control.policy import ControlPolicy, ControlStand, HelperStand
from signaling.domain.subject import Subject
from signaling.services.directory import Directory
from signaling.web.messages.views.control import (
    ControlPolicyView,
    ControlStandView,
    ControlView,
    HelperStandView,
    MonitorView,
    OnceView,
)
from signaling.web.messages.views.queue import UnderControlView
from signaling.web.present.places import moment


def control_view(control: Control, directory: Directory) -> ControlView:
    """Show a question or a grant."""
    return ControlView(
        control_id=control.control_id,
        state=control.state,
        asked_by=_name(control.asked_by, directory) or "",
        participant_id=control.seat,
        asked=sorted(control.asked),
        purpose=control.purpose,
        answer_until=moment(control.answer_until),
        scopes=sorted(control.scopes),
        until=moment(control.until) if control.until < NEVER else None,
        pause=control.pause,
        once=_once_view(control.once) if control.once is not None else None,
        awaited=_once_view(control.awaited) if control.awaited is not None else None,
        agreed=control.agreed.once_id if control.agreed is not None else None,
        monitor=control.monitor,
        end=control.end,
        ended_by=_name(control.ended_by, directory) if control.ended_by is not None else None,
    )


def control_policy_view(policy: ControlPolicy) -> ControlPolicyView:
    """Show what may be granted at most."""
    return ControlPolicyView(scopes=sorted(policy.scopes), longest_s=policy.lasts_at_most_s)


def control_stand_view(stand: ControlStand, directory: Directory) -> ControlStandView:
    """Show where control stands."""
    return ControlStandView(
        control=control_view(stand.control, directory) if stand.control is not None else None,
        obstacle=stand.obstacle,
        helper=helper_stand_view(stand.helper),
        monitors=[MonitorView(**asdict(monitor)) for monitor in stand.monitors],
        rev=stand.rev,
        scopes=sorted(stand.scopes),
        longest_s=stand.longest_s,
    )


def helper_stand_view(stand: HelperStand) -> HelperStandView:
    """Show how a counter PC's helper stands."""
    return HelperStandView(**asdict(stand))


def under_control_view(control: Control, directory: Directory) -> UnderControlView:
    """Show a grant on the wall."""
    return UnderControlView(
        staff_name=_name(control.asked_by, directory) or "",
        state=control.state,
        scopes=sorted(control.scopes),
        since=moment(control.granted_at or control.asked_at),
    )


def _name(who: Subject, directory: Directory) -> str | None:
    """Return the name of somebody of the staff."""
    return directory.staff(who.staff_id).name if who.staff_id is not None else None


def _once_view(once: Once) -> OnceView:
    return OnceView(once_id=once.once_id, kind=once.kind, about=once.about, until=moment(once.until))
