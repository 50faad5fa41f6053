"""Make this counter PC known to the server: a six-digit code of the clerk console for a key of its own."""

from __future__ import annotations

import selectors
import time
from typing import TYPE_CHECKING

from web_client.helper import wire
from web_client.helper.connection import ConnectionFault
from web_client.helper.effects import Send
from web_client.helper.envelope import WireError, parse
from web_client.helper.outgoing import Outgoing
from web_client.helper.service import NotWanted

if TYPE_CHECKING:
    from web_client.helper.connection import Connection

ANSWER_S = 15.0


def pair(connection: Connection, hello: wire.Hello) -> str:
    """Return the key the server gives for the code in `hello`; raise `NotWanted` or `ConnectionFault`."""
    connection.send(Outgoing().text(Send(hello)))
    end = time.monotonic() + ANSWER_S
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        while time.monotonic() < end:
            if not connection.has_more:
                selector.select(max(0.0, end - time.monotonic()))
            for text in connection.read():
                key = _key_in(text)
                if key:
                    return key
    raise ConnectionFault("fault.not_ours", "no answer to the pairing code")


def _key_in(text: str) -> str:
    try:
        message = parse(text, wire.DOWN).message
    except WireError as error:
        raise ConnectionFault("fault.not_ours", error.code.value) from None
    if isinstance(message, wire.Refused):
        raise NotWanted(message.code)
    return message.key if isinstance(message, wire.Paired) else ""
