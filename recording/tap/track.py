"""The tap of one producer: its packets go into a journal, one file for each stream description.

States: waiting (no stream yet), writing, paused (a reasoned gap), failed (the disk refused; tried again),
ended. Nothing here raises towards the media plane.
"""

import logging
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC, errorcode
from os import strerror
from typing import Final, Protocol

from recording.config import TapSettings
from recording.format import (
    Anchor,
    Description,
    RecordKind,
    SenderReport,
    encode_end,
    encode_pause,
    encode_resume,
)
from recording.tap.writer import JournalWriter
from rtc_server.sfu.tap import StreamDescription
from rtc_server.wire.rtp import RtpView

_log: Final = logging.getLogger(__name__)

RTP: Final = RecordKind.RTP
"""Looked up once: nearly every record is one."""

DISK_FULL: Final = "disk_full"
DISK_ERROR: Final = "disk_error"
"""Reasons of gaps that the disk made; they are written when it takes something again."""
MUTED: Final = "muted"
"""Reason of a gap that the participant made: microphone muted, camera off."""


@dataclass(frozen=True, slots=True)
class TrackIdentity:
    """Whose picture or sound a producer is, from its appData."""

    call_id: str
    lane: str
    participant: str
    track: str
    generation: int


class TrackHost(Protocol):
    """What a track tap needs of its host."""

    @property
    def last_now(self) -> float:
        """The latest time the media plane told; ends come without one."""

    def open_journal(self, identity: TrackIdentity) -> tuple[int, JournalWriter]:
        """Create the next journal of a track; return its segment number too. Raises OSError."""

    def release(self, writer: JournalWriter) -> None:
        """The writer is flushed and done with."""

    def touch(self, tap: "RecordingTap") -> None:
        """Something was appended: flush soon."""

    def anchor(self, now: float) -> Anchor:
        """Return the clocks' reading at `now`."""


class RecordingTap:
    """Journal one producer (implements `rtc_server.sfu.tap.Tap`).

    Attributes:
        key_frame_interval: seconds between key frames wanted; None for sound.
        idle: the producer is paused by its owner (muted): no alarm.
        ended: the producer closed.
        dirty: records wait for a flush.
    """

    def __init__(
        self,
        host: TrackHost,
        settings: TapSettings,
        identity: TrackIdentity,
        *,
        producer_id: str,
        paused: str | None,
        now: float,
    ) -> None:
        self.identity = identity
        self.producer_id = producer_id
        self.key_frame_interval = None if identity.track == "microphone" else settings.key_frame_interval
        self.idle = False
        self.ended = False
        self.dirty = False
        self._host = host
        self._settings = settings
        self._paused = paused
        self._writer: JournalWriter | None = None
        self._stream: StreamDescription | None = None
        self._description = b""
        self._closed_bytes = 0
        self._closed_slow_writes = 0
        self._grown_at = now
        self._appended_at = now
        self._grew = False
        self._failure: str | None = None
        self._alarm_at: float | None = None
        self._eager_until = now
        self._anchor_at = now
        self._retry_at = now
        self._refused: tuple[float, str] | None = None

    @property
    def bytes_written(self) -> int:
        """Bytes in all journals of this producer."""
        return self._closed_bytes + (self._writer.bytes_written if self._writer else 0)

    @property
    def slow_writes(self) -> int:
        """Writes that held the media loop for too long."""
        return self._closed_slow_writes + (self._writer.slow_writes if self._writer else 0)

    @property
    def descriptor(self) -> int | None:
        """The open file, for the syncer."""
        return self._writer.descriptor if self._writer else None

    @property
    def stalled(self) -> bool:
        """Whether the owner was told that nothing is kept though it should be."""
        return self._alarm_at is not None

    @property
    def is_paused(self) -> bool:
        """Whether packets are left out on purpose."""
        return self._paused is not None

    def on_stream(self, description: StreamDescription) -> None:
        """A stream begins; another description than before goes into another journal."""
        if description != self._stream:
            self._stream = description
            self._finish_journal()

    def on_rtp(self, view: RtpView, now: float) -> None:
        """Append a packet as its sender made it (RTX unwrapped); the hot path."""
        if self._paused is not None or (self._writer is None and not self._ready(now)):
            return
        self._append(RTP, now, view.to_bytes() if view.is_repaired else view.data)
        self._appended_at = now

    def on_sender_report(self, ssrc: int, ntp: int, rtp: int, now: float) -> None:
        """Append the clocks of the sender; also while paused: they show nothing."""
        if self._ready(now):
            self._append(RecordKind.SENDER_REPORT, now, SenderReport(ssrc, ntp, rtp).encode())

    def on_pause(self, paused: bool) -> None:
        """A producer its owner paused is silent by right; the gap gets its reason."""
        now = self._host.last_now
        changed = paused != self.idle
        self.idle = paused
        self._grown_at = now
        if changed and self._paused is None and self._writer is not None:
            kind = RecordKind.PAUSE if paused else RecordKind.RESUME
            self._append(kind, now, encode_pause(MUTED) if paused else encode_resume())

    def on_end(self, reason: str) -> None:
        """The producer closed; its journal is complete."""
        self._finish_journal(reason)
        self._stream = None
        self.ended = True

    def pause(self, reason: str, now: float) -> None:
        """Keep nothing from here on."""
        if self._paused is None and self._writer is not None:
            self._append(RecordKind.PAUSE, now, encode_pause(reason))
        self._paused = reason

    def resume(self, now: float) -> None:
        """Keep packets again; the picture starts with the next key frame, so ask for one soon."""
        if self._paused is None:
            return
        self._paused = None
        self._grown_at = now
        if self._writer is not None:
            self._append(RecordKind.RESUME, now, encode_resume())
        if self.key_frame_interval is not None:
            self.key_frame_interval = self._settings.eager_key_frame_interval
            self._eager_until = now + self._settings.eager_for

    def alarmed(self, now: float) -> None:
        """The owner hears that nothing is kept; the alarm ends with growth after `now`."""
        self._alarm_at = now

    def recovered(self) -> None:
        """The owner hears that the alarm is over."""
        self._alarm_at = None

    def take_failure(self) -> str | None:
        """Return the name of a disk error not told yet (`ENOSPC`), once for each row of failures."""
        failure, self._failure = self._failure, None
        return failure

    def handle_timeout(self, now: float) -> None:
        """Repeat the anchor; stop asking for key frames eagerly."""
        if self._writer is not None and now >= self._anchor_at:
            self._append_anchor(now)
        if self.key_frame_interval is not None and now >= self._eager_until:
            self.key_frame_interval = self._settings.key_frame_interval

    def silent_for(self, now: float) -> float | None:
        """Return the seconds without growth if they are too many, else None."""
        if self.ended or self.idle or self.is_paused:
            return None
        silence = now - self._grown_at
        if self._alarm_at is None:
            patience = self._settings.stall_after if self._grew else self._settings.start_patience
            return silence if silence > patience else None
        return silence if self._grown_at <= self._alarm_at else None

    def run_out_of_room(self) -> None:
        """The disk is nearly full: stop as if it had refused."""
        if self._writer is not None:
            self.flush()
            self._fail(OSError(ENOSPC, strerror(ENOSPC)))

    def flush(self) -> None:
        """Hand the appended records to the kernel; a refusal fails this track, not the media."""
        self.dirty = False
        if self._writer is None:
            return
        try:
            self._writer.flush()
        except OSError as problem:
            self._fail(problem)
        else:
            self._refused = None
            self._grew = self._grew or self._appended_at > self._grown_at
            self._grown_at = max(self._grown_at, self._appended_at)

    def _ready(self, now: float) -> bool:
        if self._writer is not None:
            return True
        if self._stream is None or now < self._retry_at:
            return False
        try:
            self._open_journal(self._stream, now)
        except OSError as problem:
            self._fail(problem)
        return self._writer is not None

    def _open_journal(self, stream: StreamDescription, now: float) -> None:
        segment, self._writer = self._host.open_journal(self.identity)
        self._description = self._describe(stream, segment).encode()
        self._append_anchor(now)
        if self._refused is not None:
            since, reason = self._refused
            self._append(RecordKind.PAUSE, since, encode_pause(reason))
            self._append(RecordKind.RESUME, now, encode_resume())
        if self._paused is not None:
            self._append(RecordKind.PAUSE, now, encode_pause(self._paused))

    def _describe(self, stream: StreamDescription, segment: int) -> Description:
        identity = self.identity
        return Description(
            call_id=identity.call_id,
            lane=identity.lane,
            participant=identity.participant,
            track=identity.track,
            generation=identity.generation,
            segment=segment,
            producer_id=self.producer_id,
            kind=stream.kind,
            mime_type=stream.mime_type,
            payload_type=stream.payload_type,
            clock_rate=stream.clock_rate,
            channels=stream.channels,
            ssrc=stream.ssrc,
            parameters=dict(stream.parameters),
            extension_ids=dict(stream.extension_ids),
        )

    def _append(self, kind: RecordKind, now: float, payload: bytes) -> None:
        writer = self._writer
        if writer is None:
            return
        writer.append(kind, now, payload)
        if not self.dirty:
            self.dirty = True
            self._host.touch(self)
        if writer.pending_bytes > self._settings.max_pending_bytes:
            self.flush()

    def _append_anchor(self, now: float) -> None:
        """Say again what the journal is and what time it is: damage to one saying costs nothing."""
        self._append(RecordKind.DESCRIPTION, now, self._description)
        self._append(RecordKind.ANCHOR, now, self._host.anchor(now).encode())
        self._anchor_at = now + self._settings.anchor_interval

    def _finish_journal(self, reason: str = "changed") -> None:
        if self._writer is None:
            return
        self._append_anchor(self._host.last_now)
        self._append(RecordKind.END, self._host.last_now, encode_end(reason))
        self.flush()
        self._close_writer()

    def _fail(self, problem: OSError) -> None:
        self._retry_at = self._host.last_now + self._settings.retry_after
        if self._refused is None:
            reason = DISK_FULL if problem.errno in (ENOSPC, EDQUOT) else DISK_ERROR
            self._refused = self._host.last_now, reason
        if not self.stalled:
            self._failure = errorcode.get(problem.errno or 0, "EIO")
            self.alarmed(self._host.last_now)
        _log.warning("journal of lane %s failed: %s", self.identity.lane, problem.strerror)
        self._close_writer()

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._closed_bytes += self._writer.bytes_written
            self._closed_slow_writes += self._writer.slow_writes
            if not self._writer.bytes_written:
                self._writer.discard()
            self._host.release(self._writer)
            self._writer = None
