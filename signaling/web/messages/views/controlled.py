"""Remote control in a replay: each grant as a span of time, and the clicks."""

from signaling.web.messages.base import ControlEnd, ControlPause, ControlScope, Message, Unit


class ControlPauseView(Message):
    """While nothing was obeyed; times on the recording's clock."""

    offset_ms: int
    duration_ms: int
    pause: ControlPause | None


class ControlledView(Message):
    """From a yes to its end; what was done under it is counted, never what was typed."""

    control_id: str
    name: str
    """Who controlled."""
    granted_by: str
    scopes: list[ControlScope]
    offset_ms: int
    duration_ms: int
    pauses: list[ControlPauseView]
    end: ControlEnd | None
    """None: no entry of the log says, as the service stopped meanwhile."""
    clicks: int
    drags: int
    keys: int
    texts: int
    characters: int


class ClickView(Message):
    """A click under a grant: its place on the clerk's desktop, and the button as `MouseEvent` counts."""

    control_id: str
    offset_ms: int
    x: Unit
    y: Unit
    button: int
