"""Live lists for specialists and supervisors: the queue, and messages left when nobody could answer."""

from typing import Annotated

from signaling.web.messages.base import (
    CallState,
    ControlScope,
    ControlState,
    Message,
    Personal,
    RecordingState,
    Timestamp,
)
from signaling.web.messages.views.lines import WorstLineView
from signaling.web.messages.views.people import PresenceView


class UnderControlView(Message):
    """Somebody controls the counter PC of a call: told to who may stop it."""

    staff_name: str
    """Name of the specialist."""
    state: ControlState
    scopes: list[ControlScope]
    since: Timestamp


class QueueRow(Message):
    """A waiting or running call in a list."""

    call_id: str
    number: str
    state: CallState
    drill: bool
    item_name: str
    department: str
    point_name: str
    region_path: str
    language: str
    priority: int
    requested_at: Timestamp
    connected_at: Timestamp | None
    clerk_name: str
    specialist_name: str | None
    offered_to: str | None
    recording: RecordingState
    control: UnderControlView | None
    worst_line: WorstLineView | None
    """Told to who watches over the call, while its media flows."""


class QueueView(Message, event="queue.changed"):
    """The live list of waiting and running calls within someone's scope."""

    waiting: list[QueueRow]
    running: list[QueueRow]
    presence: list[PresenceView]
    at: Timestamp


class MessageView(Message, event="message.added"):
    """A 留言 left when nobody could answer."""

    message_id: str
    call_id: str | None
    item_code: str
    item_name: str
    department: str
    point_name: str
    name: Annotated[str, Personal.NAME]
    phone: Annotated[str, Personal.PHONE]
    """Masked, unless the viewer just opened the message."""
    question: Annotated[str, Personal.WORDS]
    left_at: Timestamp
    readers: int | None
    """How many people can read it; told to who left it only."""
    read_at: Timestamp | None
    read_by: str | None
    closed_at: Timestamp | None
    closed_by: str | None
    answer: Annotated[str, Personal.WORDS]
