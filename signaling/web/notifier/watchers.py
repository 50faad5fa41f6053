"""Supervisors' live lists: at most one `queue.changed` a second for each watcher, however much happens."""

import asyncio
import logging
from typing import Final

from signaling.domain.errors import AwayError, DomainError
from signaling.domain.roles import Permission
from signaling.web.context import WebContext
from signaling.web.sio.commands.queue import queue_view
from signaling.web.sio.hub import Hub

INTERVAL_S: Final = 1.0

_log = logging.getLogger(__name__)


class QueueWatchers:
    """Collect what changed and tell the watchers once per interval; `run` is their life."""

    def __init__(self, context: WebContext, hub: Hub) -> None:
        self._context = context
        self._hub = hub
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()

    def region_changed(self, region_code: str) -> None:
        """Something in a region changed: those whose scope covers it get a fresh list."""
        tree = self._context.directory.tree
        for one in self._hub:
            if one.watches_queue and tree.covers(one.actor.region_code, region_code):
                self._mark(one.sid)

    def line_changed(self, region_code: str) -> None:
        """The lines of a call changed, as they do all the time: only those who watch over it are told."""
        tree = self._context.directory.tree
        for one in self._hub:
            oversees = Permission.QUEUE_OVERSEE in one.actor.permissions
            if one.watches_queue and oversees and tree.covers(one.actor.region_code, region_code):
                self._mark(one.sid)

    def anything_changed(self) -> None:
        """Something without a region changed: every watcher gets a fresh list."""
        for one in self._hub:
            if one.watches_queue:
                self._mark(one.sid)

    def _mark(self, sid: str) -> None:
        self._dirty.add(sid)
        self._wake.set()

    async def run(self) -> None:
        """Tell the watchers until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._tell()
            await asyncio.sleep(INTERVAL_S)

    async def _tell(self) -> None:
        dirty, self._dirty = self._dirty, set()
        for sid in dirty:
            one = self._hub.get(sid)
            if one is None or not one.watches_queue:
                continue
            try:
                await self._hub.tell([one], await queue_view(self._context, one.actor))
            except AwayError:
                self._mark(sid)  # with the next round
            except DomainError as error:
                _log.warning("no list for %s: %s", one.actor.who, error.code)
