"""Who is shown a view as it is, and who with people's data masked: decided here for every view of a call.

Which fields are people's data is said where they are declared (`Personal` in `web.messages`).
"""

from collections.abc import Iterable
from typing import Any, TypeVar, cast

from signaling.domain.call_model import Call
from signaling.domain.masking import Personal, masked_name, masked_phone, masked_words
from signaling.domain.seating import Act, may
from signaling.domain.subject import Subject
from signaling.web.messages.base import Message

M = TypeVar("M", bound=Message)


def shown(view: M, call: Call, viewer: Subject | None) -> M:
    """Return a view of a call as somebody may see it: in full those whose part has to know, others masked.

    Args:
        viewer: None for somebody who is no part of the call (supervisor, reviewer).
    """
    part = call.part_of(viewer) if viewer is not None else None
    if part is not None and may(part, Act.READ_APPLICANT):
        return view
    names = (call.applicant.name, call.applicant.acting_for)
    return masked(view, tuple(name for name in names if name))


def masked(view: M, names: Iterable[str]) -> M:
    """Return a view without what is personal in it, however deep.

    Args:
        names: of the people whom the call is for, which may stand in what somebody wrote.
    """
    changes: dict[str, Any] = {}
    for name, field in type(view).model_fields.items():
        value = getattr(view, name)
        kind = next((one for one in field.metadata if isinstance(one, Personal)), None)
        new = _messages(value, names) if kind is None else _masked(kind, value, names)
        if new is not value:
            changes[name] = new
    return view.model_copy(update=changes) if changes else view


def _messages(value: object, names: Iterable[str]) -> object:
    if isinstance(value, Message):
        return masked(value, names)
    if isinstance(value, list) and any(isinstance(one, Message) for one in value):
        return [_messages(one, names) for one in value]
    return value


def _masked(kind: Personal, value: object, names: Iterable[str]) -> object:
    if value is None:
        return None
    match kind:
        case Personal.NAME:
            return masked_name(cast(str, value))
        case Personal.PHONE:
            return masked_phone(cast(str, value))
        case Personal.NUMBER:
            return None
        case Personal.WORDS:
            return _words(value, names)


def _words(value: object, names: Iterable[str]) -> object:
    """Mask a text, or every text in plain JSON."""
    if isinstance(value, str):
        return masked_words(value, names)
    if isinstance(value, list):
        return [_words(one, names) for one in value]
    if isinstance(value, dict):
        return {key: _words(one, names) for key, one in value.items()}
    return value
