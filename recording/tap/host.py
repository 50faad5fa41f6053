"""Maker and keeper of the taps of one media process (implements `rtc_server.sfu.tap.TapHost`)."""

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, assert_never
from uuid import uuid4

from recording.config import TapSettings, checked_name
from recording.errors import InvalidNameError
from recording.format import Anchor, JournalName
from recording.format.names import lane_of
from recording.tap.router import RecordedRouter
from recording.tap.syncer import Syncer
from recording.tap.track import RecordingTap, TrackIdentity
from recording.tap.writer import JournalWriter
from rtc_server.errors import MalformedError, MediaError, NotFoundError
from rtc_server.owner_events import RecordingEvent
from rtc_server.tap_commands import TRACK_TAGS, OpenTap, PauseTap, ResumeTap, TapCommand, TrackTags

_log: Final = logging.getLogger(__name__)

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def read_boot_id() -> str:
    """Return the id of this life of the machine; where there is none, one for this process."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return str(uuid4())


def wall_at(now: float) -> float:
    """Return the wall clock's time at the monotonic time `now`, both in seconds."""
    return time.time() - (time.monotonic() - now)


def free_bytes(directory: Path) -> int:
    """Return the room left for us on the file system of `directory`; 0 when it cannot be told."""
    try:
        found = os.statvfs(directory)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize


class RecordingTapHost:
    """Journal every producer of the routers that were opened with a directory.

    Args:
        settings: how it journals.
        wall: maps monotonic seconds to wall seconds.
        free_bytes: tells the room left where a directory lies.
        boot_id: names the life of the machine the monotonic clock belongs to.
    """

    def __init__(
        self,
        settings: TapSettings,
        *,
        wall: Callable[[float], float] = wall_at,
        boot_id: str | None = None,
        free_bytes: Callable[[Path], int] = free_bytes,
    ) -> None:
        self.last_now = time.monotonic()
        self.settings = settings
        self._wall = wall
        self._free_bytes = free_bytes
        self._boot_id = boot_id or read_boot_id()
        self._routers: dict[str, RecordedRouter] = {}
        self._dirty: list[RecordingTap] = []
        self._syncer = Syncer()
        self._sync_at = 0.0

    def open_router(self, router_id: str, opening: OpenTap) -> None:
        """Record the producers of a router from here on; once more changes nothing.

        Raises:
            MediaError: a directory that is relative, or cannot be made.
        """
        directory = Path(opening.directory)
        if not directory.is_absolute():
            raise MalformedError("Recording needs an absolute directory.")
        if router_id in self._routers:
            return
        try:
            router = RecordedRouter(self, router_id, directory, opening.call_id)
        except OSError as problem:
            raise MediaError("The journal directory cannot be made.", code="recording_failed") from problem
        self._syncer.start()
        self._routers[router_id] = router

    def create_tap(
        self, router_id: str, producer_id: str, app_data: Mapping[str, object]
    ) -> RecordingTap | None:
        """Return the tap of a producer of a recorded router.

        None for one that is not to be recorded, and for one whose data are no `TrackTags`.
        """
        router = self._routers.get(router_id)
        if router is None:
            return None
        try:
            tags = TRACK_TAGS.read(dict(app_data))
            identity = _identity(router.call_id, tags)
        except (MalformedError, InvalidNameError):
            _log.warning("call %s: a producer does not say whose it is and goes unrecorded", router.call_id)
            return None
        return router.add(identity, producer_id, self.last_now) if tags.recorded else None

    def control(self, router_id: str, command: TapCommand) -> None:
        """Pause or resume tracks of a recorded router; raises NotFoundError for another one."""
        router = self._recorded(router_id)
        match command:
            case PauseTap():
                router.pause(command.reason, _tracks(command), self.last_now)
            case ResumeTap():
                router.resume(_tracks(command), self.last_now)
            case _:
                assert_never(command)

    def stats(self, router_id: str) -> Mapping[str, object]:
        """Return state, bytes, slow writes and lanes of a recorded router; raises NotFoundError."""
        return self._recorded(router_id).stats()

    def _recorded(self, router_id: str) -> RecordedRouter:
        router = self._routers.get(router_id)
        if router is None:
            raise NotFoundError("This router is not recorded.")
        return router

    def flush(self, now: float) -> None:
        """Write what came since the last call, with one call a journal.

        A killed process loses at most the time between two calls.
        """
        self.last_now = now
        if self._dirty:
            dirty, self._dirty = self._dirty, []
            for tap in dirty:
                try:
                    tap.flush()
                except Exception:  # a bug met in one track: the others are marked and written once only
                    _log.exception("producer %s: its journal could not be written", tap.producer_id)

    def handle_timeout(self, now: float) -> Sequence[RecordingEvent]:
        """Sync, anchor, and tell what stalled, failed or came back."""
        self.last_now = now
        events: list[RecordingEvent] = []
        look = now >= self._sync_at
        if look:
            self._sync_at = now + self.settings.sync_interval
        for router in self._routers.values():
            try:
                if look:
                    router.set_full(self._free_bytes(router.directory) < self.settings.min_free_bytes)
                events += router.handle_timeout(now)
            except Exception:  # nor may it keep other calls from being synced and anchored
                _log.exception("router %s: its recording could not be advanced", router.router_id)
        self.flush(now)
        if look:
            self._syncer.sync([fd for router in self._routers.values() for fd in router.descriptors()])
        return events

    def close_router(self, router_id: str, reason: str) -> None:
        """End every tap of the router."""
        router = self._routers.pop(router_id, None)
        if router is not None:
            router.close(reason)

    def close(self, timeout: float = 5.0) -> None:
        """End everything and wait up to `timeout` seconds for the disk; the process is going down."""
        for router_id in list(self._routers):
            self.close_router(router_id, "shutdown")
        self._dirty.clear()  # what is ended is written
        self._syncer.stop(timeout)

    def create_journal(self, directory: Path, name: JournalName) -> JournalWriter:
        """Create a journal file. Raises OSError."""
        writer = JournalWriter(directory / str(name), self.settings.slow_write)
        self._syncer.created(directory)
        return writer

    def release(self, writer: JournalWriter) -> None:
        """Close a journal that is complete, off the loop."""
        self._syncer.close(writer.descriptor)

    def touch(self, tap: RecordingTap) -> None:
        """Flush `tap` with the next call of `flush`."""
        self._dirty.append(tap)

    def anchor(self, now: float) -> Anchor:
        """Return both clocks' reading at `now`."""
        return Anchor(self._boot_id, int(now * 1e9), int(self._wall(now) * 1e9))


def _identity(call_id: str, tags: TrackTags) -> TrackIdentity:
    lane = lane_of(checked_name(tags.participant), tags.track)
    return TrackIdentity(call_id, lane, tags.participant, tags.track, tags.generation)


def _tracks(command: TapCommand) -> frozenset[str] | None:
    return None if command.tracks is None else frozenset(command.tracks)
