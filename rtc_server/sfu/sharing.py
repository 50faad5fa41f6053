"""What each consumer of one receiving transport gets of its line: a transport's end of `protocol.allocation`.

Each half second, less often while nothing is missing, and soon after something changed: what encodings cost
and show, how high viewers show them and what the line carries become each consumer's encoding and temporal
layers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rtc_server.importance import Importance
from rtc_server.owner_events import ConsumerLayerChanged, LayerLimit, OwnerEvent
from rtc_server.protocol.allocation import Allocator, Need, Step
from rtc_server.protocol.deadline import NEVER
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.downlink import Downlink
from rtc_server.sfu.layer_selector import FIRST
from rtc_server.sfu.peer_ports import LayerFacts

INTERVAL_S: Final = 0.5
CONTENT_S: Final = 1.0
"""The same while everybody gets all they need."""

SOON_S: Final = 0.05
"""After something changed: what changes together is decided together, and no faster than this."""

TELL_S: Final = 1.0
"""Between two words about one consumer."""

LESS: Final = 0.9
"""Part of what the line carried; below it is decided anew at once."""

ENLARGED: Final = 1.25
"""How much larger than it is a picture may be shown before the next better one is worth its price."""

RANKS: Final = {
    Importance.SOUND: 0,
    Importance.DESKTOP: 1,
    Importance.DOCUMENT_CAMERA: 2,
    Importance.CAMERA: 4,
}
SPEAKER_RANK: Final = 3
"""Of the camera of who speaks."""


@dataclass(slots=True)
class _Told:
    """What the peer believes of one consumer."""

    layer: int | None
    limited_by: LayerLimit
    at: float = -NEVER


class LineSharing:
    """The division of one transport's line.

    Args:
        router_id, transport_id: for the events.
        consumers: the transport's own table.
        downlink: tells what the line carries, and looks for more where more could be used.
        emit: told when a consumer's encoding, or the reason for it, changed.
    """

    def __init__(
        self,
        router_id: str,
        transport_id: str,
        consumers: Mapping[int, Consumer],
        downlink: Downlink,
        emit: Callable[[OwnerEvent], None],
    ) -> None:
        self._router_id = router_id
        self._transport_id = transport_id
        self._consumers = consumers
        self._downlink = downlink
        self._emit = emit
        self._allocator = Allocator()
        self._told: dict[str, _Told] = {}
        self._speaking: str | None = None
        self._at = NEVER
        self._decided_at = -NEVER
        self._budget_bps: float | None = None

    def decide_soon(self, now: float) -> None:
        """Something changed: who is received, or what is shown of it."""
        self._at = min(self._at, max(now, self._decided_at + SOON_S))

    def line_changed(self, now: float) -> None:
        """The peer told of its line: if it carries less, that is not waited for."""
        budget_bps = self._downlink.budget()
        if self._budget_bps is not None and budget_bps is not None and budget_bps < LESS * self._budget_bps:
            self.decide_soon(now)

    def speaks(self, transport_id: str | None, now: float) -> None:
        """Somebody speaks, by the transport that they send on; their camera goes before the others."""
        if transport_id != self._speaking:
            self._speaking = transport_id
            self.decide_soon(now)

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""
        return self._at

    def handle_timeout(self, now: float) -> None:
        """Decide when due."""
        if now < self._at:
            return
        self._decided_at = now
        pictures = [each for each in self._consumers.values() if each.importance is not Importance.SOUND]
        known = {each.id for each in pictures}
        self._told = {name: told for name, told in self._told.items() if name in known}
        facts = {each.id: each.origin.layers(now) for each in pictures}
        caps = {each.id: _cap(facts[each.id], each.viewed_height) for each in pictures}
        for each in pictures:
            if not each.is_sent:
                each.origin.wish(each.stream, -1)
            if each.viewed_height == 0:
                self._note(each, None, len(facts[each.id]), LayerLimit.VIEWER, now)
        sent = [each for each in pictures if each.is_sent and not each.origin.paused]
        needs = [Need(each.id, self._rank(each), _steps(facts[each.id], caps[each.id])) for each in sent]
        self._budget_bps = self._downlink.budget()
        chosen, wanted_bps = self._allocator.decide(needs, self._budget_bps, now)
        self._downlink.want(wanted_bps)
        has_all = not wanted_bps and all(facts[each.id][caps[each.id]].flows for each in sent)
        self._at = now + (CONTENT_S if has_all else INTERVAL_S) if pictures else NEVER
        for each, need in zip(sent, needs, strict=True):
            step = chosen[each.id]
            each.origin.wish(each.stream, _wished(step, need.steps[-1], caps[each.id]))
            each.origin.select(each.stream, None if step is None else step.layer, now)
            if step is not None:
                each.stream.thin(step.temporal)
            self._say(each, step, facts[each.id], caps[each.id], now)

    def _rank(self, consumer: Consumer) -> int:
        is_camera = consumer.importance is Importance.CAMERA
        if is_camera and self._speaking is not None and consumer.origin.transport_id == self._speaking:
            return SPEAKER_RANK
        return RANKS[consumer.importance]

    def _say(
        self, consumer: Consumer, step: Step | None, facts: Sequence[LayerFacts], cap: int, now: float
    ) -> None:
        top = len(facts) - 1
        if step is None:
            limit, layer = LayerLimit.LINE, None
        else:
            layer = step.layer
            is_whole = step.temporal == len(facts[layer].bps) - 1
            if layer == top and is_whole:
                limit = LayerLimit.NONE
            elif layer == cap and is_whole:
                limit = LayerLimit.VIEWER
            elif layer == _best(facts, cap) and is_whole:
                limit = LayerLimit.SENDER
            else:
                limit = LayerLimit.LINE
        self._note(consumer, layer, len(facts), limit, now)

    def _note(
        self, consumer: Consumer, layer: int | None, layers: int, limit: LayerLimit, now: float
    ) -> None:
        """Tell what is new, once a second at most: what changes sooner is told with the next decision."""
        told = self._told.setdefault(consumer.id, _Told(layers - 1, LayerLimit.NONE))
        if (told.layer, told.limited_by) != (layer, limit) and now - told.at >= TELL_S:
            self._told[consumer.id] = _Told(layer, limit, now)
            self._emit(
                ConsumerLayerChanged(self._router_id, self._transport_id, consumer.id, layer, layers, limit)
            )


def _wished(step: Step | None, best: Step, cap: int) -> int:
    """Return up to which encoding a picture's sender is to send for one viewer.

    That is all that the viewer would see, as long as the line carries the best that there is; else no more
    than it carries.
    """
    if step == best:
        return cap
    return FIRST if step is None else step.layer


def _best(facts: Sequence[LayerFacts], cap: int) -> int:
    """Return the best encoding up to `cap` that can be had; the lowest when none can."""
    return max((layer for layer in range(cap + 1) if facts[layer].can_be_had), default=FIRST)


def _cap(facts: Sequence[LayerFacts], viewed_height: int | None) -> int:
    """Return the lowest encoding that is high enough for how a picture is shown."""
    top = len(facts) - 1
    if viewed_height is None:
        return top
    for layer, each in enumerate(facts):
        if each.height is not None and each.height * ENLARGED >= viewed_height:
            return layer
    return top


def _steps(facts: Sequence[LayerFacts], cap: int) -> tuple[Step, ...]:
    """Return the ways to send a picture: the lowest encoding with ever more temporal layers, then the others.

    Those that cannot be had are left out; while nothing flows, the lowest is what may begin.
    """
    possible = [layer for layer in range(cap + 1) if facts[layer].can_be_had]
    if not any(facts[layer].flows for layer in possible):
        # A viewer's cap below all that flows: the lowest of these.
        possible = [layer for layer in range(len(facts)) if facts[layer].flows][:1] or [FIRST]
    lowest, *others = possible
    steps = [Step(lowest, temporal, bps) for temporal, bps in enumerate(facts[lowest].bps)]
    steps += [Step(layer, len(facts[layer].bps) - 1, facts[layer].bps[-1]) for layer in others]
    return tuple(steps)
