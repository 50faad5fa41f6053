"""Which producer a packet belongs to: SSRC, else MID (RFC 9143 §9.2), remembered under its SSRC.

RID is left for several encodings, which are refused for now. The ids of the extensions are those of the
transport: all producers of one transport come from one session description.
"""

from dataclasses import dataclass

from rtc_server.errors import MalformedError
from rtc_server.sfu.producer import Producer, declared_ssrcs
from rtc_server.wire.rtp import RtpView


@dataclass(slots=True)
class StreamEntry:
    """One SSRC: whose it is, and whether it repeats."""

    producer: Producer
    is_rtx: bool


class StreamTable:
    """The streams of one transport; bounded by the SSRCs its connection lets through and its producers."""

    __slots__ = ("_by_mid", "_by_ssrc", "mid_id")

    def __init__(self) -> None:
        self._by_ssrc: dict[int, StreamEntry] = {}
        self._by_mid: dict[str, Producer] = {}
        self.mid_id: int | None = None
        """Local identifier of the MID extension."""

    def add(self, producer: Producer) -> None:
        """Let the producer's declared streams reach it.

        Raises:
            MalformedError: an SSRC or MID that another producer of this transport has.
        """
        declared = declared_ssrcs(producer.parameters)
        mid = producer.parameters.mid
        taken = {ssrc for ssrc, entry in self._by_ssrc.items() if entry.producer is not producer}
        if any(ssrc in taken for ssrc, _ in declared) or (mid is not None and mid in self._by_mid):
            raise MalformedError("another producer of this transport has the same SSRC or MID")
        for ssrc, is_rtx in declared:
            self._by_ssrc[ssrc] = StreamEntry(producer, is_rtx)
        if mid is not None:
            self._by_mid[mid] = producer

    def remove(self, producer: Producer) -> list[int]:
        """Forget a producer; return its SSRCs."""
        ssrcs = [ssrc for ssrc, entry in self._by_ssrc.items() if entry.producer is producer]
        for ssrc in ssrcs:
            del self._by_ssrc[ssrc]
        for mid in [mid for mid, owner in self._by_mid.items() if owner is producer]:
            del self._by_mid[mid]
        return ssrcs

    def find(self, view: RtpView) -> StreamEntry | None:
        """Return whose packet this is; a new SSRC is learnt by its MID."""
        entry = self._by_ssrc.get(view.ssrc)
        if entry is not None or self.mid_id is None:
            return entry
        mid = view.extension(self.mid_id)
        producer = self._by_mid.get(mid.decode(errors="replace")) if mid else None
        if producer is None:
            return None
        entry = StreamEntry(producer, producer.is_rtx(view.payload_type))
        self._by_ssrc[view.ssrc] = entry
        return entry

    def by_ssrc(self, ssrc: int) -> StreamEntry | None:
        """Return the stream with this SSRC (RTCP)."""
        return self._by_ssrc.get(ssrc)
