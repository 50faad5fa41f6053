"""Bounds on the log: whoever can cause a warning can cause a million, and a disk is finite.

Warnings and errors of one place are let through a few at a time, with a count of those left out; what a
library says is cut to one line, since its tracebacks are about its input and not about a fault of ours.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_BURST: Final = 20.0
_PER_S: Final = 0.2
_PLACES: Final = 512
"""Places in the code that are told apart; libraries count as one each."""
_LINE: Final = 1000
"""Characters of a library's line."""


@dataclass(slots=True)
class _Place:
    tokens: float
    at: float
    left_out: int = 0


class LogLimits(logging.Filter):
    """A handler's filter.

    Args:
        ours: packages whose tracebacks are kept.
        clock: monotonic seconds.
    """

    def __init__(self, ours: tuple[str, ...], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._ours = ours
        self._clock = clock
        self._places: OrderedDict[str, _Place] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record may be written; shorten it and tell how many were left out before."""
        if record.levelno < logging.WARNING:
            return True
        package = record.name.partition(".")[0]
        is_ours = package in self._ours
        place = self._place(f"{record.name}:{record.lineno}" if is_ours else package)
        if place.tokens < 1.0:
            place.left_out += 1
            return False
        place.tokens -= 1.0
        if not is_ours:
            _shorten(record)
        if place.left_out:
            record.msg, record.args = f"{record.getMessage()} (and {place.left_out} like it)", ()
            place.left_out = 0
        return True

    def _place(self, name: str) -> _Place:
        now = self._clock()
        place = self._places.pop(name, None) or _Place(_BURST, now)
        place.tokens = min(_BURST, place.tokens + max(0.0, now - place.at) * _PER_S)
        place.at = now
        self._places[name] = place
        if len(self._places) > _PLACES:
            self._places.popitem(last=False)
        return place


def _shorten(record: logging.LogRecord) -> None:
    """Make one line of a message and its exception."""
    text = record.getMessage()
    if record.exc_info and record.exc_info[0] is not None:
        text += f": {record.exc_info[0].__name__}: {record.exc_info[1]}"
    record.msg, record.args = " ".join(text.split())[:_LINE], ()
    record.exc_info = record.exc_text = record.stack_info = None
