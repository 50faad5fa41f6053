"""What neighbours in `net` know of each other: narrow protocols, never classes (paths: see `path`)."""

from typing import Protocol

from rtc_server.net.path import Path
from rtc_server.protocol.ice_lite import IceTuple


class Endpoint(Protocol):
    """A connection, as the multiplexer knows it."""

    def handle_stun(self, data: bytes, ice_tuple: IceTuple, path: Path, now: float) -> bool:
        """Take one STUN message addressed to it; return True when it was a valid check."""

    def drain(self) -> None:
        """Send everything it has to send."""

    def fail(self, what: str) -> None:
        """A bug was met in it, which an `except` holds: count it and end the connection alone."""


class Exchange(Protocol):
    """The multiplexer, as a connection knows it."""

    def register_fragment(self, fragment: str, endpoint: Endpoint) -> None:
        """Let STUN for this user fragment reach `endpoint`."""

    def unregister_fragment(self, fragment: str, endpoint: Endpoint) -> None:
        """Forget a user fragment if it is still `endpoint`'s."""

    def mark_dirty(self, endpoint: Endpoint) -> None:
        """Note that `endpoint` has something to send."""

    def drain_soon(self) -> None:
        """Drain after the current callback, for what no batch, request or tick caused."""
