"""Open files: each connection is one, and the usual limit of 1,024 is no more than two people can open."""

import logging
import resource
from typing import Final

_WANTED: Final = 65_536
_OTHERS: Final = 256
"""Kept for the database, recordings, pictures and the media processes' control."""

_log = logging.getLogger(__name__)


def raise_file_limit() -> int:
    """Raise the limit of this process as far as the system lets it, and return it (getrlimit(2))."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _WANTED if hard == resource.RLIM_INFINITY else min(_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    if soft == resource.RLIM_INFINITY:
        soft = _WANTED
    if soft < _WANTED:
        _log.warning("only %d files may be open: raise the limit (LimitNOFILE) for more people", soft)
    return soft


def connections_of(files: int) -> int:
    """Return how many connections there may be with so many open files."""
    return max(files // 2, files - _OTHERS)
