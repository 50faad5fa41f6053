"""Which of a producer's encodings feeds each sent stream, and how one takes over from another.

A sent stream is fed by the encoding that it has until the one it is to have begins a key frame; so nothing
stands still in between, and nothing is shown that needs what was not sent. Browsers answer one request with
key frames of all encodings, some with the largest first: a larger encoding that is to be left ends where its
key frame begins, which would only keep the smaller one waiting.
"""

from collections.abc import Sequence
from typing import Final

from rtc_server.sfu.engine import Receiver
from rtc_server.sfu.peer_ports import Sink, Source
from rtc_server.wire.rtp import RtpView

FIRST: Final = 0
"""The encoding that senders list lowest and stop last (Chromium stops the others when its uplink is thin)."""


class LayerSelector:
    """The sent streams of one producer and their encodings.

    Args:
        streams: the producer's own list, one place for each encoding.
    """

    def __init__(self, streams: Sequence[Receiver | None]) -> None:
        self.streams = streams
        self._feeds: dict[Sink, _Feed] = {}

    def add(self, sink: Sink) -> None:
        """Feed one more sent stream, by the first encoding until `select` says more."""
        feed = self._feeds[sink] = _Feed(self, sink)
        feed.attach(FIRST)

    def remove(self, sink: Sink) -> None:
        """Feed it no more."""
        self._feeds.pop(sink).end()

    def begin(self, layer: int, stream: Receiver) -> None:
        """An encoding has a new received stream, which feeds whom the one before fed."""
        for feed in self._feeds.values():
            if feed.layer == layer:
                stream.attach(feed.sink)
            elif feed.next == layer:
                stream.attach(feed)

    def select(self, sink: Sink, layer: int | None) -> bool:
        """Let a sent stream have another encoding from its next key frame on; None: nothing, at once.

        Returns:
            Whether a key frame of it has to be asked for now.
        """
        feed = self._feeds[sink]
        if layer is None:
            feed.end()
        elif layer == feed.layer and (feed.fed_by == layer or self.streams[layer] is None):
            feed.expect(None)
        elif layer != feed.next:
            if feed.fed_by is None:
                feed.expect(None)
                feed.attach(layer)  # which begins with a key frame, as everything does
            else:
                feed.expect(layer)
            return True
        return False

    def resume(self) -> None:
        """The producer goes on after a pause."""
        for sink in self._feeds:
            sink.source_resumed()

    def layers_of(self, sink: Sink) -> tuple[int, ...]:
        """Return the encodings that a sent stream needs key frames of: the one it has and the one it gets."""
        feed = self._feeds[sink]
        return tuple(layer for layer in (feed.fed_by, feed.next) if layer is not None)

    def layer_of(self, sink: Sink) -> int | None:
        """Return the encoding that feeds a sent stream now; None: none does."""
        return self._feeds[sink].fed_by

    def is_used(self, layer: int) -> bool:
        """Return whether somebody has or awaits an encoding."""
        return any(layer in (feed.layer, feed.next) for feed in self._feeds.values())


class _Feed:
    """One sent stream; towards the encoding that is to take over it is a sink itself.

    Attributes:
        layer: the encoding that it has; None: none.
        next: the one that takes over at its next key frame; None: none.
    """

    __slots__ = ("_selector", "layer", "next", "sink")

    def __init__(self, selector: LayerSelector, sink: Sink) -> None:
        self._selector = selector
        self.sink = sink
        self.layer: int | None = None
        self.next: int | None = None

    @property
    def fed_by(self) -> int | None:
        """Return the encoding that feeds it now: none has come yet, or a larger one has ended."""
        stream = self._stream(self.layer)
        return self.layer if stream is not None and stream.feeds(self.sink) else None

    def attach(self, layer: int | None) -> None:
        """Be fed by an encoding at once."""
        self._move(self.sink, self.layer, layer)
        self.layer = layer

    def expect(self, layer: int | None) -> None:
        """Look at an encoding for its key frame; a larger one ends with its own, should that come first."""
        self._move(self, self.next, layer)
        self.next = layer
        left = self._stream(self.layer)
        if left is not None and self.layer is not None:
            left.end_at_key_frame(self.sink, layer is not None and layer < self.layer)

    def end(self) -> None:
        """Be fed by nothing."""
        self.expect(None)
        self.attach(None)

    def _stream(self, layer: int | None) -> Receiver | None:
        return None if layer is None else self._selector.streams[layer]

    def _move(self, sink: Sink, before: int | None, after: int | None) -> None:
        left, entered = self._stream(before), self._stream(after)
        if left is not None:
            left.detach(sink)
        if entered is not None:
            entered.attach(sink)

    # --- as the sink of what is to take over

    def forward(self, view: RtpView, payload: bytes, is_key_frame: bool, now: float) -> None:
        """Look for the key frame, and go on with it."""
        if is_key_frame:
            layer = self.next
            self.expect(None)
            self.attach(layer)
            self.sink.forward(view, payload, is_key_frame, now)

    def count_fault(self) -> None:
        """Count a bug of ours."""
        self.sink.count_fault()

    def source_began(self, source: Source) -> None:
        """Nothing is sent of it yet."""

    def source_resumed(self) -> None:
        """Nothing was sent of it."""
