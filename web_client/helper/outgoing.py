"""Numbers what is sent, by itself for the connection and for each grant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web_client.helper.envelope import Frame, write

if TYPE_CHECKING:
    from web_client.helper.effects import Send


class Outgoing:
    """The counts of one connection; a new grant begins at 1."""

    def __init__(self) -> None:
        self._of_connection = 0
        self._of_grant = ("", 0)

    def text(self, send: Send) -> str:
        """Return the text of the next message."""
        if send.grant:
            last = self._of_grant[1] if self._of_grant[0] == send.grant else 0
            self._of_grant = (send.grant, last + 1)
            return write(Frame(send.grant, last + 1, send.message))
        self._of_connection += 1
        return write(Frame("", self._of_connection, send.message))
