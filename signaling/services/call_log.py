"""One INFO line for each step of a call's life: what happened, by whom and why, in ids alone.

What people said or wrote and who they are stays in the call's own log, which is read with a permission.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from signaling.domain.call_model import Call
from signaling.domain.steps.step import Logged

_log = logging.getLogger(__name__)

_LIFE: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "call.requested": ("requested", ("item_code",)),
        "offer.made": ("offered", ("offer_id", "staff_id")),
        "offer.missed": ("offer missed", ("offer_id",)),
        "offer.rejected": ("offer rejected", ("offer_id",)),
        "offer.lost": ("offer lost", ("offer_id",)),
        "offer.accepted": ("connected", ("offer_id", "waited_s")),
        "member.seated": ("joined", ("who", "part")),
        "member.left": ("left", ("part",)),
        "participant.lost": ("connection lost", ("part",)),
        "participant.back": ("connection back", ("part",)),
        "participant.gone": ("connection given up", ("parts",)),
        "call.requeued": ("waiting again", ()),
        "call.hung_up": ("hung up", ()),
        "call.cancelled": ("cancelled", ()),
        "call.abandoned": ("abandoned", ()),
        "call.nobody_eligible": ("nobody eligible", ()),
        "call.waited_too_long": ("waited too long", ()),
        "call.ended": ("ended", ("end",)),
        "call.closed": ("closed", ("end",)),
        "server.restarted": ("taken up after a restart", ()),
    }
)
"""Kind of log entry → the words for it, and which of its data are ids, figures or names of ours."""


def tell_life(call: Call, logged: Sequence[Logged]) -> None:
    """Log the entries that are steps of a call's life."""
    for entry in logged:
        if entry.kind in _LIFE:
            words, keys = _LIFE[entry.kind]
            _log.info("call %s (%s) %s%s", call.call_id, call.number, words, _details(entry, keys))


def _details(entry: Logged, keys: Sequence[str]) -> str:
    return "".join(f", {detail}" for detail in _each(entry, keys))


def _each(entry: Logged, keys: Sequence[str]) -> Iterator[str]:
    if entry.actor is not None:
        yield f"by {entry.actor}"
    for key in keys:
        value = entry.data.get(key)
        yield f"{key} {value:.1f}" if isinstance(value, float) else f"{key} {value}"
