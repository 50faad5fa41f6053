"""Whether the system may give a port of ours away: those it takes for outgoing connections (ip(7)).

A server whose port lies among them sometimes cannot start, as any connection of any program may have it.
"""

import logging
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_RESERVED: Final = Path("/proc/sys/net/ipv4/ip_local_reserved_ports")


def given_away(first: int, last: int, *, given: str, reserved: str) -> tuple[int, int] | None:
    """Return the system's range when it may give away a port from `first` to `last`, else None.

    Args:
        given: as in `ip_local_port_range`: two numbers.
        reserved: as in `ip_local_reserved_ports`: numbers and `a-b`, with commas; never given away.
    """
    low, high = (int(number) for number in given.split())
    kept: set[int] = set()
    for part in filter(None, reserved.strip().split(",")):
        begin, _, end = part.partition("-")
        kept.update(range(int(begin), int(end or begin) + 1))
    at_risk = (port for port in range(max(first, low), min(last, high) + 1) if port not in kept)
    return (low, high) if next(at_risk, None) is not None else None


def given_away_here(first: int, last: int) -> tuple[int, int] | None:
    """Return the same for this machine; None where it does not tell."""
    try:
        return given_away(first, last, given=_RANGE.read_text(), reserved=_RESERVED.read_text())
    except (OSError, ValueError):
        return None


def warn_if_given_away(what: str, first: int, last: int) -> None:
    """Log when the system may give ports away that we are told to use, and what to do about it.

    Args:
        what: whose ports, as settings are called.
    """
    found = given_away_here(first, last)
    if found is not None:
        logger.warning(
            "%s: the system may give ports of %d-%d to outgoing connections first, as it does with %d-%d; "
            "choose others, or reserve them in net.ipv4.ip_local_reserved_ports",
            *(what, first, last, *found),
        )
