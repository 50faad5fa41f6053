"""Messages into text and back: `parse` takes any text and raises `WireError`, nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from web_client.helper.checks import FieldError
from web_client.helper.vocabulary import MAX_COUNT, MAX_MESSAGE_BYTES, PROTOCOL, Refusal
from web_client.helper.wire import Message, give_fields, take_fields

if TYPE_CHECKING:
    from web_client.helper.wire import Table


class WireError(Exception):
    """A text that is no message of ours.

    Attributes:
        code: why it is refused.
        number: what the envelope says is its number, 0 where it could not be read.
    """

    def __init__(self, code: Refusal, number: int = 0) -> None:
        super().__init__(code.value)
        self.code = code
        self.number = number


class Frame(NamedTuple):
    """A message with its envelope; `grant` is empty for one of the connection."""

    grant: str
    number: int
    message: Message


def parse(text: str, table: Table) -> Frame:
    """Return the frame that `text` holds, of the messages in `table`; raise `WireError`."""
    if len(text) > MAX_MESSAGE_BYTES or (
        not text.isascii() and len(text.encode(errors="replace")) > MAX_MESSAGE_BYTES
    ):
        raise WireError(Refusal.OVERSIZED)
    values = _object(text)
    if type(values.get("v")) is not int or values.pop("v") != PROTOCOL:
        raise WireError(Refusal.UNKNOWN_VERSION)
    grant, number, tag = values.pop("g", None), values.pop("s", None), values.pop("t", None)
    if type(number) is not int or not 1 <= number <= MAX_COUNT:
        raise WireError(Refusal.MALFORMED)
    if type(grant) is not str or len(grant) > 64 or type(tag) is not str:
        raise WireError(Refusal.MALFORMED, number)
    message = table.get(tag)
    if message is None:
        raise WireError(Refusal.UNKNOWN_TYPE, number)
    if bool(grant) != message.in_grant:
        raise WireError(Refusal.STALE_GRANT, number)
    try:
        return Frame(grant, number, take_fields(message, values))
    except FieldError:
        raise WireError(Refusal.BAD_FIELD, number) from None


def _object(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise WireError(Refusal.MALFORMED) from None
    if type(values) is not dict:
        raise WireError(Refusal.MALFORMED)
    return values


def write(frame: Frame) -> str:
    """Return the text of a frame."""
    envelope = {"v": PROTOCOL, "g": frame.grant, "s": frame.number, "t": frame.message.tag}
    envelope.update(give_fields(frame.message))
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
