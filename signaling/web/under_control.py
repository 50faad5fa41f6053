"""Which counter PCs are under control now, for the wall: each process hears it of the calls of all."""

from signaling.domain.control.grant import Control, ControlState


class UnderControl:
    """Keeps the grants that are alive, by what is told of their changes.

    A grant lives in its call's own process. One that was given before this process began is known here with
    its next change.
    """

    def __init__(self) -> None:
        self._now: dict[str, Control] = {}
        """By call."""

    def changed(self, control: Control) -> None:
        """Note a question or a grant as it is now; a mere question is nobody's control yet."""
        if control.state in (ControlState.GRANTED, ControlState.PAUSED):
            self._now[control.call_id] = control
        else:
            self._now.pop(control.call_id, None)

    def of(self, call_id: str) -> Control | None:
        """Return the grant of a call, None while nobody controls its counter PC."""
        return self._now.get(call_id)
