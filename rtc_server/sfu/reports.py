"""What we tell a peer about its line at our own times: receiver and sender reports (RFC 3550 §6.4).

Not done: reduced-size compounds (RFC 5506) and random intervals; one report a second needs neither.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.remb import UplinkEstimator
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.quality import LineReport
from rtc_server.wire.ntp import ntp_from_unix
from rtc_server.wire.rtcp import ReceiverReport, RtcpPacket, SourceDescription

REPORT_INTERVAL: Final = 1.0
"""Seconds between our reports; at 1 Hz receivers have lip sync after 4 s."""
FIRST_REPORT: Final = 0.2
"""Seconds until the first report after something began."""
BLOCKS_PER_REPORT: Final = 31
"""RFC 3550 §6.4.1: their count has five bits."""
REPORTS_PER_DATAGRAM: Final = 12
"""Sender reports with their SDES in one datagram; together below 1,200 bytes."""


class Reporter:
    """Write the reports of one transport, and keep what they say about its line.

    Args:
        cname: of our own reports, the transport's id.
        ssrc: of our own reports.
        producers, consumers: the transport's own tables, read whenever a report is due.
        wall_offset: seconds to add to `now` to get Unix time.
    """

    def __init__(
        self,
        cname: str,
        ssrc: int,
        *,
        producers: Sequence[Producer],
        consumers: Mapping[int, Consumer],
        wall_offset: float,
    ) -> None:
        self._cname = cname
        self._ssrc = ssrc
        self._producers = producers
        self._consumers = consumers
        self._wall_offset = wall_offset
        self._due_at = NEVER
        self._loss_in = 0.0

    def next_deadline(self) -> float:
        """Return when `take_due` is."""
        return self._due_at

    def report_soon(self, now: float) -> None:
        """Something began: the peer should not wait a whole interval to hear of it."""
        self._due_at = min(self._due_at, now + FIRST_REPORT)

    def take_due(self, now: float) -> bool:
        """Return True when reports are to be written now; then the next interval begins."""
        if now < self._due_at:
            return False
        self._due_at = now + REPORT_INTERVAL if self._producers or self._consumers else NEVER
        return True

    def write(self, now: float, estimator: UplinkEstimator | None) -> Iterator[list[RtcpPacket]]:
        """Yield one datagram's packets after the other: ours as receiver, then those of what we send.

        Args:
            estimator: is told what each producer lost.
        """
        for received in self._receiver_reports(now, estimator):
            yield [received, SourceDescription.of_cname(self._ssrc, self._cname)]
        yield from self._sender_reports(now)

    def line(self) -> LineReport:
        """Return losses and round trip as last reported."""
        trips = [
            consumer.round_trip for consumer in self._consumers.values() if consumer.round_trip is not None
        ]
        return LineReport(
            loss_in=self._loss_in,
            loss_out=max((consumer.fraction_lost for consumer in self._consumers.values()), default=0.0),
            rtt_ms=min(trips) * 1000 if trips else None,
        )

    def ntp(self, now: float) -> int:
        """Return the NTP time of `now`, as it stands in our sender reports."""
        return ntp_from_unix(now + self._wall_offset)

    def _receiver_reports(self, now: float, estimator: UplinkEstimator | None) -> Iterator[ReceiverReport]:
        reports = [report for producer in self._producers for report in producer.reports(now)]
        packets = sum(report.packets for report in reports)
        lost = sum(report.lost for report in reports)
        if reports:
            self._loss_in = lost / (lost + packets) if lost + packets else 0.0
        if estimator is not None:
            for report in reports:
                estimator.receive_report(report.lost, report.lost + report.packets)
        for first in range(0, len(reports), BLOCKS_PER_REPORT):
            some = reports[first : first + BLOCKS_PER_REPORT]
            yield ReceiverReport(self._ssrc, tuple(report.block for report in some))

    def _sender_reports(self, now: float) -> Iterator[list[RtcpPacket]]:
        now_ntp = self.ntp(now)
        batch: list[RtcpPacket] = []
        for consumer in self._consumers.values():
            report = consumer.sender_report(now, now_ntp)
            if report is not None:
                cname = consumer.parameters.cname or self._cname
                batch += [report, SourceDescription.of_cname(report.ssrc, cname)]
            if len(batch) >= 2 * REPORTS_PER_DATAGRAM:
                yield batch
                batch = []
        if batch:
            yield batch
