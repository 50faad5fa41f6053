"""Every reason for which the media plane lets a packet go, and their counts."""

import logging
from collections import Counter
from enum import Enum

logger = logging.getLogger(__name__)


class Drop(Enum):
    """Why a packet, datagram or message went no further."""

    # before authentication
    UNKNOWN_ADDRESS = "unknown_address"
    UNKNOWN_PROTOCOL = "unknown_protocol"
    BAD_STUN = "bad_stun"
    OVERSIZED = "oversized"
    NOT_SECURED = "not_secured"
    SSRC_LIMIT = "ssrc_limit"
    UNPROTECT = "unprotect"
    DTLS_BACKLOG = "dtls_backlog"
    # after authentication
    MALFORMED_RTP = "malformed_rtp"
    MALFORMED_RTCP = "malformed_rtcp"
    RTCP_RATE = "rtcp_rate"
    BAD_FEEDBACK = "bad_feedback"
    UNKNOWN_SSRC = "unknown_ssrc"
    UNKNOWN_PAYLOAD_TYPE = "unknown_payload_type"
    PADDING = "padding"
    DUPLICATE = "duplicate"
    RTX_UNREQUESTED = "rtx_unrequested"
    PRODUCER_PAUSED = "producer_paused"
    # forwarding
    CONSUMER_PAUSED = "consumer_paused"
    WAITING_FOR_KEY_FRAME = "waiting_for_key_frame"
    TEMPORAL_LAYER = "temporal_layer"
    TOO_OLD = "too_old"
    NOT_IN_CACHE = "not_in_cache"
    NO_REPAIR_STREAM = "no_repair_stream"
    RTX_RATE = "rtx_rate"
    OUTBOX_FULL = "outbox_full"
    LINE_FULL = "line_full"
    """Waited too long for the peer's line."""
    NO_PATH = "no_path"
    PROTECT = "protect"
    EGRESS_FULL = "egress_full"
    EGRESS_FAILED = "egress_failed"
    # data channels
    UNKNOWN_STREAM = "unknown_stream"
    SCTP_CLOSED = "sctp_closed"
    SCTP_BACKLOG = "sctp_backlog"
    # wherever it is
    FAULT = "fault"
    """A bug of ours, which must cost nobody but the one whose packet it was."""


class DropCounter:
    """Counts of drops by reason."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: Counter[Drop] = Counter()

    def count(self, reason: Drop, times: int = 1) -> None:
        """Add to one reason's count."""
        self._counts[reason] += times

    def count_fault(self, what: str, whose: str) -> None:
        """Count a bug of ours, from its `except`; log the first, second, fourth, eighth … with its traceback.

        Args:
            what: what failed.
            whose: the id of what it belongs to.
        """
        self._counts[Drop.FAULT] += 1
        times = self._counts[Drop.FAULT]
        if times & (times - 1) == 0:
            logger.exception("%s of %s failed, %d faults so far", what, whose, times)

    def __getitem__(self, reason: Drop) -> int:
        return self._counts[reason]

    @property
    def total(self) -> int:
        """Return the sum over all reasons."""
        return self._counts.total()

    def add(self, other: "DropCounter") -> None:
        """Add another counter's counts to this one (a transport that closes, to its process)."""
        self._counts.update(other._counts)

    def as_dict(self) -> dict[str, int]:
        """Return reason → count, reasons that happened only."""
        return {reason.value: count for reason, count in self._counts.items() if count}
