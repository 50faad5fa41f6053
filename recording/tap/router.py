"""The taps of one recorded call: which tracks are paused, what each journal is called, what went wrong."""

from collections.abc import Iterator, Mapping
from errno import ENOSPC
from os import strerror
from pathlib import Path
from typing import Protocol

from recording.config import TapSettings
from recording.format import Anchor, JournalName
from recording.tap.track import RecordingTap, TrackIdentity
from recording.tap.writer import JournalWriter
from rtc_server.owner_events import RecordingEvent, RecordingFailed, RecordingRecovered, RecordingStalled


class JournalHost(Protocol):
    """What the call's taps need of the process."""

    last_now: float
    settings: TapSettings

    def create_journal(self, directory: Path, name: JournalName) -> JournalWriter:
        """Create a file. Raises OSError."""

    def release(self, writer: JournalWriter) -> None:
        """Close a file."""

    def touch(self, tap: RecordingTap) -> None:
        """Flush a tap soon."""

    def anchor(self, now: float) -> Anchor:
        """Read both clocks."""


class RecordedRouter:
    """Keep the taps of one router.

    Args:
        directory: where the call's journals go; made if missing, readable by nobody else.

    Raises:
        OSError: the directory cannot be made or read.
    """

    def __init__(self, host: JournalHost, router_id: str, directory: Path, call_id: str) -> None:
        self.router_id = router_id
        self.call_id = call_id
        self._host = host
        self.directory = directory
        self._full = False
        self._taps: list[RecordingTap] = []
        self._paused: dict[str | None, str] = {}
        self._ended_bytes = 0
        self._ended_slow_writes = 0
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._segments: dict[tuple[str, str], int] = {}
        for name in filter(None, (JournalName.parse(path.name) for path in directory.iterdir())):
            key = (name.lane, name.track)
            self._segments[key] = max(name.segment, self._segments.get(key, 0))

    @property
    def last_now(self) -> float:
        """The latest time the media plane told."""
        return self._host.last_now

    @property
    def state(self) -> str:
        """`paused` while any track is left out on purpose, else `recording`."""
        return "paused" if self._paused else "recording"

    def add(self, identity: TrackIdentity, producer_id: str, now: float) -> RecordingTap:
        """Return the tap of a new producer, paused if its track is."""
        paused = next((self._paused[name] for name in _names(identity) if name in self._paused), None)
        tap = RecordingTap(
            self, self._host.settings, identity, producer_id=producer_id, paused=paused, now=now
        )
        self._taps.append(tap)
        return tap

    def open_journal(self, identity: TrackIdentity) -> tuple[int, JournalWriter]:
        """Create the next segment of a track. Raises OSError."""
        if self._full:
            raise OSError(ENOSPC, strerror(ENOSPC))
        key = (identity.lane, identity.track)
        segment = self._segments.get(key, 0) + 1
        self._segments[key] = segment
        return segment, self._host.create_journal(self.directory, JournalName(*key[:1], segment, key[1]))

    def set_full(self, full: bool) -> None:
        """Note whether the disk has room; without, every journal ends and tries again later."""
        if full and not self._full:
            for tap in self._taps:
                tap.run_out_of_room()
        self._full = full

    def release(self, writer: JournalWriter) -> None:
        """A tap is done with a file."""
        self._host.release(writer)

    def touch(self, tap: RecordingTap) -> None:
        """A tap has something to write."""
        self._host.touch(tap)

    def anchor(self, now: float) -> Anchor:
        """Read both clocks."""
        return self._host.anchor(now)

    def pause(self, reason: str, tracks: frozenset[str] | None, now: float) -> None:
        """Leave tracks (all for None) out, now and for producers to come."""
        self._paused |= dict.fromkeys((None,) if tracks is None else tracks, reason)
        for tap in self._matching(tracks):
            tap.pause(reason, now)

    def resume(self, tracks: frozenset[str] | None, now: float) -> None:
        """Keep tracks (all for None) again."""
        if tracks is None:
            self._paused.clear()
        for name in tracks or ():
            self._paused.pop(name, None)
        for tap in self._taps:
            if not self._paused.keys() & _names(tap.identity):
                tap.resume(now)

    def stats(self) -> Mapping[str, object]:
        """Return state, bytes, slow writes and lanes."""
        return {
            "state": self.state,
            "bytes": self._ended_bytes + sum(tap.bytes_written for tap in self._taps),
            "slow_writes": self._ended_slow_writes + sum(tap.slow_writes for tap in self._taps),
            "lanes": [
                {
                    "lane": tap.identity.lane,
                    "track": tap.identity.track,
                    "bytes": tap.bytes_written,
                    "live": not tap.ended,
                    "stalled": tap.stalled,
                }
                for tap in self._taps
            ],
        }

    def handle_timeout(self, now: float) -> Iterator[RecordingEvent]:
        """Advance every tap and yield what changed for the worse or back."""
        for tap in self._taps:
            tap.handle_timeout(now)
            yield from _changes(self.router_id, tap, now)
        self._forget_ended()

    def descriptors(self) -> list[int]:
        """Return the open files."""
        return [tap.descriptor for tap in self._taps if tap.descriptor is not None]

    def close(self, reason: str) -> None:
        """End every tap."""
        for tap in self._taps:
            if not tap.ended:
                tap.on_end(reason)
        self._forget_ended()

    def _forget_ended(self) -> None:
        for tap in self._taps:
            if tap.ended:
                self._ended_bytes += tap.bytes_written
                self._ended_slow_writes += tap.slow_writes
        self._taps = [tap for tap in self._taps if not tap.ended]

    def _matching(self, tracks: frozenset[str] | None) -> list[RecordingTap]:
        return [tap for tap in self._taps if tracks is None or tracks & _names(tap.identity)]


def _names(identity: TrackIdentity) -> frozenset[str | None]:
    """Return what a pause may call a track: all, the track, the participant's track."""
    return frozenset({None, identity.track, f"{identity.participant}/{identity.track}"})


def _changes(router_id: str, tap: RecordingTap, now: float) -> Iterator[RecordingEvent]:
    where = (router_id, tap.identity.lane, tap.identity.track)
    if (error := tap.take_failure()) is not None:
        yield RecordingFailed(*where, error)
    silence = tap.silent_for(now)
    if silence is not None and not tap.stalled:
        tap.alarmed(now)
        yield RecordingStalled(*where, round(silence, 1))
    elif silence is None and tap.stalled:
        tap.recovered()
        yield RecordingRecovered(*where)
