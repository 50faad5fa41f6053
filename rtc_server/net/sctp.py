"""Messages of one transport's data channels over aiortc's SCTP association, within fixed limits.

Channels are negotiated by signalling: no DCEP (RFC 8832), streams are known by id. This file and
`net.dtls` are the only ones that touch aiortc's private names
(`tests/rtc_server/net/test_aiortc_contract.py` pins them).

Not done: flow control towards the application; what does not fit the send bound is dropped and counted.
"""

import logging
import time
from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Any, Final

from aiortc import rtcsctptransport as aiortc_sctp

from rtc_server.config import MediaLimits
from rtc_server.net.dtls import DtlsSession
from rtc_server.net.sctp_guard import is_acceptable
from rtc_server.sfu.parameters import SctpStreamParameters

logger = logging.getLogger(__name__)

PORT: Final = 5000
BURST_SECONDS: Final = 2.0
"""Both rates may be saved up this long, so that one message of the greatest size passes."""
MAX_STREAMS: Final = 256
"""Streams a peer may touch; more than the data channels a transport can have."""
MAX_MALFORMED: Final = 16
"""Packets aiortc could not take before the association is given up."""


class SctpEnd(Enum):
    """Why an association ended by itself."""

    REMOTE = "remote_closed"
    MESSAGE_RATE = "sctp_message_rate"
    BYTE_RATE = "sctp_byte_rate"
    HELD_CHUNKS = "sctp_held_chunks"
    STREAMS = "sctp_streams"
    MALFORMED = "sctp_malformed"


class _Association(aiortc_sctp.RTCSctpTransport):  # type: ignore[misc]
    """aiortc's association with the data-channel layer taken off: streams in, streams out."""

    def __init__(
        self,
        dtls: "_DtlsShim",
        on_message: Callable[[int, int, bytes], None],
        on_state: Callable[[], None],
    ) -> None:
        super().__init__(dtls, PORT)
        self._on_message = on_message
        self._on_association_state = on_state

    async def _receive(self, stream_id: int, pp_id: int, data: bytes) -> None:
        self._on_message(stream_id, pp_id, data)

    def _data_channel_reset(self, stream_id: int) -> None:
        """Keep no table of channels: nothing to release."""

    def _data_channel_closed(self, stream_id: int) -> None:
        """Keep no table of channels: nothing to release."""

    def _set_state(self, state: Any) -> None:
        super()._set_state(state)
        self._on_association_state()

    async def _reset_deferred_streams(self) -> None:
        request = self._reconfig_deferred
        await super()._reset_deferred_streams()
        if request is not None and self._reconfig_deferred is None:
            # RFC 8831 §6.7: answer the reset of one direction by resetting the other.
            await self.reset_streams(request.streams)

    async def reset_streams(self, streams: list[int]) -> None:
        known = set(self._reconfig_queue)
        self._reconfig_queue.extend(stream for stream in streams[:MAX_STREAMS] if stream not in known)
        await self._transmit_reconfig()

    def queued_bytes(self) -> int:
        waiting: int = sum(chunk._book_size for chunk in self._outbound_queue)
        unacknowledged: int = sum(chunk._book_size for chunk in self._sent_queue if not chunk._acked)
        return waiting + unacknowledged

    def held_chunks(self) -> int:
        held = sum(len(stream.reassembly) for stream in self._inbound_streams.values())
        return max(held, len(self._sack_misordered))


class _DtlsShim:
    """What aiortc's association takes for its DTLS transport."""

    state = "connected"

    def __init__(self, session: DtlsSession) -> None:
        self._session = session
        self._role = session.role

    def _register_data_receiver(self, receiver: object) -> None:
        """Ignore: records come through `SctpAssociation`, which looks at them first."""

    def _unregister_data_receiver(self, receiver: object) -> None:
        """Ignore, see `_register_data_receiver`."""

    async def _send_data(self, data: bytes) -> None:
        try:
            await self._session.send_record(data)
        except ConnectionError:
            logger.debug("SCTP packet dropped: DTLS is down")


class SctpAssociation:
    """One SCTP association on a connected DTLS session; made in a running loop.

    Args:
        session: connected DTLS; its records are taken over.
        on_message: told (stream id, payload protocol id, data) for each whole message.
        on_open: told once, when messages can be sent.
        on_end: told once, when the association ended other than by `close`.
        limits: rates and bounds; aiortc enforces none, not even its receive window.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        session: DtlsSession,
        *,
        on_message: Callable[[int, int, bytes], None],
        on_open: Callable[[], None],
        on_end: Callable[[SctpEnd], None],
        limits: MediaLimits,
        clock: Callable[[], float],
    ) -> None:
        self._on_message = on_message
        self._on_open = on_open
        self._on_end = on_end
        self._limits = limits
        self._clock = clock
        self._message_tokens = _Tokens(limits.max_sctp_messages_per_s, clock())
        self._byte_tokens = _Tokens(limits.max_sctp_bytes_per_s, clock())
        self._malformed = 0
        self._ended = False
        self.is_open = False
        self._association = _Association(_DtlsShim(session), self._deliver, self._state_changed)
        session.register_receiver(self._receive_record)

    async def start(self) -> None:
        """Send our INIT; both sides do (RFC 8841 §9.3)."""
        capabilities = aiortc_sctp.RTCSctpCapabilities(maxMessageSize=self._limits.max_sctp_message_bytes)
        await self._association.start(capabilities, PORT)

    def send(self, stream: SctpStreamParameters, protocol_id: int, data: bytes) -> bool:
        """Queue one message (never empty: see protocol ids 56 and 57); return False when it was dropped."""
        if (
            not self.is_open
            or self._association.queued_bytes() + len(data) > self._limits.max_sctp_buffered_bytes
        ):
            return False
        life_time_ms = stream.max_packet_life_time_ms
        expiry = None if life_time_ms is None else time.time() + life_time_ms / 1000
        _run_now(
            self._association._send(
                stream.stream_id,
                protocol_id,
                data,
                expiry=expiry,
                max_retransmits=stream.max_retransmits,
                ordered=stream.ordered,
            )
        )
        return True

    def reset_stream(self, stream_id: int) -> None:
        """Close our direction of a stream (RFC 6525), which the peer sees as a closed channel."""
        if self.is_open:
            _run_now(self._association.reset_streams([stream_id]))

    async def close(self) -> None:
        """Abort the association and its timers; `on_end` is not called."""
        self._ended = True
        self.is_open = False
        await self._association.stop()

    async def _receive_record(self, data: bytes) -> None:
        if self._ended:
            return
        if not self._byte_tokens.take(len(data), self._clock()):
            await self._end(SctpEnd.BYTE_RATE)
            return
        if not is_acceptable(data):
            await self._count_malformed()
            return
        try:
            await self._association._handle_data(data)
        except Exception as error:  # aiortc's parser raises many kinds; none may reach the DTLS reader
            logger.debug("SCTP packet refused: %r", error)
            await self._count_malformed()
            return
        await self._enforce_bounds()

    async def _enforce_bounds(self) -> None:
        if self._message_tokens.overdrawn:
            await self._end(SctpEnd.MESSAGE_RATE)
        elif self._association.held_chunks() > self._limits.max_sctp_held_chunks:
            await self._end(SctpEnd.HELD_CHUNKS)
        elif len(self._association._inbound_streams) > MAX_STREAMS:
            await self._end(SctpEnd.STREAMS)

    async def _count_malformed(self) -> None:
        self._malformed += 1
        if self._malformed > MAX_MALFORMED:
            await self._end(SctpEnd.MALFORMED)

    async def _end(self, reason: SctpEnd) -> None:
        if not self._ended:
            await self.close()
            self._on_end(reason)

    def _deliver(self, stream_id: int, protocol_id: int, data: bytes) -> None:
        if self._ended or not self._message_tokens.take(1, self._clock()):
            return
        self._on_message(stream_id, protocol_id, data)

    def _state_changed(self) -> None:
        state = self._association.state
        if state == "connected" and not self.is_open:
            self.is_open = True
            self._on_open()
        elif state == "closed" and not self._ended:
            self._ended = True
            self.is_open = False
            self._on_end(SctpEnd.REMOTE)


class _Tokens:
    """A rate with some saved up: `take` fails, and `overdrawn` stays, once a peer was too fast."""

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second = per_second
        self._most = per_second * BURST_SECONDS
        self._left = self._most
        self._at = now
        self.overdrawn = False

    def take(self, count: int, now: float) -> bool:
        self._left = min(self._most, self._left + (now - self._at) * self._per_second) - count
        self._at = now
        if self._left < 0:
            self.overdrawn = True
        return not self.overdrawn


def _run_now(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine of aiortc that never waits, without a task (10 µs each)."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise AssertionError("aiortc waited inside a send")
