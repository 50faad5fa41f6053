"""Control of the counter PC, as its people see it."""

from typing import Annotated

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
    end: ControlEnd | None


class ControlStandView(Message):
    """Where control stands in a call: what is asked or granted, and why it cannot be asked for now."""

    control: ControlView | None
    obstacle: ControlObstacle | None
