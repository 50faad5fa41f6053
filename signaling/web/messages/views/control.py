"""Control of the counter PC, as its people see it."""

from typing import Annotated

from pydantic import Field

from signaling.web.messages.base import (
    ControlEnd,
    ControlObstacle,
    ControlPause,
    ControlScope,
    ControlState,
    Message,
    OnceKind,
    Personal,
    Timestamp,
)


class ControlPolicyView(Message):
    """What may be granted at most at a point, or while an item is handled; nothing for no scope at all."""

    scopes: Annotated[list[ControlScope], Field(max_length=len(ControlScope))]
    longest_s: Annotated[float, Field(gt=0, le=1800)]


class OnceView(Message):
    """What needs a yes of its own; no answer until then is a no."""

    once_id: str
    kind: OnceKind
    about: Annotated[str, Personal.WORDS]
    until: Timestamp


class ControlView(Message):
    """A question for control, its grant, or its end."""

    control_id: str
    state: ControlState
    asked_by: str
    """Name of the specialist."""
    participant_id: str
    asked: list[ControlScope]
    purpose: Annotated[str, Personal.WORDS]
    answer_until: Timestamp
    scopes: list[ControlScope]
    until: Timestamp | None
    """When the grant ends by itself; None before it."""
    pause: ControlPause | None
    once: OnceView | None
    awaited: OnceView | None
    """The question about a file that was answered with yes and whose file has not come yet."""
    agreed: str | None
    """Id of the newest second question that was answered with yes; one that is gone without was a no."""
    monitor: str
    """Id of the monitor it is for; empty before the grant."""
    end: ControlEnd | None
    ended_by: str | None
    """Name of who ended it; None where nobody of the staff did."""


class MonitorView(Message):
    """A monitor of the counter PC: its rectangle in the desktop's pixels, and the colour that marks it."""

    id: str
    x: int
    y: int
    w: int
    h: int
    colour: str


class HelperStandView(Message):
    """The helper of the counter PC; `too_old`: it was sent away for its version, no other has come since."""

    paired: bool
    here: bool
    too_old: bool
    name: str
    """What the PC calls itself."""


class ControlStandView(Message):
    """Where control stands in a call: what is asked or granted, and why it cannot be asked for now."""

    control: ControlView | None
    obstacle: ControlObstacle | None
    helper: HelperStandView
    monitors: list[MonitorView]
    """Empty while the helper is away."""
    rev: int
    """Grows with each change of the monitors."""
    scopes: list[ControlScope]
    """What the policy of the point and the item lets be asked for."""
    longest_s: float
    """How long it lets a grant last."""
