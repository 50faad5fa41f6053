"""What announced addresses mean: this machine's, a NAT's, or private ones for the intranet alone. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address

from signaling.compose.doctor.report import Finding, advice, fine, mend

CHECK = "announced"


def judge(announced: Sequence[str], told: Iterable[str], here: Iterable[str]) -> Iterator[Finding]:
    """Judge the addresses that browsers get.

    Args:
        announced: those of the settings, without ports.
        told: all that browsers are told, loopback too.
        here: those of this machine's interfaces.
    """
    outside = [address for address in dict.fromkeys(told) if not ip_address(address).is_loopback]
    if not outside:
        yield mend(CHECK, "only_loopback")
        return
    if not any(ip_address(address).is_global for address in outside):
        yield advice(CHECK, "only_private", addresses=", ".join(outside))
    known = set(here)
    for address in announced:
        if address in known:
            yield fine(CHECK, "announced_here", address=address)
        elif ip_address(address).is_global:
            yield fine(CHECK, "announced_nat", address=address)
        elif not ip_address(address).is_loopback:
            yield advice(CHECK, "private_not_here", address=address)
