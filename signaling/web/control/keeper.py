"""What was done within one grant, for the call's log: each ten seconds, nothing that is off the record."""

from collections.abc import Callable

from signaling.domain.control.doings import FLUSH_SECONDS, Doings
from signaling.domain.ids import JsonObject
from web_client.helper.wire import Message


class Keeper:
    """Heeds what is forwarded to a helper that obeys.

    Args:
        secret: keys the hashes of texts.
        clock: seconds of the server's clock.
        is_off_record: whether the recording is paused (隐私遮挡) now.
    """

    def __init__(self, secret: bytes, clock: Callable[[], float], is_off_record: Callable[[], bool]) -> None:
        self._doings = Doings(secret)
        self._clock = clock
        self._is_off_record = is_off_record
        self._taken_at = clock()

    def heed(self, message: Message) -> None:
        """Note what a message does."""
        if not self._is_off_record():
            self._doings.heed(message, self._clock())

    def take(self) -> JsonObject | None:
        """Return what was done since the last time, when that is long enough ago; None for nothing."""
        now = self._clock()
        if now - self._taken_at < FLUSH_SECONDS:
            return None
        self._taken_at = now
        return self._doings.take(now)

    def end(self) -> JsonObject | None:
        """Return what is left."""
        return self._doings.end()
