"""A recorded trace: what a server sent to a browser and the feedback that came, to be replayed at any time.

Lines of text, gzipped: seconds since the first line, then `s` and the bytes of a packet that left, or `f` and
the body of a feedback packet in hexadecimal. `record` makes them.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rtc_server.protocol.estimate.estimator import DownlinkEstimator
from rtc_server.protocol.estimate.feedback import FeedbackReader
from rtc_server.protocol.estimate.history import SentHistory
from rtc_server.wire.rtcp_transport_cc import parse_transport_wide

TRACES = Path(__file__).parent / "traces"


@dataclass(frozen=True, slots=True)
class Replayed:
    """The estimate after one report.

    Attributes:
        at: seconds since the beginning of the trace.
        state: an `EstimateState`'s value.
    """

    at: float
    estimate_bps: int
    acknowledged_bps: float
    loss: float
    round_trip: float
    state: str


def write(name: str, lines: list[str]) -> None:
    """Write a trace; the same lines give the same file."""
    (TRACES / f"{name}.txt.gz").write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


def replay(name: str, *, max_bps: int = 20_000_000) -> Iterator[Replayed]:
    """Yield the estimate after each report of a trace."""
    history, estimator = SentHistory(), DownlinkEstimator(max_bps=max_bps)
    reader = FeedbackReader(history)
    for line in gzip.decompress((TRACES / f"{name}.txt.gz").read_bytes()).decode().splitlines():
        at, kind, value = line.split()
        now = float(at)
        if kind == "s":
            history.remember(int(value), now)
            continue
        told = reader.read(parse_transport_wide(bytes.fromhex(value)), now)
        assert told is not None, "a browser is never refused"
        estimator.receive(told, now)
        yield Replayed(
            now,
            estimator.estimate_bps,
            estimator.acknowledged_bps or 0.0,
            estimator.loss,
            estimator.round_trip or 0.0,
            estimator.state(now).value,
        )
