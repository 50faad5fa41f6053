"""Objects of the media plane and of recording that outlive what made them.

A media server that ends is looked at first: what its registry does not know any more must be gone, for
whatever still refers to a part of a closed call keeps its whole media graph. After the test nothing may be
left at all. Objects that only wait for the garbage collector are gone for our purposes.
"""

import asyncio
import gc
import logging
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from recording.tap.router import RecordedRouter
from recording.tap.track import RecordingTap
from rtc_server.net.connection import Connection
from rtc_server.server.media_server import MediaServer
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.router import Router
from rtc_server.sfu.transport import WebRtcTransport

OF_MEDIA = (Router, WebRtcTransport, Producer, Consumer, Connection)
OF_RECORDING = (RecordedRouter, RecordingTap)
PATIENCE_S = 1.0


class ObjectWatch:
    """Know every object of the watched kinds that was made and is alive.

    Attributes:
        patched: the test replaces attributes of such objects, so that pytest refers to them until its end.
    """

    def __init__(self) -> None:
        self.patched = False
        self._alive: weakref.WeakSet[Any] = weakref.WeakSet()
        self._servers: weakref.WeakSet[MediaServer] = weakref.WeakSet()

    @contextmanager
    def watching(self, report: Callable[[str], None]) -> Iterator[None]:
        """Note every new object, and look at each media server before and after its end."""
        end = MediaServer.__aexit__

        async def looked_at_end(server: MediaServer, *exc_info: object) -> None:
            if exc_info[:1] == (None,) and not self.patched:
                for line in await self._settled():
                    report(f"{line}, while a media server went on")
            await end(server, *exc_info)
            self._servers.discard(server)
            for noun, count in server.registry.counts().items():
                if count:
                    report(f"{count} {noun} of a media server that ended")

        with pytest.MonkeyPatch.context() as patch:
            for kind in (*OF_MEDIA, *OF_RECORDING):
                patch.setattr(kind, "__init__", _noting(kind.__init__, self._alive))
            patch.setattr(MediaServer, "__init__", _noting(MediaServer.__init__, self._servers))
            patch.setattr(MediaServer, "__aexit__", looked_at_end)
            yield

    def left(self, *, look: bool) -> list[str]:
        """Return a line for each object that is still alive, and forget them all.

        Args:
            look: False forgets without a word.
        """
        found = self._described(lambda one: True) if look else []
        self._alive.clear()
        return found

    async def _settled(self) -> list[str]:
        """Return what no registry knows once a connection that said goodbye just now had time to end."""
        end = time.monotonic() + PATIENCE_S
        while (lines := self._unknown()) and time.monotonic() < end:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.01)
        return lines

    def _unknown(self) -> list[str]:
        known = {id(one) for server in self._servers for one in _known(server)}
        return self._described(lambda one: isinstance(one, OF_MEDIA) and id(one) not in known)

    def _described(self, concerns: Callable[[object], bool]) -> list[str]:
        if not self._alive:
            return []
        _forget_logged()
        gc.collect()
        lines = []
        for reference in [weakref.ref(one) for one in self._alive]:
            one = reference()
            if one is not None and concerns(one):
                lines.append(f"{type(one).__name__}, held by {_holders(one)}")
        return sorted(lines)


def _known(server: MediaServer) -> Iterator[object]:
    registry = server.registry
    for peer in registry.peers:
        yield from (peer.transport, peer.connection)
    for table in (registry.routers, registry.producers, registry.consumers):
        yield from table


def _noting(init: Any, alive: "weakref.WeakSet[Any]") -> Any:
    def noting(self: object, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        alive.add(self)

    return noting


def _forget_logged() -> None:
    """pytest keeps what is logged with all its arguments, and of a failure the variables of every frame."""
    for handler in logging.getLogger().handlers:
        for record in getattr(handler, "records", ()):
            record.msg, record.args, record.exc_info = record.getMessage(), None, None


def _holders(one: object) -> str:
    """Name the kinds of what refers to an object, through lists and dicts; what was imported is hidden."""
    kinds: set[str] = set()
    holders = gc.get_referrers(one)
    for holder in holders:
        kind = type(holder).__name__
        if isinstance(holder, list | dict):
            owners = [type(owner).__name__ for owner in gc.get_referrers(holder) if owner is not holders]
            kinds.update(f"{owner}'s {kind}" for owner in owners)
        else:
            kinds.add(kind)
    return ", ".join(sorted(kind for kind in kinds if not kind.startswith("frame"))) or "nobody known"
