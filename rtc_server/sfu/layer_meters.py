"""What a producer's encodings cost and show, measured on their received streams when somebody asks."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.rate_meter import INTERVAL_S, RateMeter
from rtc_server.sfu.engine import Receiver
from rtc_server.sfu.peer_ports import LayerFacts

HEADER_BYTES: Final = 24
"""Of a packet as we send it, beside its payload: RTP, extensions."""

AWAKE_AFTER_S: Final = 4.0
"""What is wanted again has begun by then, as senders hear of it within a second, or it is not to be had."""


class LayerMeters:
    """The meters of one producer.

    Args:
        streams: the producer's own list, one place for each encoding.
        temporal_layers: how many of each are measured apart.
    """

    __slots__ = ("_at", "_facts", "_meters", "_resting", "_streams", "_temporal_layers")

    def __init__(self, streams: Sequence[Receiver | None], temporal_layers: int) -> None:
        self._streams = streams
        self._temporal_layers = temporal_layers
        self._meters = [self._new() for _ in streams]
        self._facts: list[LayerFacts] = []
        self._resting: dict[int, _Rest] = {}
        self._at = -NEVER

    def begin(self, layer: int) -> None:
        """An encoding has another received stream, which counts from nothing."""
        self._meters[layer] = self._new()
        self._at = -NEVER

    def told(self, max_layer: int, now: float) -> None:
        """The sender was told to send up to this encoding: those above rest, if they could be had at all."""
        facts = self.facts(now)
        for layer, each in enumerate(facts):
            rest = self._resting.get(layer)
            if layer > max_layer and each.can_be_had:
                self._resting[layer] = _Rest(each.bps, NEVER)
            elif layer <= max_layer and rest is not None:
                self._resting[layer] = rest._replace(until=min(rest.until, now + AWAKE_AFTER_S))
        self._at = -NEVER

    def facts(self, now: float) -> list[LayerFacts]:
        """Return what is known of each encoding, the lowest first; the same to all who ask at one time."""
        if now - self._at >= INTERVAL_S:
            self._at = now
            self._facts = [self._look(layer, now) for layer in range(len(self._meters))]
        return self._facts

    def _look(self, layer: int, now: float) -> LayerFacts:
        stream, meter = self._streams[layer], self._meters[layer]
        if stream is None:
            return LayerFacts((0.0,) * self._temporal_layers, None, False)
        counters = stream.counters()
        meter.sample((*(counters.temporal_bytes or (counters.payload_bytes,)), counters.packets), now)
        *each, packets = meter.bps
        headers = 1 + HEADER_BYTES * packets / max(sum(each), 1.0)
        bps = tuple(headers * rate for rate in accumulate(each))
        rest = self._resting.get(layer)
        if rest is not None and now < rest.until:
            return LayerFacts(rest.bps, counters.height, meter.flows(now), rests=True)
        self._resting.pop(layer, None)
        return LayerFacts(bps, counters.height, meter.flows(now))

    def _new(self) -> RateMeter:
        return RateMeter(self._temporal_layers + 1)  # and its packets


class _Rest(NamedTuple):
    """An encoding that the sender stopped."""

    bps: tuple[float, ...]
    until: float
    """When it has to flow again to be believed in; never while it is not wanted."""
