"""A sent stream: what belongs to one outgoing SSRC, applied to every packet of what it forwards.

`plan` decides (a header or a drop), `forward` acts: header, payload and the stamp on leaving go into the
transport's outbox. Losses of the source stay holes that the peer NACKs; what we leave out on purpose closes
up.
"""

from collections.abc import Sequence
from typing import Final

from rtc_server.protocol.pacer import Lane
from rtc_server.protocol.picture_numbers import PictureRow
from rtc_server.protocol.rtx_cache import CachedPacket, ResendGuard
from rtc_server.protocol.sequence_mapper import SequenceMapper
from rtc_server.sfu.drops import Drop, DropCounter
from rtc_server.sfu.engine import SentCounters, SentReport
from rtc_server.sfu.outbox import Outbox
from rtc_server.sfu.peer_ports import Source
from rtc_server.sfu.route import Route
from rtc_server.wire.codecs.vp8_layers import read_numbers, write_numbers
from rtc_server.wire.rtp import PADDING, RtpView, build_header, header_writer
from rtc_server.wire.rtx import wrap

FRAMES_PER_SECOND: Final = 30
"""How far apart two frames are at least where one source ends and another goes on, as far as time tells."""

MAX_FRAMES_PER_SECOND: Final = 120
"""How far apart they are at least by sender reports: the same frame of two encodings may come twice."""

MAX_DISAGREEMENT_S: Final = 1.0
"""By how much sender reports may differ from the time that passed: what is further off is no report."""


class SentStream:
    """One media stream towards one transport (implements `engine.Sender`).

    Args:
        route: how its packets are written.
        paused: begin without forwarding.
        outbox: of the transport.
        drops: of the transport.
    """

    def __init__(self, route: Route, *, paused: bool, outbox: Outbox, drops: DropCounter) -> None:
        self.route = route
        self._write_header = header_writer(route.payload_type, route.ssrc, route.extension_block)
        self._lane = Lane.PICTURE if route.needs_key_frame else Lane.SOUND
        self._repair_lane = Lane.REPAIR if route.needs_key_frame else Lane.SOUND
        self._paused = paused
        self._outbox = outbox
        self._drops = drops
        self._source: Source | None = None
        self._former: Source | None = None
        """What its timestamps so far are of."""
        self._pictures = PictureRow() if route.numbers_pictures else None
        self._mapper = SequenceMapper()
        self._timestamp_offset = 0
        self._extra = 0
        """Part of it that only kept two frames apart; the next source makes up for it."""
        self._waits = True
        """Nothing was forwarded since the beginning, a pause or another beginning of the source."""
        self._realign = False
        """Numbers and timestamps so far are of another source than the next ones."""
        self._newest_timestamp: int | None = None
        self._newest_at = 0.0
        self._rtx_sequence = 1
        self._resends = ResendGuard()
        self._packets = 0
        self._payload_bytes = 0
        self._resent = 0
        self._nacked = 0

    # --- forwarding

    def forward(self, view: RtpView, payload: bytes, is_key_frame: bool, now: float) -> None:
        """Put one packet of the source into the outbox, or count why not; `payload` is shared by all."""
        planned = self.plan(view, is_key_frame, now)
        if isinstance(planned, Drop):
            self._drops.count(planned)
            return
        if self._pictures is not None and self._pictures.moves:
            payload = _renumber(payload, self._pictures) or payload
        self._packets += 1
        self._payload_bytes += len(payload)
        self._outbox.send_rtp(planned, payload, self.route.stamp, self._lane)

    def plan(self, view: RtpView, is_key_frame: bool, now: float) -> bytes | Drop:
        """Return the header this stream's copy of a packet gets, or why there is none."""
        if self._paused:
            return Drop.CONSUMER_PAUSED
        if view.payload_end == view.payload_offset:
            self._leave_out(view)
            return Drop.PADDING
        route = self.route
        if view.payload_type != route.source_payload_type:
            self._leave_out(view)
            return Drop.UNKNOWN_PAYLOAD_TYPE
        if self._waits:
            if route.needs_key_frame and not is_key_frame:
                return Drop.WAITING_FOR_KEY_FRAME
            self._begin(view, now)
        if self._pictures is not None and not _admits(self._pictures, view):
            self._leave_out(view)
            return Drop.TEMPORAL_LAYER
        sequence_number = self._mapper.map(view.sequence_number)
        if sequence_number is None:
            return Drop.TOO_OLD
        timestamp = (view.timestamp + self._timestamp_offset) & 0xFFFF_FFFF
        newest = self._newest_timestamp
        if newest is None or (timestamp - newest) & 0xFFFF_FFFF < 0x8000_0000:
            self._newest_timestamp = timestamp
            self._newest_at = now
        if view.marker and route.orientation_source_id is not None:
            rotation = view.extension(route.orientation_source_id)
            if rotation:
                block = route.orientation_blocks[rotation[0] & 0x0F]
                return build_header(route.payload_type, sequence_number, timestamp, route.ssrc, 1, block)
        return self._write_header(sequence_number, timestamp, view.marker)

    def count_fault(self) -> None:
        """Count a bug of ours that `forward` raised; called in its `except`."""
        self._drops.count_fault("a packet", f"stream {self.route.ssrc}")

    def _leave_out(self, view: RtpView) -> None:
        """Close the gap of a packet that is never forwarded; what comes before `_begin` makes none."""
        if not self._waits:
            self._mapper.drop(view.sequence_number)

    def _begin(self, view: RtpView, now: float) -> None:
        """Go on from this packet after a break."""
        self._waits = False
        self._mapper.sync(view.sequence_number)
        if self._pictures is not None:
            numbers = read_numbers(view.data, view.payload_offset, view.payload_end)
            if numbers is not None:
                self._pictures.begin(numbers)
        if self._realign and self._newest_timestamp is not None:
            self._timestamp_offset = self._realigned(view.timestamp, self._newest_timestamp, now)
        self._realign = False
        self._former = self._source

    def _realigned(self, timestamp: int, newest: int, now: float) -> int:
        """Return the offset of another source's timestamps, whose base is another one.

        Sender reports tell both on one clock; where they do not, or say what cannot be, RTP time goes on as
        time did, else sound and picture part.
        """
        rate = self.route.clock_rate
        expected = newest - self._extra + round((now - self._newest_at) * rate)
        least = newest + rate // FRAMES_PER_SECOND
        before = None if self._former is None else self._former.skew
        after = None if self._source is None else self._source.skew
        if before is not None and after is not None:
            reported = timestamp + self._timestamp_offset - self._extra + round((after - before) * rate)
            ahead = _signed(reported - expected)
            if abs(ahead) <= MAX_DISAGREEMENT_S * rate:
                expected += ahead
                least = newest + rate // MAX_FRAMES_PER_SECOND
        follows = max(expected, least)
        self._extra = follows - expected
        return (follows - timestamp) & 0xFFFF_FFFF

    # --- pauses and breaks

    def thin(self, temporal: int) -> None:
        """Send temporal layers up to this one, where they can be told apart."""
        if self._pictures is not None:
            self._pictures.wanted = temporal

    def pause(self) -> None:
        """Forward no more."""
        self._paused = True

    def resume(self) -> None:
        """Forward again, video from its next key frame on."""
        if self._paused:
            self._paused = False
            self._waits = True

    def source_resumed(self) -> None:
        """The producer goes on after a pause."""
        self._waits = True

    def source_began(self, source: Source) -> None:
        """What comes next comes from another received stream, or from the first one.

        It begins with a key frame, so what still waits of the one before would only delay it.
        """
        self._outbox.give_up([self.route.ssrc, self.route.rtx_ssrc])
        self._source = source
        self._waits = True
        self._realign = True
        self._resends = ResendGuard()

    # --- RTCP of the peer

    def receive_nack(self, sequence_numbers: Sequence[int], round_trip: float, now: float) -> None:
        """Repeat what the peer missed; `round_trip` in seconds, 0 when unknown."""
        self._nacked += len(sequence_numbers)
        if self._paused or (self._waits and self.route.needs_key_frame):
            return  # what was before the next key frame cannot be shown any more
        for number in sequence_numbers:
            self._resend(number, round_trip, now)

    def _resend(self, number: int, round_trip: float, now: float) -> None:
        # Until it goes on with another source, its numbers are those of the one before.
        original = None if self._realign else self._mapper.original(number)
        cached = None
        if original is not None and self._source is not None:
            cached = self._source.cached(original, now)
        if cached is None:
            self._drops.count(Drop.NOT_IN_CACHE)
            return
        if not self._may_repeat:
            self._drops.count(Drop.NO_REPAIR_STREAM)
            return
        if not self._resends.allow(number, round_trip, now):
            self._drops.count(Drop.RTX_RATE)
            return
        payload = cached.payload
        if self._pictures is not None:
            renumbered = _renumber(payload, self._pictures)
            if renumbered is None:
                self._drops.count(Drop.NOT_IN_CACHE)
                return
            payload = renumbered
        self._resent += 1
        self._repeat(number, cached, payload)

    @property
    def _may_repeat(self) -> bool:
        """Return whether packets can be sent again.

        Without a repair stream one has the nonce of the first time, so that it may go as the very same bytes
        only: two headers under one nonce give GCM's authentication key away.
        """
        return self.route.rtx_ssrc is not None or self.route.stamp is None

    def _repeat(self, number: int, cached: CachedPacket, payload: bytes) -> None:
        """Send a packet again, turned as it was, on the repair stream (RFC 4588) if there is one."""
        route = self.route
        timestamp = (cached.timestamp + self._timestamp_offset) & 0xFFFF_FFFF
        turned = cached.rotation is not None and route.orientation_source_id is not None
        block = route.orientation_blocks[cached.rotation or 0] if turned else route.extension_block
        if route.rtx_ssrc is None or route.rtx_payload_type is None:
            header = build_header(route.payload_type, number, timestamp, route.ssrc, cached.marker, block)
            self._outbox.send_rtp(header, payload, route.stamp, self._repair_lane)
            return
        header = build_header(
            route.rtx_payload_type, self._rtx_sequence, timestamp, route.rtx_ssrc, cached.marker, block
        )
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        self._outbox.send_rtp(header, wrap(number, payload), route.stamp, self._repair_lane)

    # --- padding

    @property
    def can_pad(self) -> bool:
        """Return whether `pad` may be called: something was sent, and there is a repair stream."""
        is_sending = not self._paused and not self._waits and self._newest_timestamp is not None
        return is_sending and self.route.rtx_payload_type is not None

    def pad(self) -> int:
        """Send one packet of padding alone on the repair stream; return its bytes.

        Receivers count it and look no further: it repeats nothing (RFC 4588 names no such packet; browsers
        send them as probes).
        """
        route = self.route
        assert route.rtx_ssrc is not None, "`can_pad` was not asked"
        assert route.rtx_payload_type is not None, "`can_pad` was not asked"
        assert self._newest_timestamp is not None, "`can_pad` was not asked"
        header = build_header(
            route.rtx_payload_type,
            self._rtx_sequence,
            self._newest_timestamp,
            route.rtx_ssrc,
            extension_block=route.extension_block,
            is_padded=True,
        )
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        self._outbox.send_rtp(header, PADDING, route.stamp, Lane.PADDING)
        return len(header) + (route.stamp or 0) + len(PADDING)

    # --- facts

    def report(self, now: float) -> SentReport | None:
        """Return what to report, None while nothing is sent."""
        if not self._packets or self._waits or self._paused or self._source is None:
            return None
        rtp = self._source.rtp_at(now)
        if rtp is None:
            return None
        return SentReport(
            self.route.ssrc,
            (rtp + self._timestamp_offset) & 0xFFFF_FFFF,
            self._packets,
            self._payload_bytes,
        )

    def counters(self) -> SentCounters:
        """Return the counts so far."""
        return SentCounters(self._packets, self._payload_bytes, self._resent, self._nacked)


def _admits(pictures: PictureRow, view: RtpView) -> bool:
    numbers = read_numbers(view.data, view.payload_offset, view.payload_end)
    return numbers is None or pictures.admit(numbers)


def _renumber(payload: bytes, pictures: PictureRow) -> bytes | None:
    """Return a payload as it goes out; None for a picture that was left out, or forgotten."""
    numbers = read_numbers(payload, 0, len(payload))
    if numbers is None:
        return payload
    moved = pictures.renumbered(numbers)
    if moved is None:
        return None
    picture_id, tl0 = moved
    if picture_id == numbers.picture_id and tl0 == (numbers.tl0 or 0):
        return payload
    return write_numbers(payload, numbers, picture_id, tl0)


def _signed(units: int) -> int:
    """Return a difference of timestamps, modulo 2³², as the nearer one of both directions."""
    return (units + 0x8000_0000 & 0xFFFF_FFFF) - 0x8000_0000
