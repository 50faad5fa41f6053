"""Which producer, and which of its encodings, a packet belongs to (RFC 9143 §9.2, RFC 8852 §3).

SSRC, else MID, else RID; remembered under its SSRC until it leaves, and never bound again by name then: its
last packets carry the same MID and RID as its successor's. Among several encodings RID decides, for a repair
stream the repaired RID. The ids of the extensions are those of the transport: all producers of one
transport come from one session description.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from rtc_server.errors import MalformedError
from rtc_server.sfu.parameters import RtpParameters
from rtc_server.sfu.producer import Producer
from rtc_server.wire.extensions import MID, REPAIRED_RTP_STREAM_ID, RTP_STREAM_ID, parse_text
from rtc_server.wire.rtp import RtpView

LEFT_REMEMBERED: Final = 256
"""SSRCs that ended whose last packets may still come; they come within a round trip."""


class StreamEntry(NamedTuple):
    """One SSRC: whose it is, of which encoding, and whether it repeats."""

    producer: Producer
    layer: int
    is_repair: bool


class StreamTable:
    """The streams of one transport; bounded by the SSRCs its connection lets through and its producers."""

    __slots__ = ("_by_mid", "_by_rid", "_by_ssrc", "_left", "_mid_id", "_repaired_rid_id", "_rid_id")

    def __init__(self) -> None:
        self._by_ssrc: dict[int, StreamEntry] = {}
        self._by_mid: dict[str, Producer] = {}
        self._by_rid: dict[str, Producer] = {}
        """Of producers without a MID."""
        self._left: deque[int] = deque(maxlen=LEFT_REMEMBERED)
        self._mid_id: int | None = None
        self._rid_id: int | None = None
        self._repaired_rid_id: int | None = None

    def add(self, producer: Producer) -> None:
        """Let the producer's declared streams reach it.

        Raises:
            MalformedError: an SSRC, MID or RID that another producer of this transport has.
        """
        parameters = producer.parameters
        declared = _declared(producer)
        taken = {ssrc for ssrc, entry in self._by_ssrc.items() if entry.producer is not producer}
        if parameters.mid is not None:
            names, table = [parameters.mid], self._by_mid
        else:
            names, table = [rid for rid in parameters.rids if rid is not None], self._by_rid
        if any(ssrc in taken for ssrc in declared) or any(name in table for name in names):
            raise MalformedError("another producer of this transport has the same SSRC, MID or RID")
        self._by_ssrc.update(declared)
        table.update(dict.fromkeys(names, producer))
        self._learn_ids(parameters)

    def _learn_ids(self, parameters: RtpParameters) -> None:
        self._mid_id = parameters.extension_id(MID) or self._mid_id
        self._rid_id = parameters.extension_id(RTP_STREAM_ID) or self._rid_id
        self._repaired_rid_id = parameters.extension_id(REPAIRED_RTP_STREAM_ID) or self._repaired_rid_id

    def remove(self, producer: Producer) -> list[int]:
        """Forget a producer; return its SSRCs."""
        ssrcs = [ssrc for ssrc, entry in self._by_ssrc.items() if entry.producer is producer]
        self.leave(ssrcs)
        for table in (self._by_mid, self._by_rid):
            for name in [name for name, owner in table.items() if owner is producer]:
                del table[name]
        return ssrcs

    def leave(self, ssrcs: Iterable[int]) -> None:
        """Forget streams that ended while their producer goes on with others."""
        for ssrc in ssrcs:
            del self._by_ssrc[ssrc]
            self._left.append(ssrc)

    def find(self, view: RtpView) -> StreamEntry | None:
        """Return whose packet this is; a new SSRC is learnt by its MID and RID."""
        entry = self._by_ssrc.get(view.ssrc)
        if entry is not None:
            return entry
        entry = None if view.ssrc in self._left else self._bind(view)
        if entry is not None:
            self._by_ssrc[view.ssrc] = entry
        return entry

    def by_ssrc(self, ssrc: int) -> StreamEntry | None:
        """Return the stream with this SSRC (RTCP)."""
        return self._by_ssrc.get(ssrc)

    def has_left(self, ssrc: int) -> bool:
        """Return whether a stream that ended had this SSRC, and nobody has it now."""
        return ssrc not in self._by_ssrc and ssrc in self._left

    def _bind(self, view: RtpView) -> StreamEntry | None:
        mid = _text(view, self._mid_id)
        if mid is not None:
            producer = self._by_mid.get(mid)
        else:
            rid = _text(view, self._rid_id) or _text(view, self._repaired_rid_id)
            producer = None if rid is None else self._by_rid.get(rid)
        if producer is None:
            return None
        is_repair = producer.is_repair(view.payload_type)
        layer = self._layer(producer, view, is_repair)
        return None if layer is None else StreamEntry(producer, layer, is_repair)

    def _layer(self, producer: Producer, view: RtpView, is_repair: bool) -> int | None:
        rids = producer.parameters.rids
        if len(producer.parameters.encodings) == 1:
            return 0
        rid = _text(view, self._repaired_rid_id if is_repair else self._rid_id)
        return rids.index(rid) if rid is not None and rid in rids else None


def _text(view: RtpView, identifier: int | None) -> str | None:
    """Return the value of an SDES extension if there is one."""
    value = view.extension(identifier) if identifier is not None else None
    return parse_text(value) if value else None


def _declared(producer: Producer) -> dict[int, StreamEntry]:
    """Return the streams whose SSRCs the producer's parameters name."""
    found: dict[int, StreamEntry] = {}
    for layer, encoding in enumerate(producer.parameters.encodings):
        if encoding.ssrc is not None:
            found[encoding.ssrc] = StreamEntry(producer, layer, False)
        if encoding.rtx_ssrc is not None:
            found[encoding.rtx_ssrc] = StreamEntry(producer, layer, True)
    return found
